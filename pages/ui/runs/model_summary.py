"""The model summary: layers, output shapes, parameters. Script thread."""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from model_store.recipe.recipe import Recipe
from pages.ui.frame import layout


def model_summary(recipe: Recipe, expanded: bool = False) -> None:
    """Layer by layer, from the flattened image to the softmax; nothing needs to be trained."""
    with st.expander(
        _("Model summary: {network}, {n} parameters").format(
            network=recipe.network, n=f"{recipe.parameters:,}"
        ),
        expanded=expanded,
    ):
        rows = [
            {
                _("layer"): layer.name,
                _("type"): layer.kind,
                _("output shape"): f"(batch, {', '.join(map(str, layer.shape))})",
                _("parameters"): f"{layer.parameters:,}",
            }
            for layer in recipe.layers
        ]
        st.table(rows, hide_index=True)
        layout.remark(
            _(
                "Parameters: {n} in total, {n} trainable, 0 fixed. Each unit of a dense layer has "
                "a weight for every input, and a bias; the other layers have none."
            ).format(n=f"{recipe.parameters:,}")
        )
