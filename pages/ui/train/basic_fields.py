"""Recipe, data set, hidden layers, learning rate, epochs, switch of all settings, and Start.

They are one element, drawn in the browser. It sends all values at each change; the form's draft
stores them. Start sends them too: what is trained is what the fields show. Script thread.
"""

import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from model_store.recipe.choices import OPTIMIZERS
from model_store.recipe.own_data import to_dict
from model_store.recipe.recipe import Hidden, Recipe
from model_store.recipe.settings import CHOICES, NUMBERS, UNITS
from model_store.recipe.validation import MAX_HIDDEN, Number
from model_store.text import _
from pages.ui.components.component import component
from pages.ui.frame import dataset_choices, navigation
from pages.ui.services import singletons
from pages.ui.state import pad, selection, url
from pages.ui.train.fields import RecipeFields
from training.data.datasets import DataError

_KEY = "basic_fields"
_HTML = """<div class="lab-basics"><div class="lab-choices"></div>
<div class="lab-layers"></div><p></p>
<button type="button"><i aria-hidden="true">add</i><span></span></button>
<div class="lab-rates"></div><p role="status"></p><div class="lab-foot"></div>
<button type="button" class="lab-start"><i aria-hidden="true">play_arrow</i><span></span></button>
<p class="lab-vary"></p></div>"""
LARGEST_ID = 10_000  # of a layer


def begin(base: Recipe) -> None:
    """Let the draft start as the form's base."""
    hidden = base.hidden
    selection.recipe_draft().update(
        dataset=base.dataset,
        layers=list(range(len(hidden))),
        units={place: layer.units for place, layer in enumerate(hidden)},
        rates={},
        epochs=base.epochs,
    )


def take(fields: RecipeFields) -> Mapping[str, str]:
    """Set the values that the browser has sent in `fields.values`.

    Returns:
        the titles of the data sets that can be chosen, by their names.
    """
    draft, base = selection.recipe_draft(), fields.base
    known = dataset_choices.titles(dataset_choices.dataset_choices(base))
    if draft["dataset"] not in known:  # somebody has deleted it
        draft["dataset"] = base.dataset
    fields.values["dataset"] = draft["dataset"]
    with suppress(DataError):  # deleted just now: the recipe's own check says so
        own = dataset_choices.own_dataset(draft["dataset"], base)
        fields.values["own"] = None if own is None else to_dict(own)
    optimizer = _optimizer(fields)
    same = optimizer == base.optimizer
    rate = base.learning_rate if same else OPTIMIZERS[optimizer].learning_rate
    fields.values["hidden"] = [{"units": draft["units"][layer]} for layer in draft["layers"]]
    fields.values["learning_rate"] = draft["rates"].get(optimizer, rate)
    fields.values["epochs"] = draft["epochs"]
    return known


def draw(
    fields: RecipeFields,
    recipes: Mapping[str, str],
    datasets: Mapping[str, str],
    problems: Mapping[str, str],
    recipe: Recipe | None,
) -> None:
    """Draw the fields with the problem of each, and Start.

    `recipes` and `datasets` are titles by name. Without a `recipe` nothing can be started, and
    without its data set nothing is offered to be.
    """
    draft, values, start = selection.recipe_draft(), fields.values, "off"
    if recipe is not None:
        start = "on" if singletons.has_dataset(recipe.dataset) else ""
    vary = _("Vary it in a sweep")
    data = {
        "session": pad.tab(),
        "form": [draft["name"], draft["version"]],
        "recipes": list(recipes.items()),
        "dataset": values["dataset"],
        "datasets": list(datasets.items()),
        "layers": [[layer, draft["units"][layer]] for layer in draft["layers"]],
        "optimizer": _optimizer(fields),
        "learning_rate": values["learning_rate"],
        "epochs": values["epochs"],
        "new": Hidden().units,
        "most": MAX_HIDDEN,
        "problems": dict(problems),
        "size": _size(recipe),
        "open": bool(selection.all_settings.get()),
        "start": start,
        "vary": navigation.plain_link("sweep", vary, recipe=recipe.to_link()) if recipe else None,
        "fields": {
            "units": [*_field(UNITS), _("Units of hidden layer {n}")],
            "learning_rate": _field(NUMBERS["learning_rate"]),
            "epochs": _field(NUMBERS["epochs"]),
        },
        "words": {
            "recipe": _("Recipe"),
            "recipe_help": _("Start from a published classifier, then change what you like."),
            "dataset": _(CHOICES["dataset"].label),
            "dataset_help": _(CHOICES["dataset"].help),
            "add": _("Add a hidden layer"),
            "remove": _("Remove layer {n}"),
            "all": _("All settings"),
            "help": _(
                "Optimizer, batch size, dropout, augmentation, spoiled data and more, below."
            ),
            "none": _("No hidden layer: a softmax regression."),
            "start": _("Start training"),
        },
    }
    component(
        "basic_fields",
        _HTML,
        data,
        _KEY,
        on_changed_change=_store,
        on_opened_change=_store_open,
        on_recipe_change=_choose_recipe,
        on_start_change=_start,
    )


