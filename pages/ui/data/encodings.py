"""How pictures and labels become numbers: scaling, flattening, one-hot, softmax."""

from __future__ import annotations

from gettext import gettext as _

import numpy as np
import streamlit as st

from model_store.inference.classifier import softmax
from model_store.recipe.choices import LABELS, LOSSES
from pages.ui.data.selection import Selection
from pages.ui.figures import data
from pages.ui.frame import layout


def encodings_view(chosen: Selection) -> None:
    """All preparations of the chosen image and its label, one under the other."""
    _scaling(chosen)
    _shapes(chosen)
    _labels(chosen)
    _softmax()


def _scaling(chosen: Selection) -> None:
    layout.section(
        _("Scaling: 0 to 255 becomes 0 to 1"),
        _("Every pixel is divided by 255, in training and test images alike; else they differ."),
    )
    row = chosen.image[14]
    st.code(
        _("row 14 before: ")
        + " ".join(f"{v:4d}" for v in row)
        + "\n"
        + _("row 14 after:  ")
        + " ".join(f"{v / 255:4.2f}" for v in row),
        language=None,
        wrap_lines=False,
    )


def _shapes(chosen: Selection) -> None:
    layout.section(
        _("Shapes: from a picture to a vector"),
        _("A network takes a batch of vectors; one image alone is a batch of one."),
    )
    n = len(chosen.labels)
    st.table(
        [
            {_("what"): _("one image"), _("shape"): str(chosen.image.shape)},
            {_("what"): _("a batch of one"), _("shape"): str(chosen.image[None].shape)},
            {_("what"): _("flattened"), _("shape"): str(chosen.image.reshape(-1).shape)},
            {_("what"): _("all images of this split"), _("shape"): f"({n}, 28, 28)"},
            {_("what"): _("their labels, integers"), _("shape"): f"({n},)"},
            {_("what"): _("their labels, one-hot"), _("shape"): f"({n}, 10)"},
        ],
        hide_index=True,
    )


def _labels(chosen: Selection) -> None:
    layout.section(
        _("Labels: integer or one-hot"),
        _("The same answer, written in two ways. Each loss reads one of them."),
    )
    vector = data.one_hot(chosen.label)
    st.code(f"{chosen.label}   →   {vector}", language=None)
    st.table(
        [
            {_("loss"): name, _("labels it needs"): _(LABELS[loss.labels].label)}
            for name, loss in LOSSES.items()
        ],
        hide_index=True,
    )


def _softmax() -> None:
    layout.section(
        _("Softmax: any numbers become probabilities"),
        _("Each number is raised to a power of e, then divided by the sum: they add up to 1."),
    )
    columns = st.columns(3)
    values = [
        place.number_input(
            _("output {n}").format(n=i + 1), -50.0, 50.0, value, step=1.0, key=f"softmax_{i}"
        )
        for i, (place, value) in enumerate(zip(columns, (1.0, 5.0, 3.0), strict=True))
    ]
    shares = softmax(np.array(values))
    for place, share in zip(columns, shares, strict=True):
        place.metric(_("probability"), f"{share:.4f}")
    layout.remark(_("Together: {sum}").format(sum=f"{sum(shares):.4f}"))
