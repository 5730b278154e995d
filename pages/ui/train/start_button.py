"""Start: a recipe becomes a run. Script thread."""

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


def start_button(recipe: Recipe | None) -> None:
    """Draw the button that starts a training, or say why it cannot start."""
    label = _("Start training")
    if recipe is None:
        st.button(label, type="primary", disabled=True, key="start_off")
        layout.remark(_("Change what is marked, then start."))
        return
    if not singletons.has_dataset(recipe.dataset):
        missing_data(recipe.data.title, recipe.dataset)
        navigation.link("train", _("Train on Digits"), ":material/bolt:", recipe="digits-quick")
        return
    singletons.engine().prepare(recipe)  # what somebody chooses, they will soon start
    if full := singletons.engine().quota_refusal(visitor.visitor_id()):
        layout.notice(full)
    pressed = st.button(label, type="primary", icon=":material/play_arrow:", key="start")
    vary = _("Vary it in a sweep")
    navigation.link("sweep", vary, ":material/tune:", recipe=recipe.to_link())
    if pressed:
        what = _("The training could not be started.")
        with layout.problem_on(EngineError, StoreError, what=what):
            run = singletons.engine().submit(recipe, visitor.visitor_id())
            if prediction := Prediction.of(selection.prediction.take()):
                singletons.store().save(run.id, FILE, prediction.to_json())
            url.set_params(run=run.id, recipe=None)
            st.rerun()
