"""Confusion matrix and pictures of the test images, with filters and pages. Script thread."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store.inference.metrics import Evaluation
from model_store.text import N_, _
from pages.ui.components.live_plot import live_plot
from pages.ui.components.picture_grid import PER_PAGE, picture_grid
from pages.ui.figures.evaluation import HEIGHT, confusion_matrix
from pages.ui.frame import layout
from pages.ui.frame.linked import linked_index, linked_pages, linked_select, linked_tabs, translated
from pages.ui.state import selection, url

ORDERS = {
    "all": N_("all images"),
    "wrong": N_("mistakes"),
    "confident": N_("most confident mistakes"),
    "uncertain": N_("least confident answers"),
}
UNITS = {"images": N_("images"), "percent": N_("percent of the row")}
FREQUENT = 5  # mistakes that get a button
_MATRIX_KEY = "confusion"


@dataclass(frozen=True, eq=False)
class TestAnswers:
    """A model's answers to the test images, and the images that the address selects.

    `images` uint8 [N, 28, 28]; `positions` of the selected images, intp [n], n >= 0; `truth` and
    `answer` are the classes that they are selected by.
    """

    evaluation: Evaluation
    images: NDArray[np.uint8]
    names: tuple[str, ...]
    truth: int | None
    answer: int | None
    positions: NDArray[np.intp]


def linked_answers(
    evaluation: Evaluation, images: NDArray[np.uint8], names: tuple[str, ...], view: str
) -> TestAnswers:
    """Select by the address' `truth`, `answer` and, among pictures, `show`; show its errors."""
    missing, last = _("There is no class {value} here."), len(names) - 1
    truth = linked_index("truth", missing, last)
    answer = linked_index("answer", missing, last)
    order = url.param("show", "all")
    if order not in ORDERS:
        layout.problem(
            _("Images cannot be shown as {name}.").format(name=order[:20]),
            next_step=_("All images are shown."),
        )
    order = order if view == "pictures" and order in ORDERS else "all"
    positions = evaluation.select(order, truth, answer)
    return TestAnswers(evaluation, images, names, truth, answer, positions)


def confusion_view(answers: TestAnswers) -> None:
    """Draw the confusion matrix and the images of the chosen cell."""
    names, counts = answers.names, answers.evaluation.confusion
    truth, answer = answers.truth, answers.answer
    unit = linked_tabs("cells", _("Numbers"), translated(UNITS), default="images")
    left, right = st.columns([3, 2], gap="large")
    with left:
        live_plot(
            confusion_matrix(counts, names, unit == "percent", (truth, answer)),
            key=_MATRIX_KEY,
            height=HEIGHT,
            label=_("Confusion matrix; choose a cell here or in the boxes beside it"),
            on_click=_choose_clicked_cell,
        )
    with right:
        layout.explain(
            _(
                "A row is a true class. A column is the model's answer. Blue is correct, red is "
                "wrong. Click a cell to see its images, or choose it here."
            )
        )
        _class_boxes(names)
        _frequent_mistakes(answers)
    if truth is None and answer is None:
        layout.empty(_("No cell chosen yet"), _("Click a cell to see its images here."))
        return
    layout.section(_cell_title(names, truth, answer))
    _image_pages(answers)


def pictures_view(answers: TestAnswers) -> None:
    """Draw the test images with their probabilities, filtered and in pages."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        linked_select("show", _("Show"), translated(ORDERS), "page", default="all")
        _class_boxes(answers.names)
    _image_pages(answers)


def _class_boxes(names: tuple[str, ...]) -> None:
    """Draw a select box for each class of a cell: the keyboard's way to the matrix."""
    classes = {"": _("any class"), **{str(i): name for i, name in enumerate(names)}}
    linked_select("truth", _("True class"), classes, "page")
    linked_select("answer", _("Read as"), classes, "page")


def _choose_clicked_cell() -> None:
    answer, truth = selection.component_value(_MATRIX_KEY, "clicked")
    _choose_cell(round(truth), round(answer))


def _choose_cell(truth: int, answer: int) -> None:
    url.set_params(truth=str(truth), answer=str(answer), page=None)


def _frequent_mistakes(answers: TestAnswers) -> None:
    mistakes = answers.evaluation.mistakes(FREQUENT)
    if not mistakes:
        layout.remark(_("The model makes no mistake on these images."))
        return
    st.markdown(f"**{_('Most frequent mistakes')}**")
    with st.container(horizontal=True):
        for mistake in mistakes:
            st.button(
                _("{truth} read as {answer}: {n}").format(
                    truth=layout.plain(answers.names[mistake.truth]),
                    answer=layout.plain(answers.names[mistake.answer]),
                    n=mistake.count,
                ),
                key=f"mistake_{mistake.truth}_{mistake.answer}",
                on_click=_choose_cell,
                args=(mistake.truth, mistake.answer),
            )


def _cell_title(names: tuple[str, ...], truth: int | None, answer: int | None) -> str:
    if truth is None:
        return _("Read as {answer}").format(answer=names[answer or 0])
    if answer is None:
        return _("All images of {truth}").format(truth=names[truth])
    if truth == answer:
        return _("{truth}, correct").format(truth=names[truth])
    return _("{truth}, read as {answer}").format(truth=names[truth], answer=names[answer])


def _image_pages(answers: TestAnswers) -> None:
    positions = answers.positions
    if not len(positions):
        layout.empty(_("No such image"), _("Choose other classes, or show all images."))
        return
    about = [url.param(name) for name in ("run", "view", "show", "truth", "answer")]
    place, part = linked_pages("page", len(positions), PER_PAGE, *about)
    with place:
        layout.remark(
            _(
                "{first} to {last} of {n}. Each picture has a bar for each class. Blue is "
                "the true class, red a wrong answer. Click a picture to see it in full."
            ).format(first=f"{part.start + 1:,}", last=f"{part.stop:,}", n=f"{len(positions):,}")
        )
        picture_grid(
            answers.evaluation,
            answers.images,
            positions[part].tolist(),
            answers.names,
            lambda position: url.set_params(image=str(position)),
        )
