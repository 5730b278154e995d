"""Train: choose a recipe, press Start, watch it learn; the address leads back to the run."""

from gettext import gettext as _

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from model_store import StoreError
from model_store.analysis.run_titles import display_titles
from model_store.recipe.recipe import Recipe
from model_store.storage.run_query import RunQuery
from pages.ui.figures import theme
from pages.ui.frame import layout, navigation
from pages.ui.frame.owners import name_form, owner_name
from pages.ui.frame.permissions import pause_notice
from pages.ui.runs.model_summary import model_summary
from pages.ui.runs.run_actions import missing_data
from pages.ui.runs.run_view import run_view, state_badge
from pages.ui.services import singletons
from pages.ui.state import url, visitor
from pages.ui.train.recipe_form import base_recipe, recipe_form
from training.data import datasets
from training.engine.engine import EngineError

RECENT = 8


def new_run() -> None:
    """Draw the choice of a recipe, Start, and below it the form."""
    base = base_recipe()
    row = st.container(horizontal=True, vertical_alignment="center", key="start_row")
    messages = st.container()
    recipe = recipe_form(base, singletons.engine().limits())
    if recipe is not None:
        model_summary(recipe)
        layout.remark(
            _("{images} images in {steps} batches an epoch, {epochs} epochs.").format(
                images=f"{recipe.train_images:,}",
                steps=f"{recipe.steps_per_epoch:,}",
                epochs=recipe.epochs,
            )
        )
    name_form()
    with messages:
        start(recipe, row)


def start(recipe: Recipe | None, row: DeltaGenerator) -> None:
    """Draw the button in `row`, or say why the training cannot start."""
    label = _("Start training")
    if recipe is None:
        row.button(label, type="primary", disabled=True, key="start_off")
        layout.remark(_("Change what is marked below, then start."))
        return
    if not datasets.available(recipe.dataset):
        missing_data(recipe.data.label, recipe.dataset)
        navigation.link("train", _("Train on Digits"), ":material/bolt:", recipe="digits-quick")
        return
    pause_notice()
    if full := singletons.engine().quota_refusal(visitor.visitor_id()):
        layout.notice(full)
    with row:
        pressed = st.button(label, type="primary", icon=":material/play_arrow:", key="start")
        vary = _("Vary it in a sweep")
        navigation.link("sweep", vary, ":material/tune:", recipe=recipe.to_link())
    if pressed:
        what = _("The training could not be started.")
        with layout.problem_on(EngineError, StoreError, what=what):
            run = singletons.engine().submit(recipe, visitor.visitor_id())
            url.set_params(run=run.id, recipe=None)
            st.rerun()


def recent(chosen: str) -> None:
    """Draw links to the newest runs of the store; a sweep's trials are found on its page."""
    runs = singletons.store().newest(RECENT, RunQuery(shipped=False), but=chosen)
    if not runs:
        return
    layout.section(_("Recent runs"))
    titles = display_titles(runs, owner_name)
    for run in runs:
        accuracy = theme.percent(run.result.get("test_accuracy")) if run.result else ""
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(state_badge(run))
            navigation.link("train", layout.plain(f"{titles[run.id]} {accuracy}"), run=run.id)
    navigation.link("compare", _("All runs, and what differs"), ":material/stacked_line_chart:")


run_id = url.param("run")
if run_id:
    layout.header(_("Train"))
    try:
        run_view(singletons.store().open(run_id))
    except StoreError as error:
        layout.problem(str(error), "", _("Train a new one, or choose a run below."))
else:
    layout.header(
        _("Train"),
        _("Choose a network and how it learns. Then watch loss and accuracy while it trains."),
    )
    if singletons.engine().status().state == "broken":
        layout.problem(singletons.engine().status().message)
    new_run()
recent(run_id)
