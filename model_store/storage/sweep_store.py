"""Sweeps on disk: a folder each below `<root>/.sweeps`, its one file replaced as a whole.

```
<root>/.sweeps/<sweep id>/
  sweep.json             plan, owner, state, trials
  claimed-<lease>        made once by the server that took the sweep over from that lease
```
The trials' runs are ordinary runs of the store; a plan is opaque here. Any thread and process may
call any method; one process writes each sweep.
"""

import json
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from gettext import gettext as _
from pathlib import Path
from typing import Any

from model_store.storage import atomic_files
from model_store.storage.errors import StoreError

FOLDER = ".sweeps"
FORMAT = 1
_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{6}")


class SweepState(StrEnum):
    """State of a sweep. The next server continues a running one whose server ended."""

    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"

    def is_finished(self) -> bool:
        """True if the sweep is over, unless a person resumes it."""
        return self not in (SweepState.RUNNING, SweepState.STOPPING)


class TrialState(StrEnum):
    """State of a trial."""

    OPEN = "open"
    COMPLETE = "complete"
    PRUNED = "pruned"  # stopped by the sweep, since others do better
    FAILED = "failed"
    STOPPED = "stopped"  # by a person, with the sweep, or by its time budget
    GONE = "gone"  # its run was deleted before its end


class SweepNotFound(StoreError):
    """No sweep has that id (or the id is none)."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One point that was tried. `curve` is the validation accuracy in [0, 1] after each epoch.

    `value` is the last of a complete trial, and what trials are compared by. `test` in [0, 1],
    `seconds` of training, compiling not counted, and `parameters` are None until the run was
    evaluated. `pruned` says that it was asked to stop since others do better.
    """

    number: int
    point: Mapping[str, float | int | str]
    hash: str = ""
    run: str = ""
    state: TrialState = TrialState.OPEN
    message: str = ""
    curve: tuple[float, ...] = ()
    value: float | None = None
    test: float | None = None
    seconds: float | None = None
    parameters: int | None = None
    pruned: bool = False
    resumed: int = 0


@dataclass(frozen=True, slots=True)
class Sweep:
    """Snapshot of a sweep. Times are unix seconds; `spent` is working seconds on all servers."""

    id: str
    owner: str
    plan: Mapping[str, Any]
    state: SweepState = SweepState.RUNNING
    message: str = ""
    created: float = 0.0
    finished: float | None = None
    spent: float = 0.0
    lease: str = ""
    trials: tuple[Trial, ...] = field(default=())

    def of(self, state: TrialState) -> list[Trial]:
        """Return the trials in this state, in order."""
        return [trial for trial in self.trials if trial.state is state]


