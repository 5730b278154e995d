"""A run's folder as a `Run`: checks of its files, and the changes that events make.

The one place that knows the fields of `run.json`.
"""

import os
from collections.abc import Mapping
from gettext import gettext as _
from pathlib import Path
from typing import Any

from model_store.recipe.recipe import Recipe, RecipeError
from model_store.runs import events, label, provenance
from model_store.runs.events import Evaluated, Event, Started, StateChanged
from model_store.runs.label import Label
from model_store.runs.provenance import Provenance
from model_store.runs.run import Run, RunState
from model_store.storage import atomic_files, manifest
from model_store.storage.atomic_files import Stamp
from model_store.storage.errors import damaged, not_found

RECIPE = "recipe.json"
STATUS = "run.json"
FORMAT = 1
_LAST_SECOND = 253_402_300_799  # of the year 9999: no later time can be shown


def first_status(
    run_id: str, owner: str, lease: str, sweep: str, verifies: str, created: float
) -> dict[str, Any]:
    """Return the `run.json` of a run accepted at `created`, in unix seconds."""
    return {
        "format": FORMAT,
        "id": run_id,
        "owner": owner,
        "lease": lease,
        "sweep": sweep,
        "verifies": verifies,
        "state": RunState.QUEUED.value,
        "message": "",
        "created": created,
        "started": None,
        "finished": None,
        "result": {},
    }


def changes(event: Event) -> dict[str, Any]:
    """Return the fields of `run.json` and `Run` that this event changes."""
    match event:
        case StateChanged():
            state = RunState(event.state)
            finished = event.time if state.is_finished() else None
            return {"state": state, "message": event.message, "finished": finished}
        case Started():
            return {"started": event.time}
        case Evaluated():
            result = events.to_dict(event)
            return {"result": {k: result[k] for k in result if k not in ("kind", "time")}}
        case _:
            return {}


def stamp(folder: Path) -> tuple[Stamp, ...]:
    """Return a value that changes whenever `read` would return another run."""
    names = (RECIPE, STATUS, manifest.FILE, label.FILE, provenance.FILE)
    return tuple(atomic_files.stamp(folder / name) for name in names)


def read(run_id: str, folder: Path, *, shipped: bool = False) -> Run:
    """The run of that id as its folder has it.

    Raises:
        RunNotFound: if there is no such folder (any more).
        RunDamaged: if it is not a readable run.
    """
    try:
        status = atomic_files.read_json(folder / STATUS)
        return Run(
            id=run_id,
            folder=folder,
            recipe=Recipe.stored(atomic_files.read_json(folder / RECIPE)),
            owner=str(status["owner"]),
            lease=str(status.get("lease", "")),
            sweep=str(status.get("sweep", "")),
            verifies=str(status.get("verifies", "")),
            state=RunState(status["state"]),
            message=str(status["message"]),
            created=_moment(status["created"]),
            started=_moment_or_none(status["started"]),
            finished=_moment_or_none(status["finished"]),
            result=_result(status["result"]),
            manifest=manifest.read(folder),
            shipped=shipped,
            label=Label.read(folder),
            provenance=Provenance.read(folder),
        )
    except (OSError, ValueError, LookupError, TypeError, ArithmeticError, RecursionError) as error:
        if not os.path.isdir(folder):
            raise not_found(run_id) from None
        why = str(error) if isinstance(error, RecipeError) else _("a file is unreadable")
        raise damaged(run_id, why) from None


def _moment(value: Any) -> float:
    """True for unix seconds within the range of the calendar."""
    if not 0 <= float(value) <= _LAST_SECOND:
        raise ValueError(f"no time: {value!r}")
    return float(value)


def _moment_or_none(value: Any) -> float | None:
    return None if value is None else _moment(value)


def _result(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of an `Evaluated` event, checked; empty if missing."""
    if raw:
        events.from_dict({**raw, "kind": "evaluated", "time": 0.0})
    if not isinstance(raw, dict) or not all(
        isinstance(figure, int | float) for figure in raw.values()
    ):
        raise ValueError("a figure that is no number")
    return dict(raw)
