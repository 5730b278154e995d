"""Evaluate: from one number to understanding: figures, mistakes, single images, weights."""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from model_store import Run
from model_store.history import History
from pages.ui import cached, layout, navigation, services, state
from pages.ui.evaluate_image import show_image
from pages.ui.evaluate_pictures import (
    Answered,
    address_problems,
    matrix_view,
    pictures_view,
    selected,
)
from pages.ui.evaluate_views import calibration_view, figures_view
from pages.ui.model_choice import with_model
from pages.ui.network_summary import network_summary
from pages.ui.own_set_view import own_set_view
from pages.ui.take_away import offers
from pages.ui.weights_view import weights_view
from training.datasets import DataError

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
    network_summary(run.recipe, expanded=True)
    weights_view(cached.classifier(run), run.recipe.data.class_names)


def answers(run: Run, view: str) -> None:
    """A view that needs the data set's test images."""
    name = run.recipe.dataset
    try:
        data = services.dataset(name)
        evaluation = cached.evaluation(run)
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
    answered = Answered(evaluation, data.x_test, run.recipe.data.class_names)
    address_problems(answered)
    {
        "figures": lambda: figures_view(run, evaluation),
        "matrix": lambda: matrix_view(answered),
        "pictures": lambda: pictures_view(answered),
        "calibration": lambda: calibration_view(evaluation),
    }[view]()
    show_image(run, answered, selected(answered, view))


def evaluate(run: Run) -> None:
    """The views of one run; the address says which."""
    given = state.param("view", "figures")
    view = st.segmented_control(
        _("View"),
        list(VIEWS),
        format_func=lambda name: _(VIEWS[name]),
        required=True,
        label_visibility="collapsed",
        **state.linked("view", given if given in VIEWS else "figures", "page"),
    )
    if view == "weights":
        network(run)
    elif view == "drawings":
        own_set_view(run)
    elif view == "take":
        offers(run, History.of(services.store().events(run.id)))
    else:
        answers(run, view)


layout.header(
    _("Evaluate"), _("How good is it on images that it never saw, what does it get wrong, and why?")
)
with_model(evaluate)
