"""The model store: what is asked for in a database, what is large in a folder for each run.

```
<root>/store.sqlite3   runs, sweeps, names, limits, drawings (or PostgreSQL: SOFTMAX_LAB_DATABASE)
<root>/.datasets/       data sets that people brought (training/data/own_sets.py)
<root>/<run id>/
  recipe.json          the recipe, written once
  run.json             id, owner, state, times, result, as they were when it began or ended
  label.json           name, note and tags, if a person gave it any
  origin.json          whose weights it began with (start.npz), if not with random ones, or which
                       the weights it was imported with (brought.npz)
  events.jsonl         one event a line, appended: the whole record
  checkpoints/         epoch-0003.npz: weights and optimizer state after that epoch; not of each
                       in a long run
  model.keras weights.npz summary.json
  live.bin             only while it trains: its current weights (training/loop/live_weights.py)
  batch.bin            only while it trains: its last single step (training/loop/batch_report.py)
  manifest.json        written last: hashes, versions, data hash, seed. Without it: unfinished
```
The database answers every question; from the folders it can be made anew (`takeover.py`). A
record stays a file: 520 lines of a usual run cost the database nothing, survive kill -9 line by
line, and travel with the folder. Every method may be called from any thread and from several
processes; of each run one process is the writer (the server's engine, or the command line), and
its worker writes files into the folder.
"""

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import platformdirs
from sqlalchemy import Connection, delete, select, update

from model_store.recipe.recipe import Recipe
from model_store.runs import events, provenance
from model_store.runs import label as labels
from model_store.runs.events import EpochEnd, Evaluated, Event, Started, StateChanged
from model_store.runs.label import Label
from model_store.runs.provenance import Provenance
from model_store.runs.run import Run, RunState
from model_store.runs.scores import Scores
from model_store.storage import (
    atomic_files,
    checkpoints,
    event_log,
    manifest,
    run_folder,
    run_rows,
    takeover,
)
from model_store.storage.database.processes import Lease
from model_store.storage.database.schema import RUN, TRIAL, runs
from model_store.storage.errors import (
    RunNotFound,
    StoreError,
    cannot_write,
    damaged,
    not_found,
    writing,
)
from model_store.storage.run_reader import KEEP_SECONDS, STARTER, UNFINISHED, RunReader, present
from model_store.text import _, stored

GONE = ".gone-"  # how the name of a folder begins that is on its way out for good
KEEP_RUNS = 30
KEEP_BYTES = 2 * 1024**3
SYNC_EVERY = 1.0  # seconds between two syncs of a growing record, at the end of an epoch
LITTER_SECONDS = 2 * 24 * 3600.0  # after a run's end its folder is not looked through any more
_ENDED_EARLY = [state.value for state in RunState if state.ended_early()]

__all__ = ["KEEP_SECONDS", "STARTER", "ModelStore", "default_root"]


def default_root() -> Path:
    """Return the folder that holds the runs: `SOFTMAX_LAB_STORE`, or one for this user."""
    chosen = os.environ.get("SOFTMAX_LAB_STORE")
    return Path(chosen) if chosen else platformdirs.user_data_path("softmax-lab") / "runs"


