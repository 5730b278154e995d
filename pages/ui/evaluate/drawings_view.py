"""The class's own drawings as a test of one run: its figure, every picture, every model's figure.

Script thread.
"""

from __future__ import annotations

from gettext import gettext as _
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store import Run, StoreError
from model_store.classroom.drawing import Drawing
from pages.ui.evaluate.drawings_files import files
from pages.ui.evaluate.fine_tune_form import fine_tune_form
from pages.ui.figures import theme
from pages.ui.figures.pictures import data_url
from pages.ui.frame import layout, navigation
from pages.ui.frame.model_picker import model_names
from pages.ui.runs.provenance_text import provenance_text
from pages.ui.services import model_cache, singletons
from pages.ui.state import pad, visitor
from training.images.drawing_test import DrawingResults

PER_PAGE = 24
SIDE = 96  # CSS pixels of a picture
MOST_MODELS = 30  # in the table
SHOWN = {"all": "All", "wrong": "Mistakes", "mine": "Mine"}


def drawings_view(run: Run) -> None:
    """All about the drawings and `run`, which knows digits or says that it does not.

    Raises:
        RunDamaged: if the run's weights cannot be used.
    """
    if not run.recipe.data.drawable:
        layout.remark(_("This model knows clothing. Our own drawings are digits."))
        return
    answers = model_cache.drawing_results(run)
    told = provenance_text(run)
    if told:
        layout.remark(told)
    if answers is None and len(singletons.class_drawings().all()):
        layout.remark(
            _("It was trained on all of our drawings: they are no test of it. Draw more.")
        )
        _models()
    elif answers is None:
        layout.empty(
            _("No drawings yet"),
            _("Draw a digit and press its key: it joins a test set of our own."),
        )
        navigation.link("draw", _("Draw"), ":material/draw:", run=run.id)
    else:
        _figures(run, answers)
        _gallery(answers)
        _models()
    fine_tune_form(run)
    files()


def _figures(run: Run, answers: DrawingResults) -> None:
    evaluation = answers.evaluation
    low, high = evaluation.interval
    with st.container(horizontal=True):
        st.metric(_("Our drawings"), theme.percent(evaluation.accuracy))
        st.metric(_("95 % interval"), f"{100 * low:.1f} – {theme.percent(high)}")
        st.metric(run.recipe.data.label, theme.percent(run.result.get("test_accuracy")))
        st.metric(_("Drawings"), f"{len(evaluation):,}")
        st.metric(_("Mistakes"), f"{len(evaluation) - evaluation.correct:,}")
    layout.remark(gap_text(run, answers))


def gap_text(run: Run, answers: DrawingResults) -> str:
    """What the difference between the two accuracies says, in a sentence."""
    theirs = run.result.get("test_accuracy")
    low, high = answers.evaluation.interval
    if theirs is None:
        return _("Our own drawings say how good it is on our own hands.")
    if theirs > high:
        return _(
            "It is worse on our drawings than on {dataset}'s test images, by more than chance "
            "explains: we write in another way than those that it learned from."
        ).format(dataset=run.recipe.data.label)
    if theirs < low:
        return _(
            "It is better on our drawings than on {dataset}'s test images, by more than chance "
            "explains."
        ).format(dataset=run.recipe.data.label)
    return _(
        "So few drawings cannot tell the two figures apart: the interval holds both. Draw more."
    )


