"""Turns of scripts that share the interpreter. Any thread.

`python -m benchmarks.load --only load` measures what they are worth: of 30 who open the first page
at once, half have it after 0.32 to 0.36 s with them, and after 0.56 s without.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
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
