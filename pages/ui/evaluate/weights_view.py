"""First-layer weights as pictures, in colours that say for and against. Script thread."""

from __future__ import annotations

from collections.abc import Sequence
from gettext import gettext as _

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store.inference.classifier import Classifier
from model_store.recipe.choices import IMAGE_SIDE
from pages.ui.figures.pictures import captioned_pictures, colour_scale, signed_picture
from pages.ui.frame import layout
from pages.ui.state import url

PER_PAGE = 40
ORDERS = {"strongest": "strongest first", "number": "by number"}

Weights = NDArray[np.float32]


def weights_view(classifier: Classifier, names: Sequence[str]) -> None:
    """The first layer: ten templates of a softmax regression, or the units of a hidden layer."""
    kernel = classifier.weights[0][0]
    scale = colour_scale(kernel)
    if len(classifier.weights) == 1:
        layout.section(
            _("Ten templates"),
            _(
                "Softmax regression has one weight for each pixel and class. Blue: ink here speaks "
                "for the class; orange: against it. All pictures share one scale."
            ),
        )
        st.html(weight_grid(kernel, names, scale))
        return
    units = kernel.shape[1]
    layout.section(
        _("What the {n} units of the first layer look for").format(n=units),
        _(
            "Each unit weighs all 784 pixels. Blue: ink here excites it; orange: ink here holds it "
            "back. All pictures share one scale. The strongest are those whose weights, in and "
            "out, are the largest."
        ),
    )
    given = url.param("units", "strongest")
    order = st.segmented_control(
        _("Order"),
        list(ORDERS),
        format_func=lambda name: _(ORDERS[name]),
        required=True,
        label_visibility="collapsed",
        **url.linked("units", given if given in ORDERS else "strongest", "unit_page"),
    )
    chosen = strongest(classifier) if order == "strongest" else np.arange(units)
    pages = -(-units // PER_PAGE)
    page = url.bounded_integer("unit_page", 1, pages)
    shown = chosen[(page - 1) * PER_PAGE : page * PER_PAGE]
    captions = [_("unit {n}").format(n=unit) for unit in shown]
    if len(classifier.weights) == 2:  # its weights out of the layer are those of the classes
        likes = classifier.weights[1][0][shown].argmax(axis=1)
        captions = [f"{c} → {names[int(i)]}" for c, i in zip(captions, likes, strict=True)]
        layout.remark(_("The arrow names the class that the unit speaks for most."))
    st.html(weight_grid(kernel[:, shown], captions, scale))
    if pages > 1:
        st.pagination(pages, **url.linked_page("unit_page", page, order))


def strongest(classifier: Classifier) -> NDArray[np.intp]:
    """The first layer's units, those that move the next layer most first.

    Ordered by the length of the weights into a unit times that of the weights out of it.
    """
    into = np.linalg.norm(classifier.weights[0][0], axis=0)
    out = np.linalg.norm(classifier.weights[1][0], axis=1)
    return np.argsort(-into * out, kind="stable")


def weight_grid(kernel: Weights, captions: Sequence[str], scale: float) -> str:
    """Return each column of float32 [784, n] as a picture with its caption, as HTML."""
    pictures = [
        (signed_picture(column.reshape(IMAGE_SIDE, IMAGE_SIDE), scale), caption)
        for column, caption in zip(kernel.T, captions, strict=True)
    ]
    return captioned_pictures(pictures, 10, 6.5)
