"""Test set of the class: labelled drawings below `<root>/.drawings`, one small file each.

A file is named by its drawing's id, so each drawing exists once. Writes are atomic. Any thread,
several processes.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from gettext import gettext as _
from pathlib import Path

from model_store.classroom.drawing import Drawing, DrawingError
from model_store.storage.atomic_files import BUSY, Stamp, stamp
from model_store.storage.errors import cannot_write

FOLDER = ".drawings"
MAX_DRAWINGS = 3_000  # several processes at once may add a few more
MAX_PER_OWNER = 600
MAX_BYTES = 200_000  # of one file
SETTLED = 2_000_000_000  # nanoseconds after which no later change has the same time of change


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
        root: Path,
        *,
        max_drawings: int = MAX_DRAWINGS,
        max_per_owner: int = MAX_PER_OWNER,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`root` is the model store's folder; the first drawing creates the set's folder in it."""
        self._folder = root / FOLDER
        self._max_drawings = max_drawings
        self._max_per_owner = max_per_owner
        self._clock = clock
        self._lock = threading.Lock()
        self._last = DrawingSet()
        self._stamp: Stamp | None = None  # of the folder that `_last` was read from

    def all(self) -> DrawingSet:
        """Return the set; only new or changed files are read, and damaged ones are left out."""
        with self._lock:
            changed = stamp(self._folder)
            if changed == self._stamp:
                return self._last
            self._stamp = changed if time.time_ns() - changed[0] > SETTLED else None
            found = [drawing for path in self._paths() if (drawing := _read(path, stamp(path)))]
            drawings = tuple(sorted(found, key=lambda drawing: (drawing.time, drawing.id)))
            if drawings != self._last.drawings:
                self._last = DrawingSet(drawings)
            return self._last

    def find(self, drawing_id: str) -> Drawing | None:
        """Return the drawing of that id, if it is in the set."""
        return self.all().by_id.get(drawing_id)

    def add(self, drawing: Drawing) -> Drawing:
        """Add one drawing and return it as stored; its owner can change its label.

        Raises:
            DrawingError: if another owner gave it another label, the set or the owner's part of it
                is full, or it cannot be written.
        """
        result = self.add_all([drawing])
        if result.refused:
            raise DrawingError(result.refused)
        return self.find(drawing.id) or drawing  # another process may have removed it

    def add_all(self, drawings: Iterable[Drawing]) -> AddResult:
        """Add the drawings that are new, until the set is full."""
        present = dict(self.all().by_id)
        added = known = 0
        refused = ""
        for drawing in drawings:
            old = present.get(drawing.id)
            if old and (old.label == drawing.label or old.owner != drawing.owner):
                known += 1
                if old.label != drawing.label:
                    text = _("Someone else gave this drawing another label: {label}.")
                    refused = text.format(label=old.label)
                continue
            if not old and (problem := self._full(present, drawing.owner)):
                return AddResult(added, known, problem)
            stored = drawing if drawing.time else replace(drawing, time=self._clock())
            try:
                self._write(stored)
            except OSError as error:
                return AddResult(added, known, str(cannot_write(self._folder, error)))
            present[stored.id] = stored
            added += 1
        return AddResult(added, known, refused)

    def remove(self, drawing_id: str, owner: str) -> None:
        """Remove a drawing if it is in the set.

        Raises:
            StoreError: if it is another owner's, or cannot be removed.
        """
        found = self.find(drawing_id)
        if found is None:
            return
        if found.owner != owner:
            raise DrawingError(_("Only the person who labelled a drawing can remove it."))
        try:
            (self._folder / f"{drawing_id}.json").unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(self._folder, error) from None

    def _paths(self) -> list[Path]:
        try:
            names = sorted(name for name in os.listdir(self._folder) if name.endswith(".json"))
        except OSError:
            names = []
        return [self._folder / name for name in names[: 2 * self._max_drawings]]

    def _full(self, present: Mapping[str, Drawing], owner: str) -> str:
        """Return a sentence if no more drawings can be added, else ""."""
        if len(present) >= self._max_drawings:
            return _("The set is full: it has {n:,} drawings.").format(n=self._max_drawings)
        if sum(drawing.owner == owner for drawing in present.values()) < self._max_per_owner:
            return ""
        text = _("You have {n:,} drawings in the set, the most for one person. Remove some first.")
        return text.format(n=self._max_per_owner)

    def _write(self, drawing: Drawing) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        temporary = self._folder / f"{BUSY}{drawing.id}-{secrets.token_hex(4)}"
        text = json.dumps({**drawing.to_dict(), "owner": drawing.owner}, separators=(",", ":"))
        try:
            temporary.write_text(text, "utf-8")
            temporary.replace(self._folder / f"{drawing.id}.json")
        finally:
            temporary.unlink(missing_ok=True)


@lru_cache(2 * MAX_DRAWINGS)
def _read(path: Path, _stamp: Stamp) -> Drawing | None:
    """Return the drawing in a file; None if it is damaged or not named by its drawing's id."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
        raw = json.loads(text) if len(text) <= MAX_BYTES else None
        drawing = Drawing.from_dict(raw, str(raw.get("owner", "")) if raw else "")
    except (OSError, ValueError, RecursionError, AttributeError, DrawingError):
        return None
    return drawing if drawing.id == path.stem else None
