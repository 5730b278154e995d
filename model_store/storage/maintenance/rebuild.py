"""A damaged database made anew from the folders of the runs, and from what of it can be read.

Nobody may use the store meanwhile. The damaged file is kept beside the new one.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Table, delete, func, select

from model_store.storage.database.database import Database
from model_store.storage.database.schema import (
    classes,
    drawings,
    lesson_progress,
    metadata,
    people,
    runs,
    settings,
    sweeps,
    trials,
)
from model_store.storage.store import ModelStore
from model_store.storage.takeover import MARK

# Tables that no folder of a run has.
SAVED = (people, settings, sweeps, trials, drawings, classes, lesson_progress)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Result of a rebuild: numbers of runs and other rows; `kept` is the damaged database."""

    runs: int
    rows: int
    kept: Path | None


def rebuild(root: Path, address: str = "") -> Rebuilt:
    """Make the database anew; no run with a readable folder is lost.

    Raises:
        StoreError: if the new one cannot be written.
    """
    store = ModelStore(root, starter=None, address=address)
    try:
        if store.database.path is None:
            return _in_place(store.database)
        kept = _put_aside(store.database.path)
        rows = _readable(kept) if kept else {}
        store.database.prepare(writing=True)
        return Rebuilt(_count(store.database), _insert(store.database, rows), kept)
    finally:
        store.close()


def _in_place(database: Database) -> Rebuilt:
    """A server looks after its files itself: only the runs are read anew."""
    with database.write() as connection:
        connection.execute(delete(runs))
        connection.execute(delete(settings).where(settings.c.name == MARK))
    store = ModelStore(database.root, starter=None, address=database.address)
    store.database.prepare(writing=True)
    store.close()
    return Rebuilt(_count(database), 0, None)


def _put_aside(path: Path) -> Path | None:
    """Move the file and its write-ahead log out of the way."""
    if not path.exists():
        return None
    kept = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    for ending in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(kept.with_name(kept.name + ending))
    path.rename(kept)
    return kept


def _readable(path: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows that can still be read of what the folders do not have."""
    found: dict[str, list[dict[str, Any]]] = {}
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        for table in SAVED:
            found[table.name] = list(_rows(connection, table))
    return found


def _rows(connection: sqlite3.Connection, table: Table) -> Iterator[dict[str, Any]]:
    """Rows one by one, from both ends: what lies behind a damaged page is reached as well."""
    seen = set()
    for order in ("ASC", "DESC"):
        with suppress(sqlite3.DatabaseError, ValueError):
            asked = f"SELECT rowid, * FROM {table.name} ORDER BY rowid {order}"
            for row in connection.execute(asked):
                values = dict(row)
                if (number := values.pop("rowid")) not in seen:
                    seen.add(number)
                    yield values


def _insert(database: Database, found: dict[str, list[dict[str, Any]]]) -> int:
    added = 0
    for table in metadata.sorted_tables:
        for values in found.get(table.name, ()):
            with suppress(Exception), database.write(durable=False) as connection:
                added += connection.exec_driver_sql(
                    f"INSERT OR IGNORE INTO {table.name} ({', '.join(values)}) "
                    f"VALUES ({', '.join('?' * len(values))})",
                    tuple(values.values()),
                ).rowcount
    return added


def _count(database: Database) -> int:
    return database.rows(select(func.count()).select_from(runs))[0][0]
