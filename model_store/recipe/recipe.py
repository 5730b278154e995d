"""The recipe: everything that decides a training, frozen.

One `Recipe` is the form, the link, the file and the job. Pure Python, no heavy import: safe in the
server process and in any thread (instances are immutable).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from gettext import gettext as _
from typing import Any

from model_store.recipe.choices import AUGMENTATIONS, CLASSES, DATASETS, IMAGE_SIDE, Dataset
from model_store.recipe.text import printable
from model_store.recipe.validation import MAX_HIDDEN, problems_of


class RecipeError(ValueError):
    """A recipe that cannot be trained.

    `problems` maps a field's name (`"hidden.0.units"` for a layer's) to one sentence for a person.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(" ".join(self.problems.values()))


@dataclass(frozen=True, slots=True)
class Hidden:
    """One hidden Dense layer. `dropout` in [0, 1): share of its outputs zeroed in training."""

    units: int = 128
    activation: str = "relu"
    dropout: float = 0.0


@dataclass(frozen=True, slots=True)
class Augment:
    """Largest random change of a training image, new in every epoch; 0 is none.

    `choices.AUGMENTATIONS` has each field's unit and bounds. Validation and test images stay as
    they are.
    """

    shift: float = 0.0
    rotation: float = 0.0
    shear: float = 0.0
    scale: float = 0.0
    stroke: float = 0.0
    warp: float = 0.0

    def __bool__(self) -> bool:
        """Whether anything is changed."""
        return any(self.amounts.values())

    @property
    def amounts(self) -> dict[str, float]:
        """Every field by its name."""
        return {name: getattr(self, name) for name in AUGMENTATIONS}


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """One line of the model summary; `shape` is the output's, without the batch axis."""

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """A classifier and how to train it. Fields hold Keras' own names and defaults.

    `subset` trains on the first so many images of a seeded shuffle (None: all of them).
    `validation_share` in (0, 0.9] counts only where `validation` is "split". `l1` and `l2` >= 0
    weigh the kernel penalties of every Dense layer. `seed` in [0, 2**31) fixes initial weights,
    shuffling, dropout and augmentation. `name` is for people and is no part of `hash`.

    Raises:
        RecipeError: on creation, naming every field that cannot be trained.
    """

    name: str = ""
    dataset: str = "mnist"
    hidden: tuple[Hidden, ...] = (Hidden(),)
    kernel_initializer: str = "glorot_uniform"
    bias_initializer: str = "zeros"
    l1: float = 0.0
    l2: float = 0.0
    optimizer: str = "adam"
    learning_rate: float = 0.001
    optimizer_options: tuple[tuple[str, float], ...] = ()
    loss: str = "sparse_categorical_crossentropy"
    labels: str = "integer"
    batch_size: int = 32
    epochs: int = 5
    shuffle: str = "every_epoch"
    validation: str = "none"
    validation_share: float = 0.1
    seed: int = 0
    subset: int | None = None
    augment: Augment = Augment()

    def __post_init__(self) -> None:
        problems = dict(problems_of(self))
        if problems:
            raise RecipeError(problems)
        for name in ("learning_rate", "l1", "l2", "validation_share"):  # 1 and 1.0 hash alike
            object.__setattr__(self, name, float(getattr(self, name)))
        amounts = {name: float(value) for name, value in self.augment.amounts.items()}
        object.__setattr__(self, "augment", Augment(**amounts))

    @property
    def data(self) -> Dataset:
        """The data set that the recipe trains on."""
        return DATASETS[self.dataset]

    @property
    def train_images(self) -> int:
        """Images trained on in each epoch."""
        return self.selected_images - self.validation_images

    @property
    def selected_images(self) -> int:
        """Training images taken from the data set, before any are kept for validation."""
        return min(self.subset or self.data.train, self.data.train)

    @property
    def validation_images(self) -> int:
        """Images held out of the training set for validation; 0 unless `validation` is "split"."""
        if self.validation != "split":
            return 0
        return math.ceil(self.selected_images * self.validation_share)

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch; the last may be short."""
        return math.ceil(self.train_images / self.batch_size)

    @property
    def layers(self) -> tuple[LayerSummary, ...]:
        """The model summary, from the flattened image to the softmax."""
        return tuple(_layers(self))

    @property
    def parameters(self) -> int:
        """Trainable parameters."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def hash(self) -> str:
        """12 hexadecimal digits that change with every setting except `name`."""
        settings = {key: value for key, value in self.to_dict().items() if key != "name"}
        text = json.dumps(settings, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def title(self) -> str:
        """The name, or the network in short: `MNIST 784-128-10 adam`."""
        return self.name or f"{self.data.label} {self.network} {self.optimizer}"

    @property
    def network(self) -> str:
        """Layer widths, input to output: `784-128-10`."""
        widths = [IMAGE_SIDE**2, *(layer.units for layer in self.hidden), CLASSES]
        return "-".join(map(str, widths))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types; `from_dict` brings the same recipe back.

        `augment` is left out where nothing is changed, as in every recipe from before it came.
        """
        out: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        out["hidden"] = [
            {"units": h.units, "activation": h.activation, "dropout": h.dropout}
            for h in self.hidden
        ]
        out["optimizer_options"] = {name: float(v) for name, v in self.optimizer_options}
        out["augment"] = {name: value for name, value in self.augment.amounts.items() if value}
        if not self.augment:
            del out["augment"]
        return out

    @classmethod
    def from_dict(cls, raw: object) -> Recipe:
        """A recipe from plain JSON types; fields left out take their defaults.

        Raises:
            RecipeError: for anything that is not a trainable recipe, whatever its type.
        """
        if not isinstance(raw, Mapping):
            raise RecipeError({"recipe": _("A recipe is a set of named settings.")})
        known = {f.name for f in fields(cls)}
        problems = {
            str(key): _("There is no setting called {name}.").format(name=repr(key)[:40])
            for key in raw
            if key not in known
        }
        values = dict(raw)
        if "hidden" in values:
            values["hidden"] = _read_hidden(values["hidden"], problems)
        if "optimizer_options" in values:
            values["optimizer_options"] = _read_options(values["optimizer_options"], problems)
        if "augment" in values:
            values["augment"] = _read_augment(values["augment"], problems)
        if problems:
            raise RecipeError(problems)
        return cls(**values)

    @classmethod
    def stored(cls, raw: object) -> Recipe:
        """Return the recipe of a file in the store; a name that cannot be shown is replaced.

        Raises:
            RecipeError: if the file was damaged.
        """
        if isinstance(raw, Mapping) and isinstance(raw.get("name"), str):
            raw = {**raw, "name": printable(raw["name"])}
        return cls.from_dict(raw)

    def to_link(self) -> str:
        """What differs from the default recipe as compact JSON, for a URL parameter."""
        default = Recipe().to_dict()
        changed = {k: v for k, v in self.to_dict().items() if v != default.get(k)}
        return json.dumps(changed, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_link(cls, text: str) -> Recipe:
        """The recipe of a `to_link` text.

        Raises:
            RecipeError: if it is not one.
        """
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError):
            raise RecipeError({"recipe": _("The link's recipe cannot be read.")}) from None
        return cls.from_dict(raw)

    def with_(self, **changes: Any) -> Recipe:
        """A copy with some fields changed.

        Raises:
            RecipeError: if the result cannot be trained.
        """
        return replace(self, **changes)


def _layers(recipe: Recipe) -> Iterator[LayerSummary]:
    width = IMAGE_SIDE**2
    yield LayerSummary("flatten", "Flatten", (width,), 0)
    for number, layer in enumerate(recipe.hidden, 1):
        yield LayerSummary(f"hidden_{number}", "Dense", (layer.units,), (width + 1) * layer.units)
        if layer.dropout:
            yield LayerSummary(f"dropout_{number}", "Dropout", (layer.units,), 0)
        width = layer.units
    yield LayerSummary("softmax", "Dense", (CLASSES,), (width + 1) * CLASSES)


def _read_hidden(raw: object, problems: dict[str, str]) -> tuple[Hidden, ...]:
    if not isinstance(raw, (list, tuple)):
        problems["hidden"] = _("Hidden layers are a list.")
        return ()
    layers = []
    for index, item in enumerate(raw[: MAX_HIDDEN + 1]):
        if isinstance(item, Mapping) and set(item) <= {
            "units",
            "activation",
            "dropout",
        }:
            layers.append(Hidden(**item))
        else:
            problems[f"hidden.{index}"] = _("A hidden layer has units, activation and dropout.")
    return tuple(layers)


def _read_options(raw: object, problems: dict[str, str]) -> tuple[tuple[str, float], ...]:
    if not isinstance(raw, Mapping):
        problems["optimizer_options"] = _("Optimizer options are named numbers.")
        return ()
    return tuple(sorted((str(name), value) for name, value in raw.items()))


def _read_augment(raw: object, problems: dict[str, str]) -> Augment:
    if not isinstance(raw, Mapping):
        problems["augment"] = _("Augmentation is a set of named numbers.")
        return Augment()
    unknown = [name for name in raw if name not in AUGMENTATIONS]
    for name in unknown:
        problems[f"augment.{name}"[:60]] = _("Images cannot be changed by {name}.").format(
            name=repr(name)[:40]
        )
    return Augment() if unknown else Augment(**raw)
