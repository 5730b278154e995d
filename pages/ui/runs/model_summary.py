"""Summary of a network: layers, output shapes, parameters. Script thread."""

from collections.abc import Iterator

import streamlit as st

from model_store.recipe.recipe import LayerSummary, Recipe
from model_store.text import _
from pages.ui.frame import layout


def model_summary(recipe: Recipe, expanded: bool = False, apart: bool = False) -> None:
    """Draw the layers of the recipe's network, from the flattened image to the softmax.

    With `apart` each activation is a layer of its own, after its dense layer.
    """
    total = f"{recipe.parameters:,}"
    title = _("Model summary: {network}, {n} parameters").format(network=recipe.network, n=total)
    with st.expander(title, expanded=expanded):
        rows = [
            {
                _("layer"): layer.name,
                _("type"): layer.kind,
                _("output shape"): f"(batch, {', '.join(map(str, layer.shape))})",
                _("parameters"): f"{layer.parameters:,}",
            }
            for layer in (_layers_apart(recipe) if apart else recipe.layers)
        ]
        st.table(rows, hide_index=True)
        layout.remark(_about(recipe).format(n=total, trained=f"{recipe.trained_parameters:,}"))


def _about(recipe: Recipe) -> str:
    if recipe.trained_parameters == recipe.parameters:
        return _(
            "Parameters: {n} in total, all of them trainable. Each unit of a dense layer has "
            "a weight for every input, and a bias. The other layers have no parameters."
        )
    return _(
        "Parameters: {n} in total, {trained} of them trainable. Each unit of a dense layer has a "
        "weight for every input, and a bias. Batch normalisation has four numbers for each unit: "
        "two that are learned, and the moving averages of mean and variance."
    )


def _layers_apart(recipe: Recipe) -> Iterator[LayerSummary]:
    activations = [*(layer.activation for layer in recipe.hidden), "softmax"]
    dense = 0
    for layer in recipe.layers:
        if layer.kind == "Dense":
            kind = f"Activation ({activations[dense]})"
            dense += 1
            yield LayerSummary(f"dense_{dense}", layer.kind, layer.shape, layer.parameters)
            if dense > len(recipe.hidden) or not recipe.hidden[dense - 1].batch_norm:
                yield LayerSummary(f"activation_{dense}", kind, layer.shape, 0)
        elif layer.kind == "Activation":
            yield LayerSummary(layer.name, kind, layer.shape, 0)
        else:
            yield layer
