"""Topics of the live channel: things that change, each with a number that grows. One thread."""

import json
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

EVERY = 0.1  # seconds between two looks at a run's events
VALUE_EVERY = 0.5  # seconds between two looks at a value
MAX_POINTS = 600  # chunks in a snapshot; of more, some are left out
MAX_WEIGHT_BYTES = 200_000  # a second, of weights for one listener
MAX_TOTAL_BYTES = 2_000_000  # a second, of one topic for all its listeners: a class has one Wi-Fi
_CHUNK = b'{"kind": "chunk"'
Number = int
Message = str | bytes


class Topic(ABC):
    """Something that changes; `number` grows with each change.

    `look` is called every `every` seconds, and never by two threads at once.
    """

    every = EVERY
    number: Number = 0
    weight = 0  # bytes of a message that is large
    written: tuple[Number, bytes] | None = None  # the last large message, with its number

    @abstractmethod
    def look(self) -> bool:
        """Look for news; True if `number` has grown."""

    @abstractmethod
    def since(self, number: Number) -> Message:
        """Return what a listener needs who has everything up to `number`; 0 is nothing yet.

        Fields of a JSON object without the braces; bytes for numbers.
        """


class EventTopic(Topic):
    """Events of a run: the lines of its event log."""

    def __init__(self, path: Path) -> None:
        """`path` need not exist yet."""
        self._path = path
        self._lines: list[bytes] = []
        self._inode = self._offset = 0
        self._written: dict[tuple[Number, Number], str] = {}

    def look(self) -> bool:
        """Read what was appended; an incomplete last line waits for its end."""
        try:
            status = os.stat(self._path)
            if (status.st_ino, status.st_size) == (self._inode, self._offset):
                return False
            if status.st_ino != self._inode or status.st_size < self._offset:
                self._lines, self._offset, self._inode = [], 0, status.st_ino
            with self._path.open("rb") as file:
                file.seek(self._offset)
                whole, newline, _rest = file.read().rpartition(b"\n")
        except OSError:
            return False
        before = self.number
        self._offset += len(whole) + len(newline)
        self._lines += filter(_is_event, whole.splitlines())
        self.number = len(self._lines)
        self._written.clear()
        return self.number != before

    def since(self, number: Number) -> str:
        """Return the events after `number`; a snapshot if these are all, or too many."""
        number = number if 0 < number <= self.number else 0
        key = (number, self.number)
        if key not in self._written:
            lines = self._lines[number:]
            is_snapshot = not number or len(lines) > MAX_POINTS
            events = b",".join(_thinned(self._lines) if is_snapshot else lines).decode()
            self._written[key] = f'"snapshot":{str(is_snapshot).lower()},"events":[{events}]'
        return self._written[key]


class ValueTopic(Topic):
    """Small value of plain JSON types, sent whole when it changes."""

    every = VALUE_EVERY

    def __init__(self, value: Callable[[], Any]) -> None:
        """`value` is called at each look."""
        self._value = value
        self._text = ""
        self.number = first_number()

    def look(self) -> bool:
        """Ask for the value."""
        text = json.dumps(self._value(), separators=(",", ":"))
        if text == self._text:
            return False
        self._text = text
        self.number += 1
        return True

    def since(self, number: Number) -> str:
        """Return the value."""
        return f'"value":{self._text or "null"}'


class WeightsTopic(Topic):
    """Newest weights of a run that trains: a file that is replaced.

    Sent as often as `MAX_WEIGHT_BYTES` allows.
    """

    def __init__(self, path: Path) -> None:
        """`path` need not exist yet."""
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._bytes = b""
        self.number = first_number()

    def look(self) -> bool:
        """Read the file if it is another one; what was sent last stays when it is gone."""
        try:
            status = os.stat(self._path)
            stamp = (status.st_ino, status.st_mtime_ns)
            if stamp == self._stamp:
                return False
            self._bytes = self._path.read_bytes()
        except OSError:
            return False
        self._stamp = stamp
        self.number += 1
        self.weight = len(self._bytes)
        self.every = max(EVERY, self.weight / MAX_WEIGHT_BYTES)
        return True

    def since(self, number: Number) -> Message:
        """Return the content of the file."""
        return self._bytes or '"value":null'


def first_number() -> Number:
    """Return a number above all that this topic had on a server before: milliseconds."""
    return time.time_ns() // 1_000_000


def _is_event(line: bytes) -> bool:
    """True for a JSON object; a damaged line, or one with "NaN", which browsers refuse, is none."""
    try:
        return isinstance(json.loads(line, parse_constant=_refuse), dict)
    except (ValueError, RecursionError):
        return False


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _thinned(lines: list[bytes]) -> list[bytes]:
    """Return at most `MAX_POINTS` chunks, the last always, and every other event."""
    chunks = [place for place, line in enumerate(lines) if line.startswith(_CHUNK)]
    stride = -(-len(chunks) // MAX_POINTS) or 1
    left_out = set(chunks) - set(chunks[::-1][::stride])
    return [line for place, line in enumerate(lines) if place not in left_out]
