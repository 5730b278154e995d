"""The lessons that come with the app, read once and kept. Any thread."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from model_store.lessons.lesson import Lesson
from model_store.lessons.parser import LessonError, parse
from model_store.text.languages import SOURCE as SOURCE

TEXTS = Path(__file__).parent / "texts"
FIGURES = Path(__file__).parent / "figures.json"
# In the order in which they are listed; a folder that is not named here comes after them.
ORDER = (
    *("softmax", "fashion-mlp-5", "fashion-mlp-10", "fashion-dropout", "mnist-mlp-512"),
    *("tf-basic-classification", "mnist-softmax-regression"),
    *("misread", "learning-rate", "overfitting", "when-to-stop", "bad-data", "fool"),
)


def lesson_ids(root: Path = TEXTS) -> Sequence[str]:
    """Return the ids of all lessons, in their order."""
    found = sorted(path.parent.name for path in root.glob(f"*/{SOURCE}.md"))
    return sorted(found, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))


def lesson(lesson_id: str, language: str = SOURCE) -> Lesson | None:
    """Return a lesson in a language, else in English; None if there is no such lesson.

    Raises:
        LessonError: if its file has a mistake.
    """
    if lesson_id not in lesson_ids():
        return None
    has_it = (TEXTS / lesson_id / f"{language}.md").is_file()
    return _read(lesson_id, language if has_it else SOURCE)


def lessons(language: str = SOURCE) -> Sequence[Lesson]:
    """Return all lessons in a language, else in English."""
    return [found for name in lesson_ids() if (found := lesson(name, language))]


def read(path: Path) -> Lesson:
    """Return the lesson of a file `<id>/<language>.md`, without figures.

    Raises:
        LessonError: if it has a mistake, or cannot be read.
    """
    name = f"{path.parent.name}/{path.name}"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LessonError(f"{name} cannot be read: {error}") from None
    return parse(text, path.parent.name, path.stem, name)


def figures() -> dict[str, Any]:
    """Return the measured figures: lesson -> expression -> data set -> value."""
    return dict(json.loads(FIGURES.read_text(encoding="utf-8"))) if FIGURES.is_file() else {}


@cache
def _read(lesson_id: str, language: str) -> Lesson:
    found = read(TEXTS / lesson_id / f"{language}.md")
    return replace(found, figures=figures().get(lesson_id, {}))
