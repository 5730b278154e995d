"""The last drawing of each visitor, so that a reload of the page loses nothing. Any thread."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any

MOST_VISITORS = 1000
MOST_BYTES = 200_000  # of one drawing; one of 30 strokes takes 35,000
MOST_BYTES_OF_ALL = 30_000_000


class PadMemory:
    """PadMemory in memory, bounded in number and size: who has not drawn for longest goes first.

    They end with the server. What is larger than `MOST_BYTES` is not kept.
    """

    def __init__(
        self,
        most_visitors: int = MOST_VISITORS,
        most_bytes: int = MOST_BYTES,
        most_bytes_of_all: int = MOST_BYTES_OF_ALL,
    ) -> None:
        self._most_visitors = most_visitors
        self._most_bytes = most_bytes
        self._most_bytes_of_all = most_bytes_of_all
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, visitor: str) -> dict[str, Any] | None:
        """A copy of the visitor's last drawing; None if none is kept."""
        with self._lock:
            text = self._kept.get(visitor)
        return None if text is None else json.loads(text)

    def put(self, visitor: str, drawing: Mapping[str, Any] | None) -> None:
        """Keep a drawing, plain JSON types, in place of the visitor's last one; None forgets it."""
        text = _text(drawing)
        with self._lock:
            self._bytes -= len(self._kept.pop(visitor, b""))
            if text is None or len(text) > self._most_bytes:
                return
            self._kept[visitor] = text
            self._bytes += len(text)
            while len(self._kept) > self._most_visitors or self._bytes > self._most_bytes_of_all:
                _visitor, oldest = self._kept.popitem(last=False)
                self._bytes -= len(oldest)


def _text(drawing: Mapping[str, Any] | None) -> bytes | None:
    if drawing is None:
        return None
    try:
        return json.dumps(drawing, separators=(",", ":")).encode()
    except (TypeError, ValueError):
        return None
