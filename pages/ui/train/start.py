"""Start of a training: a recipe becomes a run. Script thread."""

import streamlit as st

from model_store import StoreError
from model_store.recipe.recipe import Recipe
from model_store.runs.prediction import FILE, Prediction
from model_store.text import _
from pages.ui.frame import layout, navigation
from pages.ui.runs.run_actions import missing_data
from pages.ui.services import singletons
from pages.ui.state import selection, url, visitor
from training.engine.engine import EngineError


def start(recipe: Recipe | None) -> None:
    """Start a training if that was asked for, or say why none can start."""
    is_wished = selection.start_wish.take()
    if recipe is None:
        layout.remark(_("Change what is marked, then start."))
        return
    if not singletons.has_dataset(recipe.dataset):
        missing_data(recipe.data.title, recipe.dataset)
        navigation.link("train", _("Train on Digits"), ":material/bolt:", recipe="digits-quick")
        return
    singletons.engine().prepare(recipe)  # what somebody chooses, they will soon start
    if full := singletons.engine().quota_refusal(visitor.visitor_id()):
        layout.notice(full)
    if is_wished:
        what = _("The training could not be started.")
        with layout.problem_on(EngineError, StoreError, what=what):
            run = singletons.engine().submit(recipe, visitor.visitor_id())
            if prediction := Prediction.of(selection.prediction.take()):
                singletons.store().save(run.id, FILE, prediction.to_json())
            url.set_params(run=run.id, recipe=None)
            st.rerun()
