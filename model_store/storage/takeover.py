"""A database made from what lies in the store's folder: at the first start, or after damage.

A store from before the database is taken over once. Its folders stay as they are until all of it
is in the database; a takeover that was killed midway begins anew and adds what is missing. Then
the files that the database replaces are moved to `<root>/.taken-over`.
"""

import json
import logging
import os
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from model_store.recipe.text import one_line
from model_store.runs.run import Run
from model_store.storage import atomic_files, run_folder, run_rows, sweep_store
from model_store.storage.database.database import Database
from model_store.storage.database.schema import (
    drawings,
    people,
    run_tags,
    runs,
    settings,
    unreadable,
)
from model_store.storage.errors import RunDamaged, RunNotFound
from model_store.storage.run_query import owner_hash

PEOPLE, LIMITS, DRAWINGS, TRASH, LEASES = (
    ".people",
    ".limits.json",
    ".drawings",
    ".bin-",
    ".engines",
)
DONE = ".taken-over"  # the folder of what the database has replaced
MARK = "taken_over"  # among the settings, once all is in the database
BATCH, MANY = 100, 5000  # runs in one transaction
REPORT = 500  # runs from one line in the log to the next
LOST = "lost"  # the lease of a run that nobody has: it will be interrupted
_ID = re.compile(r"[a-z0-9][a-z0-9-]{3,79}")
_log = logging.getLogger(__name__)
Found = tuple[Run, float | None] | RunDamaged  # with the time of its deletion


