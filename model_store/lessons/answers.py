"""Answers of a learner to the questions of a lesson: reading and checking them. Pure."""

import math
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from model_store.lessons.lesson import FIGURE, Kind, Lesson, Question

LONGEST = 500  # characters of an answer that is kept
# Figures of a learner's run that can be asked for; accuracies in [0, 1].
RUN_FIGURES = (
    *("test_accuracy", "test_loss", "train_accuracy", "train_loss", "gap"),
    *("accuracy", "loss", "val_accuracy", "val_loss", "epochs", "seconds"),
)
RunFigure = Callable[[str, str], float | None]  # (recipe's name, one of RUN_FIGURES) -> value
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:[ ,\u00a0\u202f]\d{3})+(?:\.\d*)?")


def read_number(text: str) -> float | None:
    """Return the number that a person typed; None if it is none. A percent sign is left out.

    Accepts a comma as the decimal point, separators of thousands, a true minus, and 1.5e-7.
    """
    text = unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()
    text = text.removesuffix("%").strip().rstrip(".")
    if _GROUPED.fullmatch(text):
        text = re.sub(r"[ ,\u00a0\u202f]", "", text)
    text = text.replace(",", ".")
    if not re.fullmatch(
        r"[-+]?(\d{1,20}\.?\d{0,40}|\.\d{1,40})(e[-+]?\d{1,3})?", text, re.I | re.A
    ):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def plain_word(text: str) -> str:
    """Return a word without case, accents of width, spaces, hyphens and quotes, to be compared."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\s\-_'\"“”‘’.,;:!()/]+", "", text)


def right_number(
    question: Question, lesson: Lesson, dataset: str, of_run: RunFigure
) -> float | None:
    """Return the right number of a question; None if it cannot be known (yet).

    It is 100 times as large if the question asks for percent.
    """
    answer = question.number
    if answer is None:
        return None
    factor = 100.0 if answer.percent else 1.0
    if answer.run:
        value: Any = of_run(answer.run, answer.value)
    elif match := FIGURE.fullmatch(answer.value):
        value = lesson.figure(match[1].strip(), dataset)
    else:
        return float(answer.value)
    return None if not isinstance(value, int | float) else factor * float(value)


def is_right(
    question: Question, given: str, lesson: Lesson, dataset: str, of_run: RunFigure
) -> bool | None:
    """True if an answer is right; None if it cannot be marked.

    Args:
        question: of the lesson.
        given: a number or word as it was typed, or the places of options, as "0" or "0 2".
        lesson: has the figures.
        dataset: that the learner works with.
        of_run: returns a figure of the learner's run, None if there is none.
    """
    if question.kind in (Kind.CHOICE, Kind.CHOICES):
        return given.split() == [str(place) for place in question.right]
    if question.kind is Kind.WORD:
        return plain_word(given) in map(plain_word, question.words)
    if question.kind is not Kind.NUMBER or question.number is None:
        return None
    right, value = right_number(question, lesson, dataset, of_run), read_number(given)
    if right is None:
        return None
    if value is None:
        return False
    if question.number.percent and "%" not in given and abs(value) <= 1 < abs(right):
        value *= 100  # 0.918 for 91.8 %
    return math.isclose(value, right, rel_tol=1e-9, abs_tol=question.number.tolerance + 1e-12)


def answer_text(
    question: Question, given: str, lesson: Lesson | None = None, dataset: str = ""
) -> str:
    """Return an answer for people: the texts of the chosen options, or what was typed."""
    if not question.options:
        return given
    chosen = [int(n) for n in given.split() if n.isascii() and n.isdecimal() and len(n) < 4]
    texts = [question.options[n] for n in chosen if n < len(question.options)]
    return "; ".join(lesson.fill(text, dataset) if lesson else text for text in texts)


def right_answer_text(
    question: Question, lesson: Lesson, dataset: str, of_run: RunFigure = lambda _r, _f: None
) -> str:
    """Return the right answer for people; "" if there is none, or none that is known."""
    if question.options:
        return answer_text(question, " ".join(map(str, question.right)), lesson, dataset)
    if question.words:
        return question.words[0]
    right = right_number(question, lesson, dataset, of_run)
    if question.number is None or right is None:
        return ""
    shown = f"{right:,.0f}" if right == round(right) else f"{right:.4g}"
    return f"{shown} %" if question.number.percent else shown
