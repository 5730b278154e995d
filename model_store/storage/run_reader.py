"""Runs as pages ask for them: looks at the database and at the folders. Any thread.

The models that come with the app are read once, and stand among the others in each answer.
"""

import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, select, text

from model_store.runs.events import Event, StateChanged
from model_store.runs.run import Deleted, Run, RunState
from model_store.storage import checkpoints, event_log, manifest, run_folder, run_rows, takeover
from model_store.storage.database.database import Database
from model_store.storage.database.processes import Processes
from model_store.storage.database.schema import RUN, TRIAL, runs, unreadable
from model_store.storage.errors import RunDamaged, StoreError, cannot_read, not_found
from model_store.storage.run_query import APP_LAST, Column, Page, RunQuery, ordering, sort_key

STARTER = Path(__file__).parent.parent / "starter"
KEEP_SECONDS = 7 * 24 * 3600.0  # that a deleted run can be brought back
TRIALS = 10  # models of sweeps' trials beside the others
TRUSTED = 0.25  # seconds for which a run that was there is taken to be there still
ALL = RunQuery()
_ID = re.compile(r"[a-z0-9][a-z0-9-]{3,79}")
UNFINISHED = [state.value for state in RunState if not state.is_finished()]
# From one owner to the next in the index, instead of through all runs.
_OWNERS = text(
    """
    WITH RECURSIVE found(owner) AS (
      SELECT min(owner) FROM runs WHERE listed = 1
      UNION ALL
      SELECT (SELECT min(owner) FROM runs WHERE listed = 1 AND owner > found.owner)
      FROM found WHERE found.owner IS NOT NULL
    )
    SELECT owner FROM found WHERE owner IS NOT NULL LIMIT :most
    """
)


