"""How everybody on the server gets an answer soon: they share one interpreter. Any thread."""

from __future__ import annotations

import gc
from threading import Event, Lock

_strokes = Lock()
_settled = Event()


def one_at_a_time() -> Lock:
    """Hold this while a stroke is answered, some milliseconds.

    Two at once would take turns with the interpreter, and both come later than the later of two
    that follow each other.
    """
    return _strokes


def settle(loading: bool) -> None:
    """After a page has run: once nothing is `loading`, the garbage collector leaves it all alone.

    Nobody is answered while it goes through all libraries, every few seconds while a class draws.
    """
    if not loading and not _settled.is_set():
        _settled.set()
        gc.collect()
        gc.freeze()
