"""The workbench: what one sets, the network with a drawing in it, and the curves. Script thread."""

from contextlib import suppress

import numpy as np
import streamlit as st

from model_store import Run, StoreError
from model_store.recipe.choices import CLASSES, IMAGE_SIDE
from model_store.recipe.recipe import Recipe
from model_store.runs.prediction import Prediction
from model_store.text import _
from pages.ui.components.answer import answer, learner_answer
from pages.ui.components.batch_view import batch_view
from pages.ui.components.network import network
from pages.ui.components.prediction import prediction_chart
from pages.ui.components.run_curve import run_curve
from pages.ui.components.run_progress import run_progress
from pages.ui.frame import layout, navigation
from pages.ui.pad.pad import read_pad
from pages.ui.runs.run_texts import prediction_text
from pages.ui.services import model_cache, records, singletons
from pages.ui.state import selection
from training.data.datasets import DataError
from training.images.preprocess import StepImages

CURVE_HEIGHT = 175  # CSS pixels


def network_and_drawing(run: Run | None) -> None:
    """Draw the network with a picture in it, and the pad whose drawing that is."""
    if run is not None and not run.state.is_finished():
        batch_view(run)
    if run is not None and (run.has_model or not run.state.is_finished()):
        _network(run)
    if run is None:  # nothing answers yet: no fragment, which would cost more than it saves
        read_pad()
    elif run.recipe.data.drawable:
        _pad(run)


def _network(run: Run) -> None:
    """Draw the network, and what flows through it: the drawing, or a test image."""
    data, image = run.recipe.data, None
    with layout.problem_on(StoreError):
        if not data.drawable:
            try:
                image = singletons.dataset(run.recipe.dataset).x_test[0]
            except DataError as error:
                image = np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
                layout.remark(layout.plain(str(error)))
        has_model = run.has_model
        model = model_cache.browser_model(run) if has_model else model_cache.browser_learner(run)
        network(model, data.names, key=f"network_{run.id}", image=image)


@st.fragment
def _pad(run: Run) -> None:
    """Draw the pad, and bars that stay beside it where the network's own are out of view."""
    with st.container(key="workbench_pad"):
        left, right = layout.side_by_side()
        with left:
            _strokes, steps = read_pad(digits=run.recipe.data.is_digits)
        with right:
            if run.has_model:
                _answer(run, steps)
            elif not run.state.is_finished():
                learner = model_cache.browser_learner(run)
                learner_answer(run.recipe.data.names, f"bars_{run.id}", learner)


def _answer(run: Run, steps: StepImages | None) -> None:
    with suppress(StoreError):  # the network's place says why
        classifier = model_cache.classifier(run)
        found = classifier.probabilities(steps.centred) if steps else None
        image, live = steps.centred if steps else None, model_cache.pad_model(run)
        answer(found, run.recipe.data.names, f"bars_{run.id}", image, live=live)


def predict(recipe: Recipe | None) -> None:
    """Let a person draw how the accuracy of the next training, of this recipe, will go."""
    note = _("Optional. When the training ends, the real curve is drawn over your prediction.")
    prediction_chart(
        recipe.epochs if recipe else 1,
        recipe.classes if recipe else CLASSES,
        _("Predict the accuracy, then start"),
        note if selection.is_on("explain") else "",
    )


def curves(run: Run, next_recipe: Recipe | None) -> None:
    """Draw the figures of a run and its two curves, over those of the run that was shown before.

    On demand, a prediction of the next training takes their place.
    """
    ghost = selection.run_before(run.id)
    run_progress(run, key=f"progress_{run.id}")
    if run.state.is_finished() and st.toggle(_("Predict the next training"), key="predict"):
        predict(next_recipe)
        return
    prediction = Prediction.read(run.folder)
    titles = {"loss": _("Loss: lower is better"), "accuracy": _("Accuracy: right answers")}
    for figure, title in titles.items():
        with st.container(key=f"curve_{figure}", gap=None):
            of_accuracy = figure == "accuracy"
            st.markdown(f"**{title}**")
            key = f"{figure}_{run.id}"
            drawn = prediction.curve(run.recipe.epochs) if prediction and of_accuracy else ()
            run_curve(run, figure, key, CURVE_HEIGHT, title, ghost, drawn)
    if prediction and run.state.is_finished():
        outcome = prediction.outcome(records.history(run), run.recipe.epochs)
        layout.remark(prediction_text(outcome) if outcome else "")
    if ghost:
        label = _("Compare with the run before")
        navigation.link("compare", label, ":material/stacked_line_chart:", run=[ghost, run.id])
