"""The recipe: every setting of a training, frozen. One `Recipe` is form, link, file and job.

It is checked where it enters; `Recipe.trusted` reads what was checked before. Pure.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from itertools import pairwise
from typing import Any

from model_store.recipe import own_data
from model_store.recipe.choices import (
    AUGMENTATIONS,
    BOOLEAN_OPTIONS,
    CLIPPING,
    DATASETS,
    FIGURES,
    IMAGE_SIDE,
    LABELS,
    LOSSES,
    OFF_AT_ZERO,
    OPTIMIZERS,
    SCHEDULED,
    Dataset,
)
from model_store.recipe.settings import LAYER_SETTINGS, NUMBERS, SETTINGS
from model_store.recipe.spoil import SPOILS, UNSPOILED, Spoil
from model_store.recipe.text import printable
from model_store.recipe.validation import MAX_HIDDEN, MAX_PARAMETERS
from model_store.text import _

Problem = tuple[str, str]  # a field's name, and one sentence


class RecipeError(ValueError):
    """A recipe that cannot be trained; `problems` maps a field's name to one sentence.

    The name of a layer's field is like `"hidden.0.units"`.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(" ".join(self.problems.values()))


@dataclass(frozen=True, slots=True)
class Hidden:
    """A hidden Dense layer; `dropout` in [0, 1) is the part of its outputs zeroed in training.

    With `batch_norm` its weighted sums are normalised over the batch, before the activation.
    """

    units: int = 128
    activation: str = "relu"
    dropout: float = 0.0
    batch_norm: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; `batch_norm`, the newest setting, only where it is on."""
        out = asdict(self)
        if not self.batch_norm:
            del out["batch_norm"]
        return out


@dataclass(frozen=True, slots=True)
class Augment:
    """Largest random change of a training image; `choices.AUGMENTATIONS` has units and bounds."""

    shift: float = 0.0
    rotation: float = 0.0
    shear: float = 0.0
    scale: float = 0.0
    stroke: float = 0.0
    warp: float = 0.0

    def __bool__(self) -> bool:
        """True if any amount is above 0."""
        return any(self.amounts.values())

    @property
    def amounts(self) -> dict[str, float]:
        """Every field by its name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """One line of the model summary; `shape` is the output's, without the batch axis."""

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """A classifier and how to train it, with Keras' names and defaults; see `settings.SETTINGS`.

    `subset` takes the first images of a seeded shuffle (None: all). `validation_share` counts only
    where `validation` is "split". `l1` and `l2` weigh the kernel penalties of every Dense layer.
    `seed` fixes initial weights, shuffling, dropout and augmentation. `warmup` and `decay_epochs`
    are in epochs; `lowest_rate` is a part of `learning_rate`. The training stops early if
    `patience` is above 0. `watch` and `min_delta` count for that and for the schedule "plateau".
    `pixel_norm` is what an imported network divides pixels by. `spoil` says what is done to the
    training images; `seed` chooses which. `own`
    describes a data set that somebody brought, and is None for any other.

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
    schedule: str = "constant"
    warmup: float = 0.0
    decay: float = 0.5
    decay_epochs: int = 2
    lowest_rate: float = 0.0
    watch: str = "val_loss"
    min_delta: float = 0.0
    patience: int = 0
    kept_weights: str = "best"
    label_smoothing: float = 0.0
    pixel_norm: str = "none"
    spoil: Spoil = UNSPOILED
    own: Dataset | None = None

    def __post_init__(self) -> None:
        if isinstance(self.dataset, str) and self.dataset in DATASETS:
            object.__setattr__(self, "own", None)
        problems = dict(_field_problems(self)) or dict(_combination_problems(self))
        if problems:
            raise RecipeError(problems)
        for name, setting in NUMBERS.items():
            if not setting.whole:  # 1 and 1.0 have one hash
                object.__setattr__(self, name, float(getattr(self, name)))
        amounts = {name: float(value) for name, value in self.augment.amounts.items()}
        object.__setattr__(self, "augment", Augment(**amounts))
        object.__setattr__(self, "spoil", self.spoil.canonical())

    @property
    def data(self) -> Dataset:
        """Data set of the recipe."""
        return self.own or DATASETS[self.dataset]

    @property
    def classes(self) -> int:
        """Number of classes, 2 to 10."""
        return len(self.data.class_names)

    @property
    def train_images(self) -> int:
        """Number of images in each epoch."""
        return self.selected_images - self.validation_images

    @property
    def selected_images(self) -> int:
        """Number of training images, those kept for validation included."""
        return min(self.subset or self.data.train, self.data.train)

    @property
    def validation_images(self) -> int:
        """Number of training images kept for validation; 0 unless `validation` is "split"."""
        if self.validation != "split":
            return 0
        return math.ceil(self.selected_images * self.validation_share)

    @property
    def steps_per_epoch(self) -> int:
        """Number of batches in an epoch; the last can be short."""
        return math.ceil(self.train_images / self.batch_size)

    @property
    def optimizer_arguments(self) -> dict[str, float | bool]:
        """Options of the optimizer as its Keras class takes them, without those that are off."""
        known = OPTIMIZERS[self.optimizer].options
        return {
            name: bool(value) if name in BOOLEAN_OPTIONS else float(value)
            for name, value in self.optimizer_options
            if value != known[name].default or name not in OFF_AT_ZERO
        }

    def uses(self, name: str) -> bool:
        """True if the setting of this name counts beside the others of the recipe."""
        if name in SCHEDULED:
            return self.schedule in SCHEDULED[name]
        if name in ("watch", "min_delta"):
            return self.watches
        if name == "validation_share":
            return self.validation == "split"
        return name != "kept_weights" or self.patience > 0

    @property
    def rate_varies(self) -> bool:
        """True if each step has a learning rate of its own; see `model_store.recipe.rates`."""
        return self.warmup > 0 or self.schedule in ("step", "exponential", "cosine")

    @property
    def watches(self) -> bool:
        """True if the training depends on the figure `watch`."""
        return self.patience > 0 or self.schedule == "plateau"

    @property
    def keeps_best(self) -> bool:
        """True if the model gets the weights of its best epoch back."""
        return self.patience > 0 and self.kept_weights == "best"

    @property
    def widths(self) -> tuple[int, ...]:
        """Number of inputs, of units in each hidden layer, and of classes."""
        return (IMAGE_SIDE**2, *(layer.units for layer in self.hidden), self.classes)

    @property
    def layers(self) -> tuple[LayerSummary, ...]:
        """Model summary, from the flattened image to the softmax."""
        out = [LayerSummary("flatten", "Flatten", self.widths[:1], 0)]
        if self.pixel_norm != "none":
            side = IMAGE_SIDE
            out.insert(0, LayerSummary("pixel_norm", "UnitNormalization", (side, side), 0))
        for number, (inputs, outputs) in enumerate(pairwise(self.widths), 1):
            last = number > len(self.hidden)
            name = "softmax" if last else f"hidden_{number}"
            out.append(LayerSummary(name, "Dense", (outputs,), (inputs + 1) * outputs))
            if last:
                continue
            if self.hidden[number - 1].batch_norm:
                norm = LayerSummary(f"norm_{number}", "BatchNormalization", (outputs,), 4 * outputs)
                out += [norm, LayerSummary(f"activation_{number}", "Activation", (outputs,), 0)]
            if self.hidden[number - 1].dropout:
                out.append(LayerSummary(f"dropout_{number}", "Dropout", (outputs,), 0))
        return tuple(out)

    @property
    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the arrays of a `weights.npz` by name, in the order of Keras' `weights`.

        Layer 0 has `kernel_0` [in, out] and `bias_0` [out]. With batch normalisation it has
        `gamma_0` and `beta_0` as well, which are learned, and the moving `mean_0` and `variance_0`,
        each [out].
        """
        shapes: dict[str, tuple[int, ...]] = {}
        for index, (inputs, outputs) in enumerate(pairwise(self.widths)):
            shapes |= {f"kernel_{index}": (inputs, outputs), f"bias_{index}": (outputs,)}
            if index < len(self.hidden) and self.hidden[index].batch_norm:
                names = ("gamma", "beta", "mean", "variance")
                shapes |= {f"{name}_{index}": (outputs,) for name in names}
        return shapes

    @property
    def parameters(self) -> int:
        """Number of parameters as Keras counts them: those that are not trained are included."""
        return sum(map(math.prod, self.weight_shapes.values()))

    @property
    def trained_parameters(self) -> int:
        """Number of trainable parameters: all but the moving means and variances."""
        return self.parameters - 2 * sum(h.units for h in self.hidden if h.batch_norm)

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
        return "-".join(map(str, self.widths))

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types for `from_dict`; newer settings only where they are used.

        So a recipe from before there were such settings keeps its hash.
        """
        out: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        out["hidden"] = [layer.to_dict() for layer in self.hidden]
        out["optimizer_options"] = {name: float(v) for name, v in self.optimizer_options}
        out["augment"] = {name: value for name, value in self.augment.amounts.items() if value}
        if not self.augment:
            del out["augment"]
        for f in fields(self)[_FIRST_NEWER:]:
            if out[f.name] == f.default:
                del out[f.name]
        if self.spoil:
            out["spoil"] = self.spoil.to_dict()
        if self.own is not None:
            out["own"] = own_data.to_dict(self.own)
        return out

    @classmethod
    def from_dict(cls, raw: object) -> Recipe:
        """Return the recipe of plain JSON types; missing fields take their defaults.

        Raises:
            RecipeError: for anything that is not a trainable recipe, whatever its type.
        """
        if not isinstance(raw, Mapping):
            raise RecipeError({"recipe": _("A recipe is a set of named settings.")})
        known = {f.name for f in fields(cls)}
        problems = {str(key): _no_setting(key) for key in raw if key not in known}
        values = dict(raw)
        for name, read in _READERS.items():
            if name in values:
                values[name] = read(values[name], problems)
        if problems:
            raise RecipeError(problems)
        return cls(**values)

    @classmethod
    def stored(cls, raw: object) -> Recipe:
        """Return the recipe of a file in the store, which a person may have edited.

        Raises:
            RecipeError: if the file was damaged; a name that cannot be shown is replaced.
        """
        if isinstance(raw, Mapping) and isinstance(raw.get("name"), str):
            raw = {**raw, "name": printable(raw["name"])}
        return cls.from_dict(raw)

    def to_link(self) -> str:
        """Return what differs from the default recipe as compact JSON, for a URL parameter."""
        changed = {k: v for k, v in self.to_dict().items() if v != _DEFAULT.get(k)}
        return json.dumps(changed, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_link(cls, text: str) -> Recipe:
        """Return the recipe of a `to_link`; RecipeError as `from_dict`."""
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError):
            raise RecipeError({"recipe": _("The link's recipe cannot be read.")}) from None
        return cls.from_dict(raw)

    def with_(self, **changes: Any) -> Recipe:
        """Return a copy with some fields changed; RecipeError if it cannot be trained."""
        return replace(self, **changes)


def _field_problems(recipe: Recipe) -> Iterator[Problem]:
    """Check every field by itself, whatever its type."""
    checks = [(n, getattr(recipe, n), setting) for n, setting in SETTINGS.items() if n != "dataset"]
    yield from own_data.problems(recipe.dataset, recipe.own)
    if isinstance(recipe.hidden, tuple) and len(recipe.hidden) <= MAX_HIDDEN:
        for index, layer in enumerate(recipe.hidden):
            for name, setting in LAYER_SETTINGS.items():
                checks.append((f"hidden.{index}.{name}", getattr(layer, name), setting))
    else:
        yield "hidden", _("At most {n} hidden layers.").format(n=MAX_HIDDEN)
    if isinstance(recipe.augment, Augment):
        for name, value in recipe.augment.amounts.items():
            checks.append((f"augment.{name}", value, AUGMENTATIONS[name]))
    else:
        yield "augment", _("Augmentation is a set of named numbers.")
    for name, value, setting in checks:
        if problem := setting.problem(value):
            yield name, problem
    if isinstance(recipe.spoil, Spoil):
        yield from ((f"spoil.{name}", problem) for name, problem in recipe.spoil.problems())
    else:
        yield "spoil", _("What is spoiled is a set of named values.")


def _combination_problems(recipe: Recipe) -> Iterator[Problem]:
    """Check fields against each other; each is allowed by itself."""
    needed, data = LOSSES[recipe.loss].labels, recipe.data
    for name, value in recipe.optimizer_options:
        option = OPTIMIZERS[recipe.optimizer].options.get(name)
        problem = option.problem(value) if option else _no_setting(name)
        if problem:
            yield f"optimizer_options.{name}", problem
    if needed != recipe.labels:
        text = _("The loss {loss} needs {needed} labels; this recipe has {given} labels.")
        labels = {"needed": _(LABELS[needed].label), "given": _(LABELS[recipe.labels].label)}
        yield "labels", text.format(loss=recipe.loss, **labels)
    if recipe.subset is not None and recipe.subset > data.train:
        text = _("{dataset} has only {n:,} training images.")
        yield "subset", text.format(dataset=data.title, n=data.train)
    elif recipe.batch_size > recipe.train_images:
        text = _("A batch cannot have more images than the {n:,} of an epoch.")
        yield "batch_size", text.format(n=recipe.train_images)
    elif recipe.batch_size == 1 and any(layer.batch_norm for layer in recipe.hidden):
        yield "batch_size", _("Batch normalisation needs at least 2 images in a batch.")
    for name in ("wrong_from", "wrong_to", "rare_class"):
        if (getattr(recipe.spoil, name) or 0) >= recipe.classes:
            text = _("{dataset} has only {n} classes.")
            yield f"spoil.{name}", text.format(dataset=data.title, n=recipe.classes)
    yield from _schedule_problems(recipe)
    if recipe.parameters > MAX_PARAMETERS:
        text = _("The network would have {n:,} parameters; at most {most:,} are allowed.")
        yield "hidden", text.format(n=recipe.parameters, most=MAX_PARAMETERS)


def _schedule_problems(recipe: Recipe) -> Iterator[Problem]:
    """Check schedule, early stopping, clipping and label smoothing against the other fields."""
    if recipe.warmup and recipe.warmup >= recipe.epochs:
        text = _("The warm-up must be shorter than the {n} epochs.")
        yield "warmup", text.format(n=recipe.epochs)
    if recipe.watches and recipe.validation == "none" and recipe.watch.startswith("val_"):
        text = _("Without validation there is no {figure}. Choose a validation or another figure.")
        yield "watch", text.format(figure=_(FIGURES[recipe.watch].label))
    if recipe.label_smoothing and recipe.loss != "categorical_crossentropy":
        text = _("Label smoothing needs the loss {loss}.")
        yield "label_smoothing", text.format(loss=_(LOSSES["categorical_crossentropy"].label))
    clipped = [name for name, value in recipe.optimizer_options if name in CLIPPING and value]
    if len(clipped) > 1:
        text = _("Clip the gradient in one way: {names} are all set.")
        yield f"optimizer_options.{clipped[-1]}", text.format(names=", ".join(clipped))


def _no_setting(name: object) -> str:
    return _("There is no setting called {name}.").format(name=repr(name)[:40])


def _read_hidden(raw: object, problems: dict[str, str]) -> tuple[Hidden, ...]:
    if not isinstance(raw, list | tuple):
        problems["hidden"] = _("Hidden layers are a list.")
        return ()
    layers = []
    for index, item in enumerate(raw[: MAX_HIDDEN + 1]):
        if isinstance(item, Mapping) and item.keys() <= LAYER_SETTINGS.keys():
            layers.append(Hidden(**item))
        else:
            problems[f"hidden.{index}"] = _(
                "A hidden layer has units, activation, dropout and batch normalisation."
            )
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
    problems |= {f"augment.{name}"[:60]: _no_setting(name) for name in unknown}
    return Augment() if unknown else Augment(**raw)


def _read_spoil(raw: object, problems: dict[str, str]) -> Spoil:
    if not isinstance(raw, Mapping):
        problems["spoil"] = _("What is spoiled is a set of named values.")
        return UNSPOILED
    unknown = [name for name in raw if name not in SPOILS]
    problems |= {f"spoil.{name}"[:60]: _no_setting(name) for name in unknown}
    return UNSPOILED if unknown else Spoil(**raw)


def _read_own(raw: object, problems: dict[str, str]) -> Dataset | None:
    own = None if raw is None else own_data.from_dict(raw)
    if raw is not None and own is None:
        problems["dataset"] = _("The description of the recipe's data set cannot be read.")
    return own


_FIRST_NEWER = [f.name for f in fields(Recipe)].index("schedule")
_DEFAULT = Recipe().to_dict()
_READERS = {
    "hidden": _read_hidden,
    "optimizer_options": _read_options,
    "augment": _read_augment,
    "spoil": _read_spoil,
    "own": _read_own,
}
