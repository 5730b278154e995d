"""A run's `events.jsonl`: one event a line, appended by one process and followed by many."""

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

from model_store.runs import events
from model_store.runs.events import Event

FILE = "events.jsonl"
REMEMBERED = 32  # records that are kept in memory, those last asked for


def add(path: Path, event: str, *, sync: bool = False) -> None:
    """Append one line of `events.to_json`.

    Half a line that a full disk or a killed process left costs only itself. The line survives the
    end of this process at once, and a power cut if it was to `sync`.

    Raises:
        OSError: if it cannot be written (FileNotFoundError if its folder is gone).
    """
    line = event.encode() + b"\n"
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                line = b"\n" + line
        file.write(line)
        if sync:
            file.flush()
            os.fsync(file.fileno())


@dataclass(slots=True)
class _Tail:
    """Events read from a log, and the position after them."""

    inode: int = 0
    offset: int = 0
    events: list[Event] = field(default_factory=list)


class Records:
    """Event logs that are read repeatedly: only appended lines are read. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tails: dict[Path, _Tail] = {}  # the last asked for at the end

    def events(self, path: Path) -> list[Event]:
        """Return the events at `path`, oldest first, without an incomplete last line.

        The list is the caller's own.

        Raises:
            OSError: if it cannot be read.
        """
        with self._lock:
            tail = _follow(path, self._tails.get(path, _Tail()))
            self._tails.pop(path, None)
            self._tails[path] = tail
            while len(self._tails) > REMEMBERED:
                del self._tails[next(iter(self._tails))]
            return list(tail.events)

    def forget(self, path: Path) -> None:
        """Free the memory of a log."""
        with self._lock:
            self._tails.pop(path, None)


def _follow(path: Path, tail: _Tail) -> _Tail:
    """Read on from the end of `tail`; start over if the file was replaced or is shorter."""
    with path.open("rb") as file:
        stat = os.fstat(file.fileno())
        if stat.st_ino != tail.inode or stat.st_size < tail.offset:
            tail = _Tail(inode=stat.st_ino)
        file.seek(tail.offset)
        data = file.read()
    whole, newline, _rest = data.rpartition(b"\n")
    tail.offset += len(whole) + len(newline)
    for line in whole.splitlines():
        try:
            tail.events.append(events.from_json(line))
        except (ValueError, AttributeError, RecursionError):
            continue  # a damaged line costs its own point, not the curve
    return tail
