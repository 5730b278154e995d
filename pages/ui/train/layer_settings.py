"""Settings of the hidden layers beside their units. Script thread."""

import streamlit as st

from model_store.recipe.choices import ACTIVATIONS, activation_label
from model_store.recipe.recipe import Hidden
from model_store.recipe.settings import BATCH_NORM, DROPOUT
from model_store.text import _
from pages.ui.state import selection
from pages.ui.train.fields import RecipeFields


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
