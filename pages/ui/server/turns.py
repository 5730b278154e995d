"""Turns of scripts that share the interpreter, and what is loaded kept out of collections.

Any thread. `python -m benchmarks.load` measures what both are worth.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock

PATIENCE = 0.5  # seconds


class Turns:
    """One script runs after the other; after `PATIENCE` seconds, beside the slow one.

    Scripts that share the interpreter all end as late as the last; in turns, most end sooner.
    """

    def __init__(self) -> None:
        self._lock = Lock()

    @contextmanager
    def turn(self, patience: float = PATIENCE) -> Iterator[None]:
        """Wait for a turn, at most `patience` seconds, and hold it until the block ends."""
        acquired = self._lock.acquire(timeout=patience)
        try:
            yield
        finally:
            if acquired:
                self._lock.release()


PAGES = Turns()  # a class opens a page at the same moment
_frozen = Event()


def freeze_modules() -> None:
    """Exclude all that is loaded from garbage collection, once: after the first whole page.

    A collection that looks through all modules stops every script for a third of a second.
    """
    if not _frozen.is_set():
        _frozen.set()
        gc.collect()
        gc.freeze()
