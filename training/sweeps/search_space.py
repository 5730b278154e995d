"""Search space of a sweep: parameters of a recipe, their values, and the points between. Pure.

A point maps names of parameters to values; `apply` makes a recipe of it.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from model_store.recipe.choices import CLIPPING, OPTIMIZERS, WEIGHT_DECAY
from model_store.recipe.recipe import Hidden, Recipe
from model_store.recipe.settings import BATCH_NORM, LAYER_SETTINGS, SETTINGS
from model_store.recipe.spoil import SPOILS
from model_store.recipe.validation import MAX_HIDDEN, Choice, Number, OneOf, Setting
from model_store.text import N_, _

Value = float | int | str
Point = Mapping[str, Value]
DIGITS = 4  # significant ones of a value that is drawn or divided
LAYERWISE = ("units", "activation", "dropout", "batch_norm")
OPTIONS = ("weight_decay", "global_clipnorm")  # of every optimizer
SPOILING = ("wrong_labels", "noise", "patch")
NUMBER, WHOLE, CHOICE = "number", "whole", "choice"


@dataclass(frozen=True, slots=True)
class Values:
    """A list of values."""

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
class Parameter:
    """Setting that can vary; a form offers `suggested`. `label` is used inside sentences."""

    label: str
    setting: Setting
    suggested: Values
    log: bool = False

    @property
    def help(self) -> str:
        """Help of the setting, as English source text."""
        return self.setting.help

    @property
    def kind(self) -> str:
        """`CHOICE`, `WHOLE` or `NUMBER`."""
        if isinstance(self.setting, OneOf):
            return CHOICE
        return WHOLE if isinstance(self.setting, Number) and self.setting.whole else NUMBER

    @property
    def options(self) -> Mapping[str, Choice]:
        """Choices by name; none for a number."""
        return self.setting.choices if isinstance(self.setting, OneOf) else {}


_DEPTH = Number(N_("Hidden layers"), N_("The last layer is repeated."), 0, MAX_HIDDEN, whole=True)
_UNITS = replace(LAYER_SETTINGS["units"], help=N_("Outputs of every hidden layer."))
_ACTIVATION = replace(LAYER_SETTINGS["activation"], help=N_("Of every hidden layer."))
_BATCH_NORM = OneOf(
    BATCH_NORM.label,
    N_("After every hidden layer's weighted sums."),
    {"off": Choice(N_("off"), ""), "on": Choice(N_("on"), "")},
)
_OPTIMIZER = replace(
    SETTINGS["optimizer"],
    help=N_("Each with its own usual learning rate, unless the learning rate varies too."),
)
_RATES = Values((0.0001, 0.001, 0.01, 0.1))
_INITIAL = Values(("glorot_uniform", "he_normal", "random_normal"))
PARAMETERS: Mapping[str, Parameter] = {
    "learning_rate": Parameter(N_("learning rate"), SETTINGS["learning_rate"], _RATES, log=True),
    "batch_size": Parameter(
        N_("batch size"), SETTINGS["batch_size"], Values((8, 32, 128)), log=True
    ),
    "epochs": Parameter(N_("epochs"), SETTINGS["epochs"], Values((5, 10, 20))),
    "hidden_layers": Parameter(N_("hidden layers"), _DEPTH, Values((0, 1, 2, 3))),
    "units": Parameter(N_("units"), _UNITS, Values((16, 64, 256)), log=True),
    "dropout": Parameter(N_("dropout"), LAYER_SETTINGS["dropout"], Values((0.0, 0.2, 0.5))),
    "batch_norm": Parameter(N_("batch normalisation"), _BATCH_NORM, Values(("off", "on"))),
    "activation": Parameter(N_("activation"), _ACTIVATION, Values(("relu", "tanh", "sigmoid"))),
    "optimizer": Parameter(N_("optimizer"), _OPTIMIZER, Values(("adam", "sgd", "rmsprop"))),
    "l2": Parameter(N_("L2 penalty"), SETTINGS["l2"], Values((0.0, 0.0001, 0.001)), log=True),
    "kernel_initializer": Parameter(
        N_("initial weights"), SETTINGS["kernel_initializer"], _INITIAL
    ),
    "schedule": Parameter(
        N_("schedule"), SETTINGS["schedule"], Values(("constant", "step", "cosine"))
    ),
    "warmup": Parameter(N_("warm-up"), SETTINGS["warmup"], Values((0.0, 0.5, 1.0))),
    "patience": Parameter(N_("patience"), SETTINGS["patience"], Values((0, 1, 3))),
    "weight_decay": Parameter(
        N_("weight decay"), WEIGHT_DECAY, Values((0.0, 0.001, 0.01, 0.1)), log=True
    ),
    "global_clipnorm": Parameter(
        N_("longest gradient"), CLIPPING["global_clipnorm"], Values((0.0, 0.1, 1.0)), log=True
    ),
    "label_smoothing": Parameter(
        N_("label smoothing"), SETTINGS["label_smoothing"], Values((0.0, 0.1, 0.2))
    ),
    "wrong_labels": Parameter(
        N_("wrong labels"), SPOILS["wrong_labels"], Values((0.0, 0.2, 0.4, 0.6, 0.8))
    ),
    "noise": Parameter(N_("noise"), SPOILS["noise"], Values((0.0, 0.2, 0.5, 1.0))),
    "patch": Parameter(N_("images with a dot"), SPOILS["patch"], Values((0.0, 0.5, 1.0))),
    "subset": Parameter(N_("training images"), SETTINGS["subset"], Values((300, 1000)), log=True),
    "seed": Parameter(N_("seed"), SETTINGS["seed"], Values((0, 1, 2))),
}


def apply(base: Recipe, point: Point) -> Recipe:
    """Return the recipe of a point.

    Another optimizer than the base's takes its own options and, unless the point names one, its own
    learning rate. More hidden layers repeat the last one. Label smoothing takes one-hot labels.

    Raises:
        RecipeError: if it cannot be trained.
    """
    changes: dict[str, Any] = dict(point)
    layers: Sequence[Hidden] = base.hidden
    if (wanted := changes.pop("hidden_layers", None)) is not None:
        count = min(int(wanted), MAX_HIDDEN + 1)  # one too many is for the recipe to refuse
        last = layers[-1] if layers else Hidden()
        layers = [*layers[:count], *[last] * (count - len(layers))]
    each = {name: changes.pop(name) for name in LAYERWISE if name in point}
    if "batch_norm" in each:  # any other text is for the recipe to refuse
        each["batch_norm"] = {"on": True, "off": False}.get(each["batch_norm"], each["batch_norm"])
    changes["hidden"] = tuple(replace(layer, **each) for layer in layers)
    optimizer = point.get("optimizer", base.optimizer)
    if optimizer != base.optimizer:
        changes["optimizer_options"] = ()
        if "learning_rate" not in point and optimizer in OPTIMIZERS:
            changes["learning_rate"] = OPTIMIZERS[str(optimizer)].learning_rate
    if "label_smoothing" in point and base.labels == "integer":  # the same loss, one-hot
        changes |= {"loss": "categorical_crossentropy", "labels": "one_hot"}
    if spoiling := {name: changes.pop(name) for name in SPOILING if name in point}:
        changes["spoil"] = replace(base.spoil, **spoiling)
    if options := {name: changes.pop(name) for name in OPTIONS if name in point}:
        given = dict(changes.get("optimizer_options", base.optimizer_options))
        changes["optimizer_options"] = tuple(sorted({**given, **options}.items()))
    return base.with_(**changes)


def grid_values(name: str, dimension: Dimension) -> tuple[Value, ...]:
    """Return the values that a grid takes, in the order given; each once."""
    if isinstance(dimension, Values):
        return tuple(dict.fromkeys(dimension.values))
    spread = np.geomspace if dimension.log else np.linspace
    numbers = spread(dimension.low, dimension.high, dimension.steps)
    return tuple(dict.fromkeys(rounded(name, float(number)) for number in numbers))


def grid_size(space: Space) -> int:
    """Return the number of combinations of a grid, without making them."""
    return math.prod(len(grid_values(name, dimension)) for name, dimension in space.items())


def grid(space: Space) -> Iterator[dict[str, Value]]:
    """Yield every combination; the seed changes last: each setting comes once before any again."""
    names = sorted(space, key=lambda name: name != "seed")
    for values in product(*(grid_values(name, space[name]) for name in names)):
        point = dict(zip(names, values, strict=True))
        yield {name: point[name] for name in space}


def sample_point(space: Space, rng: np.random.Generator) -> dict[str, Value]:
    """Return a random point: lists evenly, ranges evenly on their scale."""
    point: dict[str, Value] = {}
    for name, dimension in space.items():
        if isinstance(dimension, Values):
            point[name] = dimension.values[int(rng.integers(len(dimension.values)))]
        elif dimension.log:
            ends = math.log(dimension.low), math.log(dimension.high)
            point[name] = rounded(name, math.exp(rng.uniform(*ends)))
        else:
            point[name] = rounded(name, float(rng.uniform(dimension.low, dimension.high)))
    return point


def parse_values(name: str, text: str) -> Values:
    """Return a typed list such as `0.1, 0.01`; a part that is no number stays text."""
    values: dict[Value, None] = {}
    for part in text.replace(";", " ").replace(",", " ").split():
        value: Value = part[:40]
        with suppress(ValueError):
            value = float(part)
            if PARAMETERS[name].kind == WHOLE and value.is_integer() and abs(value) < 2**53:
                value = int(value)
        values[value] = None
    return Values(tuple(values))


def rounded(name: str, value: Value) -> Value:
    """Return a number as it is shown and used: whole where its setting is, else four digits."""
    if isinstance(value, str):
        return value
    return round(value) if PARAMETERS[name].kind == WHOLE else float(f"{value:.{DIGITS}g}")


def label(name: str) -> str:
    """Return the parameter's name for a person."""
    return _(PARAMETERS[name].label)


def format_value(name: str, value: Value) -> str:
    """Return a value for a person: `Adam`, `0.001`, `1,000`."""
    if isinstance(value, str):
        options = PARAMETERS[name].options
        return _(options[value].label) if value in options else value
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def describe_point(point: Point) -> str:
    """Return a point in a line: `learning rate 0.01, units 64`."""
    return ", ".join(f"{label(name)} {format_value(name, value)}" for name, value in point.items())
