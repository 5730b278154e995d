"""Turns of whole pages: a class opens one at the same moment. Any thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

PATIENCE = 0.5  # seconds
_lock = Lock()


@contextmanager
def turn(patience: float = PATIENCE) -> Iterator[None]:
    """Run one page after the other; after `patience` seconds, run beside the slow one.

    Pages that share the interpreter all end as late as the last; in turns, most end sooner:
    `python -m benchmarks.load --only load`.
    """
    acquired = _lock.acquire(timeout=patience)
    try:
        yield
    finally:
        if acquired:
            _lock.release()
