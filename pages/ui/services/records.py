"""Records of runs. Any thread."""

from model_store import Run, RunNotFound
from model_store.runs.history import History
from pages.ui.services import singletons


def history(run: Run) -> History:
    """Return the run's record; empty if the run is gone."""
    try:
        return History.from_events(singletons.store().events(run.id))
    except RunNotFound:
        return History()
