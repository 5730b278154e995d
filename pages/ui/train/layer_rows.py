"""Rows of the hidden layers: units, activation, dropout, remove, add. Script thread."""

from gettext import gettext as _
from typing import Any

import streamlit as st

from model_store.recipe.choices import ACTIVATIONS
from model_store.recipe.recipe import Hidden
from model_store.recipe.settings import DROPOUT, UNITS
from model_store.recipe.validation import MAX_HIDDEN
from pages.ui.frame import layout
from pages.ui.state import selection
from pages.ui.train.fields import RecipeFields


def layer_rows(fields: RecipeFields) -> None:
    """Draw a row for each hidden layer; the draft holds a number for each, which keys its row."""
    draft = selection.recipe_draft()
    st.markdown(_("Hidden layers"))
    rows = [_row(fields, place, layer) for place, layer in enumerate(draft["layers"])]
    fields.values["hidden"] = rows
    if not rows:
        layout.explain(_("None: a softmax regression. Each pixel votes for or against each class."))
    full = len(rows) >= MAX_HIDDEN
    if st.button(_("Add a hidden layer"), icon=":material/add:", disabled=full, key="add_layer"):
        draft["layers"].append(draft["next_layer"])
        draft["next_layer"] += 1
        st.rerun()
    fields.place("hidden")


def _row(fields: RecipeFields, place: int, layer: int) -> dict[str, Any]:
    """Draw the row at `place` and return its layer as `Recipe.from_dict` reads it."""
    hidden = fields.base.hidden
    base = hidden[layer] if layer < len(hidden) else Hidden()
    names = list(ACTIVATIONS)
    field, key = f"hidden.{place}", f"hidden.{layer}"
    with st.container(border=True):
        columns = st.columns([3, 3, 3, 1], vertical_alignment="bottom")
        with columns[0]:
            units = fields.setting(f"{field}.units", UNITS, base.units, f"{key}.units")
        activation = columns[1].selectbox(
            _("Activation"),
            names,
            index=names.index(base.activation),
            format_func=lambda name: _(ACTIVATIONS[name].label),
            help="  \n".join(f"{_(each.label)}: {_(each.help)}" for each in ACTIVATIONS.values()),
            key=fields.key(f"{key}.activation"),
            persist_state="session",
        )
        with columns[2]:
            dropout = fields.setting(f"{field}.dropout", DROPOUT, base.dropout, f"{key}.dropout")
        remove = columns[3].button(
            "",
            icon=":material/delete:",
            help=_("Remove layer {n}").format(n=place + 1),
            key=fields.key(f"remove_{layer}"),
        )
    if remove:
        selection.recipe_draft()["layers"].remove(layer)
        st.rerun()
    return {"units": units, "activation": activation, "dropout": dropout}
