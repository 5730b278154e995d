"""How everybody on the server gets an answer soon: they share one interpreter. Any thread."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Event

PATIENCE = 0.3  # seconds
_settled = Event()


class Line:
    """A line to stand in: one is in at a time.

    Two at once would take turns with the interpreter, and both come later than the later of two
    that follow each other. Whoever is in for longer than `patience` seconds, since it computes or
    reads, goes on, but no longer keeps the next one out.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._moved = Condition()
        self._inside: object = None
        self._since = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, and have it."""
        me = object()
        with self._moved:
            while self._inside and (left := self._since + self._patience - time.monotonic()) > 0:
                self._moved.wait(left)
            self._inside, self._since = me, time.monotonic()
        try:
            yield
        finally:
            with self._moved:
                if self._inside is me:
                    self._inside = None
                    self._moved.notify()


STROKES = Line()  # a stroke is answered in its turn, some milliseconds
PAGES = Line()  # a whole page is run in its turn: a class opens one at the same moment


def settle(loading: bool) -> None:
    """After a page has run: once nothing is `loading`, the garbage collector leaves it all alone.

    Nobody is answered while it goes through all libraries, every few seconds while a class draws.
    """
    if not loading and not _settled.is_set():
        _settled.set()
        gc.collect()
        gc.freeze()
