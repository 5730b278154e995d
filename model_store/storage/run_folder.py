"""A run's folder: all that the database must know of the run to be made anew from it.

The one place that knows the fields of `run.json`. Stores from before the database have the same
folders.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from model_store import text
from model_store.recipe.recipe import Recipe, RecipeError
from model_store.runs import events
from model_store.runs.events import Evaluated, Event, Started, StateChanged
from model_store.runs.label import Label
from model_store.runs.provenance import Provenance
from model_store.runs.run import Run, RunState
from model_store.runs.scores import Scores
from model_store.storage import atomic_files, checkpoints, event_log, manifest, run_rows
from model_store.storage.errors import damaged, not_found, writing
from model_store.text import _

RECIPE = "recipe.json"
STATUS = "run.json"
LIVE = "live.bin"  # weights of a run that trains: worthless to everybody but who watches it
BATCH = "batch.bin"  # its last single step: of no worth either
OF_A_MOMENT = (LIVE, BATCH)
FORMAT = 1
_CHUNK = b'{"kind": "chunk"'
_LAST_SECOND = 253_402_300_799  # of the year 9999: no later time can be shown


def write(run: Run, folder: Path, deleted: float | None = None) -> None:
    """Write what the database knows of a run beside its files; `deleted` in unix seconds.

    Raises:
        OSError: if it cannot be written.
    """
    status = {
        "format": FORMAT,
        "id": run.id,
        "owner": run.owner,
        "lease": run.lease,
        "sweep": run.sweep,
        "verifies": run.verifies,
        "state": run.state.value,
        "message": text.stored(run.message),
        "created": run.created,
        "started": run.started,
        "finished": run.finished,
        "result": dict(run.result),
        **({"deleted": deleted} if deleted else {}),
    }
    atomic_files.write_json(folder / STATUS, status)


def save(folder: Path, name: str, data: bytes, *, epochs: int = 0, trial: bool = False) -> None:
    """Write one file of a run, whole or not at all; any process that sees the folder.

    Of a run of so many `epochs` it removes the checkpoint that is not kept any more. One of
    `OF_A_MOMENT` that cannot be written is left out without an error: no run depends on it.

    Raises:
        ValueError: if the name is not one that a run may hold.
        RunNotFound: if the folder is gone: the run was deleted meanwhile.
        StoreError: if it cannot be written.
    """
    if name in OF_A_MOMENT:
        with suppress(OSError):
            atomic_files.write(folder / name, data, durable=False)
        return
    if not atomic_files.is_name(name):
        raise ValueError(f"a run holds no file called {name!r}")
    if not os.path.isdir(folder):
        raise not_found(folder.name)
    with writing(folder, folder.name):
        if "/" in name:
            (folder / name).parent.mkdir(exist_ok=True)
        atomic_files.write(folder / name, data)
        if epochs and name.startswith(f"{checkpoints.FOLDER}/"):
            checkpoints.thin(folder / name, epochs, trial=trial)


def record(folder: Path) -> list[Event]:
    """Return the record of a run without its chunks; empty if it cannot be read."""
    found = []
    with suppress(OSError), (folder / event_log.FILE).open("rb") as file:
        for line in file:
            if not line.startswith(_CHUNK):
                with suppress(ValueError, AttributeError, RecursionError):
                    found.append(events.from_json(line))
    return found


def recovered(run: Run, record: Sequence[Event]) -> Run:
    """Return a run as its record says it ended, though its `run.json` may be older.

    A complete run that does not say how it ended was done, or stopped before its last epoch.
    """
    found = run
    for event in record:
        if isinstance(event, StateChanged | Started | Evaluated):
            found = run_rows.changed(found, event)
    if run.state.is_finished() and not found.state.is_finished():
        found = replace(found, state=run.state, message=run.message, finished=run.finished)
    found = replace(found, scores=Scores.of(record))
    if found.manifest and not found.result:
        found = replace(found, result=_result(found.manifest.get("result", {})))
    if found.manifest and not found.state.is_finished():
        whole = found.stopped_early or found.result.get("epochs", 0) >= found.recipe.epochs
        state = RunState.DONE if whole else RunState.STOPPED
        found = replace(found, state=state, finished=found.finished or found.created)
    return found


def deleted_at(folder: Path) -> float | None:
    """Return when the run was deleted, in unix seconds; None if it was not."""
    with suppress(OSError, ValueError, TypeError, RecursionError):
        when = atomic_files.read_json(folder / STATUS).get("deleted")
        return None if when is None else _moment(when)
    return None


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
            message=text.read(str(status["message"])),
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
