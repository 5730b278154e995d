"""Code of a script that spoils training images as `training.data.spoil` does. Pure text."""

from collections.abc import Iterator
from pathlib import Path

from model_store.recipe.recipe import Recipe
from model_store.text import _
from training.data import spoil
from training.export.augment_code import own_code

SOURCE = Path(spoil.__file__)


def spoil_code(recipe: Recipe) -> str:
    """Return code that spoils `x_train` uint8 and `y_train`, before they are scaled.

    It sets `kept` if images are taken away, and `x_clean`, `y_clean` if validation images are to
    stay good.
    """
    lines = [own_code(SOURCE), "SPOIL = SimpleNamespace("]
    lines += [f"    {name}={value!r}," for name, value in _amounts(recipe).items()]
    lines += [")"]
    if _keeps_clean(recipe):
        lines += [f"x_clean, y_clean = x_train, y_train  # {_('for validation')}"]
    if recipe.spoil.thins:
        lines += ["kept = kept_images(y_train, SPOIL, SEED)"]
    lines += [
        f"y_train = spoiled_labels(y_train, SPOIL, SEED, {recipe.classes})",
        "x_train = spoiled_images(x_train, y_train, SPOIL, SEED)",
    ]
    if recipe.spoil.thins and recipe.subset is None and recipe.validation != "split":
        lines += ["x_train, y_train = x_train[kept], y_train[kept]"]
    return "\n".join(lines)


def validation_code(recipe: Recipe, clean_labels: str) -> Iterator[str]:
    """Yield lines that set the validation images at the positions `held_out`.

    `clean_labels` is the code of their labels in `y_clean`, in the form that the loss needs.
    """
    if _keeps_clean(recipe):
        yield 'x_validation = x_clean[held_out].astype("float32") / 255'
        yield f"y_validation = {clean_labels}"
        return
    if recipe.spoil.thins:
        yield "held_out = held_out[kept[held_out]]"
    yield "x_validation, y_validation = x_train[held_out], y_train[held_out]"


def chosen_code(recipe: Recipe) -> Iterator[str]:
    """Yield lines that take the training images at the positions `chosen`."""
    if recipe.spoil.thins:
        yield "chosen = chosen[kept[chosen]]"
    yield "x_train, y_train = x_train[chosen], y_train[chosen]"


def _keeps_clean(recipe: Recipe) -> bool:
    spoiled = recipe.spoil
    return bool(spoiled) and spoiled.where == "training" and recipe.validation == "split"


def _amounts(recipe: Recipe) -> dict[str, object]:
    return {name: value for name, value in recipe.spoil.values.items() if name != "where"}
