"""Hidden layers, learning rate, epochs and the switch of all other settings. Script thread.

They are one element, drawn in the browser. It sends all values at each change; the form's draft
stores them.
"""

import sys
from collections.abc import Mapping
from typing import Any

from model_store.recipe.choices import OPTIMIZERS
from model_store.recipe.recipe import Hidden, Recipe
from model_store.recipe.settings import NUMBERS, UNITS
from model_store.recipe.validation import MAX_HIDDEN, Number
from model_store.text import _
from pages.ui.components.component import component
from pages.ui.state import pad, selection
from pages.ui.train.fields import RecipeFields

_KEY = "basic_fields"
_HTML = """<div class="lab-basics"><div></div><p></p>
<button type="button"><i aria-hidden="true">add</i><span></span></button>
<div></div><p role="status"></p><div></div></div>"""
LARGEST_ID = 10_000  # of a layer


def begin(base: Recipe) -> None:
    """Let the draft start as the form's base."""
    hidden = base.hidden
    selection.recipe_draft().update(
        layers=list(range(len(hidden))),
        units={place: layer.units for place, layer in enumerate(hidden)},
        rates={},
        epochs=base.epochs,
    )


def take(fields: RecipeFields) -> None:
    """Set the values that the browser has sent in `fields.values`."""
    draft, base = selection.recipe_draft(), fields.base
    optimizer = _optimizer(fields)
    same = optimizer == base.optimizer
    rate = base.learning_rate if same else OPTIMIZERS[optimizer].learning_rate
    fields.values["hidden"] = [{"units": draft["units"][layer]} for layer in draft["layers"]]
    fields.values["learning_rate"] = draft["rates"].get(optimizer, rate)
    fields.values["epochs"] = draft["epochs"]


def draw(fields: RecipeFields, problems: Mapping[str, str], size: str) -> None:
    """Draw the fields with the problem of each, and `size`, the network's in words."""
    draft, values = selection.recipe_draft(), fields.values
    data = {
        "session": pad.tab(),
        "form": [draft["name"], draft["version"]],
        "layers": [[layer, draft["units"][layer]] for layer in draft["layers"]],
        "optimizer": _optimizer(fields),
        "learning_rate": values["learning_rate"],
        "epochs": values["epochs"],
        "new": Hidden().units,
        "most": MAX_HIDDEN,
        "problems": dict(problems),
        "size": size,
        "open": bool(selection.all_settings.get()),
        "fields": {
            "units": [*_field(UNITS), _("Units of hidden layer {n}")],
            "learning_rate": _field(NUMBERS["learning_rate"]),
            "epochs": _field(NUMBERS["epochs"]),
        },
        "words": {
            "add": _("Add a hidden layer"),
            "remove": _("Remove layer {n}"),
            "all": _("All settings"),
            "help": _(
                "Optimizer, batch size, dropout, augmentation, spoiled data and more, below."
            ),
            "none": _("No hidden layer: a softmax regression."),
        },
    }
    component(
        "basic_fields", _HTML, data, _KEY, on_changed_change=_store, on_opened_change=_store_open
    )


def shows(name: str) -> bool:
    """True if a problem of this field is shown here."""
    return name in ("learning_rate", "epochs") or name.endswith(".units")


def _optimizer(fields: RecipeFields) -> str:
    return str(fields.chosen("optimizer", fields.base.optimizer))


def _field(setting: Number) -> list[Any]:
    return [setting.low, setting.high, setting.step, _(setting.help), _(setting.label)]


def _store() -> None:
    """Store the values of a valid event in the draft. A callback."""
    sent, draft = selection.component_value(_KEY, "changed"), selection.recipe_draft()
    if not isinstance(sent, Mapping) or sent.get("form") != [draft["name"], draft["version"]]:
        return
    units = _layers(sent.get("layers"))
    if units is None:
        return
    draft.update(layers=list(units), units=units, epochs=_number(sent.get("epochs")))
    optimizer = sent.get("optimizer")
    if isinstance(optimizer, str) and optimizer in OPTIMIZERS:
        draft["rates"][optimizer] = _number(sent.get("learning_rate"))


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
