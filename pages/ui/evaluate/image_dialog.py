"""Dialog with one test image: its pixels, batch shapes, logits and probabilities. Script thread."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store import Run
from model_store.inference.classifier import softmax
from model_store.text import _
from pages.ui.components.answer import answer, image_html
from pages.ui.evaluate.confusion_view import TestAnswers
from pages.ui.figures.data import pixel_table
from pages.ui.figures.evaluation import RIGHT, WRONG
from pages.ui.figures.theme import GREY
from pages.ui.frame import layout, navigation
from pages.ui.frame.linked import linked_index
from pages.ui.runs.fool_view import fool_view
from pages.ui.services import model_cache
from pages.ui.state import url

SIDE = 280  # CSS pixels of the image


def image_dialog(run: Run, answers: TestAnswers) -> None:
    """Open the image that the address names, if any; arrows step through the selected images."""
    if _position(answers) is not None:
        close = partial(url.set_params, image=None)
        st.dialog(_("One test image"), width="large", on_dismiss=close)(_image)(run, answers)


def _position(answers: TestAnswers) -> int | None:
    return linked_index("image", _("There is no image {value} here."), len(answers.images) - 1)


def _image(run: Run, answers: TestAnswers) -> None:
    position = _position(answers)
    if position is None:
        return
    _arrows(position, answers.positions)
    names = answers.names
    image = np.asarray(answers.images[position])
    truth = int(answers.evaluation.labels[position])
    batch = image[np.newaxis]
    logits = model_cache.classifier(run).logits(batch)
    probabilities = softmax(logits)[0]
    st.markdown(
        _("Test image **{n}**, true class: **{name}**").format(
            n=f"{position:,}", name=layout.plain(names[truth])
        )
    )
    left, right = layout.side_by_side()
    with left:
        st.html(image_html(image, _("28 x 28 pixels: the model's input"), SIDE))
    with right:
        named = {int(probabilities.argmax()): WRONG, truth: RIGHT}
        colours = [named.get(i, GREY) for i in range(len(names))]
        answer(probabilities, names, "one_image", truth=names[truth], colours=colours)
    layout.section(
        _("As a batch of one"),
        _(
            "A network reads batches of images. This image has the shape {one}. As a batch it has "
            "the shape {batch}. The network's output is a logit for each class, shape {logits}. "
            "The softmax turns them into probabilities."
        ).format(one=image.shape, batch=batch.shape, logits=logits.shape),
    )
    rows = zip(names, logits[0], probabilities, strict=True)
    st.table(
        [
            {
                _("class"): layout.cell(name),
                _("logit"): f"{logit:.3f}",
                _("probability"): f"{probability:.6f}",
            }
            for name, logit, probability in rows
        ],
        hide_index=True,
    )
    with st.expander(_("Fool it")):
        fool_view(run, image)
    with st.expander(_("The 784 pixel values")):
        st.html(pixel_table(image))
    navigation.link(
        "data",
        _("Find it in the data"),
        ":material/grid_view:",
        dataset=run.recipe.dataset,
        split="test",
        index=str(position),
    )


def _arrows(position: int, positions: NDArray[np.intp]) -> None:
    """Draw buttons to the images before and after it, and its place among them."""
    found = np.flatnonzero(positions == position)
    if not len(found):
        return
    place, last = int(found[0]), len(positions) - 1
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, icon, step in (
            (_("Previous"), ":material/chevron_left:", -1),
            (_("Next"), ":material/chevron_right:", 1),
        ):
            other = min(max(place + step, 0), last)
            st.button(
                label,
                icon=icon,
                key=f"image_{step}",
                disabled=other == place,
                on_click=url.set_params,
                kwargs={"image": str(positions[other])},
            )
        layout.remark(_("{n} of {all}").format(n=f"{place + 1:,}", all=f"{last + 1:,}"))
