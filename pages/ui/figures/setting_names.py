"""A recipe's settings by the words of the form: for tables of what differs. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping
from gettext import gettext as _

from model_store import Run
from model_store.analysis.recipe_diff import Value
from model_store.recipe import choices
from model_store.recipe.choices import Choice
from model_store.recipe.settings import CHOICES, SETTINGS

_NAMES: Mapping[str, str] = {
    **{name: setting.label for name, setting in SETTINGS.items()},
    "train_images": "Training images",
    # Of `model_store.analysis.data_diff`, beside the recipe:
    "provenance": "Began with the weights of",
    "added": "Images beside the data set",
    "data": "Data hash",
}
_OF_LAYER = {"units": "units", "activation": "activation", "dropout": "dropout"}
_CHOICES: Mapping[str, Mapping[str, Choice]] = {
    **{name: setting.choices for name, setting in CHOICES.items()},
    "activation": choices.ACTIVATIONS,
}


def setting_name(name: str) -> str:
    """What a person calls a setting of `compare.settings`, or what differs by `material`."""
    head, _dot, rest = name.partition(".")
    if head == "hidden":
        number, _dot, what = rest.partition(".")
        return _("Hidden layer {n}: {what}").format(n=number, what=_(_OF_LAYER[what]))
    if head == "optimizer_options":
        return _("Optimizer option {name}").format(name=rest)
    if head == "augment":
        return _("Random change: {what}").format(what=_(choices.AUGMENTATIONS[rest].label))
    return _(_NAMES[name])


def setting_value(name: str, value: Value) -> str:
    """A setting's value as it is read; a dash where a recipe has no such setting."""
    if value is None or value == "":
        return "–"
    options = _CHOICES.get(name.rpartition(".")[2])
    if options is not None and value in options:
        return _(options[str(value)].label)
    if isinstance(value, int):
        return str(value) if name == "seed" else f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def recipe_line(run: Run) -> str:
    """A run's recipe in short: data set, network, how it learns."""
    recipe = run.recipe
    kinds = dict.fromkeys(_(choices.ACTIVATIONS[h.activation].label) for h in recipe.hidden)
    network = " ".join((recipe.network, *kinds))
    if run.imported:
        return " · ".join((recipe.data.label, network, _("from a file")))
    optimizer = _(choices.OPTIMIZERS[recipe.optimizer].label)
    return " · ".join(
        (
            recipe.data.label,
            network,
            f"{optimizer} {recipe.learning_rate:g}",
            _("batch {n}").format(n=recipe.batch_size),
            _("{n} epochs").format(n=recipe.epochs),
        )
    )
