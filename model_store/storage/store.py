"""The model store: one folder a run, made when the run is accepted, completed by its manifest.

```
<root>/<run id>/
  recipe.json        the recipe, written once
  label.json         name, note and tags, if a person gave it any
  origin.json        provenance: initial weights (start.npz) or imported file (brought.keras)
  run.json           id, owner, state, times, result: replaced as a whole at every change
  events.jsonl       one event a line, appended
  checkpoints/       epoch-0003.npz: weights and optimizer state after some of the epochs
  model.keras weights.npz summary.json
  manifest.json      written last: hashes, versions, data hash, seed. Without it: unfinished
```
Folders and files are made under a hidden name and renamed, so readers never see half of one. Any
thread and process may call any method. Two write into a run's folder: the server or command line
that trains it, and its worker, which adds checkpoints and weights under names of its own.
"""

import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from gettext import gettext as _
from pathlib import Path
from typing import Any

import platformdirs

from model_store.recipe.recipe import Recipe
from model_store.runs import events
from model_store.runs import label as labels
from model_store.runs.events import Event, StateChanged
from model_store.runs.label import Label
from model_store.runs.run import Deleted, Run, RunState
from model_store.storage import atomic_files as files_
from model_store.storage import checkpoints, event_log, manifest
from model_store.storage import run_folder as folder_
from model_store.storage import trash as bin_
from model_store.storage.errors import (
    RunDamaged,
    RunNotFound,
    StoreError,
    cannot_read,
    cannot_write,
    damaged,
    not_found,
    writing,
)
from model_store.storage.process_lease import Lease, alone

_ID = re.compile(r"[a-z0-9][a-z0-9-]{3,79}")
STARTER = Path(__file__).parent.parent / "starter"


def default_root() -> Path:
    """Return the folder of the runs: `SOFTMAX_LAB_STORE`, or one for this user."""
    chosen = os.environ.get("SOFTMAX_LAB_STORE")
    return Path(chosen) if chosen else platformdirs.user_data_path("softmax-lab") / "runs"


