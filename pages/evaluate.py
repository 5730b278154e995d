"""Evaluate: from one number to understanding: figures, mistakes, single images, weights."""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from model_store import Run
from model_store.runs.history import History
from pages.ui.evaluate.confusion_view import (
    TestAnswers,
    link_problems,
    matrix_view,
    pictures_view,
    selected,
)
from pages.ui.evaluate.drawings_view import drawings_view
from pages.ui.evaluate.image_dialog import image_dialog
from pages.ui.evaluate.metrics_view import calibration_view, figures_view
from pages.ui.evaluate.weights_view import weights_view
from pages.ui.frame import layout, navigation
from pages.ui.frame.model_picker import pick_model
from pages.ui.runs.downloads import downloads_view
from pages.ui.runs.model_summary import model_summary
from pages.ui.services import model_cache, singletons
from pages.ui.state import url
from training.data.datasets import DataError

VIEWS = {
    "figures": "Figures",
    "matrix": "Confusion matrix",
    "pictures": "Pictures",
    "calibration": "Calibration",
    "weights": "Weights and layers",
    "drawings": "Our drawings",
    "take": "Take it with you",
}


def network(run: Run) -> None:
    """Weights as pictures, and the summary of layers."""
    model_summary(run.recipe, expanded=True)
    weights_view(model_cache.classifier(run), run.recipe.data.class_names)


def answers(run: Run, view: str) -> None:
    """A view that needs the data set's test images."""
    name = run.recipe.dataset
    try:
        data = singletons.dataset(name)
        evaluation = model_cache.evaluation(run)
    except DataError as error:
        layout.problem(_("The test images are not here."), str(error))
        navigation.link("data", _("Get them"), ":material/download:", dataset=name)
        return
    added = len(run.manifest.get("sources", ())) > 1  # the run's data hash covers those as well
    if not added and run.manifest.get("data", data.fingerprint) != data.fingerprint:
        layout.notice(
            _(
                "The images on this computer are not those that the model was trained with: the "
                "figures here may differ from those of its training."
            )
        )
    answers = TestAnswers(evaluation, data.x_test, run.recipe.data.class_names)
    link_problems(answers)
    {
        "figures": lambda: figures_view(run, evaluation),
        "matrix": lambda: matrix_view(answers),
        "pictures": lambda: pictures_view(answers),
        "calibration": lambda: calibration_view(evaluation),
    }[view]()
    image_dialog(run, answers, selected(answers, view))


def evaluate(run: Run) -> None:
    """The views of one run; the address says which."""
    given = url.param("view", "figures")
    view = st.segmented_control(
        _("View"),
        list(VIEWS),
        format_func=lambda name: _(VIEWS[name]),
        required=True,
        label_visibility="collapsed",
        **url.linked("view", given if given in VIEWS else "figures", "page"),
    )
    if view == "weights":
        network(run)
    elif view == "drawings":
        drawings_view(run)
    elif view == "take":
        downloads_view(run, History.from_events(singletons.store().events(run.id)))
    else:
        answers(run, view)


layout.header(
    _("Evaluate"), _("How good is it on images that it never saw, what does it get wrong, and why?")
)
pick_model(evaluate)
