"""Answers of a learner to the questions of a lesson: reading and checking them. Pure."""

import math
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from model_store.lessons.lesson import FIGURE, Kind, Lesson, Question
from model_store.text import _

LONGEST = 500  # characters of an answer that is kept
# Figures of a learner's run that can be asked for; accuracies in [0, 1].
RUN_FIGURES = (
    *("test_accuracy", "test_loss", "train_accuracy", "train_loss", "gap"),
    *("accuracy", "loss", "val_accuracy", "val_loss", "epochs", "seconds"),
    *("best_epoch", "kept_epoch"),  # of the lowest validation loss; of early stopping's weights
)
RunFigure = Callable[[str, str], float | None]  # (recipe's name, one of RUN_FIGURES) -> value
_PLAIN = re.compile(r"[-+]?(\d{1,20}\.?\d{0,40}|\.\d{1,40})(e[-+]?\d{1,3})?", re.I | re.A)
_GROUPED = re.compile(r"[-+]?[1-9]\d{0,2}(?:[ ,\u00a0\u202f]\d{3})+(?:\.\d*)?")


def read_numbers(text: str) -> tuple[float, ...]:
    """Return the numbers that a person can have meant; () if it is none.

    A comma is a decimal point or separates thousands: "1,234" can be both. A percent sign is left
    out; a true minus, wide digits and 1.5e-7 are read.
    """
    text = unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()
    text = text.removesuffix("%").strip().rstrip(".")
    candidates = [text.replace(",", ".")]
    if _GROUPED.fullmatch(text):
        candidates.append(re.sub(r"[ ,\u00a0\u202f]", "", text))
    values = [float(each) for each in candidates if _PLAIN.fullmatch(each)]
    return tuple(value for value in values if math.isfinite(value))


def plain_word(text: str) -> str:
    """Return a word without case, accents of width, spaces, hyphens and quotes, to be compared."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\s\-_'\"“”‘’.,;:!()/。、]+", "", text)


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
    right = right_number(question, lesson, dataset, of_run)
    if right is None:
        return None
    values = list(read_numbers(given))
    if question.number.percent and "%" not in given and abs(right) > 1:
        values += [100 * value for value in values if abs(value) <= 1]  # 0.918 for 91.8 %
    tolerance = question.number.tolerance + 1e-12
    return any(math.isclose(v, right, rel_tol=1e-9, abs_tol=tolerance) for v in values)


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
    return _("{number} %").format(number=shown) if question.number.percent else shown