def shows(name: str) -> bool:
    """True if a problem of this field is shown here."""
    return name in ("learning_rate", "epochs") or name.endswith(".units")


def _optimizer(fields: RecipeFields) -> str:
    return str(fields.chosen("optimizer", fields.base.optimizer))


def _field(setting: Number) -> list[Any]:
    return [setting.low, setting.high, setting.step, _(setting.help), _(setting.label)]


def _size(recipe: Recipe | None) -> str:
    """Say how large the network is."""
    if recipe is None:
        return ""
    sentence = _("{network}: {n} parameters")
    return sentence.format(network=recipe.network, n=f"{recipe.parameters:,}")


def _store() -> None:
    """Store the values of an event in the draft. A callback."""
    _is_stored(selection.component_value(_KEY, "changed"))


def _start() -> None:
    """Store the values, and start a training with them. A callback."""
    if _is_stored(selection.component_value(_KEY, "start")):
        selection.start_wish.set(True)


def _is_stored(sent: object) -> bool:
    """Store valid values of this form in the draft; False if they are no such values."""
    draft = selection.recipe_draft()
    if not isinstance(sent, Mapping) or sent.get("form") != [draft["name"], draft["version"]]:
        return False
    units = _layers(sent.get("layers"))
    if units is None:
        return False
    draft.update(layers=list(units), units=units, epochs=_number(sent.get("epochs")))
    dataset, optimizer = sent.get("dataset"), sent.get("optimizer")
    if isinstance(dataset, str):
        draft["dataset"] = dataset
    if isinstance(optimizer, str) and optimizer in OPTIMIZERS:
        draft["rates"][optimizer] = _number(sent.get("learning_rate"))
    return True


def _choose_recipe() -> None:
    """Take another recipe into the address. A callback."""
    name = selection.component_value(_KEY, "recipe")
    if isinstance(name, str) and name:
        url.set_params(recipe=name)


def _store_open() -> None:
    """Store whether all settings are open. A callback."""
    selection.all_settings.set(selection.component_value(_KEY, "opened") == "yes")


def _layers(sent: object) -> dict[int, float | None] | None:
    """Return units by layer, in order; None if this is no list of layers."""
    if not isinstance(sent, list) or len(sent) > MAX_HIDDEN:
        return None
    units: dict[int, float | None] = {}
    for layer in sent:
        if not isinstance(layer, list) or len(layer) != 2 or type(layer[0]) is not int:
            return None
        if not 0 <= layer[0] <= LARGEST_ID:
            return None
        units[layer[0]] = _number(layer[1])
    return units if len(units) == len(sent) else None


def _number(sent: object) -> float | None:
    """Return a number of float's range, which the recipe checks; None for anything else."""
    if not isinstance(sent, int | float) or isinstance(sent, bool):
        return None
    return sent if abs(sent) <= sys.float_info.max else None
