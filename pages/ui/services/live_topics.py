"""Topics of the live channel: runs, their states and weights, the queue, sweeps, downloads.

Any thread. Values are plain JSON types, and public. Their "version" changes when pages that show
more than the value itself must run their scripts again.
"""

from collections.abc import Callable, Mapping
from typing import Any

from model_store import Run, StoreError
from model_store.storage import event_log, run_folder
from pages.ui.server.live.topics import EventTopic, Topic, ValueTopic, WeightsTopic
from pages.ui.services import singletons
from pages.ui.services.classes.topics import board_topic, class_topic
from pages.ui.services.live_sweep import sweep_topic
from training.data import download

Value = dict[str, Any]


def run_state(run: Run) -> Value:
    """Return what the page of an unfinished run shows beside its record.

    "place" is the number of runs that start before it, "wait" whole seconds until it starts; None
    if they are not known.
    """
    engine = singletons.engine()
    wait = None if run.state.is_finished() else engine.expected_start(run.id)
    return {
        "version": [run.state, engine.phase(run.id), engine.has(run.id), engine.status().held],
        "place": engine.position(run.id),
        "wait": None if wait is None else round(wait),
    }


def queue() -> list[list[Any]]:
    """Return the runs that train here and wait here, [id, phase], and whether all are held."""
    engine = singletons.engine()
    running, waiting = engine.schedule()
    return [
        [[run_id, engine.phase(run_id)] for run_id in running],
        [[run_id, None] for run_id in waiting],
        [engine.status().held],
    ]


def epochs(run: Run) -> list[Any]:
    """Return a run's state and the number of its epochs that ended."""
    return [run.state, run.scores.epochs]


def download_progress(dataset: str) -> Value | None:
    """Return how far the latest download of a data set is; None if there is none."""
    found = download.latest(dataset)
    if found is None:
        return None
    return {
        "version": [found.finished, bool(found.error)],
        "file": found.file,
        "done": found.done,
        "total": found.total,
        "seconds": round(found.seconds),
    }


def _of_run(make: Callable[[Run], Topic]) -> Callable[[str], Topic | None]:
    """Return an opener of a topic about one run."""

    def opened(run_id: str) -> Topic | None:
        try:
            return make(singletons.store().open(run_id))
        except StoreError:
            return None

    return opened


def _value(value: Callable[[Run], Any]) -> Callable[[Run], Topic]:
    """Return a maker of a topic: `value` of the run as it is at each look; None once deleted."""

    def make(run: Run) -> Topic:
        def now() -> Any:
            try:
                return value(singletons.store().open(run.id))
            except StoreError:
                return None

        return ValueTopic(now)

    return make


def open_topic(kind: str, key: str) -> Topic | None:
    """Return the topic of a kind, one of `KINDS`, and a key; None if there is no such thing."""
    return KINDS[kind](key)


KINDS: Mapping[str, Callable[[str], Topic | None]] = {
    "run": _of_run(lambda run: EventTopic(run.folder / event_log.FILE)),
    "state": _of_run(_value(run_state)),
    "epochs": _of_run(_value(epochs)),
    "weights": _of_run(lambda run: WeightsTopic(run.folder / run_folder.LIVE)),
    "queue": lambda key: None if key else ValueTopic(queue),
    "sweep": sweep_topic,
    "class": class_topic,
    "board": board_topic,
    "download": lambda key: ValueTopic(lambda: download_progress(key)),
}
