"""Data sets that people bring: their description travels in every recipe that is trained on them.

So a link, a receipt and a stored run know the classes, also where the pictures are gone. Pure.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from model_store.recipe.choices import DATASETS, Dataset
from model_store.recipe.text import one_line, text_problem
from model_store.recipe.validation import choice_problem, is_whole
from model_store.text import _

MIN_CLASSES, MAX_CLASSES = 2, 10
MAX_IMAGES = 70_000  # training and test images together
MAX_LABEL = 40  # characters of a data set's name
MAX_CLASS_NAME = 24
MAX_LICENCE = 120
FORBIDDEN = r"[]`\|"  # a link's text is shown as it is, so it can hold no link, picture or code
KEY = re.compile(r"own-[0-9a-f]{16}")


def is_own(name: str) -> bool:
    """True for the name of a data set that somebody brought; it may be gone."""
    return KEY.fullmatch(name) is not None


def describe(
    label: str, class_names: tuple[str, ...], train: int, test: int, licence: str, drawable: bool
) -> Dataset:
    """Return the description of a data set; check it with `problems`."""
    return Dataset(label, "", class_names, train, test, False, drawable, licence, own=True)


def unnamed(classes: int) -> tuple[str, Dataset | None]:
    """Return the name and description of any data set with so many classes: the same every time."""
    usual = DATASETS["mnist"]
    if classes == len(usual.class_names):
        return "mnist", None
    names = tuple(map(str, range(classes)))
    return f"own-{0:016}", describe("?", names, usual.train, usual.test, "", True)


def to_dict(data: Dataset) -> dict[str, Any]:
    """Return plain JSON types for `from_dict`."""
    return {
        "label": data.label,
        "classes": list(data.class_names),
        "train": data.train,
        "test": data.test,
        "licence": data.licence,
        "drawable": data.drawable,
    }


def from_dict(raw: object) -> Dataset | None:
    """Return the description of a `to_dict`, not yet checked; None if it is none."""
    fields = {"label", "classes", "train", "test", "licence", "drawable"}
    if not isinstance(raw, Mapping) or raw.keys() != fields:
        return None
    if not isinstance(raw["classes"], list | tuple) or not isinstance(raw["drawable"], bool):
        return None
    names = tuple(raw["classes"])
    return describe(raw["label"], names, raw["train"], raw["test"], raw["licence"], raw["drawable"])


def problems(name: object, own: object) -> Iterator[tuple[str, str]]:
    """Yield why a recipe's data set cannot be used, as field and sentence."""
    if isinstance(name, str) and name in DATASETS:
        return
    if not isinstance(name, str) or not is_own(name):
        yield "dataset", choice_problem(name, DATASETS)
    elif not isinstance(own, Dataset) or not own.own:
        yield ("dataset", _("The recipe names somebody's own data set, but does not describe it."))
    elif problem := description_problem(own):
        yield "dataset", problem


def description_problem(own: Dataset) -> str:
    """Return why a description cannot be used; "" if it can."""
    label, names = own.label, own.class_names
    if not _is_text(label, MAX_LABEL):
        sentence = _("The name of a data set has 1 to {n} characters, none of {signs}.")
        return sentence.format(n=MAX_LABEL, signs=FORBIDDEN)
    if not isinstance(own.licence, str) or (own.licence and not _is_text(own.licence, MAX_LICENCE)):
        sentence = _("Source and licence have at most {n} characters, none of {signs}.")
        return sentence.format(n=MAX_LICENCE, signs=FORBIDDEN)
    if not MIN_CLASSES <= len(names) <= MAX_CLASSES:
        sentence = _("A data set has {least} to {most} classes; this one has {n:,}.")
        return sentence.format(least=MIN_CLASSES, most=MAX_CLASSES, n=len(names))
    for each in names:
        if not _is_text(each, MAX_CLASS_NAME):
            sentence = _("The name of a class has 1 to {n} characters, none of {signs}.")
            return sentence.format(n=MAX_CLASS_NAME, signs=FORBIDDEN)
    if len({name.casefold() for name in names}) < len(names):
        return _("Two classes have the same name. Give each a name of its own.")
    counts = own.train, own.test
    if not all(is_whole(count, 1, MAX_IMAGES) for count in counts) or sum(counts) > MAX_IMAGES:
        return _("A data set has at most {n:,} images, some of them for the test.").format(
            n=MAX_IMAGES
        )
    return ""


def _is_text(text: object, longest: int) -> bool:
    if not isinstance(text, str) or not 0 < len(text) <= longest or text_problem(text):
        return False
    return text == one_line(text) and not set(text) & set(FORBIDDEN)
