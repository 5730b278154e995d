"""What a sweep may vary: parameters of a recipe, the values they take, points in between.

A point is a mapping of parameter names to values; `apply` makes a recipe of it. Pure, any thread.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from gettext import gettext as _
from itertools import product
from typing import Any

import numpy as np

from model_store.recipe.choices import ACTIVATIONS, KERNEL_INITIALIZERS, OPTIMIZERS, Choice
from model_store.recipe.recipe import Hidden, Recipe
from model_store.recipe.validation import MAX_HIDDEN

Value = float | int | str
Point = Mapping[str, Value]
DIGITS = 4  # significant ones of a value that is drawn or divided: enough, and readable
MAX_VALUES = 50  # in one list
LAYERWISE = ("units", "activation", "dropout")
NUMBER, WHOLE, CHOICE = "number", "whole", "choice"


@dataclass(frozen=True, slots=True)
class Values:
    """A list of values, each as good as another."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """All numbers from `low` to `high`; a grid takes `steps` of them. `log`: by equal factors."""

    low: float
    high: float
    log: bool = False
    steps: int = 5


Dimension = Values | Range
Space = Mapping[str, Dimension]


@dataclass(frozen=True, slots=True)
class Parameter(Choice):
    """Something of a recipe that can vary; `suggested` is what a form offers first."""

    kind: str
    suggested: Values
    log: bool = False
    options: Mapping[str, Choice] = field(default_factory=dict)


PARAMETERS: Mapping[str, Parameter] = {
    "learning_rate": Parameter(
        "learning rate",
        "The size of each step.",
        NUMBER,
        Values((0.0001, 0.001, 0.01, 0.1)),
        log=True,
    ),
    "batch_size": Parameter(
        "batch size", "Images looked at before each step.", WHOLE, Values((8, 32, 128)), log=True
    ),
    "epochs": Parameter(
        "epochs", "How often it goes through all training images.", WHOLE, Values((5, 10, 20))
    ),
    "hidden_layers": Parameter(
        "hidden layers", "How deep: the last layer is repeated.", WHOLE, Values((0, 1, 2, 3))
    ),
    "units": Parameter(
        "units", "How wide: units of every hidden layer.", WHOLE, Values((16, 64, 256)), log=True
    ),
    "dropout": Parameter(
        "dropout",
        "Share of every hidden layer's outputs silenced in training.",
        NUMBER,
        Values((0.0, 0.2, 0.5)),
    ),
    "activation": Parameter(
        "activation",
        "Of every hidden layer.",
        CHOICE,
        Values(("relu", "tanh", "sigmoid")),
        options=ACTIVATIONS,
    ),
    "optimizer": Parameter(
        "optimizer",
        "Each with its own usual learning rate, unless the learning rate varies too.",
        CHOICE,
        Values(("adam", "sgd", "rmsprop")),
        options=OPTIMIZERS,
    ),
    "l2": Parameter(
        "L2 penalty",
        "Added to the loss for large weights.",
        NUMBER,
        Values((0.0, 0.0001, 0.001)),
        log=True,
    ),
    "kernel_initializer": Parameter(
        "initial weights",
        "How the weights are drawn before the first step.",
        CHOICE,
        Values(("glorot_uniform", "he_normal", "random_normal")),
        options=KERNEL_INITIALIZERS,
    ),
    "subset": Parameter(
        "training images", "How many images it learns from.", WHOLE, Values((300, 1000)), log=True
    ),
    "seed": Parameter(
        "seed",
        "Other initial weights, order and validation images: shows what is luck.",
        WHOLE,
        Values((0, 1, 2)),
    ),
}


def apply(base: Recipe, point: Point) -> Recipe:
    """The recipe of a point.

    Another optimizer than the base's takes its own options and, unless the point names one, its own
    learning rate. More hidden layers repeat the last one.

    Raises:
        RecipeError: if it cannot be trained.
    """
    changes: dict[str, Any] = {
        name: value
        for name, value in point.items()
        if name not in LAYERWISE and name != "hidden_layers"
    }
    layers = list(base.hidden)
    if (wanted := point.get("hidden_layers")) is not None:
        layers = _deepened(layers, wanted)
    each: dict[str, Any] = {name: point[name] for name in LAYERWISE if name in point}
    changes["hidden"] = tuple(replace(layer, **each) for layer in layers)
    optimizer = point.get("optimizer", base.optimizer)
    if optimizer != base.optimizer:
        changes["optimizer_options"] = ()
        if "learning_rate" not in point and optimizer in OPTIMIZERS:
            changes["learning_rate"] = OPTIMIZERS[str(optimizer)].learning_rate
    return base.with_(**changes)


def _deepened(layers: Sequence[Hidden], wanted: Value) -> list[Hidden]:
    n = min(int(wanted), MAX_HIDDEN + 1)  # one too many is for the recipe to refuse
    last = layers[-1] if layers else Hidden()
    return [*layers[:n], *[last] * (n - len(layers))]


def grid_values(name: str, dimension: Dimension) -> tuple[Value, ...]:
    """The values that a grid takes, in the order given; each once."""
    if isinstance(dimension, Values):
        return tuple(dict.fromkeys(dimension.values))
    spread = np.geomspace if dimension.log else np.linspace
    numbers = spread(dimension.low, dimension.high, dimension.steps)
    return tuple(dict.fromkeys(rounded(name, float(number)) for number in numbers))


def grid_size(space: Space) -> int:
    """How many combinations a grid has, without making them."""
    return math.prod(len(grid_values(name, dimension)) for name, dimension in space.items())


def grid(space: Space) -> Iterator[dict[str, Value]]:
    """Every combination; seeds change last, so that each setting is tried once before any again."""
    names = sorted(space, key=lambda name: name != "seed")
    for values in product(*(grid_values(name, space[name]) for name in names)):
        point = dict(zip(names, values, strict=True))
        yield {name: point[name] for name in space}


def sample_point(space: Space, rng: np.random.Generator) -> dict[str, Value]:
    """A random point: lists evenly, ranges evenly on their scale."""
    return {name: _sample_one(name, dimension, rng) for name, dimension in space.items()}


def _sample_one(name: str, dimension: Dimension, rng: np.random.Generator) -> Value:
    if isinstance(dimension, Values):
        return dimension.values[int(rng.integers(len(dimension.values)))]
    low, high = dimension.low, dimension.high
    if dimension.log:
        return rounded(name, math.exp(rng.uniform(math.log(low), math.log(high))))
    return rounded(name, float(rng.uniform(low, high)))


def parse_values(name: str, text: str) -> Values:
    """A list as a person writes it: `0.1, 0.01`, separated by commas, semicolons or spaces.

    Each counts once. What is no number stays text, for the plan to refuse.
    """
    parts = text.replace(";", " ").replace(",", " ").split()
    values = (_parse_one(PARAMETERS[name].kind, part) for part in parts)
    return Values(tuple(dict.fromkeys(values)))


def _parse_one(kind: str, part: str) -> Value:
    try:
        number = float(part)
    except ValueError:
        return part[:40]
    whole = kind == WHOLE and number.is_integer() and abs(number) < 2**53
    return int(number) if whole else number


def rounded(name: str, value: Value) -> Value:
    """A number as it is shown and used: whole where the parameter is, else four digits."""
    if isinstance(value, str):
        return value
    if PARAMETERS[name].kind == WHOLE:
        return round(value)
    return float(f"{value:.{DIGITS}g}")


def label(name: str) -> str:
    """The parameter's name for a person."""
    return _(PARAMETERS[name].label)


def format_value(name: str, value: Value) -> str:
    """A value for a person: `Adam`, `0.001`, `1,000`."""
    if isinstance(value, str):
        options = PARAMETERS[name].options
        return _(options[value].label) if value in options else value
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def describe_point(point: Point) -> str:
    """A point in a line: `learning rate 0.01, units 64`."""
    return ", ".join(f"{label(name)} {format_value(name, value)}" for name, value in point.items())
