"""The model store: one folder a run, made when the run is accepted, completed by its manifest.

```
<root>/<run id>/
  recipe.json        the recipe, written once
  label.json         name, note and tags, if a person gave it any
  origin.json        whose weights it began with (start.npz), if not with random ones, or which
                     file it was brought in from (brought.keras)
  run.json           id, owner, state, times, result: replaced as a whole at every change
  events.jsonl       one event a line, appended
  checkpoints/       epoch-0003.npz: weights and optimizer state after that epoch
  model.keras weights.npz summary.json
  manifest.json      written last: hashes, versions, data hash, seed. Without it: unfinished
```
A folder is made under a hidden name and renamed, a file likewise, so that no reader sees half of
either. Every method may be called from any thread and from several processes: readers need no
lock; of each run one process is the writer (the server's engine, or the command line).
"""

from __future__ import annotations

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
from gettext import gettext as _
from pathlib import Path
from typing import Any

import platformdirs

from model_store import bin as bin_
from model_store import files as files_
from model_store import label as labels
from model_store import origin as origins
from model_store import record
from model_store.label import Label
from model_store.lease import Lease
from model_store.origin import Origin
from model_store.run import Deleted, Run, RunDamaged, RunNotFound, RunState, StoreError
from training import events
from training.events import Event, StateChanged
from training.recipe import Recipe, RecipeError

FORMAT = 1
_ID = re.compile(r"[a-z0-9][a-z0-9-]{3,79}")
_CHECKPOINT = re.compile(r"epoch-([0-9]{1,9})\.npz")
_FILE = re.compile(r"(checkpoints/)?[a-z0-9][a-z0-9_-]*\.(npz|keras|json)")
_LITTER_SECONDS = 24 * 3600.0  # nobody writes one file for so long
_LAST_SECOND = 253_402_300_799  # of the year 9999: no later time can be shown
_REMEMBERED = 32  # records that are kept in memory, those last asked for
STARTER = Path(__file__).parent / "starter"


def default_root() -> Path:
    """The folder that holds the runs: `SOFTMAX_LAB_STORE`, or one for this user."""
    chosen = os.environ.get("SOFTMAX_LAB_STORE")
    return Path(chosen) if chosen else platformdirs.user_data_path("softmax-lab") / "runs"


