"""The test images that a network was asked about: the matrix, filters and pages. Script thread."""

from __future__ import annotations

from dataclasses import dataclass
from gettext import gettext as _

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store.inference.metrics import Evaluation
from pages.ui.components.live_plot import live_plot
from pages.ui.components.picture_grid import PER_PAGE, picture_grid
from pages.ui.figures import evaluation as evaluate_figures
from pages.ui.frame import layout
from pages.ui.state import selection, url

ORDERS = {
    "all": "all, in the data's order",
    "wrong": "mistakes, in the data's order",
    "confident": "most confident mistakes",
    "uncertain": "least certain answers",
}
FREQUENT = 5
_MATRIX = "confusion"


@dataclass(frozen=True, eq=False)
class TestAnswers:
    """A network's answers and what they are about: test images uint8 [N, 28, 28], class names."""

    evaluation: Evaluation
    images: NDArray[np.uint8]
    names: tuple[str, ...]


def selected(answers: TestAnswers, view: str) -> NDArray[np.intp]:
    """The positions that the address asks for: `truth`, `answer`, and among pictures `show`."""
    order = url.param("show", "all") if view == "pictures" else "all"
    return answers.evaluation.select(
        order if order in ORDERS else "all",
        _class("truth", answers.names),
        _class("answer", answers.names),
    )


def open_image(position: int) -> None:
    """Put the image into the address; the page shows it in full."""
    url.set_params(image=str(position))


def matrix_view(answers: TestAnswers) -> None:
    """The confusion matrix; a cell's images below it."""
    names = answers.names
    truth, answer = _class("truth", names), _class("answer", names)
    unit = st.segmented_control(
        _("Numbers"),
        ["images", "percent"],
        format_func=lambda name: _("images") if name == "images" else _("percent of the row"),
        required=True,
        label_visibility="collapsed",
        **url.linked("cells", "percent" if url.param("cells") == "percent" else "images"),
    )
    left, right = st.columns([3, 2], gap="large")
    with left:
        live_plot(
            evaluate_figures.confusion_matrix(
                answers.evaluation.confusion, names, unit == "percent", (truth, answer)
            ),
            key=_MATRIX,
            height=evaluate_figures.HEIGHT,
            label=_("Confusion matrix; the boxes beside it choose a cell as a click does"),
            on_click=_choose_cell,
        )
    with right:
        layout.explain(
            _(
                "Each row is a true class, each column what the network read. Blue is right, red "
                "is wrong. Click a cell to see its images, or choose it here."
            )
        )
        _class_boxes(names)
        _frequent(answers)
    if truth is None and answer is None:
        layout.empty(_("No cell chosen yet"), _("Click one: its images are shown here."))
        return
    layout.section(_cell_title(names, truth, answer))
    _grid(answers, "matrix")


def pictures_view(answers: TestAnswers) -> None:
    """All test images with their ten bars, filtered and by pages."""
    order = url.param("show", "all")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            _("Show"),
            list(ORDERS),
            format_func=lambda name: _(ORDERS[name]),
            **url.linked("show", order if order in ORDERS else "all", "page"),
        )
        _class_boxes(answers.names)
    _grid(answers, "pictures")


def _class_boxes(names: tuple[str, ...]) -> None:
    """Two select boxes: the keyboard's way to a cell of the matrix."""
    options = ["", *map(str, range(len(names)))]

    def shown(option: str) -> str:
        return names[int(option)] if option else _("any class")

    for name, label in (("truth", _("True class")), ("answer", _("Read as"))):
        chosen = _class(name, names)
        st.selectbox(
            label,
            options,
            format_func=shown,
            **url.linked(name, "" if chosen is None else str(chosen), "page"),
        )


def _choose_cell() -> None:
    answer, truth = selection.component_value(_MATRIX, "clicked")
    _set_cell(round(truth), round(answer))


def _set_cell(truth: int, answer: int) -> None:
    url.set_params(truth=str(truth), answer=str(answer), page=None)


def _frequent(answers: TestAnswers) -> None:
    mistakes = answers.evaluation.mistakes(FREQUENT)
    if not mistakes:
        layout.remark(_("Not one mistake on these images."))
        return
    st.markdown(f"**{_('Most frequent mistakes')}**")
    with st.container(horizontal=True):
        for mistake in mistakes:
            label = _("{truth} read as {answer}: {n}").format(
                truth=layout.plain(answers.names[mistake.truth]),
                answer=layout.plain(answers.names[mistake.answer]),
                n=mistake.count,
            )
            st.button(
                label,
                key=f"mistake_{mistake.truth}_{mistake.answer}",
                on_click=_set_cell,
                args=(mistake.truth, mistake.answer),
            )


def _cell_title(names: tuple[str, ...], truth: int | None, answer: int | None) -> str:
    if truth is None:
        return _("Read as {answer}").format(answer=names[answer or 0])
    if answer is None:
        return _("All {truth}").format(truth=names[truth])
    if truth == answer:
        return _("{truth}, read as what it is").format(truth=names[truth])
    return _("{truth}, read as {answer}").format(truth=names[truth], answer=names[answer])


def _grid(answers: TestAnswers, view: str) -> None:
    found = selected(answers, view)
    if not len(found):
        layout.empty(_("No such image"), _("Choose other classes, or show all."))
        return
    pages = -(-len(found) // PER_PAGE)
    page = url.bounded_integer("page", 1, pages)
    layout.remark(
        _(
            "{first} to {last} of {n}. The ten bars are the classes in their order: blue is the "
            "true one, red a wrong answer. Choose a picture to see it in full."
        ).format(
            first=f"{(page - 1) * PER_PAGE + 1:,}",
            last=f"{min(page * PER_PAGE, len(found)):,}",
            n=f"{len(found):,}",
        )
    )
    picture_grid(
        answers.evaluation,
        answers.images,
        found[(page - 1) * PER_PAGE : page * PER_PAGE].tolist(),
        answers.names,
        open_image,
    )
    if pages > 1:
        about = [url.param(name) for name in ("run", "view", "show", "truth", "answer")]
        st.pagination(pages, **url.linked_page("page", page, *about))


def _class(name: str, names: tuple[str, ...]) -> int | None:
    """The class that the address names, or None."""
    number = url.integer(name)
    return number if number is not None and number < len(names) else None


def link_problems(answers: TestAnswers) -> None:
    """A sentence for each thing in the address that is not there."""
    count = len(answers.names)
    for name in ("truth", "answer"):
        if url.param(name) and _class(name, answers.names) is None:
            layout.problem(
                _("There is no class {name} here.").format(name=url.param(name)[:20]),
                "",
                _("Choose one from 0 to {last}.").format(last=count - 1),
            )
    if url.param("show", "all") not in ORDERS:
        layout.problem(
            _("Images cannot be shown as {name}.").format(name=url.param("show")[:20]),
            "",
            _("All are shown."),
        )
