"""One test image in full: its pixels, as a batch of one, logits, probabilities. Script thread."""

from __future__ import annotations

from gettext import gettext as _

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store import Run
from model_store.inference.classifier import softmax
from pages.ui.components.answer import answer, image_html
from pages.ui.evaluate.confusion_view import TestAnswers
from pages.ui.figures import data, evaluation, theme
from pages.ui.frame import layout, navigation
from pages.ui.services import model_cache
from pages.ui.state import url

SIDE = 280


def image_dialog(run: Run, answers: TestAnswers, selection: NDArray[np.intp]) -> None:
    """Open the address' image, if it names one; `selection` is what the arrows step through."""
    if not url.param("image"):
        return
    if _position(len(answers.images)) is None:
        layout.problem(
            _("There is no image {index} here.").format(index=url.param("image")[:20]),
            "",
            _("Choose one from 0 to {last}.").format(last=f"{len(answers.images) - 1:,}"),
        )
        return
    title = _("One test image in full")
    st.dialog(title, width="large", on_dismiss=_close)(_image)(run, answers, selection)


def _position(count: int) -> int | None:
    position = url.integer("image")
    return position if position is not None and position < count else None


def _close() -> None:
    url.set_params(image=None)


def _image(run: Run, answers: TestAnswers, selection: NDArray[np.intp]) -> None:
    position = _position(len(answers.images))
    if position is None:
        return
    _arrows(position, selection)
    names = answers.names
    image = np.asarray(answers.images[position])
    truth = int(answers.evaluation.labels[position])
    batch = image[np.newaxis]
    logits = model_cache.classifier(run).logits(batch)
    probabilities = softmax(logits)
    st.markdown(
        _("Test image **{n}**, true class: **{name}**").format(
            n=f"{position:,}", name=layout.plain(names[truth])
        )
    )
    left, right = layout.side_by_side()
    with left:
        st.html(image_html(image, _("28 x 28 pixels: what the network sees"), SIDE))
    with right:
        best = int(probabilities[0].argmax())
        colours = bar_colours(truth, best, len(names))
        answer(probabilities[0], names, "one_image", truth=names[truth], colours=colours)
    layout.section(
        _("As a batch of one"),
        _(
            "A network reads batches. One image of shape {one} becomes a batch of shape {batch}; "
            "out come ten logits of shape {logits}, and the softmax makes them probabilities."
        ).format(one=image.shape, batch=batch.shape, logits=logits.shape),
    )
    st.table(
        [
            {
                _("class"): name,
                _("logit"): f"{logit:.3f}",
                _("probability"): f"{share:.6f}",
            }
            for name, logit, share in zip(names, logits[0], probabilities[0], strict=True)
        ],
        hide_index=True,
    )
    with st.expander(_("Its 784 numbers")):
        st.html(data.pixel_table(image))
    navigation.link(
        "data",
        _("Find it in the data"),
        ":material/grid_view:",
        dataset=run.recipe.dataset,
        split="test",
        index=str(position),
    )


def bar_colours(truth: int, answer: int, classes: int) -> list[str]:
    """As in the grid: the true class blue, a wrong answer red, all others grey."""
    named = {answer: evaluation.WRONG, truth: evaluation.RIGHT}
    return [named.get(i, theme.GREY) for i in range(classes)]


def _arrows(position: int, selection: NDArray[np.intp]) -> None:
    """To the images before and after it among those that the page shows."""
    here = np.flatnonzero(selection == position)
    if not len(here):
        return
    place = int(here[0])
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, icon, step in (
            (_("Previous"), ":material/chevron_left:", -1),
            (_("Next"), ":material/chevron_right:", 1),
        ):
            there = place + step
            inside = 0 <= there < len(selection)
            st.button(
                label,
                icon=icon,
                key=f"image_{step}",
                disabled=not inside,
                on_click=_go,
                args=(int(selection[there]) if inside else position,),
            )
        layout.remark(_("{n} of {all}").format(n=f"{place + 1:,}", all=f"{len(selection):,}"))


def _go(position: int) -> None:
    url.set_params(image=str(position))
