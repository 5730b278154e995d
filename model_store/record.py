"""A run's `events.jsonl`: one event a line, appended by one process and followed by many."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from training import events
from training.events import Event

FILE = "events.jsonl"


@dataclass(slots=True)
class Tail:
    """What was read of a record, and how far."""

    inode: int = 0
    offset: int = 0
    events: list[Event] = field(default_factory=list)


def add(path: Path, event: Event) -> None:
    """Append one event; half a line that a full disk or a killed process left costs only itself.

    Raises:
        OSError: if it cannot be written (FileNotFoundError if its folder is gone).
    """
    line = json.dumps(events.to_dict(event)).encode() + b"\n"
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                line = b"\n" + line
        file.write(line)


def follow(path: Path, tail: Tail) -> Tail:
    """Read on from where `tail` ended; start anew if the file is another one or shorter.

    Raises:
        OSError: if it cannot be read.
    """
    with path.open("rb") as file:
        stat = os.fstat(file.fileno())
        if stat.st_ino != tail.inode or stat.st_size < tail.offset:
            tail = Tail(inode=stat.st_ino)
        file.seek(tail.offset)
        data = file.read()
    whole, newline, _rest = data.rpartition(b"\n")
    tail.offset += len(whole) + len(newline)
    for line in whole.splitlines():
        try:
            tail.events.append(events.from_dict(json.loads(line)))
        except (ValueError, AttributeError, RecursionError):
            continue  # a damaged line costs its own point, not the curve
    return tail
