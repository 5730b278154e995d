"""Sweeps in the store's database: plan, owner, state and trials.

The trials' runs are in the model store like any other. What a plan means is not known here. Every
method may be called from any thread and from several processes; of each sweep one is the writer.
"""

import json
import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from model_store.storage.database.database import Database
from model_store.storage.database.schema import sweeps, trials
from model_store.storage.errors import RunDamaged, StoreError
from model_store.text import _

FOLDER = ".sweeps"  # of stores from before the database
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
        """Return the trials in that state, in their order."""
        return [trial for trial in self.trials if trial.state is state]


_UNFINISHED = [state.value for state in SweepState if not state.is_finished()]


class SweepStore:
    """The sweeps of a model store."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        """`database` is the model store's; nothing is written before `create`."""
        self._database = database
        self._clock = clock

    def create(self, plan: Mapping[str, Any], owner: str, lease: str) -> Sweep:
        """Return a new sweep, running, without a trial.

        Raises:
            StoreError: if it cannot be written.
        """
        now = self._clock()
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
        stored = json.loads(json.dumps(plan))  # as it is read: lists where there were tuples
        sweep = Sweep(f"{stamp}-{secrets.token_hex(3)}", owner, stored, created=now, lease=lease)
        self.add(sweep)
        return sweep

    def add(self, sweep: Sweep) -> None:
        """Add a sweep with its trials, unless there is one of its id.

        Raises:
            StoreError: if it cannot be written.
        """
        with self._database.write() as connection:
            statement = self._database.insert(sweeps).values(id=sweep.id, **_columns(sweep))
            if connection.execute(statement.on_conflict_do_nothing()).rowcount:
                self._save_trials(connection, sweep)

    def save(self, sweep: Sweep) -> Sweep:
        """Replace what is stored; returns the sweep, stamped with its end where it has one.

        Raises:
            SweepNotFound: if it was deleted meanwhile.
            StoreError: if it cannot be written.
        """
        finished = (sweep.finished or self._clock()) if sweep.state.is_finished() else None
        sweep = replace(sweep, finished=finished)
        with self._database.write() as connection:
            change = update(sweeps).where(sweeps.c.id == sweep.id).values(_columns(sweep))
            if not connection.execute(change).rowcount:
                raise _not_found(sweep.id)
            self._save_trials(connection, sweep)
        return sweep

    def open(self, sweep_id: str) -> Sweep:
        """Return the sweep as it is now.

        Raises:
            SweepNotFound: if there is none of that id.
            StoreError: if it cannot be read.
        """
        found = self._sweeps(select(sweeps).where(sweeps.c.id == _checked(sweep_id)))
        if not found:
            raise _not_found(sweep_id)
        return found[0]

    def newest(self, limit: int, *, but: str = "") -> Sequence[Sweep]:
        """Return the newest sweeps, not the one of the id `but`; none if they cannot be read."""
        asked = select(sweeps).where(sweeps.c.id != but)
        return self._found(asked.order_by(sweeps.c.created.desc(), sweeps.c.id.desc()).limit(limit))

    def unfinished(self) -> Sequence[Sweep]:
        """Return the sweeps that are at work, at whatever server."""
        return self._found(select(sweeps).where(sweeps.c.state.in_(_UNFINISHED)))

    def claim(self, sweep: Sweep, lease: str) -> Sweep | None:
        """Take over from the lease that the sweep names; None if another server was faster.

        Raises:
            StoreError: if it cannot be written.
        """
        its = (sweeps.c.id == sweep.id, sweeps.c.lease == sweep.lease)
        with self._database.write() as connection:
            if not connection.execute(update(sweeps).where(*its).values(lease=lease)).rowcount:
                return None
        return replace(sweep, lease=lease)

    def delete(self, sweep_id: str) -> None:
        """Remove the record of a sweep; its runs stay.

        Raises:
            SweepNotFound: if there is none.
            StoreError: if it cannot be removed.
        """
        gone = delete(sweeps).where(sweeps.c.id == _checked(sweep_id))
        with self._database.write() as connection:
            if not connection.execute(gone).rowcount:
                raise _not_found(sweep_id)

    def _found(self, asked: Any) -> Sequence[Sweep]:
        try:
            return self._sweeps(asked)
        except RunDamaged:
            return []  # Compare says why

    def _sweeps(self, asked: Any) -> list[Sweep]:
        rows = self._database.rows(asked)
        tried: dict[str, list[Trial]] = {row.id: [] for row in rows}
        of_these = select(trials).where(trials.c.sweep.in_(list(tried)))
        for row in self._database.rows(of_these.order_by(trials.c.number)) if rows else ():
            tried[row.sweep].append(_trial(row.trial))
        return [_sweep(row, tried[row.id]) for row in rows]

    def _save_trials(self, connection: Connection, sweep: Sweep) -> None:
        """Write the trials that are not stored as they are."""
        stored = select(trials.c.number, trials.c.trial).where(trials.c.sweep == sweep.id)
        before = {row.number: _trial(row.trial) for row in connection.execute(stored)}
        if len(before) > len(sweep.trials):
            beyond = trials.c.number >= len(sweep.trials)
            connection.execute(delete(trials).where(trials.c.sweep == sweep.id, beyond))
        for trial in sweep.trials:
            if before.get(trial.number) != trial:
                raw = asdict(trial)
                statement = self._database.insert(trials)
                statement = statement.values(sweep=sweep.id, number=trial.number, trial=raw)
                key = [trials.c.sweep, trials.c.number]
                connection.execute(
                    statement.on_conflict_do_update(index_elements=key, set_={"trial": raw})
                )


def _columns(sweep: Sweep) -> dict[str, Any]:
    names = ("owner", "message", "created", "finished", "spent", "lease")
    found = {name: getattr(sweep, name) for name in names}
    return {**found, "plan": dict(sweep.plan), "state": sweep.state.value}


def _checked(sweep_id: object) -> str:
    if not isinstance(sweep_id, str) or not _ID.fullmatch(sweep_id):
        raise _not_found(sweep_id)
    return sweep_id


def _not_found(sweep_id: object) -> SweepNotFound:
    return SweepNotFound(
        _("There is no sweep {id}. It may have been deleted.").format(id=repr(sweep_id)[:60])
    )


def _known(kind: type[Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what this version knows of it: what newer ones wrote stays readable."""
    names = {each.name for each in fields(kind)}
    return {name: value for name, value in raw.items() if name in names}


def _sweep(row: Row[Any], tried: Sequence[Trial]) -> Sweep:
    values = _known(Sweep, dict(row._mapping))
    return Sweep(**{**values, "state": SweepState(row.state), "trials": tuple(tried)})


def from_dict(raw: Mapping[str, Any]) -> Sweep:
    """Return the sweep of a file from before the database.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: if it is none.
    """
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
