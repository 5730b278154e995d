"""Links to the newest runs. Script thread."""

import streamlit as st

from model_store.analysis.run_titles import display_titles
from model_store.storage.run_query import RunQuery
from model_store.text import _
from pages.ui.figures import theme
from pages.ui.frame import layout, navigation
from pages.ui.frame.owners import owner_name
from pages.ui.runs.run_status import state_badge
from pages.ui.services import singletons

RECENT = 8


def recent_runs(chosen: str) -> None:
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
