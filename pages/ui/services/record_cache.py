"""Records of runs, read once for all sessions and again when they have grown. Any thread."""

import time

from model_store import Run, RunNotFound
from model_store.runs.history import History
from model_store.storage.atomic_files import stamp
from model_store.storage.event_log import FILE
from pages.ui.components.component import json_bytes
from pages.ui.figures import run_curves
from pages.ui.services import singletons
from pages.ui.services.shared import shared

SECONDS = 0.2  # for which all sessions share the record of an unfinished run


def _record(run: Run, *of_figure: str) -> tuple[object, ...]:
    finished = run.state.is_finished()
    version = stamp(run.folder / FILE) if finished else time.monotonic() // SECONDS
    return run.id, version, *of_figure


@shared(32, key=_record)
def history(run: Run) -> History:
    """Return the run's record; empty if the run is gone."""
    try:
        return History.from_events(singletons.store().events(run.id))
    except RunNotFound:
        return History()


@shared(64, key=_record)
def curve(run: Run, figure: str) -> bytes:
    """Return `figures.run_curve` of the run's record as JSON, serialised once for all viewers."""
    return json_bytes(run_curves.run_curve(history(run), figure, run.recipe.epochs))
