"""What differs between recipes, and whether they start from the same weights. Pure, any thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from model_store.recipe.choices import CLASSES, IMAGE_SIDE, OPTIMIZERS
from model_store.recipe.recipe import Recipe

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Differences:
    """Settings by name, a value for each recipe: those that differ, and one value where all agree.

    None stands where a recipe has no such setting (a layer that it lacks, another optimizer's
    option).
    """

    differ: Mapping[str, tuple[Value, ...]]
    same: Mapping[str, Value]


def settings(recipe: Recipe, brought: bool = False) -> dict[str, Value]:
    """Every setting that counts for this recipe, flat; `hidden.1.units` is the first layer's.

    Options that the optimizer was not given have their defaults; the validation share counts only
    where a share is held out. Of a model that was `brought` in, only the network is known.
    """
    out: dict[str, Value] = {"dataset": recipe.dataset}
    if not brought:
        out["train_images"] = recipe.train_images
    for number, layer in enumerate(recipe.hidden, 1):
        out[f"hidden.{number}.units"] = layer.units
        out[f"hidden.{number}.activation"] = layer.activation
        out[f"hidden.{number}.dropout"] = float(layer.dropout)
    if brought:
        return out
    out["kernel_initializer"] = recipe.kernel_initializer
    out["bias_initializer"] = recipe.bias_initializer
    out["l1"] = recipe.l1
    out["l2"] = recipe.l2
    out["optimizer"] = recipe.optimizer
    out["learning_rate"] = recipe.learning_rate
    given = dict(recipe.optimizer_options)
    for name, option in OPTIMIZERS[recipe.optimizer].options.items():
        out[f"optimizer_options.{name}"] = float(given.get(name, option.default))
    for name in ("loss", "labels", "batch_size", "epochs", "shuffle", "validation"):
        out[name] = getattr(recipe, name)
    if recipe.validation == "split":
        out["validation_share"] = recipe.validation_share
    for name, amount in recipe.augment.amounts.items():
        out[f"augment.{name}"] = amount
    out["seed"] = recipe.seed
    return out


def differences(recipes: Sequence[Recipe], brought: Sequence[bool] = ()) -> Differences:
    """What differs between the recipes, in the order in which `settings` names it.

    `brought` says for each, where any is, whether it is that of a model from a file.
    """
    marks = brought or [False] * len(recipes)
    each = [settings(recipe, mark) for recipe, mark in zip(recipes, marks, strict=True)]
    longest = sorted(each, key=len, reverse=True)
    names = list(dict.fromkeys(name for values in longest for name in values))
    rows = {name: tuple(values.get(name) for values in each) for name in names}
    differ = {name: row for name, row in rows.items() if len(set(row)) > 1}
    return Differences(differ, {name: row[0] for name, row in rows.items() if name not in differ})


@dataclass(frozen=True, slots=True)
class StartDiff:
    """How one recipe's first weights stand to another's.

    `same`: every weight and bias is equal. Otherwise `why` names the settings that differ
    ("seed", "kernel_initializer", "bias_initializer", "widths") and `layers` says how many layers,
    counted from the input, start equal all the same. `same_order`: both are shown the same images
    in the same order.
    """

    same: bool
    why: tuple[str, ...]
    layers: int
    same_order: bool


def start_diff(one: Recipe, other: Recipe) -> StartDiff:
    """Compare the first weights of two recipes: they follow from seed, initialisers and widths."""
    widths = _widths(one), _widths(other)
    differ = {
        "seed": one.seed != other.seed and one.kernel_initializer != "zeros",
        "kernel_initializer": one.kernel_initializer != other.kernel_initializer,
        "bias_initializer": one.bias_initializer != other.bias_initializer,
        "widths": widths[0] != widths[1],
    }
    why = tuple(name for name, differs in differ.items() if differs)
    layers = 0
    if why in ((), ("widths",)):
        for ours, theirs in zip(*widths, strict=False):
            if ours != theirs:
                break
            layers += 1
    return StartDiff(not why, why, layers, _order(one) == _order(other))


def _widths(recipe: Recipe) -> list[tuple[int, int]]:
    """Inputs and outputs of each Dense layer, from the input on."""
    ends = [IMAGE_SIDE**2, *(layer.units for layer in recipe.hidden), CLASSES]
    return list(pairwise(ends))


def _order(recipe: Recipe) -> tuple[Value, ...]:
    """What the images and their order follow from."""
    held_out = recipe.validation_share if recipe.validation == "split" else None
    drawn = recipe.subset is not None or recipe.validation == "split"
    images = (recipe.dataset, recipe.selected_images, held_out, drawn)
    return (*images, recipe.shuffle, recipe.seed)
