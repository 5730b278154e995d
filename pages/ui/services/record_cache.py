"""Records of runs, read once for all sessions and again when they have grown. Any thread."""

from __future__ import annotations

import time
from pathlib import Path

from model_store import Run, RunNotFound
from model_store.runs.history import History
from model_store.storage.atomic_files import Stamp, stamp
from model_store.storage.event_log import FILE
from model_store.storage.score_cache import ScoreBook, Scores
from pages.ui.components.component import json_bytes
from pages.ui.figures import run_curves
from pages.ui.services import singletons
from pages.ui.services.shared import shared


@shared()
def _score_book() -> ScoreBook:
    return ScoreBook()


def scores(run: Run) -> Scores:
    """The few figures of a run's record that a table shows; read anew only if it has changed."""
    return _score_book().of(run.folder)


@shared(32)
def _history(run_id: str, _stamp: Stamp) -> History:
    return History.of(singletons.store().events(run_id))


def history(run: Run) -> History:
    """The run's record; sorted anew only if it has grown. Empty if it is gone."""
    try:
        return _history(run.id, _record(run))
    except RunNotFound:
        return History()


SHARED = 0.2  # seconds for which a record that grows counts as it was, for all who watch


def _record(run: Run) -> Stamp:
    """Another one when the run's record has grown; of an unfinished run, up to `SHARED` late."""
    path = run.folder / FILE
    return stamp(path) if run.state.is_finished() else _late(path, int(time.monotonic() / SHARED))


@shared(64)
def _late(path: Path, _tick: int) -> Stamp:
    return stamp(path)


@shared(64)
def _curve(run_id: str, figure: str, epochs: int, stamp: Stamp) -> bytes:
    return json_bytes(run_curves.run_curve(_history(run_id, stamp), figure, epochs))


def curve(run: Run, figure: str) -> bytes:
    """`figures.curve` of the run's record as JSON, written once for all who watch."""
    try:
        return _curve(run.id, figure, run.recipe.epochs, _record(run))
    except RunNotFound:
        return json_bytes(run_curves.run_curve(History(), figure, run.recipe.epochs))