class ModelStore(RunReader):
    """The runs below `root` and, read-only, those that ship with the app below `starter`."""

    def lease(self) -> Lease:
        """Return a lease for this process, which then may train runs; to be closed.

        Raises:
            StoreError: if it cannot be written.
        """
        return Lease(self.database)

    def create(
        self,
        recipe: Recipe,
        owner: str = "",
        lease: str = "",
        sweep: str = "",
        verifies: str = "",
        files: Mapping[str, bytes] | None = None,
    ) -> Run:
        """Accept a recipe: a new run, queued; `lease` names the process that will train it.

        `sweep` is the id of the sweep that it is a trial of, `verifies` that of the run that it
        shall come out like, if there is one. `files` are there with it or, if they cannot be
        written, it is not there either.

        Raises:
            StoreError: if it cannot be written (full disk, no permission).
        """
        now = self._clock()
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
        run_id = f"{stamp}-{_slug(recipe.title)}-{secrets.token_hex(3)}"
        folder = self.root / run_id
        busy = self.root / f"{atomic_files.BUSY}{run_id}"
        run = Run(
            *(run_id, folder, recipe, owner, RunState.QUEUED, "", now),
            lease=lease,
            sweep=sweep,
            verifies=verifies,
        )
        try:
            busy.mkdir(parents=True)
            atomic_files.write_json(busy / run_folder.RECIPE, recipe.to_dict())
            run_folder.write(run, busy)
            for name, data in (files or {}).items():
                atomic_files.write(busy / name, data)
            (busy / event_log.FILE).touch()
            run = replace(run, provenance=Provenance.read(busy))
            self.database.prepare(writing=True)
            busy.rename(folder)
            self.add(run)
        except (OSError, StoreError) as error:
            shutil.rmtree(busy, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)
            raise (
                error if isinstance(error, StoreError) else cannot_write(self.root, error)
            ) from None
        return run

    def add(self, run: Run) -> bool:
        """Add the row of a run whose folder is in its place; False if there is one of its id.

        Raises:
            StoreError: if it cannot be written.
        """
        with self.database.write() as connection:
            return takeover.insert_run(self.database, connection, run)

    def append(self, run_id: str, event: Event | str) -> Event:
        """Add one event to the run's record; a state, a result or an epoch also changes its row.

        A line of `events.to_json` is written as it is. Returns the event.

        Raises:
            RunNotFound: if the run was deleted meanwhile.
            StoreError: if it cannot be written.
        """
        folder = self._folder(run_id)
        line = event if isinstance(event, str) else events.to_json(event)
        event = events.from_json(event) if isinstance(event, str) else event
        self._expect_there(run_id)
        with writing(folder, run_id):
            event_log.add(folder / event_log.FILE, line, sync=self._is_due(run_id, event))
        if not isinstance(event, StateChanged | Started | Evaluated | EpochEnd):
            return event
        with self._changing(run_id, durable=not isinstance(event, EpochEnd | Started)) as (
            connection,
            before,
        ):
            after = run_rows.changed(before, event)
            if _repeats(before, event):
                told = self._records.events(folder / event_log.FILE)
                after = replace(after, scores=Scores.of(told))
            _update(connection, before, after)
        if isinstance(event, StateChanged) and after.state.is_finished():
            self._synced.pop(run_id, None)
            self._keep_beside(after)
        return event

    def set_state(self, run_id: str, state: RunState, message: str = "") -> None:
        """Append the change of state, stamped with the store's clock.

        Raises:
            RunNotFound: if the run was deleted meanwhile.
            StoreError: if it cannot be written; this store, and no other, shows it all the same,
                and `settle` writes it later.
        """
        self._say(run_id, StateChanged(state.value, stored(message), self._clock()))

    def settle(self) -> None:
        """Write states that could not be written before, if that is possible now."""
        with self._lock:
            unsaid = dict(self._unsaid)
        for run_id, event in unsaid.items():
            with suppress(StoreError):
                self._say(run_id, event)

    def claim(self, run_id: str, lease: str) -> None:
        """Note that the process of this lease trains the run from now on.

        Raises:
            RunNotFound: if there is no such run.
            StoreError: if it cannot be written.
        """
        with self.database.write() as connection:
            if not connection.execute(_own(run_id).values(lease=lease)).rowcount:
                raise not_found(run_id)

    def queue_again(self, run_id: str, lease: str) -> bool:
        """Queue a run that ended early, for the process of this lease; False if it is none.

        Of several processes that ask at the same moment, one gets it.

        Raises:
            RunNotFound: if there is no such run.
            StoreError: if it cannot be written.
        """
        run = self.open(run_id)
        if run.shipped:
            return False
        event = StateChanged(RunState.QUEUED.value, "", self._clock())
        changes = run_rows.event_values(run_rows.changed(run, event))
        changes = {name: changes[name] for name in ("state", "state_rank", "message", "finished")}
        with self.database.write() as connection:
            taken = _own(run_id).where(runs.c.state.in_(_ENDED_EARLY))
            if not connection.execute(taken.values(lease=lease, **changes)).rowcount:
                return False
        with self._lock:
            self._unsaid.pop(run_id, None)
        with writing(run.folder, run_id):
            event_log.add(run.folder / event_log.FILE, events.to_json(event))
        return True

    def interrupt_orphans(self, sentence: str) -> bool:
        """Interrupt the unfinished runs whose process is gone, whichever server it was.

        Return True if there was one.

        Raises:
            StoreError: if the database cannot be read.
        """
        claimed = [run for run in self.unfinished() if run.lease]
        alive = self._processes.alive(run.lease for run in claimed)
        orphans = [run for run in claimed if run.lease not in alive]
        for run in orphans:
            with suppress(StoreError):
                self._interrupt(run, sentence)
        with suppress(StoreError):
            self._processes.forget_dead()
        return bool(orphans)

    def save(self, run_id: str, name: str, data: bytes) -> None:
        """Write one file of the run, whole or not at all: `weights.npz`, `checkpoints/....npz`.

        Raises:
            ValueError: if the name is not one that a run may hold.
            RunDamaged: if it is a provenance that cannot be read.
            RunNotFound, StoreError: as `append`.
        """
        run = self._own_run(run_id)
        raw = None
        if name == provenance.FILE:
            try:
                raw = Provenance.from_dict(json.loads(data)).to_dict()
            except (ValueError, LookupError, TypeError, RecursionError):
                raise damaged(run_id, _("a file is unreadable")) from None
        is_trial = bool(run.sweep)
        run_folder.save(run.folder, name, data, epochs=run.recipe.epochs, trial=is_trial)
        if raw is not None:
            with self.database.write() as connection:
                connection.execute(_own(run_id).values(provenance=raw))

    def finish(self, run_id: str, **facts: Any) -> Run:
        """Complete the run: write its manifest, last of all, with `facts` (versions, data hash).

        All of it is on the disk when this returns.

        Raises:
            RunDamaged: if a file that a complete run needs is missing.
            RunNotFound, StoreError: as `append`.
        """
        run = self._own_run(run_id)
        with writing(run.folder, run_id):
            manifest.write(run, facts)
            complete = replace(run, manifest=manifest.read(run.folder))
        with self.database.write() as connection:
            values = run_rows.manifest_values(complete.manifest)
            if not connection.execute(_own(run_id).values(values)).rowcount:
                raise not_found(run_id)
        return complete

    def describe(self, run_id: str, label: Label) -> Run:
        """Write a name, a note and tags on a run.

        Raises:
            RunNotFound: if there is none.
            StoreError: if it ships with the app or cannot be written.
        """
        self._expect_own(run_id)
        with self._changing(run_id) as (connection, before):
            run = replace(before, label=label)
            connection.execute(_own(run_id).values(run_rows.label_values(run)))
            run_rows.save_tags(connection, run)
            with writing(run.folder, run_id):
                atomic_files.write(run.folder / labels.FILE, label.to_json())
        return run

    def delete(self, run_id: str) -> None:
        """Take a run away: it is gone for every verb at once, `restore` brings it back.

        Raises:
            RunNotFound: if there is none.
            StoreError: if it ships with the app or cannot be written.
        """
        folder = self._folder(run_id)
        self._expect_own(run_id)
        size = _bytes(folder)
        with self.database.write() as connection:
            gone = _own(run_id).values(listed=None, deleted_at=self._clock(), deleted_bytes=size)
            if not connection.execute(gone).rowcount:
                raise not_found(run_id)
        with self._lock:
            self._there.pop(run_id, None)
        self._records.forget(folder / event_log.FILE)
        self._keep_beside(*self._deleted(run_id))
        self.purge()

    def restore(self, run_id: str) -> Run:
        """Undo `delete`. A run that was deleted while it trained comes back as interrupted.

        Raises:
            RunNotFound: if it was not deleted, or is gone for good.
            StoreError: if it cannot be written.
        """
        folder = self._folder(run_id)
        if not os.path.isdir(folder):
            raise not_found(run_id)
        run, _when = self._deleted(run_id)
        with self.database.write() as connection:
            back = update(runs).where(runs.c.id == run_id, runs.c.deleted_at.is_not(None))
            listed = TRIAL if run.sweep else RUN
            back = back.values(listed=listed, deleted_at=None, deleted_bytes=None)
            if not connection.execute(back).rowcount:
                raise not_found(run_id)
        if not run.state.is_finished():
            self.set_state(
                run_id, RunState.INTERRUPTED, _("It was deleted while it trained, and restored.")
            )
        run = self.open(run_id)
        self._keep_beside(run)
        return run

    def forget(self, run_id: str) -> None:
        """Remove a deleted run for good; nothing happens if it is not deleted.

        Raises:
            RunNotFound: if the id is none.
            StoreError: if it cannot be written.
        """
        self._folder(run_id)
        self._destroy(runs.c.id == run_id)

    def ids_of(self, owner: str, since: float = 0.0) -> list[str]:
        """Return all runs of an owner made since a time: trials and deleted ones as well.

        Raises:
            RunDamaged: if the database cannot be read.
        """
        asked = select(runs.c.id).where(runs.c.owner == owner, runs.c.created >= since)
        return [row.id for row in self.database.rows(asked)]

    def purge(self, *, keep: int = KEEP_RUNS, size: int = KEEP_BYTES) -> None:
        """Remove for good what was deleted too long ago, and the oldest beyond `keep` or `size`.

        The run that was deleted last is kept whatever its size in bytes.

        Raises:
            StoreError: if it cannot be written.
        """
        columns = (runs.c.id, runs.c.deleted_at, runs.c.deleted_bytes)
        deleted = select(*columns).where(runs.c.deleted_at.is_not(None))
        kept = filled = 0
        for row in self.database.rows(deleted.order_by(runs.c.deleted_at.desc())):
            filled += row.deleted_bytes or 0
            is_old = self._clock() - row.deleted_at > KEEP_SECONDS
            if is_old or (kept and (kept >= keep or filled > size)):
                self._destroy(runs.c.id == row.id, runs.c.deleted_at == row.deleted_at)
            else:
                kept += 1

    def tidy(self) -> None:
        """Remove what killed processes left half-written once it is a day old, and old runs.

        Nothing happens where the store cannot be written.
        """
        with suppress(OSError):
            for entry in os.scandir(self.root):
                if entry.name.startswith(GONE):
                    _remove(Path(entry.path))
        with suppress(StoreError):
            self.purge()
        now = self._clock()
        atomic_files.tidy(self.root, now)
        recent = runs.c.finished.is_(None) | (runs.c.finished > now - LITTER_SECONDS)
        interrupted = runs.c.state == RunState.INTERRUPTED.value
        columns = (runs.c.id, runs.c.state, runs.c.deleted_at)
        with suppress(StoreError):
            for row in self.database.rows(select(*columns).where(recent | interrupted)):
                for folder in (self.root / row.id, self.root / row.id / checkpoints.FOLDER):
                    atomic_files.tidy(folder, now)
                if row.deleted_at is not None or RunState(row.state).is_finished():
                    _remove_live(self.root / row.id)  # a worker may outlive its server by a moment

    # -- inside ----------------------------------------------------------------------------------

    def _expect_own(self, run_id: str) -> None:
        if run_id in self._shipped:
            raise StoreError(_("This model comes with the app and cannot be changed or deleted."))

    def _own_run(self, run_id: str) -> Run:
        self._expect_own(run_id)
        return self.open(run_id)

    @contextmanager
    def _changing(self, run_id: str, *, durable: bool = True) -> Iterator[tuple[Connection, Run]]:
        """Open a transaction with the run as it is: nobody changes it before the block ends."""
        with self.database.write(durable=durable) as connection:
            row = connection.execute(present(runs.c.id == run_id).with_for_update()).first()
            if row is None:
                raise not_found(run_id)
            yield connection, run_rows.run_of(row, self.root)

    def _is_due(self, run_id: str, event: Event) -> bool:
        """True if the record is to be on the disk after this event."""
        if not isinstance(event, EpochEnd):
            return isinstance(event, Evaluated)
        now = time.monotonic()
        with self._lock:
            is_due = now - self._synced.get(run_id, now - SYNC_EVERY) >= SYNC_EVERY
            if is_due:
                self._synced[run_id] = now
        return is_due

    def _say(self, run_id: str, event: StateChanged) -> None:
        with self._lock:
            self._unsaid.pop(run_id, None)
            try:
                self.append(run_id, event)
            except RunNotFound:
                raise
            except StoreError:
                self._unsaid[run_id] = event
                raise

    def _interrupt(self, run: Run, sentence: str) -> None:
        """Interrupt a run unless it has ended or changed hands since it was read."""
        event = StateChanged(RunState.INTERRUPTED.value, sentence, self._clock())
        interrupted = run_rows.changed(run, event)
        still = runs.c.state.in_(UNFINISHED) & (runs.c.lease == run.lease)
        changes = run_rows.event_values(interrupted)
        names = ("state", "state_rank", "message", "finished")
        try:
            with self.database.write() as connection:
                values = {name: changes[name] for name in names}
                if not connection.execute(_own(run.id).where(still).values(values)).rowcount:
                    return
        except StoreError:
            with self._lock:
                self._unsaid[run.id] = event
            raise
        with writing(run.folder, run.id):
            event_log.add(run.folder / event_log.FILE, events.to_json(event))
        self._keep_beside(interrupted)

    def _keep_beside(self, run: Run, deleted: float | None = None) -> None:
        """Note in the run's folder how it ended, as the database knows; remove its live files."""
        with suppress(OSError):
            run_folder.write(run, run.folder, deleted)
        _remove_live(run.folder)

    def _destroy(self, *which: Any) -> None:
        """Remove deleted runs for good: the row first, so that nobody brings half of one back."""
        chosen = (runs.c.deleted_at.is_not(None), *which)
        for row in self.database.rows(select(runs.c.id).where(*chosen)):
            with self.database.write() as connection:
                gone = delete(runs).where(runs.c.id == row.id, *chosen)
                if not connection.execute(gone).rowcount:
                    continue  # brought back meanwhile
            _remove(self.root / row.id)


