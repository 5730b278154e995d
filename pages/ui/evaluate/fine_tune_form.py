"""A run goes on learning, on the class's own drawings as well: a new run, with its start named.

Script thread.
"""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from model_store import Run, StoreError
from model_store.classroom.drawing_set import DrawingSet
from model_store.recipe.recipe import RecipeError
from pages.ui.frame import layout, navigation
from pages.ui.services import singletons
from pages.ui.state import visitor
from training.data import datasets
from training.data.fine_tuning import copies_per_drawing, prepare_fine_tuning, training_half
from training.engine.engine import EngineError

MOST_EPOCHS = 20
WHICH = {"half": "half of them, the others stay a test", "all": "all of them"}


def fine_tune_form(run: Run) -> None:
    """What would be trained on, and the button that starts it; nothing without drawings."""
    drawings = singletons.class_drawings().all()
    if not len(drawings):
        return
    layout.section(
        _("Train it further on our drawings"),
        _(
            "A new run begins with this model's weights and learns from {dataset} and our "
            "drawings together. This model stays as it is."
        ).format(dataset=run.recipe.data.label),
    )
    if not datasets.available(run.recipe.dataset):
        layout.remark(_("Its training images are not on this computer."))
        navigation.link("data", _("Get them"), ":material/download:", dataset=run.recipe.dataset)
        return
    which = st.segmented_control(
        _("Drawings to learn from"),
        list(WHICH),
        default="half",
        required=True,
        format_func=lambda name: _(WHICH[name]),
        key="further_which",
    )
    most = min(MOST_EPOCHS, singletons.engine().limits().epochs or MOST_EPOCHS)
    epochs = st.number_input(_("Epochs"), 1, most, min(3, most), key="further_epochs")
    seen = run.provenance.seen if run.provenance else ()
    taken = drawings if which == "all" else training_half(drawings, seen)
    layout.remark(_plan(run, drawings, taken))
    if st.button(
        _("Train further"), type="primary", icon=":material/model_training:", key="further"
    ):
        _start(run, taken, epochs)


def _plan(run: Run, drawings: DrawingSet, taken: DrawingSet) -> str:
    left = len(drawings) - len(taken)
    told = _(
        "{n} drawings, each {times} times in slightly different hands, beside {images} images of "
        "{dataset}."
    ).format(
        n=f"{len(taken):,}",
        times=copies_per_drawing(run.recipe, len(taken)),
        images=f"{run.recipe.train_images:,}",
        dataset=run.recipe.data.label,
    )
    if left:
        return f"{told} " + _("The other {n} say afterwards what it was good for.").format(n=left)
    return f"{told} " + _("None is left to test it: draw new ones afterwards.")


def _start(run: Run, taken: DrawingSet, epochs: int) -> None:
    try:
        weights = (run.folder / "weights.npz").read_bytes()
        recipe, start, added = prepare_fine_tuning(run, weights, taken, epochs)
        new = singletons.engine().submit(recipe, visitor.visitor_id(), added=[added], start=start)
    except OSError as error:
        layout.problem(_("The model's weights cannot be read."), error.strerror or str(error))
    except (StoreError, EngineError, RecipeError) as error:
        layout.problem(_("The training could not be started."), str(error))
    else:
        navigation.go("train", run=new.id)
