"""Train: set a recipe, press Start, watch it learn; the address leads back to the run."""

from gettext import gettext as _

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from model_store import Run, StoreError
from model_store.analysis.run_titles import display_titles
from model_store.recipe.recipe import Recipe
from model_store.storage.run_query import RunQuery
from pages.ui.figures import theme
from pages.ui.frame import layout, navigation
from pages.ui.frame.owners import name_form, owner_name
from pages.ui.frame.permissions import pause_notice
from pages.ui.runs.diagnosis_view import diagnosis_view
from pages.ui.runs.imported_run import imported_run_view
from pages.ui.runs.run_actions import missing_data
from pages.ui.runs.run_result import run_result
from pages.ui.runs.run_status import follow, run_controls, run_status, state_badge
from pages.ui.services import records, singletons
from pages.ui.state import url, visitor
from pages.ui.train import workbench
from pages.ui.train.recipe_form import base_recipe, recipe_form
from training.data import datasets
from training.engine.engine import EngineError

RECENT = 8


def start(recipe: Recipe | None) -> None:
    """Draw the button that starts a training, or say why it cannot start."""
    label = _("Start training")
    row = st.container(horizontal=True, vertical_alignment="center", key="start_row")
    if recipe is None:
        row.button(label, type="primary", disabled=True, key="start_off")
        layout.remark(_("Change what is marked, then start."))
        return
    if not datasets.available(recipe.dataset):
        missing_data(recipe.data.label, recipe.dataset)
        navigation.link("train", _("Train on Digits"), ":material/bolt:", recipe="digits-quick")
        return
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


def shown_run() -> Run | None:
    """Return the run of the address; None if there is none, or none any more."""
    if run_id := url.param("run"):
        with layout.problem_on(StoreError):
            return singletons.store().open(run_id)
    return None


def train(run: Run | None, below: DeltaGenerator) -> None:
    """Draw the workbench, with all settings and results in the place below it."""
    with st.container(key="workbench_run" if run else "workbench"):
        left, middle, right = st.container(), st.container(), st.container()
    with left:
        shown = None if run is None or run.imported else run.recipe
        start(recipe_form(base_recipe(shown), singletons.engine().limits(), below))
    if run is not None and run.imported:
        with middle:
            imported_run_view(run)
        return
    with middle:
        workbench.network_and_drawing(run)
    with right:
        if run is None:
            layout.empty(_("The curves appear here"), _("Loss and accuracy, while it trains."))
            return
        workbench.curves(run)
    history = records.history(run)
    with below:
        diagnosis_view(run, history)
        if run.result:
            run_result(run, history)


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


with st.container(horizontal=True, vertical_alignment="center", key="title_row"):
    layout.header(_("Train"))
    current = shown_run()
    if current is not None and not current.imported:
        run_status(current)
        run_controls(current)
    else:
        pause_notice()
if singletons.engine().status().state == "broken":
    layout.problem(singletons.engine().status().message)
if current is not None:
    follow(current)
bench, rest = st.container(), st.container()
with bench:
    train(current, rest)
name_form()
recent(current.id if current else "")