class ModelStore:
    """Runs below `root` and, read-only, the built-in ones below `starter`."""

    def __init__(
        self, root: Path, *, starter: Path | None = STARTER, clock: Callable[[], float] = time.time
    ) -> None:
        self.root = root
        self._starter = starter
        self._clock = clock
        self._lock = threading.RLock()
        self._records = event_log.Records()
        self._runs: dict[str, tuple[tuple[files_.Stamp, ...], Run]] = {}
        self._unsaid: dict[str, StateChanged] = {}  # the last states that could not be written

    # -- writing ---------------------------------------------------------------------------------

    def lease(self) -> Lease:
        """A lease for this process, which then may train runs; to be closed.

        Raises:
            StoreError: if it cannot be written.
        """
        try:
            return Lease(self.root)
        except OSError as error:
            raise cannot_write(self.root, error) from None

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
            StoreError: if the folder cannot be written (full disk, no permission).
        """
        now = self._clock()
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
        run_id = f"{stamp}-{_slug(recipe.title)}-{secrets.token_hex(3)}"
        busy = self.root / f"{files_.BUSY}{run_id}"
        status = folder_.first_status(run_id, owner, lease, sweep, verifies, now)
        try:
            busy.mkdir(parents=True)
            files_.write_json(busy / folder_.RECIPE, recipe.to_dict())
            files_.write_json(busy / folder_.STATUS, status)
            for name, data in (files or {}).items():
                files_.write(busy / name, data)
            (busy / event_log.FILE).touch()
            busy.rename(self.root / run_id)
        except OSError as error:
            shutil.rmtree(busy, ignore_errors=True)
            raise cannot_write(self.root, error) from None
        return self.open(run_id)

    def append(self, run_id: str, event: Event | str) -> Event:
        """Add one event to the run's record; a state or a result also goes into `run.json`.

        A line of `events.to_json` is written as it is. Returns the event.

        Raises:
            RunNotFound: if the run was deleted meanwhile.
            StoreError: if it cannot be written.
        """
        folder = self._folder(run_id)
        line = event if isinstance(event, str) else events.to_json(event)
        event = events.from_json(event) if isinstance(event, str) else event
        with writing(folder, run_id):
            event_log.add(folder / event_log.FILE, line)
        if changed := folder_.changes(event):
            self._update(folder, **changed)
        return event

    def set_state(self, run_id: str, state: RunState, message: str = "") -> None:
        """Append the change of state, stamped with the store's clock.

        Raises:
            RunNotFound: if the run was deleted meanwhile.
            StoreError: if it cannot be written; this store, and no other, shows it all the same,
                and `settle` writes it later.
        """
        self._say(run_id, StateChanged(state.value, message, self._clock()))

    def settle(self) -> None:
        """Write states that could not be written before, if that is possible now."""
        with self._lock:
            unsaid = dict(self._unsaid)
        for run_id, event in unsaid.items():
            with suppress(StoreError):
                self._say(run_id, event)

    def tidy(self) -> None:
        """Remove half-written files of killed processes after a day."""
        bin_.empty(self.root)
        files_.tidy(self.root, self._clock())

    def claim(self, run_id: str, lease: str) -> None:
        """Record that the process of this lease trains the run."""
        self._update(self._folder(run_id), lease=lease)

    def queue_again(self, run_id: str, lease: str) -> bool:
        """Queue a run that ended early, for the process of this lease; False if it is none.

        Of several processes that ask at the same moment, one gets it.

        Raises:
            RunNotFound: if there is no such run.
            StoreError: if it cannot be written.
        """
        with alone(self.root):
            run = self.open(run_id)
            if run.shipped or not run.state.ended_early():
                return False
            self.claim(run_id, lease)
            self.set_state(run_id, RunState.QUEUED)
        return True

    def save(self, run_id: str, name: str, data: bytes) -> None:
        """Write one file of the run, whole or not at all: `weights.npz`, `checkpoints/....npz`.

        Raises:
            ValueError: if the name is not one that a run may hold.
            RunNotFound, StoreError: as `append`.
        """
        if not files_.is_name(name):
            raise ValueError(f"a run holds no file called {name!r}")
        folder = self._folder(run_id)
        if not os.path.isdir(folder):
            raise not_found(run_id)
        with writing(folder, run_id):
            if "/" in name:
                (folder / name).parent.mkdir(exist_ok=True)
            files_.write(folder / name, data)
            if name.startswith(f"{checkpoints.FOLDER}/"):
                checkpoints.thin(self.open(run_id), folder / name)

    def finish(self, run_id: str, **facts: Any) -> Run:
        """Complete the run: write its manifest, last of all, with `facts` (versions, data hash).

        All of it is on the disk when this returns.

        Raises:
            RunDamaged: if a file that a complete run needs is missing.
            RunNotFound, StoreError: as `append`.
        """
        run = self.open(run_id)
        with writing(run.folder, run_id):
            manifest.write(run, facts)
        return self.open(run_id)

    def describe(self, run_id: str, label: Label) -> Run:
        """Write a name, a note and tags on a run.

        Raises:
            RunNotFound: if there is none.
            StoreError: if it ships with the app or cannot be written.
        """
        self._expect_own(run_id)
        self.save(run_id, labels.FILE, label.to_json())
        return self.open(run_id)

    def delete(self, run_id: str) -> None:
        """Move a run into the bin: it is gone for every verb at once, `restore` brings it back.

        Raises:
            RunNotFound: if there is none.
            StoreError: if it ships with the app or cannot be removed.
        """
        folder = self._folder(run_id)
        self._expect_own(run_id)
        with writing(folder, run_id):
            bin_.put(folder, self._clock())
        with self._lock:
            self._runs.pop(run_id, None)
        self._records.forget(folder / event_log.FILE)
        bin_.prune(self.root, self._clock())

    def restore(self, run_id: str) -> Run:
        """Undo `delete`. A run that was deleted while it trained comes back as interrupted.

        Raises:
            RunNotFound: if the bin does not hold it (any more).
            StoreError: if it cannot be moved back.
        """
        folder = self._folder(run_id)
        with writing(folder, run_id):
            bin_.take(folder)
        run = self.open(run_id)
        if not run.state.is_finished():
            self.set_state(
                run_id, RunState.INTERRUPTED, _("It was deleted while it trained, and restored.")
            )
        return self.open(run_id)

    def deleted(self) -> Sequence[Deleted]:
        """Return the readable deleted runs, the last deleted first."""
        found = []
        for run_id, folder, when in bin_.contents(self.root, self._clock()):
            try:
                found.append(Deleted(folder_.read(run_id, folder), when))
            except StoreError:
                continue
        return found

    def forget(self, run_id: str) -> None:
        """Remove a run from the bin for good.

        Raises:
            RunNotFound: if the id is none.
        """
        bin_.remove(self._folder(run_id))

    # -- reading ---------------------------------------------------------------------------------

    def open(self, run_id: str) -> Run:
        """Return the current state of a run.

        Raises:
            RunNotFound: if there is none of that id.
            RunDamaged: if its folder is not a readable run.
        """
        folder = self._place(run_id)
        if not os.path.isdir(folder):
            raise not_found(run_id)
        stamp = folder_.stamp(folder)
        with self._lock:
            cached = self._runs.get(run_id)
            unsaid = self._unsaid.get(run_id)
        if cached and cached[0] == stamp:
            run = cached[1]
        else:
            run = self._read(run_id, folder)
            with self._lock:
                self._runs[run_id] = (stamp, run)
        return replace(run, **folder_.changes(unsaid)) if unsaid else run

    def list(self) -> list[Run]:
        """All readable runs, newest first, those that ship with the app last.

        Folders that are no runs are passed over: see `damaged`.
        """
        found = [run for run in self._each() if isinstance(run, Run)]
        return sorted(found, key=lambda run: (not run.shipped, run.created, run.id), reverse=True)

    def damaged(self) -> Sequence[RunDamaged]:
        """Return one error for each folder that looks like a run and cannot be read."""
        return [run for run in self._each() if isinstance(run, RunDamaged)]

    def events(self, run_id: str) -> Sequence[Event]:
        """Everything that the run has said, oldest first; a torn last line waits for its end.

        Of the runs last asked for only what was appended since is read. The list is the caller's
        own; it is empty if the record cannot be read.

        Raises:
            RunNotFound: if there is none of that id.
        """
        folder = self._place(run_id)
        try:
            return self._records.events(folder / event_log.FILE)
        except OSError:
            if os.path.isdir(folder):
                return []
            raise not_found(run_id) from None

    def checkpoints(self, run_id: str) -> Mapping[int, Path]:
        """Return epoch (0 is before training) -> checkpoint file, for those that are kept."""
        return checkpoints.listed(self.open(run_id))

    def verify(self, run_id: str) -> None:
        """Compare a complete run's files with its manifest.

        Raises:
            RunDamaged: if the run is not complete or a file is not the one that was written.
        """
        manifest.verify(self.open(run_id))

    # -- inside ----------------------------------------------------------------------------------

    def _folder(self, run_id: str) -> Path:
        """Return the folder of a run of this store, existing or not."""
        if not isinstance(run_id, str) or not _ID.fullmatch(run_id):
            raise not_found(run_id)
        return self.root / run_id

    def _place(self, run_id: str) -> Path:
        """Return the folder of any run, built-in ones included."""
        own = self._folder(run_id)
        if self._starter is not None and (self._starter / run_id / folder_.STATUS).is_file():
            return self._starter / run_id
        return own

    def _expect_own(self, run_id: str) -> None:
        if self._place(run_id) != self._folder(run_id):
            raise StoreError(_("This model comes with the app and cannot be changed or deleted."))

    def _each(self) -> Iterator[Run | RunDamaged]:
        for root in (self.root, self._starter):
            if root is None:
                continue
            try:
                folders = list(root.iterdir())
            except FileNotFoundError:
                continue  # nothing was written yet
            except OSError as error:
                yield cannot_read(root, error)
                continue
            for folder in folders:
                if not _ID.fullmatch(folder.name) or not os.path.isdir(folder):
                    continue
                try:
                    yield self.open(folder.name)
                except RunDamaged as error:
                    yield error
                except RunNotFound:
                    continue  # deleted while we looked

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

    def _read(self, run_id: str, folder: Path) -> Run:
        read = partial(folder_.read, run_id, folder, shipped=folder.parent == self._starter)
        try:
            return read()
        except RunDamaged:  # perhaps deleted and restored between two of its files
            return read()

    def _update(self, folder: Path, **changes: Any) -> None:
        try:
            with self._lock, writing(folder, folder.name):
                status = files_.read_json(folder / folder_.STATUS)
                files_.write_json(folder / folder_.STATUS, {**status, **changes})
        except (ValueError, RecursionError):
            raise damaged(folder.name, _("a file is unreadable")) from None


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-") or "run"
