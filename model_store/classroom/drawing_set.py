"""The class's own test set: labelled drawings below `<root>/.drawings`, one small file each.

A file is named by its drawing's id, written aside and renamed into place: no reader sees half of
one, and the same drawing is never there twice. Any thread, several processes; whoever comes late
to a drawing that was removed finds that it is gone.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from gettext import gettext as _
from pathlib import Path

from model_store.classroom.drawing import Drawing, DrawingError

FOLDER = ".drawings"
MOST = 3_000  # drawings; some processes at once may go a few beyond
MOST_OF_ONE = 600  # of one owner
MOST_BYTES = 200_000  # of one file
SURE = 2_000_000_000  # nanoseconds after which a folder's time of change stands for its content
_FILE = re.compile(r"([0-9a-f]{16})\.json")


@dataclass(frozen=True)
class DrawingSet:
    """Labelled drawings as they stood at one moment, oldest first."""

    drawings: tuple[Drawing, ...] = ()

    def __len__(self) -> int:
        return len(self.drawings)

    @cached_property
    def hash(self) -> str:
        """sha256 of what is drawn and how it is labelled, whoever drew it and in whatever order."""
        lines = sorted(f"{drawing.id} {drawing.label}" for drawing in self.drawings)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @cached_property
    def by_id(self) -> Mapping[str, Drawing]:
        """Each drawing by its id."""
        return {drawing.id: drawing for drawing in self.drawings}

    def chosen(self, keep: Callable[[Drawing], bool]) -> DrawingSet:
        """Those that `keep` is true for."""
        return DrawingSet(tuple(drawing for drawing in self.drawings if keep(drawing)))


@dataclass(frozen=True, slots=True)
class AddResult:
    """What became of drawings that were to join the set: how many, and a sentence if not all."""

    added: int
    known: int
    refused: str = ""


class DrawingStore:
    """The labelled drawings of one store."""

    def __init__(
        self,
        root: Path,
        *,
        most: int = MOST,
        most_of_one: int = MOST_OF_ONE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`root` is the model store's folder; nothing is written before something joins."""
        self._folder = root / FOLDER
        self._most = most
        self._most_of_one = most_of_one
        self._clock = clock
        self._lock = threading.Lock()
        self._read: dict[str, tuple[tuple[int, int], Drawing | None]] = {}
        self._last = DrawingSet()
        self._stamp = 0  # the folder's time of change when it was last looked through

    def all(self) -> DrawingSet:
        """The set as it stands; only files that are new or changed are read, damaged ones not."""
        with self._lock:
            changed = self._changed()
            if changed and changed == self._stamp:
                return self._last
            self._stamp = changed if time.time_ns() - changed > SURE else 0
            found: dict[str, tuple[tuple[int, int], Drawing | None]] = {}
            for drawing_id, stamp in self._files():
                known = self._read.get(drawing_id)
                if known is None or known[0] != stamp:
                    known = (stamp, self._open(drawing_id))
                found[drawing_id] = known
            if found != self._read:
                self._read = found
                whole = [drawing for _stamp, drawing in found.values() if drawing is not None]
                self._last = DrawingSet(tuple(sorted(whole, key=lambda d: (d.time, d.id))))
            return self._last

    def find(self, drawing_id: str) -> Drawing | None:
        """The drawing of that id, if it is in the set."""
        return self.all().by_id.get(drawing_id)

    def add(self, drawing: Drawing) -> Drawing:
        """Let one drawing join; its owner may label it anew. Returns what stands in the set.

        Raises:
            DrawingError: if somebody else's same drawing is there under another label, or the set
                or the owner's share of it is full, or it cannot be written.
        """
        joined = self.add_all([drawing])
        if joined.refused:
            raise DrawingError(joined.refused)
        return self.find(drawing.id) or drawing  # somebody may have removed it meanwhile

    def add_all(self, drawings: Iterable[Drawing]) -> AddResult:
        """Let drawings join, as many as there is room for; those that are there already do not."""
        there = dict(self.all().by_id)
        added = known = 0
        refused = ""
        for drawing in drawings:
            old = there.get(drawing.id)
            if old is not None and old.label == drawing.label:
                known += 1
            elif old is not None and old.owner != drawing.owner:
                known += 1
                refused = _("Somebody else has labelled the same drawing: {label}.").format(
                    label=old.label
                )
            elif old is None and (full := self._full(there, drawing.owner)):
                return AddResult(added, known, full)
            else:
                kept = drawing if drawing.time else replace(drawing, time=self._clock())
                try:
                    self._write(kept)
                except OSError as error:
                    return AddResult(added, known, self._cannot(error))
                there[kept.id] = kept
                added += 1
        return AddResult(added, known, refused)

    def remove(self, drawing_id: str, owner: str) -> None:
        """Take a drawing out; nothing happens if it is gone already.

        Raises:
            DrawingError: if it is another owner's, or cannot be removed.
        """
        found = self.find(drawing_id)
        if found is None:
            return
        if found.owner != owner:
            raise DrawingError(_("Only who labelled a drawing can remove it."))
        try:
            (self._folder / f"{drawing_id}.json").unlink(missing_ok=True)
        except OSError as error:
            raise DrawingError(self._cannot(error)) from None

    # -- inside ----------------------------------------------------------------------------------

    def _changed(self) -> int:
        """When a drawing last joined or left, in nanoseconds as the file system has it."""
        try:
            return self._folder.stat().st_mtime_ns
        except OSError:
            return 0

    def _files(self) -> list[tuple[str, tuple[int, int]]]:
        found = []
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    match = _FILE.fullmatch(entry.name)
                    if match:
                        try:
                            stat = entry.stat()
                        except OSError:
                            continue  # removed while we looked
                        found.append((match[1], (stat.st_mtime_ns, stat.st_size)))
        except OSError:
            return []
        return sorted(found)[: 2 * self._most]

    def _open(self, drawing_id: str) -> Drawing | None:
        path = self._folder / f"{drawing_id}.json"
        try:
            with path.open("rb") as file:
                text = file.read(MOST_BYTES + 1)
            raw = json.loads(text) if len(text) <= MOST_BYTES else None
            drawing = Drawing.from_dict(raw, str(raw.get("owner", "")) if raw else "")
        except (OSError, ValueError, RecursionError, AttributeError, DrawingError):
            return None
        return drawing if drawing.id == drawing_id else None

    def _full(self, there: dict[str, Drawing], owner: str) -> str:
        """Why no more can join, as a sentence; "" if they can."""
        if len(there) >= self._most:
            return _("The set is full: it holds {n} drawings.").format(n=f"{self._most:,}")
        if sum(drawing.owner == owner for drawing in there.values()) >= self._most_of_one:
            return _(
                "You have {n} drawings in the set, and nobody can have more. Remove some first."
            ).format(n=f"{self._most_of_one:,}")
        return ""

    def _write(self, drawing: Drawing) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        temporary = self._folder / f".new-{drawing.id}-{secrets.token_hex(4)}"
        text = json.dumps({**drawing.to_dict(), "owner": drawing.owner}, separators=(",", ":"))
        try:
            temporary.write_text(text, "utf-8")
            temporary.replace(self._folder / f"{drawing.id}.json")
        finally:
            temporary.unlink(missing_ok=True)

    def _cannot(self, error: OSError) -> str:
        return _("The set at {where} cannot be written: {why}. Free some space or rights.").format(
            where=self._folder, why=error.strerror or error
        )
