"""Memory of the drawings on the visitors' pads, for scripts and for a reload. Any thread."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any

MAX_TABS = 1000
MAX_BYTES = 200_000  # of one drawing; one of 30 strokes has 12,000
MAX_TOTAL_BYTES = 30_000_000


class PadMemory:
    """The last drawings of the tabs and visitors that drew most recently, until the server ends.

    A tab is a page in a browser, open since its last reload; a visitor is a browser. A drawing of
    more than `max_bytes` is not kept, nor one that is no JSON.
    """

    def __init__(
        self,
        max_tabs: int = MAX_TABS,
        max_bytes: int = MAX_BYTES,
        max_total_bytes: int = MAX_TOTAL_BYTES,
    ) -> None:
        self._max_tabs = max_tabs
        self._max_bytes = max_bytes
        self._max_total_bytes = max_total_bytes
        self._tabs: OrderedDict[str, tuple[str, bytes]] = OrderedDict()  # visitor and drawing
        self._latest: dict[str, str] = {}  # visitor -> tab of the last drawing
        self._total = 0
        self._lock = Lock()

    def of_tab(self, tab: str) -> dict[str, Any] | None:
        """Return a copy of the drawing on this tab's pad; None if none is kept."""
        with self._lock:
            text = self._tabs.get(tab, ("", b""))[1]
        return json.loads(text) if text else None

    def of_visitor(self, visitor: str) -> dict[str, Any] | None:
        """Return a copy of the last drawing in any of the visitor's tabs; None if none is kept."""
        return self.of_tab(self._latest.get(visitor, ""))

    def put(self, tab: str, visitor: str, drawing: Mapping[str, Any]) -> None:
        """Keep the drawing, plain JSON types, on the pad of a visitor's tab."""
        try:
            text = json.dumps(drawing, separators=(",", ":")).encode()
        except (TypeError, ValueError):
            text = b""
        text = text if len(text) <= self._max_bytes else b""
        with self._lock:
            self._forget(tab)
            if not text:
                return
            self._tabs[tab] = (visitor, text)
            self._latest[visitor] = tab
            self._total += len(text)
            while len(self._tabs) > self._max_tabs or self._total > self._max_total_bytes:
                self._forget(next(iter(self._tabs)))

    def replace(self, tab: str, drawing: Mapping[str, Any]) -> bool:
        """Keep another drawing on the pad of a known tab; False if the tab is unknown."""
        with self._lock:
            visitor = self._tabs.get(tab, (None,))[0]
        if visitor is None:
            return False
        self.put(tab, visitor, drawing)
        return True

    def _forget(self, tab: str) -> None:
        visitor, text = self._tabs.pop(tab, ("", b""))
        self._total -= len(text)
        if self._latest.get(visitor) == tab:
            del self._latest[visitor]
