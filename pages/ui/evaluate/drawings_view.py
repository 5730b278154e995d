"""Class drawings as a test of one run, and a table of all models. Script thread."""

from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store import Run, StoreError
from model_store.analysis.run_titles import display_titles
from model_store.inference.metrics import chance_of_at_most
from model_store.text import N_, _
from pages.ui.evaluate.drawings_files import drawings_files
from pages.ui.evaluate.fine_tune_form import fine_tune_form
from pages.ui.figures.pictures import data_url
from pages.ui.figures.theme import percent
from pages.ui.frame import layout, navigation
from pages.ui.frame.linked import linked_pages, linked_tabs, translated
from pages.ui.frame.owners import owner_name
from pages.ui.runs.run_texts import provenance_text
from pages.ui.services import model_cache, singletons
from pages.ui.state import pad, visitor
from training.images.drawing_test import DrawingResults

PER_PAGE = 24
SIDE = 96  # CSS pixels of a picture
MOST_MODELS = 30  # in the table
RARE = 0.025  # chance of a difference so large, on one side, below which it is none
SHOWN = {"all": N_("All"), "wrong": N_("Mistakes"), "mine": N_("Mine")}


def drawings_view(run: Run) -> None:
    """Draw the results of `run` on the class drawings, or the reason why there are none.

    Raises:
        RunDamaged: if the run's weights cannot be used.
    """
    if not run.recipe.data.is_digits:
        layout.remark(_("This model knows other classes. The class drawings are digits."))
        return
    drawings, results = singletons.class_drawings().all(), model_cache.drawing_results(run)
    if provenance := provenance_text(run):
        layout.remark(provenance)
    if results is not None:
        _metrics(run, results)
        _gallery(results)
    elif len(drawings):
        layout.remark(
            _("The model was trained on all class drawings, so they cannot test it. Draw more.")
        )
    else:
        layout.empty(
            _("No drawings yet"),
            _("Draw a digit and press its key. This adds it to the class drawings."),
        )
        navigation.link("draw", _("Draw"), ":material/draw:", run=run.id)
    if len(drawings):
        _models()
        fine_tune_form(run, drawings)
    drawings_files()


def _metrics(run: Run, results: DrawingResults) -> None:
    evaluation = results.evaluation
    low, high = evaluation.interval
    with st.container(horizontal=True):
        st.metric(_("Class drawings"), percent(evaluation.accuracy))
        st.metric(_("95 % interval"), f"{100 * low:.1f} – {percent(high)}")
        st.metric(run.recipe.data.title, percent(run.result.get("test_accuracy")))
        st.metric(_("Drawings"), f"{len(evaluation):,}")
        st.metric(_("Mistakes"), f"{len(evaluation) - evaluation.correct:,}")
    layout.remark(difference_text(run, results))


def difference_text(run: Run, results: DrawingResults) -> str:
    """Explain the difference between the accuracy on drawings and on the test images."""
    test_accuracy = run.result.get("test_accuracy")
    right, total = results.evaluation.correct, len(results.evaluation)
    if test_accuracy is None:
        return _("This is the accuracy on digits that your class has drawn.")
    if chance_of_at_most(right, total, test_accuracy) < RARE:
        text = _(
            "The model is worse on the class drawings than on the test images of {dataset}, and "
            "the difference is too large for chance. You write differently from the people whose "
            "digits it learned from."
        )
    elif chance_of_at_most(total - right, total, 1 - test_accuracy) < RARE:
        text = _(
            "The model is better on the class drawings than on the test images of {dataset}, and "
            "the difference is too large for chance."
        )
    else:
        text = _(
            "The difference to the test accuracy can be chance: there are too few drawings to see "
            "one. Draw more."
        )
    return text.format(dataset=run.recipe.data.title)


def _gallery(results: DrawingResults) -> None:
    layout.section(_("The drawings"))
    shown = linked_tabs("shown", _("Which drawings"), translated(SHOWN), "page", default="all")
    if problem := pad.label_error.take():
        layout.problem(problem)
    me = visitor.visitor_id()
    positions = shown_positions(results, shown, me)
    if not len(positions):
        layout.remark(_("No mistakes.") if shown == "wrong" else _("None of them is yours."))
        return
    place, part = linked_pages("page", len(positions), PER_PAGE, shown)
    with place, st.container(key="class_drawings", horizontal=True, gap="small"):
        for position in positions[part]:
            _card(results, int(position), me)


def shown_positions(results: DrawingResults, shown: str, me: str) -> NDArray[np.intp]:
    """Return the positions of the drawings in the view `shown`, newest first."""
    if shown == "wrong":
        keep = ~results.evaluation.right
    else:
        keep = np.array([shown == "all" or each.owner == me for each in results.drawings])
    return np.flatnonzero(keep)[::-1]


def _card(results: DrawingResults, position: int, me: str) -> None:
    drawing = results.drawings[position]
    right = str(bool(results.evaluation.right[position])).lower()
    with st.container(width=SIDE + 8, gap=None):
        st.html(
            f'<figure class="lab-picture lab-class-drawing" data-right="{right}"><img alt="" '
            f'src="{data_url(model_cache.drawing_image(drawing))}" width="{SIDE}" height="{SIDE}">'
            f"<figcaption>{escape(caption(results, position))}</figcaption></figure>"
        )
        if drawing.owner == me:
            st.button(
                _("Remove"),
                icon=":material/delete:",
                key=f"remove_{drawing.id}",
                type="tertiary",
                on_click=_remove,
                args=(drawing.id,),
            )


def caption(results: DrawingResults, position: int) -> str:
    """Return the label, the answer and its probability: "7, read as 1 (83 %)"."""
    evaluation = results.evaluation
    right = evaluation.right[position]
    text = (
        _("{truth}, correct ({percent})") if right else _("{truth}, read as {answer} ({percent})")
    )
    return text.format(
        truth=evaluation.labels[position],
        answer=evaluation.answers[position],
        percent=percent(float(evaluation.confidence[position]), 0),
    )


def _remove(drawing_id: str) -> None:
    try:
        singletons.class_drawings().remove(drawing_id, visitor.visitor_id())
    except StoreError as error:
        pad.label_error.set(str(error))


def _models() -> None:
    """Draw the accuracy of every model on the class drawings, highest first."""
    layout.section(
        _("Every model on the class drawings"),
        _("A model that was trained on some of the drawings is tested on the others only."),
    )
    found = singletons.store().models(MOST_MODELS, drawable=True)
    runs = [run for run in found if run.recipe.data.is_digits]
    titles = display_titles(runs, owner_name)
    rows = []
    for run in runs:
        try:
            results = model_cache.drawing_results(run)
        except StoreError:
            continue  # the run's own page shows the error
        if results is not None:
            rows.append((results.evaluation.accuracy, run, results.accuracy_text()))
        elif run.provenance:
            rows.append((-1.0, run, _("trained on all of them")))
    rows.sort(key=lambda row: row[0], reverse=True)
    st.table(
        [
            {
                _("model"): layout.plain(titles[run.id]),
                _("learned from"): _("not known") if run.imported else run.recipe.data.title,
                _("test images"): percent(run.result.get("test_accuracy")),
                _("class drawings"): accuracy,
            }
            for _order, run, accuracy in rows
        ],
        hide_index=True,
    )
    if len(found) > MOST_MODELS:
        layout.remark(_("Only {n} models are shown.").format(n=MOST_MODELS))
