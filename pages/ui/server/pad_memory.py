"""Memory of each visitor's last drawing, for a reload of the page. Any thread."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any

MAX_VISITORS = 1000
MAX_BYTES = 200_000  # of one drawing; one of 30 strokes has 35,000
MAX_TOTAL_BYTES = 30_000_000


class PadMemory:
    """The last drawings of the visitors who drew most recently, until the server ends.

    A drawing of more than `max_bytes` is not kept.
    """

    def __init__(
        self,
        max_visitors: int = MAX_VISITORS,
        max_bytes: int = MAX_BYTES,
        max_total_bytes: int = MAX_TOTAL_BYTES,
    ) -> None:
        self._max_visitors = max_visitors
        self._max_bytes = max_bytes
        self._max_total_bytes = max_total_bytes
        self._drawings: OrderedDict[str, bytes] = OrderedDict()
        self._total = 0
        self._lock = Lock()

    def get(self, visitor: str) -> dict[str, Any] | None:
        """Return a copy of the visitor's last drawing; None if none is kept."""
        with self._lock:
            text = self._drawings.get(visitor)
        return None if text is None else json.loads(text)

    def put(self, visitor: str, drawing: Mapping[str, Any] | None) -> None:
        """Keep a drawing, plain JSON types, in place of the visitor's last one; None forgets it."""
        try:
            text = b"" if drawing is None else json.dumps(drawing, separators=(",", ":")).encode()
        except (TypeError, ValueError):
            text = b""
        with self._lock:
            self._total -= len(self._drawings.pop(visitor, b""))
            if not 0 < len(text) <= self._max_bytes:
                return
            self._drawings[visitor] = text
            self._total += len(text)
            while len(self._drawings) > self._max_visitors or self._total > self._max_total_bytes:
                _visitor, oldest = self._drawings.popitem(last=False)
                self._total -= len(oldest)