def _gallery(answers: DrawingResults) -> None:
    layout.section(_("The drawings"))
    shown = st.segmented_control(
        _("Which drawings"),
        list(SHOWN),
        default="all",
        required=True,
        format_func=lambda name: _(SHOWN[name]),
        label_visibility="collapsed",
        key="own_shown",
    )
    problem = pad.take_label_error()
    if problem:
        layout.problem(problem)
    me = visitor.visitor_id()
    positions = chosen(answers, shown, me)
    if not len(positions):
        nothing = {"wrong": _("No mistake among them."), "mine": _("None of them is yours.")}
        layout.remark(nothing.get(shown, ""))
        return
    pages = -(-len(positions) // PER_PAGE)
    page = 1
    if pages > 1:
        page = min(st.pagination(pages, key=f"own_page_{shown}") or 1, pages)
    with st.container(key="own_gallery", horizontal=True, gap="small"):
        for position in positions[(page - 1) * PER_PAGE : page * PER_PAGE]:
            _card(answers, int(position), me)


def chosen(answers: DrawingResults, shown: str, me: str) -> NDArray[np.intp]:
    """Positions of the drawings to be shown, the last drawn first."""
    if shown == "wrong":
        keep = answers.evaluation.answers != answers.evaluation.labels
    elif shown == "mine":
        keep = np.array([drawing.owner == me for drawing in answers.drawings])
    else:
        keep = np.ones(len(answers.drawings), bool)
    return np.flatnonzero(keep)[::-1]


def _card(answers: DrawingResults, position: int, me: str) -> None:
    drawing = answers.drawings[position]
    with st.container(width=SIDE + 8, gap=None):
        st.html(figure(answers, position))
        if drawing.owner == me:
            st.button(
                _("Remove"),
                icon=":material/delete:",
                key=f"remove_{drawing.id}",
                type="tertiary",
                on_click=_remove,
                args=(drawing,),
            )


def figure(answers: DrawingResults, position: int) -> str:
    """A drawing as the network sees it, with what it is and what was said, as HTML."""
    words = escape(caption(answers, position))
    right = answers.evaluation.answers[position] == answers.evaluation.labels[position]
    return (
        f'<figure class="lab-picture lab-own" data-right="{str(bool(right)).lower()}">'
        f'<img src="{data_url(answers.images[position])}" alt="" width="{SIDE}" height="{SIDE}">'
        f"<figcaption>{words}</figcaption></figure>"
    )


def caption(answers: DrawingResults, position: int) -> str:
    """What it is and what was said: "7, read as 1 (83 %)"."""
    evaluation = answers.evaluation
    truth, answer = int(evaluation.labels[position]), int(evaluation.answers[position])
    percent = theme.percent(float(evaluation.confidence[position]), 0)
    if truth == answer:
        return _("{truth}, read so ({percent})").format(truth=truth, percent=percent)
    return _("{truth}, read as {answer} ({percent})").format(
        truth=truth, answer=answer, percent=percent
    )


def _remove(drawing: Drawing) -> None:
    try:
        singletons.class_drawings().remove(drawing.id, visitor.visitor_id())
    except StoreError as error:
        pad.keep_label_error(str(error))


def _models() -> None:
    """Every model's figure on the same drawings, the best first."""
    layout.section(
        _("Every model on our drawings"),
        _("A model that was trained on some of them is asked about the others alone."),
    )
    runs = [run for run in singletons.store().list() if run.has_model and run.recipe.data.drawable]
    names = model_names(runs)
    rows = []
    for run in runs[:MOST_MODELS]:
        try:
            answers = model_cache.drawing_results(run)
        except StoreError:
            continue  # its own page says what is wrong with it
        if answers is not None:
            rows.append((answers.evaluation.accuracy, run, answers.words()))
        elif run.provenance:
            rows.append((-1.0, run, _("it was trained on them")))
    rows.sort(key=lambda row: row[0], reverse=True)
    st.table(
        [
            {
                _("model"): layout.plain(names[run.id].rpartition(" · ")[0] or names[run.id]),
                _("learned from"): _("not known") if run.imported else run.recipe.data.label,
                _("its test images"): theme.percent(run.result.get("test_accuracy")),
                _("our drawings"): words,
            }
            for _accuracy, run, words in rows
        ],
        hide_index=True,
    )
    if len(runs) > MOST_MODELS:
        layout.remark(_("The newest {n} models.").format(n=MOST_MODELS))
