"""The class's own test set: labelled drawings in the store's database.

A drawing is named by its content: none is there twice. Any thread, several processes.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from model_store.classroom.drawing import Drawing, DrawingError
from model_store.storage.database.database import Database
from model_store.storage.database.schema import drawings as table
from model_store.storage.database.schema import settings
from model_store.storage.errors import RunDamaged, StoreError
from model_store.text import _

MAX_DRAWINGS = 3_000
MAX_PER_OWNER = 600
NAME = "drawings"  # of the set's revision among the settings


@dataclass(frozen=True)
class DrawingSet:
    """Labelled drawings at one moment, oldest first."""

    drawings: tuple[Drawing, ...] = ()

    def __len__(self) -> int:
        return len(self.drawings)

    @cached_property
    def hash(self) -> str:
        """sha256 of the drawings and their labels, in any order and by any owner."""
        lines = sorted(f"{drawing.id} {drawing.label}" for drawing in self.drawings)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @cached_property
    def by_id(self) -> Mapping[str, Drawing]:
        """Each drawing by its id."""
        return {drawing.id: drawing for drawing in self.drawings}

    def chosen(self, keep: Callable[[Drawing], bool]) -> DrawingSet:
        """Return the drawings that `keep` is true for."""
        return DrawingSet(tuple(drawing for drawing in self.drawings if keep(drawing)))


@dataclass(frozen=True, slots=True)
class AddResult:
    """Numbers of drawings that were added and that the set had; `refused` says why not all."""

    added: int
    known: int
    refused: str = ""


class DrawingStore:
    """The labelled drawings of one store."""

    def __init__(
        self,
        database: Database,
        *,
        max_drawings: int = MAX_DRAWINGS,
        max_per_owner: int = MAX_PER_OWNER,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._max_drawings = max_drawings
        self._max_per_owner = max_per_owner
        self._clock = clock
        self._lock = threading.Lock()
        self._last = DrawingSet()
        self._revision = -1  # of `_last`
        self._read: dict[str, tuple[int, Drawing | None]] = {}  # with the revision that brought it

    def all(self) -> DrawingSet:
        """Return the set; only what is new is read, and damaged drawings are left out."""
        with self._lock, suppress(RunDamaged):
            revision = self._now()
            if revision != self._revision:
                drawings = tuple(sorted(self._changed(), key=lambda d: (d.time, d.id)))
                if drawings != self._last.drawings:
                    self._last = DrawingSet(drawings)
                self._revision = revision
        return self._last

    def find(self, drawing_id: str) -> Drawing | None:
        """Return the drawing of that id, if it is in the set."""
        return self.all().by_id.get(drawing_id)

    def room(self, owner: str) -> int:
        """Return how many more drawings an owner can add.

        Raises:
            DrawingError: if it is none.
        """
        labels = {drawing.id: (drawing.label, drawing.owner) for drawing in self.all().drawings}
        if problem := self._full(labels, owner):
            raise DrawingError(problem)
        own = sum(theirs == owner for _label, theirs in labels.values())
        return min(self._max_drawings - len(labels), self._max_per_owner - own)

    def add(self, drawing: Drawing) -> Drawing:
        """Add one drawing and return it as stored; its owner can change its label.

        Raises:
            DrawingError: if another owner gave the same drawing another label, if the set or the
                owner's part of it is full, or if it cannot be written.
        """
        result = self.add_all([drawing])
        if result.refused:
            raise DrawingError(result.refused)
        return self.find(drawing.id) or drawing  # another process may have removed it

    def add_all(self, drawings: Iterable[Drawing]) -> AddResult:
        """Add the drawings that are new, until the set is full; none if they cannot be written."""
        given = list(drawings)
        try:
            with self._database.write() as connection:
                return self._add(connection, given)
        except StoreError as error:
            return AddResult(0, 0, str(error))

    def remove(self, drawing_id: str, owner: str) -> None:
        """Remove a drawing; without effect if it is not in the set.

        Raises:
            DrawingError: if it is another owner's, or cannot be removed.
        """
        found = self.find(drawing_id)
        if found is None:
            return
        if found.owner != owner:
            raise DrawingError(_("Only the person who labelled a drawing can remove it."))
        try:
            with self._database.write() as connection:
                self._next(connection)
                connection.execute(delete(table).where(table.c.id == drawing_id))
        except StoreError as error:
            raise DrawingError(str(error)) from None

    def forget(self, owner: str, since: float = 0.0) -> None:
        """Remove the drawings that an owner has labelled since a time.

        Raises:
            StoreError: if it cannot be written.
        """
        with self._database.write() as connection:
            self._next(connection)
            theirs = (table.c.owner == owner, table.c.time >= since)
            connection.execute(delete(table).where(*theirs))

    def _add(self, connection: Connection, given: Sequence[Drawing]) -> AddResult:
        revision = self._next(connection)  # locks the set until the transaction ends
        known_as = connection.execute(select(table.c.id, table.c.label, table.c.owner))
        present = {row.id: (row.label, row.owner) for row in known_as}
        added = known = 0
        refused = ""
        for drawing in given:
            label, owner = present.get(drawing.id, (None, drawing.owner))
            if label == drawing.label or owner != drawing.owner:
                known += 1
                if label != drawing.label:
                    text = _("Someone else gave this drawing another label: {label}.")
                    refused = text.format(label=label)
                continue
            if label is None and (problem := self._full(present, drawing.owner)):
                return AddResult(added, known, problem)
            stored = drawing if drawing.time else replace(drawing, time=self._clock())
            self._write(connection, stored, revision)
            present[stored.id] = (stored.label, stored.owner)
            added += 1
        return AddResult(added, known, refused)

    def _full(self, present: Mapping[str, tuple[int, str]], owner: str) -> str:
        """Return a sentence if no more drawings can be added, else ""."""
        if len(present) >= self._max_drawings:
            return _("The set is full: it has {n:,} drawings.").format(n=self._max_drawings)
        if sum(theirs == owner for _label, theirs in present.values()) < self._max_per_owner:
            return ""
        text = _("You have {n:,} drawings in the set, the most for one person. Remove some first.")
        return text.format(n=self._max_per_owner)

    def _write(self, connection: Connection, drawing: Drawing, revision: int) -> None:
        raw = drawing.to_dict()
        changes: dict[str, Any] = {"label": drawing.label, "time": drawing.time}
        changes["changed"] = revision
        statement = self._database.insert(table)
        statement = statement.values(id=drawing.id, owner=drawing.owner, drawing=raw, **changes)
        key = [table.c.id]
        changes["drawing"] = raw
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changes))

    def _now(self) -> int:
        """Return the set's revision: another number after every change."""
        found = self._database.rows(select(settings.c.value).where(settings.c.name == NAME))
        return found[0].value if found else 0

    def _next(self, connection: Connection) -> int:
        """Return the next revision, and lock it until this transaction ends."""
        first = self._database.insert(settings).values(name=NAME, value=0)
        connection.execute(first.on_conflict_do_nothing())
        one = settings.c.name == NAME
        asked = select(settings.c.value).where(one).with_for_update()
        value = int(connection.execute(asked).scalar_one())
        connection.execute(update(settings).where(one).values(value=value + 1))
        return value + 1

    def _changed(self) -> list[Drawing]:
        """Read what is new; return all that can be read."""
        rows = self._database.rows(select(table.c.id, table.c.changed))
        current = {row.id: row.changed for row in rows}
        self._read = {i: k for i, k in self._read.items() if current.get(i) == k[0]}
        after = self._revision if self._read else -1
        for row in self._database.rows(select(table).where(table.c.changed > after)):
            self._read[row.id] = (row.changed, _drawing(row))
        return [drawing for _changed, drawing in self._read.values() if drawing is not None]


def _drawing(row: Row[Any]) -> Drawing | None:
    """Return the drawing of a row; None if it is damaged."""
    try:
        drawing = Drawing.from_dict(row.drawing, row.owner)
    except (DrawingError, ValueError, TypeError, RecursionError):
        return None
    return drawing if drawing.id == row.id else None
