"""Rows of the hidden layers: units, remove, add; their other settings. Script thread."""

from typing import Any

import streamlit as st

from model_store.recipe.choices import ACTIVATIONS, activation_label
from model_store.recipe.recipe import Hidden
from model_store.recipe.settings import BATCH_NORM, DROPOUT, UNITS
from model_store.recipe.validation import MAX_HIDDEN
from model_store.text import _
from pages.ui.frame import layout
from pages.ui.state import selection
from pages.ui.train.fields import RecipeFields


def layer_rows(fields: RecipeFields) -> None:
    """Draw a row for each hidden layer; the draft holds a number for each, which keys its row."""
    draft = selection.recipe_draft()
    rows = [_row(fields, place, layer) for place, layer in enumerate(draft["layers"])]
    fields.values["hidden"] = rows
    if not rows:
        layout.remark(_("No hidden layer: a softmax regression."))
    full = len(rows) >= MAX_HIDDEN
    if st.button(_("Add a hidden layer"), icon=":material/add:", disabled=full, key="add_layer"):
        draft["layers"].append(draft["next_layer"])
        draft["next_layer"] += 1
        st.rerun()
    units = (f"hidden.{place}.units" for place in range(len(rows)))
    fields.place("hidden", *units, at=st.container())


def _row(fields: RecipeFields, place: int, layer: int) -> dict[str, Any]:
    """Draw the row at `place` and return its layer as `Recipe.from_dict` reads it."""
    base = base_layer(fields, layer)
    field, key = f"hidden.{place}", f"hidden.{layer}"
    box = st.container(horizontal=True, vertical_alignment="bottom", key=fields.key(f"row_{layer}"))
    with box:
        label = _("Units of hidden layer {n}").format(n=place + 1)
        options = {"min_value": UNITS.low, "max_value": UNITS.high, "step": UNITS.step}
        units = fields.number(
            f"{field}.units",
            label,
            base.units,
            _(UNITS.help),
            f"{key}.units",
            placed=True,
            **options,
        )
        remove = st.button(
            "",
            icon=":material/delete:",
            help=_("Remove layer {n}").format(n=place + 1),
            key=fields.key(f"remove_{layer}"),
        )
    if remove:
        selection.recipe_draft()["layers"].remove(layer)
        st.rerun()
    return {"units": units}


def layer_settings(fields: RecipeFields) -> None:
    """Draw activation, dropout and batch normalisation of each layer."""
    layers = selection.recipe_draft()["layers"]
    for place, (layer, row) in enumerate(zip(layers, fields.values["hidden"], strict=True)):
        base = base_layer(fields, layer)
        field, key = f"hidden.{place}", f"hidden.{layer}"
        if not fields.is_open:
            row["activation"] = fields.chosen(f"{key}.activation", base.activation)
            row["dropout"] = fields.chosen(f"{key}.dropout", base.dropout)
            row["batch_norm"] = fields.chosen(f"{key}.batch_norm", base.batch_norm)
            continue
        names = list(dict.fromkeys([*ACTIVATIONS, base.activation]))  # an imported one has its own
        left, right = st.columns(2)
        row["activation"] = left.selectbox(
            _("Activation of hidden layer {n}").format(n=place + 1),
            names,
            index=names.index(base.activation),
            format_func=activation_label,
            help="  \n".join(f"{_(each.label)}: {_(each.help)}" for each in ACTIVATIONS.values()),
            key=fields.key(f"{key}.activation"),
            persist_state="session",
        )
        with right:
            row["dropout"] = fields.setting(
                f"{field}.dropout", DROPOUT, base.dropout, f"{key}.dropout"
            )
        row["batch_norm"] = st.toggle(
            _("Batch normalisation of hidden layer {n}").format(n=place + 1),
            value=base.batch_norm,
            help=_(BATCH_NORM.help),
            key=fields.key(f"{key}.batch_norm"),
            persist_state="session",
        )


def base_layer(fields: RecipeFields, layer: int) -> Hidden:
    """Return the layer that the form starts from."""
    hidden = fields.base.hidden
    return hidden[layer] if layer < len(hidden) else Hidden()
