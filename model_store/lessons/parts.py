"""The live parts that a step can have: their names and arguments. `pages.ui.learn` draws them.

Pure, any thread.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model_store.inference.robustness import STRENGTHS
from model_store.recipe.choices import ACTIVATIONS


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `low` to `high`."""

    default: int
    low: int = 0
    high: int = 59_999

    def read(self, text: str) -> int:
        """Return the number; ValueError with what it must be."""
        if not text.isascii() or not text.isdecimal() or not self.low <= int(text) <= self.high:
            raise ValueError(f"a whole number from {self.low} to {self.high}")
        return int(text)


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some words; the first is the default."""

    options: tuple[str, ...]

    @property
    def default(self) -> str:
        """The first one."""
        return self.options[0]

    def read(self, text: str) -> str:
        """Return the word; ValueError with what it must be."""
        if text not in self.options:
            raise ValueError(f"one of {', '.join(self.options)}")
        return text


@dataclass(frozen=True, slots=True)
class Numbers:
    """Two to ten numbers from -50 to 50, as "1 5 3"."""

    default: tuple[float, ...]

    def read(self, text: str) -> tuple[float, ...]:
        """Return the numbers; ValueError with what they must be."""
        try:
            found = tuple(map(float, text.split()))
        except ValueError:
            found = ()
        if not 2 <= len(found) <= 10 or not all(math.isfinite(x) and abs(x) <= 50 for x in found):
            raise ValueError("two to ten numbers from -50 to 50")
        return found


@dataclass(frozen=True, slots=True)
class RecipeName:
    """The name of a recipe of the lesson; `built_in` allows the model that comes with the app."""

    default: str = "main"
    built_in: bool = False

    def read(self, text: str) -> str:
        """Return the name; the parser looks whether the lesson has it."""
        return text


@dataclass(frozen=True, slots=True)
class RecipeNames:
    """Names of at most `most` recipes of the lesson, as "plain dropout"."""

    default: tuple[str, ...] = ("main",)
    most: int = 6

    def read(self, text: str) -> tuple[str, ...]:
        """Return the names; the parser looks whether the lesson has them."""
        found = tuple(text.split())
        if not 1 <= len(found) <= self.most:
            raise ValueError(f"one to {self.most} names of recipes")
        return found


@dataclass(frozen=True, slots=True)
class Some:
    """Some of several words, as "noise shift"; all of them are the default."""

    options: tuple[str, ...]

    @property
    def default(self) -> tuple[str, ...]:
        """All of them."""
        return self.options

    def read(self, text: str) -> tuple[str, ...]:
        """Return the words; ValueError with what they must be."""
        found = tuple(text.split())
        if not found or len(set(found)) < len(found) or not set(found) <= set(self.options):
            raise ValueError(f"some of {', '.join(self.options)}")
        return found


Argument = Whole | OneOf | Numbers | RecipeName | RecipeNames | Some

_Arguments = Mapping[str, Argument]

_SPLIT = OneOf(("train", "test"))
_TEST = OneOf(("test", "train"))
_IMAGE: _Arguments = {"split": _SPLIT, "index": Whole(0)}
_RUN: _Arguments = {"run": RecipeName(built_in=True)}
_ANSWER: _Arguments = {**_RUN, "split": _TEST, "index": Whole(0)}
_RECIPE: _Arguments = {"recipe": RecipeName()}
_QUESTIONS = ("learning-rate", "shape", "dropout", "batch-size", "wrong-labels")

PARTS: Mapping[str, _Arguments] = {
    # data
    "picture": {**_IMAGE, "style": OneOf(("grey", "black", "colours"))},
    "pixels": _IMAGE,
    "grid": {"split": _SPLIT, "first": Whole(0), "style": OneOf(("black", "grey"))},
    "labels": {"split": _SPLIT},
    "label_array": {"split": _SPLIT},
    "shapes": {},
    "scaling": {**_IMAGE, "row": Whole(14, high=27)},
    "flatten": _IMAGE,
    "one_hot": {"split": _SPLIT},
    "means": {"split": _SPLIT},
    "spoiled_images": _RECIPE,
    "losses": {},
    # network
    "softmax_by_hand": {"scores": Numbers((1.0, 5.0, 3.0))},
    "activation": {"name": OneOf(("relu", *(name for name in ACTIVATIONS if name != "relu")))},
    "descent": {},
    "summary": {**_RECIPE, "activations": OneOf(("inside", "apart"))},
    "settings": _RECIPE,
    "network": _RUN,
    "weights": _RUN,
    # training
    "training": {**_RECIPE, "predict": OneOf(("no", "yes"))},
    "history": {**_RUN, "figure": OneOf(("both", "accuracy", "loss"))},
    "diagnosis": {"run": RecipeName()},
    "rates": {"recipes": RecipeNames()},
    "sweep": {**_RECIPE, "question": OneOf(_QUESTIONS)},
    "compare": {"runs": RecipeNames(), "figure": OneOf(("both", "accuracy", "loss"))},
    # answers
    "evaluation": {"run": RecipeName()},
    "scores": _ANSWER,
    "prediction": _ANSWER,
    "prediction_grid": {**_RUN, "show": OneOf(("all", "wrong", "confident", "uncertain"))},
    "batch_of_one": _ANSWER,
    "confusion": _RUN,
    "twins": {"run": RecipeName(), "clean": RecipeName()},
    "dotted": {"run": RecipeName(), "label": Whole(0, high=9)},
    "fool": {**_ANSWER, "picture": OneOf(("image", "pad"))},
    "robustness": {"runs": RecipeNames(most=2), "changes": Some(tuple(STRENGTHS))},
    "pad": _RUN,
    "preparation": _RUN,
}


def defaults(name: str) -> dict[str, Any]:
    """Return the arguments of a part that none are given."""
    return {key: argument.default for key, argument in PARTS[name].items()}