def _own(run_id: str) -> Any:
    return update(runs).where(runs.c.id == run_id, runs.c.deleted_at.is_(None))


def _update(connection: Connection, before: Run, after: Run) -> None:
    old, new = run_rows.event_values(before), run_rows.event_values(after)
    if changed := {name: value for name, value in new.items() if value != old[name]}:
        connection.execute(update(runs).where(runs.c.id == after.id).values(changed))


def _repeats(before: Run, event: Event) -> bool:
    """True if a resumed run tells epochs anew: its scores are worked out from its record."""
    done = before.scores.epochs
    if isinstance(event, EpochEnd):
        return event.epoch != done + 1
    return isinstance(event, Started) and event.epoch < done


def _bytes(folder: Path) -> int:
    total = 0
    for where, _folders, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.stat(os.path.join(where, name)).st_size
    return total


def _remove(folder: Path) -> None:
    """Take a folder out of reach in one step, then remove it file by file."""
    gone = folder
    if not folder.name.startswith(GONE):
        gone = folder.with_name(f"{GONE}{secrets.token_hex(8)}")
        with suppress(OSError):
            folder.rename(gone)
    if gone.is_symlink():
        gone.unlink(missing_ok=True)
    else:
        shutil.rmtree(gone, ignore_errors=True)


def _remove_live(folder: Path) -> None:
    for name in run_folder.OF_A_MOMENT:
        with suppress(OSError):
            (folder / name).unlink(missing_ok=True)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-") or "run"
