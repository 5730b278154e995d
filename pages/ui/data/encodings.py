"""Images and labels as numbers: scaling, flattening, one-hot, softmax. Script thread."""

import numpy as np
import streamlit as st

from model_store.inference.classifier import softmax
from model_store.recipe.choices import LABELS, LOSSES
from model_store.text import _
from pages.ui.data.selection import Selection
from pages.ui.frame import layout


def encodings_view(chosen: Selection) -> None:
    """Draw each encoding of the chosen image and its label."""
    image, n = chosen.image, len(chosen.labels)
    layout.section(
        _("Scaling: 0 to 255 becomes 0 to 1"),
        _("Every pixel is divided by 255. Training images and test images are scaled alike."),
    )
    before = _("row 14 before: ") + " ".join(f"{v:4d}" for v in image[14])
    after = _("row 14 after:  ") + " ".join(f"{v / 255:4.2f}" for v in image[14])
    st.code(f"{before}\n{after}", language=None, wrap_lines=False)
    layout.section(
        _("Shapes: from an image to a vector"),
        _("A network reads a batch of vectors. A single image is a batch of one."),
    )
    shapes = {
        _("one image"): image.shape,
        _("a batch of one"): image[None].shape,
        _("flattened"): image.reshape(-1).shape,
        _("all images"): chosen.images.shape,
        _("their labels, integers"): (n,),
        _("their labels, one-hot"): (n, len(chosen.names)),
    }
    rows = [{_("array"): name, _("shape"): str(shape)} for name, shape in shapes.items()]
    st.table(rows, hide_index=True)
    layout.section(
        _("Labels: integer or one-hot"),
        _("Both say the same. The loss function decides which of them the network needs."),
    )
    st.code(
        f"{chosen.label}   →   {np.eye(len(chosen.names), dtype=int)[chosen.label].tolist()}",
        language=None,
    )
    needed = [(name, _(LABELS[loss.labels].label)) for name, loss in LOSSES.items()]
    st.table([{_("loss"): n, _("labels it needs"): label} for n, label in needed], hide_index=True)
    _softmax()


def _softmax() -> None:
    layout.section(
        _("Softmax: any numbers become probabilities"),
        _("Each number x becomes e to the power of x. Then each is divided by the sum of all."),
    )
    columns = st.columns(3)
    values = [
        place.number_input(
            _("output {n}").format(n=i + 1), -50.0, 50.0, value, step=1.0, key=f"softmax_{i}"
        )
        for i, (place, value) in enumerate(zip(columns, (1.0, 5.0, 3.0), strict=True))
    ]
    probabilities = softmax(np.array(values))
    for place, probability in zip(columns, probabilities, strict=True):
        place.metric(_("probability"), f"{probability:.4f}")
    layout.remark(_("Sum: {sum}").format(sum=f"{sum(probabilities):.4f}"))