class RunReader:
    """The runs below `root` and those that ship with the app below `starter`."""

    def __init__(
        self,
        root: Path,
        *,
        starter: Path | None = STARTER,
        clock: Callable[[], float] = time.time,
        address: str = "",
    ) -> None:
        """`address` names the database, "" a file in `root`; nothing is written yet.

        Raises:
            StoreError: if the address cannot be used.
        """
        self.root = root
        self._starter = starter
        self._clock = clock
        self._takeover = takeover.Takeover(root)
        self.database = Database(
            root, address, found_folders=self._takeover.is_needed, on_new=self._takeover.run
        )
        self._processes = Processes(self.database)
        self._records = event_log.Records()
        self._lock = threading.RLock()
        self._shipped_runs: dict[str, Run] | None = None
        self._unsaid: dict[str, StateChanged] = {}  # the last states that could not be written
        self._there: dict[str, float] = {}  # runs that were there, and when that was asked
        self._synced: dict[str, float] = {}

    def close(self) -> None:
        """Close the database's connections; the next call opens new ones."""
        self.database.close()

    def find(
        self,
        query: RunQuery = ALL,
        sort: Column = Column.WHEN,
        descending: bool | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> Page:
        """Return `limit` of the runs that are asked for, from the one of number `offset` on.

        Newest first by default; figures from the highest, words from A to Z unless `descending`
        says otherwise. Those that have no such figure come last, and by time the app's models.
        Where the database cannot be read there are only these: see `damaged`.
        """
        down = sort not in (Column.NAME, Column.STATE, Column.OWNER)
        return self._page(query, sort, down if descending is None else descending, limit, offset)

    def newest(self, limit: int, query: RunQuery = ALL, *, but: str = "") -> Sequence[Run]:
        """Return the newest runs that are asked for, the app's models last; not the run `but`."""
        query = replace(query, but=(but,)) if but else query
        return self._page(query, Column.WHEN, True, limit, 0, count=False).runs

    def models(self, limit: int, *, drawable: bool | None = None, also: str = "") -> Sequence[Run]:
        """Return the newest models, those of the app, and at last a few of sweeps' trials.

        The run `also` is among them if it has a model.
        """
        query = RunQuery(has_model=True, drawable=drawable)
        shipped = self._shipped_for(query, Column.WHEN, down=True)
        own = list(self.newest(limit, replace(query, shipped=False)))
        is_trial = [runs.c.listed == TRIAL, runs.c.has_model]
        if drawable is not None:
            is_trial.append(runs.c.drawable == drawable)
        newest = select(runs.c.id).where(*is_trial).order_by(runs.c.created.desc()).limit(TRIALS)
        trials: list[Run] = []
        with suppress(RunDamaged):
            trials = list(self._runs(row.id for row in self.database.rows(newest)).values())
        for run in self.open_many([also] if also else []).values():
            if run.has_model and run not in (*own, *shipped, *trials):
                (trials if run.sweep else own).append(run)
        return [*own, *shipped, *trials]

    def count(self, query: RunQuery = ALL) -> int:
        """Return how many runs are asked for."""
        return self.find(query, limit=0).total

    def open(self, run_id: str) -> Run:
        """Return the run as it stands now.

        Raises:
            RunNotFound: if there is none of that id.
            RunDamaged: if the run, or the database, cannot be read.
        """
        if run := self._shipped.get(run_id) if isinstance(run_id, str) else None:
            return run
        self._folder(run_id)
        found = self.database.rows(present(runs.c.id == run_id))
        if not found:
            raise not_found(run_id)
        return self._shown(run_rows.run_of(found[0], self.root))

    def open_many(self, run_ids: Iterable[str]) -> dict[str, Run]:
        """Return those of the runs that are there and can be read, by id, in this order."""
        ids = [run_id for run_id in run_ids if isinstance(run_id, str)]
        try:
            found = self._runs(run_id for run_id in ids if run_id not in self._shipped)
        except RunDamaged:
            found = {}
        found |= {run_id: self._shipped[run_id] for run_id in ids if run_id in self._shipped}
        return {run_id: found[run_id] for run_id in ids if run_id in found}

    def unfinished(self) -> Sequence[Run]:
        """Return the runs that wait or train, whoever has them.

        Raises:
            RunDamaged: if the database cannot be read.
        """
        rows = self.database.rows(present(runs.c.state.in_(UNFINISHED)))
        return [self._shown(run) for run in self._readable(rows)]

    def owners(self, limit: int = 500) -> Sequence[str]:
        """Return who has runs, at most so many; none if the database cannot be read."""
        with suppress(RunDamaged):
            return [row.owner for row in self.database.rows(_OWNERS.bindparams(most=limit))]
        return []

    def is_empty(self) -> bool:
        """True if the store has no run of its own, trials included."""
        with suppress(RunDamaged):
            return not self.database.rows(select(1).where(runs.c.listed.in_((RUN, TRIAL))).limit(1))
        return True

    def has_trials(self) -> bool:
        """True if some run is a trial of a sweep."""
        with suppress(RunDamaged):
            return bool(self.database.rows(select(1).where(runs.c.listed == TRIAL).limit(1)))
        return False

    def trials_of(self, sweep_id: str) -> Sequence[Run]:
        """Return the runs of a sweep.

        Raises:
            RunDamaged: if the database cannot be read.
        """
        return list(self._readable(self.database.rows(present(runs.c.sweep == sweep_id))))

    def verifications(self, run_id: str) -> Sequence[Run]:
        """Return the runs that verify this one, newest first."""
        return self.newest(50, RunQuery(verifies=run_id, shipped=False))

    def deleted(self, owner: str | None = None) -> Sequence[Deleted]:
        """Return the runs that can be brought back, of all or of one owner, the last one first."""
        asked = select(runs).where(runs.c.deleted_at > self._clock() - KEEP_SECONDS)
        if owner is not None:
            asked = asked.where(runs.c.owner == owner)
        try:
            rows = self.database.rows(asked.order_by(runs.c.deleted_at.desc()))
        except RunDamaged:
            return []
        return [Deleted(run, row.deleted_at) for row in rows for run in self._readable([row])]

    def damaged(self) -> Sequence[RunDamaged]:
        """Return a sentence for each folder that could not be taken over, or one for all."""
        try:
            found = self.database.rows(select(unreadable).order_by(unreadable.c.folder))
            if self.root.exists() and not self.root.is_dir():
                raise NotADirectoryError(20, os.strerror(20))
            return [RunDamaged(row.why) for row in found]
        except RunDamaged as error:
            return [error]
        except OSError as error:
            return [cannot_read(self.root, error.strerror)]

    @property
    def progress(self) -> tuple[int, int] | None:
        """How many run folders from before were taken over, and of how many; None: all were."""
        return self._takeover.progress

    def events(self, run_id: str) -> Sequence[Event]:
        """Return all that the run has said, oldest first; a torn last line waits for its end.

        Of the runs last asked for only what was appended since is read. The list is the caller's
        own; it is empty if the record cannot be read.

        Raises:
            RunNotFound: if there is none of that id.
        """
        folder = self._place(run_id)
        with suppress(RunDamaged):
            self._expect_there(run_id)
        try:
            return self._records.events(folder / event_log.FILE)
        except OSError:
            return []

    def checkpoints(self, run_id: str) -> Mapping[int, Path]:
        """Return epoch (0 is before training) -> checkpoint file, in order; those that are kept."""
        return checkpoints.listed(self.open(run_id))

    def verify(self, run_id: str) -> None:
        """Compare a complete run's files with its manifest.

        Raises:
            RunDamaged: if the run is not complete or a file is not the one that was written.
        """
        manifest.verify(self.open(run_id))

    def alive(self, leases: Iterable[str]) -> set[str]:
        """Return those of the leases that some process holds.

        Raises:
            StoreError: if the database cannot be read.
        """
        return self._processes.alive(leases)

    # -- inside ----------------------------------------------------------------------------------

    def _folder(self, run_id: str) -> Path:
        """Return where a run of this store is, or would be."""
        if not isinstance(run_id, str) or not _ID.fullmatch(run_id):
            raise not_found(run_id)
        return self.root / run_id

    def _place(self, run_id: str) -> Path:
        """Return the folder of any run; those that ship with the app are elsewhere."""
        own = self._folder(run_id)
        return self._shipped[run_id].folder if run_id in self._shipped else own

    def _expect_there(self, run_id: str) -> None:
        """Raise RunNotFound for a run that was deleted; asked once in `TRUSTED` seconds."""
        now = time.monotonic()
        if run_id in self._shipped or now - self._there.get(run_id, -TRUSTED) < TRUSTED:
            return
        if not self.database.rows(present(runs.c.id == run_id, runs.c.id)):
            raise not_found(run_id)
        with self._lock:
            if len(self._there) > 1000:
                self._there.clear()
            self._there[run_id] = now

    def _shown(self, run: Run) -> Run:
        """Return the run in the state that the disk did not take, if there is one."""
        unsaid = self._unsaid.get(run.id)
        return run_rows.changed(run, unsaid) if unsaid else run

    def _deleted(self, run_id: str) -> tuple[Run, float]:
        found = self.database.rows(
            select(runs).where(runs.c.id == run_id, runs.c.deleted_at.is_not(None))
        )
        if not found:
            raise not_found(run_id)
        return run_rows.run_of(found[0], self.root), found[0].deleted_at

    def _page(
        self,
        query: RunQuery,
        sort: Column,
        down: bool,
        limit: int,
        offset: int,
        *,
        count: bool = True,
    ) -> Page:
        """Return a page as `find`; its total is right if it is to be counted."""
        shipped = self._shipped_for(query, sort, down)
        start = max(0, offset - len(shipped))
        asked = _asked(query, self.database.is_sqlite, sort, down, limit + offset - start, start)
        try:
            ids = self.database.rows(asked)
            total = start + len(ids)
            is_last = len(ids) < limit + offset - start and (ids or not start)
            if count and not is_last:
                total = self._count(query)
            own = list(self._runs(row.id for row in ids).values())
        except RunDamaged:
            own, total = [], 0
        merged, number = _merged(own, shipped, sort, down, start, total)
        rest = merged[max(0, offset - number) :]
        return Page(rest[:limit], total + len(shipped))

    def _count(self, query: RunQuery) -> int:
        wanted = query.conditions(is_sqlite=self.database.is_sqlite)
        rows = self.database.rows(select(func.count()).select_from(runs).where(*wanted))
        return rows[0][0] if rows else 0

    def _runs(self, run_ids: Iterable[str]) -> dict[str, Run]:
        """Return the readable runs of these ids, in their order."""
        ids = list(run_ids)
        if not ids:
            return {}
        found = {
            run.id: self._shown(run)
            for run in self._readable(self.database.rows(present(runs.c.id.in_(ids))))
        }
        return {run_id: found[run_id] for run_id in ids if run_id in found}

    def _readable(self, rows: Iterable[Any]) -> Iterator[Run]:
        for row in rows:
            with suppress(RunDamaged):
                yield run_rows.run_of(row, self.root)

    @property
    def _shipped(self) -> dict[str, Run]:
        """The models that come with the app, read once."""
        if self._shipped_runs is None:
            found: dict[str, Run] = {}
            with suppress(OSError):
                for folder in sorted(self._starter.iterdir()) if self._starter else ():
                    if _ID.fullmatch(folder.name) and folder.is_dir():
                        with suppress(StoreError):
                            run = run_folder.read(folder.name, folder, shipped=True)
                            found[run.id] = run_folder.recovered(run, run_folder.record(folder))
            self._shipped_runs = found
        return self._shipped_runs

    def _shipped_for(self, query: RunQuery, sort: Column, down: bool) -> list[Run]:
        found = [run for run in self._shipped.values() if query.matches(run)]
        return sorted(found, key=lambda run: _place_of(run, sort, down), reverse=down)


def present(condition: Any, *columns: Any) -> Any:
    return select(*(columns or (runs,))).where(condition, runs.c.deleted_at.is_(None))


def _place_of(run: Run, sort: Column, down: bool) -> tuple[bool, Any, float, str]:
    """Return what runs are ordered by, as `ordering` has it; missing figures last."""
    key = sort_key(run, sort)
    return ((key is None) != down, key if key is not None else 0, run.created, run.id)


@lru_cache(maxsize=64)  # 0.1 ms each: see "newest 50" of benchmarks/store.py
def _asked(
    query: RunQuery, is_sqlite: bool, sort: Column, down: bool, limit: int, offset: int
) -> Select[tuple[str]]:
    """Return the statement for the ids of a page."""
    wanted = query.conditions(is_sqlite=is_sqlite)
    asked = select(runs.c.id).where(*wanted).order_by(*ordering(sort, down))
    return asked.limit(limit).offset(offset)


def _merged(
    own: Sequence[Run], shipped: Sequence[Run], sort: Column, down: bool, start: int, total: int
) -> tuple[list[Run], int]:
    """Put the app's models among a stretch of the others, which begins at number `start`.

    Return them with the number of the first; an app's model that may come before the stretch is
    left out, since no page reaches back that far.
    """
    is_end = start + len(own) >= total  # else it is not known what comes next
    if sort in APP_LAST or not own:
        return [*own, *(shipped if is_end else ())], start if own else total
    first, last = (_place_of(run, sort, down) for run in (own[0], own[-1]))
    before = [run for run in shipped if start and (_place_of(run, sort, down) > first) == down]
    rest = [run for run in shipped if run not in before]
    if not is_end:
        rest = [run for run in rest if (_place_of(run, sort, down) > last) == down]
    ordered = sorted((*own, *rest), key=lambda run: _place_of(run, sort, down), reverse=down)
    return ordered, start + len(before)