class Takeover:
    """The takeover of one store; `progress` may be asked from any thread."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self.progress: tuple[int, int] | None = None

    def is_needed(self) -> bool:
        """True if there is something that a new database must have."""
        names = (PEOPLE, LIMITS, DRAWINGS, sweep_store.FOLDER)
        return any((self._root / name).exists() for name in names) or any(_folders(self._root))

    def run(self, database: Database) -> None:
        """Take over what lies in the folder, unless that was done; several processes may.

        Raises:
            StoreError: if the database cannot be written.
        """
        if database.rows(select(settings.c.name).where(settings.c.name == MARK)):
            return
        with self._lock:
            try:
                self.fill(database)
            finally:
                self.progress = None
        self._put_away()

    def fill(self, database: Database) -> None:
        """Add all runs that are not in the database, and what older versions kept in files.

        Raises:
            StoreError: if the database cannot be written.
        """
        folders = list(_folders(self._root))
        _people(database, self._root)
        for number in range(0, len(folders), BATCH):
            self.progress = (number, len(folders))
            if number and number % REPORT == 0:
                _log.info("took over %d of %d runs", number, len(folders))
            batch = folders[number : number + BATCH]
            insert_found(database, [_found(folder) for folder in batch])
            for folder in batch:
                if folder.name.startswith(TRASH):
                    with suppress(OSError):
                        folder.rename(folder.with_name(folder.name.removeprefix(TRASH)))
        _sweeps(database, self._root)
        _drawings(database, self._root)
        limits = None
        with suppress(OSError, ValueError, RecursionError):
            limits = atomic_files.read_json(self._root / LIMITS)
        with database.write() as connection:
            if limits is not None:
                set_once(database, connection, "limits", limits)
            set_once(database, connection, MARK, len(folders))
        if folders:
            _log.info("took over %d runs", len(folders))

    def _put_away(self) -> None:
        away = self._root / DONE
        for name in (PEOPLE, LIMITS, DRAWINGS, sweep_store.FOLDER, LEASES, ".alone"):
            with suppress(OSError):
                if (self._root / name).exists():
                    away.mkdir(exist_ok=True)
                    (self._root / name).rename(away / name)


def set_once(database: Database, connection: Connection, name: str, value: Any) -> None:
    """Write a setting that nobody has written yet."""
    statement = database.insert(settings).values(name=name, value=value)
    connection.execute(statement.on_conflict_do_nothing())


def insert_run(
    database: Database, connection: Connection, run: Run, deleted: float | None = None
) -> bool:
    """Add a run; False if there is one of its id. `deleted` in unix seconds."""
    hashed = owner_hash(run.owner)
    name = connection.execute(select(people.c.name).where(people.c.owner_hash == hashed)).scalar()
    values = {**run_rows.values(replace(run, owner_name=name or "")), "deleted_at": deleted}
    if deleted is not None:
        values["listed"] = None
    statement = database.insert(runs).values(values).on_conflict_do_nothing()
    if not connection.execute(statement).rowcount:
        return False
    if run.label.tags:
        run_rows.save_tags(connection, run)
    return True


def insert_rows(database: Database, found: Iterable[Run]) -> None:
    """Add many runs quickly; their owners have no names yet.

    Raises:
        StoreError: if they cannot be written.
    """
    many = iter(found)
    while batch := list(islice(many, MANY)):
        tags = [{"run": run.id, "tag": tag} for run in batch for tag in run.label.tags]
        with database.write() as connection:
            rows = [run_rows.values(run) for run in batch]
            connection.execute(database.insert(runs).on_conflict_do_nothing(), rows)
            if tags:
                connection.execute(database.insert(run_tags).on_conflict_do_nothing(), tags)


def insert_found(database: Database, found: Sequence[Found | None]) -> None:
    """Add runs in one transaction, and note the folders that are none."""
    with database.write() as connection:
        for each in found:
            if isinstance(each, RunDamaged):
                folder = str(each).split()[2]
                statement = database.insert(unreadable).values(folder=folder, why=str(each))
                connection.execute(statement.on_conflict_do_nothing())
            elif each is not None:
                insert_run(database, connection, *each)


def read_folder(folder: Path, run_id: str = "") -> Run:
    """Return the run of a folder as its record says it ended.

    Raises:
        RunNotFound, RunDamaged: as `run_folder.read`.
    """
    run = run_folder.read(run_id or folder.name, folder)
    run = run_folder.recovered(run, run_folder.record(folder))
    return run if run.state.is_finished() else replace(run, lease=run.lease or LOST)


def is_run_id(name: str) -> bool:
    """True if a run may have this id."""
    return _ID.fullmatch(name) is not None


def _folders(root: Path) -> Iterator[Path]:
    """The folders that are runs by their names, those in the trash too."""
    with suppress(OSError):
        for entry in os.scandir(root):
            if _ID.fullmatch(entry.name.removeprefix(TRASH)) and entry.is_dir():
                yield Path(entry.path)


def _found(folder: Path) -> Found | None:
    is_trash = folder.name.startswith(TRASH)
    run_id = folder.name.removeprefix(TRASH)
    try:
        run = read_folder(folder, run_id)
        run = replace(run, folder=folder.with_name(run_id))
        return run, folder.stat().st_mtime if is_trash else run_folder.deleted_at(folder)
    except RunDamaged as error:
        return None if is_trash else error
    except (RunNotFound, OSError):
        return None


def _people(database: Database, root: Path) -> None:
    found = []
    for path in _files(root / PEOPLE):
        with suppress(OSError, UnicodeDecodeError):
            name = one_line(path.read_text("utf-8")[:100])
            found.append({"owner_hash": path.name, "name": name})
    _insert(database, people, found)


def _sweeps(database: Database, root: Path) -> None:
    store = sweep_store.SweepStore(database)
    for folder in _files(root / sweep_store.FOLDER):
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            sweep = sweep_store.from_dict(atomic_files.read_json(folder / "sweep.json"))
            if sweep.id == folder.name:
                store.add(sweep)


def _drawings(database: Database, root: Path) -> None:
    found = []
    for path in _files(root / DRAWINGS):
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raw = atomic_files.read_json(path)
            owner = str(raw.pop("owner", ""))
            values = {"label": int(raw["label"]), "time": float(raw.get("time", 0.0))}
            row = {"id": path.stem, "owner": owner, **values, "changed": 0, "drawing": raw}
            if path.suffix == ".json" and len(json.dumps(raw)) < 200_000:
                found.append(row)
    _insert(database, drawings, found)


def _insert(database: Database, table: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        with database.write() as connection:
            connection.execute(database.insert(table).on_conflict_do_nothing(), rows)


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:
        return []
