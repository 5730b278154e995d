"""Turns of scripts that share the interpreter, and what is loaded kept out of collections.

Any thread. `python -m benchmarks.load` measures what both are worth.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Event
from time import monotonic

PATIENCE = 0.3  # seconds


class Turns:
    """One script runs after the other; one that takes longer than `patience` blocks no other.

    Scripts that share the interpreter all end as late as the last; in turns, most end sooner.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._changed = Condition()
        self._running: object = None
        self._since = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and hold it until the block ends."""
        me = object()
        with self._changed:
            while self._running and (left := self._since + self._patience - monotonic()) > 0:
                self._changed.wait(left)
            self._running, self._since = me, monotonic()
        try:
            yield
        finally:
            with self._changed:
                if self._running is me:
                    self._running = None
                    self._changed.notify()


PAGES = Turns()  # a class opens a page at the same moment
_frozen = Event()


def freeze_modules() -> None:
    """Exclude all that is loaded from garbage collection, once: after the first whole page.

    A collection of all modules stops every script meanwhile.
    """
    if not _frozen.is_set():
        _frozen.set()
        gc.collect()
        gc.freeze()
