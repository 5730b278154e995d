"""Compiling ahead on a real worker: it keeps no training waiting, and ends with the server."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from model_store import RunState
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.events import Chunk, Started
from tests.support.engines import (
    SMALL,
    Lab,
    alive,
    ends,
    family,
    hosts,
    real_lab,
    until,
    workers_of,
)
from training.workers.host import NICENESS

DEEP = SMALL.with_(hidden=(Hidden(64, dropout=0.5),) * 8)


def used(worker: psutil.Process) -> float:
    """Return the processor time of a worker, in seconds."""
    return sum(worker.cpu_times()[:2])


def is_calm(worker: psutil.Process) -> Callable[[], bool]:
    """Return a condition: the worker has done nothing for two seconds."""
    since = [time.monotonic(), used(worker)]

    def condition() -> bool:
        if used(worker) > since[1] + 0.2:
            since[:] = [time.monotonic(), used(worker)]
        return time.monotonic() - since[0] > 2.0

    return condition


def to_first_point(lab: Lab, run_id: str) -> float:
    """Return the seconds from the beginning of a run to its first point."""
    assert ends(lab.store, run_id) is RunState.DONE
    events = lab.store.events(run_id)
    (began,) = [event.time for event in events if isinstance(event, Started)]
    return next(event.time for event in events if isinstance(event, Chunk)) - began


def test_what_was_chosen_starts_sooner_and_keeps_nothing_waiting(
    tmp_path: Path, isolated_session: None
) -> None:
    """The worker, a single one, ends with its server while it compiles."""

    def compiles(recipe: Recipe) -> None:
        """Have the worker begin to compile."""
        before = used(worker)
        lab.engine.prepare(recipe)
        until(lambda: used(worker) > before + 0.2)

    with real_lab(tmp_path, 1, cold=False) as lab:
        (worker,) = workers_of(psutil.Process())
        if sys.platform != "win32":
            assert worker.nice() >= NICENESS
        chosen, new = SMALL.with_(batch_size=9), SMALL.with_(batch_size=7)
        compiles(chosen)
        until(is_calm(worker))
        quick = to_first_point(lab, lab.submit(chosen.with_(seed=9)))
        compiles(DEEP)
        assert quick < to_first_point(lab, lab.submit(new)) / 2
        compiles(DEEP.with_(batch_size=11))
        processes = [process for host in hosts() for process in family(host.pid)]
        lab.engine.close()
        until(lambda: not alive(processes), 10)
