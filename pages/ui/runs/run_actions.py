"""Ways on from a run: links to its model, and resume. Script thread."""

import streamlit as st

from model_store import Run, StoreError
from model_store.recipe.own_data import is_own
from model_store.text import _
from pages.ui.frame import layout, navigation
from pages.ui.services import singletons
from training.data.own_sets import DataSetGone
from training.engine.engine import EngineError


def model_links(run: Run) -> None:
    """Draw links to the pages that ask the run's model."""
    label = _("Try it on a drawing") if run.recipe.data.drawable else _("See its answers")
    navigation.link("draw", label, ":material/draw:", run=run.id)
    navigation.link("evaluate", _("See its mistakes"), ":material/fact_check:", run=run.id)


def compare_link(run: Run) -> None:
    """Draw the link to Compare with this run chosen."""
    navigation.link("compare", _("Compare"), navigation.ENTRIES["compare"].icon, run=run.id)


def downloads_link(run: Run) -> None:
    """Draw the link to the downloads of a run."""
    label = _("Take it with you")
    navigation.link("evaluate", label, ":material/luggage:", run=run.id, view="take")


def resume_button(run: Run, label: str) -> None:
    """Draw the button that puts a run that ended early back into the queue."""
    if st.button(label, icon=":material/restart_alt:", key="again"):
        what = _("The run could not be resumed.")
        with layout.problem_on(EngineError, StoreError, what=what):
            singletons.engine().resume(run.id)
            st.rerun(scope="app")


def missing_data(label: str, dataset: str) -> None:
    """Say that a data set is not on this machine, and link to its download, if it has one."""
    if is_own(dataset):
        layout.problem(str(DataSetGone(label)))
        return
    layout.problem(
        _("{dataset} is not on this machine yet.").format(dataset=label),
        "",
        _("Download it on the Data page, or use Digits, which needs no download."),
    )
    navigation.link("data", _("Get it"), ":material/download:", dataset=dataset)
