"""Train: set a recipe, press Start, watch it learn; the address leads back to the run."""

import streamlit as st

from model_store import Run, StoreError
from model_store.text import _
from pages.ui.frame import layout
from pages.ui.frame.owners import name_form
from pages.ui.frame.permissions import pause_notice
from pages.ui.runs.diagnosis_view import diagnosis_view
from pages.ui.runs.imported_run import imported_run_view
from pages.ui.runs.run_result import run_result
from pages.ui.runs.run_status import follow, run_controls, run_status
from pages.ui.services import records, singletons
from pages.ui.state import selection, url
from pages.ui.train import workbench
from pages.ui.train.recent_runs import recent_runs
from pages.ui.train.recipe_form import recipe_form
from pages.ui.train.start import start


def shown_run() -> Run | None:
    """Return the run of the address; None if there is none, or none any more."""
    if run_id := url.param("run"):
        with layout.problem_on(StoreError):
            return singletons.store().open(run_id)
    return None


def train(run: Run | None) -> None:
    """Draw the workbench, and below it all settings and results."""
    bench = st.container(key="workbench_run" if run else "workbench")
    below = st.container() if selection.all_settings.get() else None
    left = bench.container()
    middle = bench.container(key="middle_run" if run and not run.imported else "middle")
    right = bench.container()
    with left:
        shown = None if run is None or run.imported else run.recipe
        recipe = recipe_form(shown, singletons.engine().limits(), below)
        start(recipe)
    if run is not None and run.imported:
        with middle:
            imported_run_view(run)
        return
    with middle:
        workbench.network_and_drawing(run)
    with right:
        if run is None:
            workbench.predict(recipe)
            return
        workbench.curves(run, recipe)
    history = records.history(run)
    diagnosis_view(run, history)
    if run.result:
        run_result(run, history)


def title(run: Run | None) -> None:
    """Draw the page's title, and beside it the state and the controls of a run."""
    if run is not None and not run.imported:
        with st.container(horizontal=True, vertical_alignment="center", key="title_row"):
            layout.header(_("Train"))
            run_status(run)
            run_controls(run)
        return
    hint = _("Draw a digit, then press Start: see its answer while it learns.")
    layout.header(_("Train"), "" if run else hint)
    pause_notice()


current = shown_run()
title(current)
if singletons.engine().status().state == "broken":
    layout.problem(singletons.engine().status().message)
if current is not None:
    follow(current)
train(current)
name_form()
recent_runs(current.id if current else "")