class ModelStore:
    """The runs below `root` and, read-only, those that ship with the app below `starter`."""

    def __init__(
        self,
        root: Path,
        *,
        starter: Path | None = STARTER,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.root = root
        self._starter = starter
        self._clock = clock
        self._lock = threading.RLock()
        self._tails: dict[str, record.Tail] = {}
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
            raise _cannot_write(self.root, error) from None

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
        status = _status(run_id, owner, lease, sweep, verifies, now)
        try:
            busy.mkdir(parents=True)
            files_.write_json(busy / "recipe.json", recipe.to_dict())
            files_.write_json(busy / "run.json", status)
            for name, data in (files or {}).items():
                files_.write(busy / name, data)
            (busy / record.FILE).touch()
            busy.rename(self.root / run_id)
        except OSError as error:
            shutil.rmtree(busy, ignore_errors=True)
            raise _cannot_write(self.root, error) from None
        return self.open(run_id)

    def append(self, run_id: str, event: Event) -> None:
        """Add one event to the run's record; a state or a result also goes into `run.json`.

        Raises:
            RunNotFound: if the run was deleted meanwhile.
            StoreError: if it cannot be written.
        """
        folder = self._folder(run_id)
        try:
            record.add(folder / record.FILE, event)
        except FileNotFoundError:
            raise _not_found(run_id) from None
        except OSError as error:
            raise _cannot_write(folder, error) from None
        if isinstance(event, StateChanged):
            self._update(folder, **_state_fields(event))
        elif isinstance(event, events.Started):
            self._update(folder, started=event.time)
        elif isinstance(event, events.Evaluated):
            result = events.to_dict(event)
            self._update(folder, result={k: result[k] for k in result if k not in ("kind", "time")})

    def set_state(self, run_id: str, state: RunState, message: str = "") -> None:
        """Append the change of state, stamped with the store's clock.

        Raises:
            RunNotFound: if the run was deleted meanwhile.
            StoreError: if it cannot be written; this store, and no other, shows it all the same,
                and `settle` writes it later.
        """
        self._say(run_id, StateChanged(state.value, message, self._clock()))

    def settle(self) -> None:
        """Write the states that could not be written before, as far as that is possible now."""
        with self._lock:
            unsaid = dict(self._unsaid)
        for run_id, event in unsaid.items():
            with suppress(StoreError):
                self._say(run_id, event)

    def tidy(self) -> None:
        """Remove what processes that were killed left half-written, once it is a day old."""
        bin_.empty(self.root)
        for where, folders, files in os.walk(self.root):
            for path in (Path(where, name) for name in (*folders, *files)):
                with suppress(OSError):
                    if path.name.startswith(files_.BUSY) and self._is_litter(path):
                        shutil.rmtree(path) if path.is_dir() else path.unlink()

    def claim(self, run_id: str, lease: str) -> None:
        """Note that the process of this lease trains the run from now on."""
        self._update(self._folder(run_id), lease=lease)

    def save(self, run_id: str, name: str, data: bytes) -> None:
        """Write one file of the run, whole or not at all: `weights.npz`, `checkpoints/....npz`.

        Raises:
            ValueError: if the name is not one that a run may hold.
            RunNotFound, StoreError: as `append`.
        """
        if not _FILE.fullmatch(name):
            raise ValueError(f"a run holds no file called {name!r}")
        folder = self._folder(run_id)
        if not os.path.isdir(folder):
            raise _not_found(run_id)
        try:
            if "/" in name:
                (folder / name).parent.mkdir(exist_ok=True)
            files_.write(folder / name, data)
        except FileNotFoundError:
            raise _not_found(run_id) from None
        except OSError as error:
            raise _cannot_write(folder, error) from None

    def finish(self, run_id: str, **facts: Any) -> Run:
        """Complete the run: write its manifest, last of all, with `facts` (versions, data hash).

        All of it is on the disk when this returns.

        Raises:
            RunDamaged: if a file that a complete run needs is missing.
            RunNotFound, StoreError: as `append`.
        """
        run = self.open(run_id)
        names = ("model.keras", "recipe.json", "summary.json", "weights.npz")
        missing = [name for name in names if not (run.folder / name).is_file()]
        if missing:
            raise RunDamaged(
                _("The run {id} has no {files}.").format(id=run_id, files=", ".join(missing))
            )
        try:
            manifest = {
                "format": FORMAT,
                "id": run_id,
                "recipe_hash": run.recipe.hash,
                "seed": run.recipe.seed,
                "result": dict(run.result),
                "files": {name: files_.sha256(run.folder / name) for name in names},
                **({"origin": run.origin.to_dict()} if run.origin else {}),
                **facts,
            }
            files_.sync(run.folder / record.FILE)
            files_.write_json(run.folder / "manifest.json", manifest)
            for folder in (run.folder, self.root):
                files_.sync(folder)
        except FileNotFoundError:
            raise _not_found(run_id) from None
        except OSError as error:
            raise _cannot_write(run.folder, error) from None
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
        try:
            bin_.put(folder, self._clock())
        except FileNotFoundError:
            raise _not_found(run_id) from None
        except OSError as error:
            raise _cannot_write(folder, error) from None
        with self._lock:
            self._tails.pop(run_id, None)
            self._runs.pop(run_id, None)
        bin_.prune(self.root, self._clock())

    def restore(self, run_id: str) -> Run:
        """Undo `delete`. A run that was deleted while it trained comes back as interrupted.

        Raises:
            RunNotFound: if the bin does not hold it (any more).
            StoreError: if it cannot be moved back.
        """
        folder = self._folder(run_id)
        try:
            bin_.take(folder)
        except FileNotFoundError:
            raise _not_found(run_id) from None
        except OSError as error:
            raise _cannot_write(folder, error) from None
        run = self.open(run_id)
        if not run.state.is_finished():
            self.set_state(
                run_id, RunState.INTERRUPTED, _("It was deleted while it trained, and restored.")
            )
        return self.open(run_id)

    def deleted(self) -> Sequence[Deleted]:
        """The readable runs in the bin, the last deleted first."""
        found = []
        for run_id, folder, when in bin_.contents(self.root, self._clock()):
            try:
                found.append(Deleted(self._read(run_id, folder), when))
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
        """The run as it stands now.

        Raises:
            RunNotFound: if there is none of that id.
            RunDamaged: if its folder is not a readable run.
        """
        folder = self._folder(run_id)
        if not os.path.isdir(folder) and not self._is_shipped(run_id):
            raise _not_found(run_id)
        if self._is_shipped(run_id):
            folder = self._shipped_folder(run_id)
        stamp = tuple(
            files_.stamp(folder / name)
            for name in ("recipe.json", "run.json", "manifest.json", labels.FILE, origins.FILE)
        )
        with self._lock:
            cached = self._runs.get(run_id)
            unsaid = self._unsaid.get(run_id)
        if cached and cached[0] == stamp:
            run = cached[1]
        else:
            run = self._read_again(run_id, folder)
            with self._lock:
                self._runs[run_id] = (stamp, run)
        return replace(run, **_state_fields(unsaid)) if unsaid else run

    def list(self) -> list[Run]:
        """All readable runs, newest first, those that ship with the app last.

        Folders that are no runs are passed over: see `damaged`.
        """
        found = [run for run in self._each() if isinstance(run, Run)]
        return sorted(found, key=lambda run: (not run.shipped, run.created, run.id), reverse=True)

    def damaged(self) -> Sequence[RunDamaged]:
        """One sentence for each folder that looks like a run and cannot be read as one."""
        return [run for run in self._each() if isinstance(run, RunDamaged)]

    def events(self, run_id: str) -> Sequence[Event]:
        """Everything that the run has said, oldest first; a torn last line waits for its end.

        Of the runs last asked for only what was appended since is read. The list is the caller's
        own; it is empty if the record cannot be read.

        Raises:
            RunNotFound: if there is none of that id.
        """
        folder = self._shipped_folder(run_id) if self._is_shipped(run_id) else self._folder(run_id)
        with self._lock:
            try:
                tail = record.follow(folder / record.FILE, self._tails.get(run_id, record.Tail()))
            except OSError:
                if os.path.isdir(folder):
                    return []
                raise _not_found(run_id) from None
            self._tails.pop(run_id, None)
            self._tails[run_id] = tail  # now the last
            while len(self._tails) > _REMEMBERED:
                del self._tails[next(iter(self._tails))]
            return list(tail.events)

    def checkpoints(self, run_id: str) -> Mapping[int, Path]:
        """Epoch (0 is before training) -> checkpoint file, in order of the epochs."""
        folder = self.open(run_id).folder / "checkpoints"
        named = ((_CHECKPOINT.fullmatch(path.name), path) for path in folder.glob("*.npz"))
        return dict(sorted((int(match[1]), path) for match, path in named if match))

    def verify(self, run_id: str) -> None:
        """Compare a complete run's files with its manifest.

        Raises:
            RunDamaged: if the run is not complete or a file is not the one that was written.
        """
        run = self.open(run_id)
        if not run.manifest:
            raise RunDamaged(_("The run {id} has no finished model yet.").format(id=run_id))
        for name, digest in run.manifest.get("files", {}).items():
            path = run.folder / name
            if not _FILE.fullmatch(name) or not _is_what_it_was(path, digest):
                raise RunDamaged(
                    _(
                        "The file {name} of run {id} was changed or damaged after training. "
                        "Delete the run and train it again."
                    ).format(name=name, id=run_id)
                )

    # -- inside ----------------------------------------------------------------------------------

    def _folder(self, run_id: str) -> Path:
        if not isinstance(run_id, str) or not _ID.fullmatch(run_id):
            raise _not_found(run_id)
        return self.root / run_id

    def _expect_own(self, run_id: str) -> None:
        if self._is_shipped(run_id):
            raise StoreError(_("This model comes with the app and cannot be changed or deleted."))

    def _shipped_folder(self, run_id: str) -> Path:
        assert self._starter is not None
        return self._starter / run_id

    def _is_shipped(self, run_id: str) -> bool:
        return (
            self._starter is not None
            and isinstance(run_id, str)
            and _ID.fullmatch(run_id) is not None
            and (self._starter / run_id / "run.json").is_file()
        )

    def _each(self) -> Iterator[Run | RunDamaged]:
        for root in (self.root, self._starter):
            if root is None:
                continue
            try:
                folders = list(root.iterdir())
            except FileNotFoundError:
                continue  # nothing was written yet
            except OSError as error:
                yield _cannot_read(root, error)
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

    def _is_litter(self, path: Path) -> bool:
        return self._clock() - path.stat().st_mtime > _LITTER_SECONDS

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

    def _read_again(self, run_id: str, folder: Path) -> Run:
        """As `_read`; somebody may have deleted and restored it between two of its files."""
        try:
            return self._read(run_id, folder)
        except RunDamaged:
            return self._read(run_id, folder)

    def _read(self, run_id: str, folder: Path) -> Run:
        try:
            status = files_.read_json(folder / "run.json")
            recipe = Recipe.from_dict(files_.read_json(folder / "recipe.json"))
            manifest = files_.read_json(folder / "manifest.json", missing={})
            if not isinstance(manifest.get("files", {}), dict):
                raise ValueError("no hashes")
            return Run(
                id=run_id,
                folder=folder,
                recipe=recipe,
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
                manifest=manifest,
                shipped=self._is_shipped(run_id),
                label=Label.read(folder),
                origin=Origin.read(folder),
            )
        except (
            OSError,
            ValueError,
            LookupError,
            TypeError,
            ArithmeticError,
            RecursionError,
        ) as error:
            if not os.path.isdir(folder):
                raise _not_found(run_id) from None
            why = str(error) if isinstance(error, RecipeError) else _("a file is unreadable")
            raise _damaged(run_id, why) from None

    def _update(self, folder: Path, **changes: Any) -> None:
        try:
            with self._lock:
                files_.write_json(
                    folder / "run.json", {**files_.read_json(folder / "run.json"), **changes}
                )
        except FileNotFoundError:
            raise _not_found(folder.name) from None
        except OSError as error:
            raise _cannot_write(folder, error) from None
        except (ValueError, RecursionError):
            raise _damaged(folder.name, _("a file is unreadable")) from None


def _status(
    run_id: str, owner: str, lease: str, sweep: str, verifies: str, created: float
) -> dict[str, Any]:
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


def _state_fields(event: StateChanged) -> dict[str, Any]:
    finished = event.time if RunState(event.state).is_finished() else None
    return {"state": RunState(event.state), "message": event.message, "finished": finished}


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-") or "run"


def _moment(value: Any) -> float:
    """Unix seconds that a calendar has a day for."""
    if not 0 <= float(value) <= _LAST_SECOND:
        raise ValueError(f"no time: {value!r}")
    return float(value)


def _moment_or_none(value: Any) -> float | None:
    return None if value is None else _moment(value)


def _result(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What an `Evaluated` says, or nothing."""
    if raw:
        events.from_dict({**raw, "kind": "evaluated", "time": 0.0})
    if not isinstance(raw, dict) or not all(
        isinstance(figure, int | float) for figure in raw.values()
    ):
        raise ValueError("a figure that is no number")
    return dict(raw)


def _is_what_it_was(path: Path, digest: str) -> bool:
    try:
        return files_.sha256(path) == digest
    except OSError:
        return False


def _not_found(run_id: object) -> RunNotFound:
    return RunNotFound(
        _("There is no run {id}. It may have been deleted.").format(id=repr(run_id)[:60])
    )


def _damaged(run_id: str, why: str) -> RunDamaged:
    return RunDamaged(
        _("The folder {id} in the store is not a readable run: {why}.").format(
            id=run_id, why=why.rstrip(".")
        )
    )


def _cannot_read(where: Path, error: OSError) -> RunDamaged:
    return RunDamaged(
        _("The model store at {where} cannot be read: {why}. Its runs are not shown.").format(
            where=where, why=error.strerror or error
        )
    )


def _cannot_write(where: Path, error: OSError) -> StoreError:
    return StoreError(
        _("The model store at {where} cannot be written: {why}. Free some space or rights.").format(
            where=where, why=error.strerror or error
        )
    )
