"""First-layer weights as pictures in two colours. Script thread."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store.inference.classifier import Classifier
from model_store.recipe.choices import IMAGE_SIDE
from model_store.text import N_, _
from pages.ui.figures.pictures import captioned_pictures, colour_scale, signed_picture
from pages.ui.frame import layout
from pages.ui.frame.linked import linked_pages, linked_tabs, translated

PER_PAGE = 40
ORDERS = {"strongest": N_("strongest first"), "number": N_("by number")}


def weights_view(classifier: Classifier, names: Sequence[str]) -> None:
    """Draw the ten templates of a softmax regression, or the units of the first hidden layer."""
    kernel = classifier.weights[0][0]
    scale = colour_scale(kernel)
    if len(classifier.weights) == 1:
        layout.section(
            _("Templates"),
            _(
                "Softmax regression has one weight for each pixel and class. Ink on blue raises "
                "the class's logit, ink on orange lowers it. All pictures share one scale."
            ),
        )
        st.html(weight_pictures(kernel, names, scale))
        return
    units = kernel.shape[1]
    layout.section(
        _("The {n} units of the first hidden layer").format(n=units),
        _(
            "Each unit has one weight for each of the 784 pixels. Ink on blue makes the unit more "
            "active, ink on orange less. All pictures share one scale. The strongest units have "
            "the largest weights in and out."
        ),
    )
    order = linked_tabs("units", _("Order"), translated(ORDERS), "unit_page", default="strongest")
    chosen = strongest_units(classifier) if order == "strongest" else np.arange(units)
    place, part = linked_pages("unit_page", units, PER_PAGE, order)
    shown = chosen[part]
    captions = [_("unit {n}").format(n=unit) for unit in shown]
    with place:
        if len(classifier.weights) == 2:  # the weights out of the layer are those of the classes
            best = classifier.weights[1][0][shown].argmax(axis=1)
            captions = [f"{c} → {names[int(i)]}" for c, i in zip(captions, best, strict=True)]
            layout.remark(_("The arrow points to the class that the unit supports most."))
        st.html(weight_pictures(kernel[:, shown], captions, scale))


def strongest_units(classifier: Classifier) -> NDArray[np.intp]:
    """Return the first layer's units by strength, the strongest first.

    Strength is the norm of the weights into a unit times the norm of the weights out of it.
    """
    into = np.linalg.norm(classifier.weights[0][0], axis=0)
    out = np.linalg.norm(classifier.weights[1][0], axis=1)
    return np.argsort(-into * out, kind="stable")


def weight_pictures(kernel: NDArray[np.float32], captions: Sequence[str], scale: float) -> str:
    """Return each column of float32 [784, n] as a picture with its caption, as HTML."""
    images = kernel.T.reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
    urls = [signed_picture(image, scale) for image in images]
    return captioned_pictures(list(zip(urls, captions, strict=True)), across=10, rem=6)