class SweepStore:
    """The sweeps of a model store."""

    def __init__(self, root: Path, *, clock: Callable[[], float] = time.time) -> None:
        """`root` is the model store's; nothing is written before `create`."""
        self._root = root
        self._clock = clock
        self._lock = threading.Lock()
        self._read_before: dict[str, tuple[atomic_files.Stamp, Sweep]] = {}

    def create(self, plan: Mapping[str, Any], owner: str, lease: str) -> Sweep:
        """A new sweep, running, without a trial.

        Raises:
            StoreError: if it cannot be written.
        """
        now = self._clock()
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
        sweep = Sweep(f"{stamp}-{secrets.token_hex(3)}", owner, plan, created=now, lease=lease)
        try:
            self._folder(sweep.id).mkdir(parents=True)
        except OSError as error:
            raise self._cannot_write(error) from None
        try:
            return self.save(sweep)
        except StoreError:
            shutil.rmtree(self._folder(sweep.id), ignore_errors=True)
            raise

    def save(self, sweep: Sweep) -> Sweep:
        """Replace what is on disk; returns the sweep, stamped with its end where it has one.

        Raises:
            SweepNotFound: if it was deleted meanwhile.
            StoreError: if it cannot be written.
        """
        finished = (sweep.finished or self._clock()) if sweep.state.is_finished() else None
        sweep = replace(sweep, finished=finished)
        text = json.dumps({"format": FORMAT, **asdict(sweep)})
        try:
            atomic_files.write(self._folder(sweep.id) / "sweep.json", text.encode())
        except FileNotFoundError:
            raise _not_found(sweep.id) from None
        except OSError as error:
            raise self._cannot_write(error) from None
        return sweep

    def open(self, sweep_id: str) -> Sweep:
        """Return the sweep as stored.

        Raises:
            SweepNotFound: if there is none of that id.
            StoreError: if its file is not readable as one.
        """
        path = self._folder(sweep_id) / "sweep.json"
        stamp = atomic_files.stamp(path)
        with self._lock:
            before = self._read_before.get(sweep_id)
        if before and before[0] == stamp:
            return before[1]
        try:
            sweep = _from_dict(json.loads(path.read_bytes()))
            if sweep.id != sweep_id:
                raise ValueError("another sweep's file")
        except FileNotFoundError:
            raise _not_found(sweep_id) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise StoreError(
                _(
                    "The sweep {id} is damaged and cannot be read. Its runs are not affected."
                ).format(id=sweep_id)
            ) from None
        with self._lock:
            self._read_before[sweep_id] = (stamp, sweep)
        return sweep

    def list(self) -> list[Sweep]:
        """Return all readable sweeps, newest first."""
        found = []
        try:
            names = os.listdir(self._root / FOLDER)
        except OSError:
            names = []  # there is none yet, or the store cannot be read: its runs' page says so
        for name in names:
            try:
                found.append(self.open(name))
            except StoreError:
                continue  # damaged, deleted meanwhile, or no sweep: `open` says which
        return sorted(found, key=lambda sweep: (sweep.created, sweep.id), reverse=True)

    def claim(self, sweep: Sweep, lease: str) -> Sweep | None:
        """Take over from the lease that the sweep names; None if another server was faster.

        Raises:
            SweepNotFound, StoreError: as `save`.
        """
        mark = self._folder(sweep.id) / f"claimed-{sweep.lease or 'none'}"
        try:
            mark.touch(exist_ok=False)
        except FileExistsError:
            return None
        except FileNotFoundError:
            raise _not_found(sweep.id) from None
        except OSError as error:
            raise self._cannot_write(error) from None
        try:
            return self.save(replace(sweep, lease=lease))
        except StoreError:
            mark.unlink(missing_ok=True)  # else the sweep could never be claimed
            raise

    def delete(self, sweep_id: str) -> None:
        """Remove the record of a sweep; its runs stay.

        Raises:
            SweepNotFound: if there is none.
            StoreError: if it cannot be removed.
        """
        folder = self._folder(sweep_id)
        try:
            (folder / "sweep.json").unlink()
        except FileNotFoundError:
            raise _not_found(sweep_id) from None
        except OSError as error:
            raise self._cannot_write(error) from None
        shutil.rmtree(folder, ignore_errors=True)
        with self._lock:
            self._read_before.pop(sweep_id, None)

    def _folder(self, sweep_id: str) -> Path:
        if not isinstance(sweep_id, str) or not _ID.fullmatch(sweep_id):
            raise _not_found(sweep_id)
        return self._root / FOLDER / sweep_id

    def _cannot_write(self, error: OSError) -> StoreError:
        return StoreError(
            _("The sweeps in {where} cannot be written: {why}. Free some space or rights.").format(
                where=self._root / FOLDER, why=error.strerror or error
            )
        )


def _not_found(sweep_id: object) -> SweepNotFound:
    return SweepNotFound(
        _("There is no sweep {id}. It may have been deleted.").format(id=repr(sweep_id)[:60])
    )


def _known(kind: type[Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the known fields, so that files of newer versions stay readable."""
    names = {each.name for each in fields(kind)}
    return {name: value for name, value in raw.items() if name in names}


def _from_dict(raw: Mapping[str, Any]) -> Sweep:
    values = _known(Sweep, raw)
    values["state"] = SweepState(values["state"])
    values["trials"] = tuple(_trial(each) for each in values["trials"])
    if not isinstance(values["plan"], Mapping):
        raise ValueError("no plan")
    return Sweep(**values)


def _trial(raw: Mapping[str, Any]) -> Trial:
    values = _known(Trial, raw)
    values["state"] = TrialState(values["state"])
    values["curve"] = tuple(float(each) for each in values["curve"])
    return Trial(**values)
