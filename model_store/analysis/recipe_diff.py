"""Differences between recipes, setting by setting. Pure, any thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model_store.recipe.choices import OPTIMIZERS
from model_store.recipe.recipe import Recipe

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Differences:
    """Settings by name: those that `differ`, with a value for each recipe, and the `same` ones.

    None means that a recipe has no such setting: another optimizer's option, or a layer.
    """

    differ: Mapping[str, tuple[Value, ...]]
    same: Mapping[str, Value]


def settings(recipe: Recipe, imported: bool = False) -> dict[str, Value]:
    """Return every setting that counts for this recipe; `hidden.1.units` is the first layer's.

    Options that were not given have their defaults. Of an imported model only the network is known.
    """
    out: dict[str, Value] = {"dataset": recipe.own.label if recipe.own else recipe.dataset}
    if recipe.pixel_norm != "none":
        out["pixel_norm"] = recipe.pixel_norm
    if not imported:
        out["train_images"] = recipe.train_images
    for number, layer in enumerate(recipe.hidden, 1):
        out[f"hidden.{number}.units"] = layer.units
        out[f"hidden.{number}.activation"] = layer.activation
        out[f"hidden.{number}.dropout"] = float(layer.dropout)
        if layer.batch_norm:
            out[f"hidden.{number}.batch_norm"] = True
    if imported:
        return out
    given = dict(recipe.optimizer_options)
    for name in (
        *("kernel_initializer", "bias_initializer", "l1", "l2", "optimizer", "learning_rate"),
        *("optimizer_options", "loss", "labels", "batch_size", "epochs", "shuffle", "validation"),
        *("validation_share", "augment", "schedule", "warmup", "decay", "decay_epochs"),
        *(
            "lowest_rate",
            "watch",
            "min_delta",
            "patience",
            "kept_weights",
            "label_smoothing",
            "spoil",
            "seed",
        ),
    ):
        if name == "optimizer_options":
            for option, known in OPTIMIZERS[recipe.optimizer].options.items():
                out[f"{name}.{option}"] = float(given.get(option, known.default))
        elif name == "augment":
            out |= {f"{name}.{change}": amount for change, amount in recipe.augment.amounts.items()}
        elif name == "spoil":
            out |= {f"{name}.{what}": value for what, value in recipe.spoil.to_dict().items()}
        elif recipe.uses(name):
            out[name] = getattr(recipe, name)
    return out


def differences(recipes: Sequence[Recipe], imported: Sequence[bool] = ()) -> Differences:
    """Compare the recipes, in the order of `settings`; `imported` is True for imported models."""
    marks = imported or [False] * len(recipes)
    each = [settings(recipe, mark) for recipe, mark in zip(recipes, marks, strict=True)]
    longest = sorted(each, key=len, reverse=True)
    names = list(dict.fromkeys(name for values in longest for name in values))
    rows = {name: tuple(values.get(name) for values in each) for name in names}
    differ = {name: row for name, row in rows.items() if len(set(row)) > 1}
    return Differences(differ, {name: row[0] for name, row in rows.items() if name not in differ})
