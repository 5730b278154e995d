"""Links to the newest runs. Script thread."""

from model_store.analysis.run_titles import display_titles
from model_store.storage.run_query import RunQuery
from model_store.text import _
from pages.ui.figures import theme
from pages.ui.frame import navigation
from pages.ui.frame.owners import owner_name
from pages.ui.runs.recent_links import Recent, recent_links
from pages.ui.runs.run_status import state_word
from pages.ui.services import singletons

RECENT = 8


def recent_runs(chosen: str) -> None:
    """Draw links to the newest runs of the store; a sweep's trials are found on its page."""
    runs = singletons.store().newest(RECENT, RunQuery(shipped=False), but=chosen)
    if not runs:
        return
    titles = display_titles(runs, owner_name)
    recent = []
    for run in runs:
        accuracy = theme.percent(run.result.get("test_accuracy")) if run.result else ""
        recent.append(Recent(run.id, state_word(run), f"{titles[run.id]} {accuracy}".strip()))
    more = navigation.plain_link("compare", _("All runs, and what differs"))
    recent_links(_("Recent runs"), recent, "run", more)
