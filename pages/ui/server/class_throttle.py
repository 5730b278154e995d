"""Limits on guessing codes of classes, and on how often a phone sends. No Streamlit, any thread.

A class's code is one of 887 million, and nobody with the right one is refused for what others at
the same address tried. A personal code is one of 29 million, of up to 200 in a class: tries from
one address, and of all together, are limited too.
"""

import math
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import NamedTuple

from pages.ui.server.login_throttle import TooManyTries

WINDOW = 60.0  # seconds in which wrong codes are counted
OF_VISITOR = 10
OF_ADDRESS, OF_ALL = 30, 100  # personal codes; a class may share one address
KEPT = 1000  # the newest wrong codes
MANY = 1000  # visitors whose pace is kept


class Try(NamedTuple):
    """A code that is checked: when, by which visitor, from which address."""

    when: float
    visitor: str
    address: str


class WrongCodes:
    """Counter of the wrong codes at one server. Right ones are not counted."""

    def __init__(
        self,
        of_address: float = math.inf,
        of_all: float = math.inf,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` gives seconds that never run backwards. A visitor has `OF_VISITOR` tries."""
        self._most = (OF_VISITOR, of_address, of_all)
        self._clock = clock
        self._lock = Lock()
        self._wrong: deque[Try] = deque(maxlen=KEPT)  # oldest first

    def begin(self, visitor: str, address: str) -> Try:
        """Let a code be checked; it counts as wrong until `take_back`.

        Raises:
            TooManyTries: if this visitor, this address, or all together, were wrong too often.
        """
        with self._lock:
            now = self._clock()
            recent = [each for each in self._wrong if now - each.when < WINDOW]
            of_visitor = [each for each in recent if each.visitor == visitor]
            of_address = [each for each in recent if each.address == address]
            for tries, most in zip((of_visitor, of_address, recent), self._most, strict=True):
                if len(tries) >= most:
                    raise TooManyTries(tries[0].when + WINDOW - now)
            begun = Try(now, visitor, address)
            self._wrong.append(begun)
            return begun

    def take_back(self, begun: Try) -> None:
        """Do not count a code, which was right."""
        with self._lock, suppress(ValueError):
            self._wrong.remove(begun)


class Pace:
    """Check that each visitor does something at most `most` times in `window` seconds."""

    def __init__(
        self, most: int, window: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._window, self._clock = most, window, clock
        self._lock = Lock()
        self._times: dict[str, deque[float]] = {}

    def allows(self, visitor: str) -> bool:
        """True if the visitor may do it now, which counts."""
        with self._lock:
            now = self._clock()
            times = self._times.pop(visitor, deque())
            self._times[visitor] = times  # the newest last
            while times and now - times[0] >= self._window:
                times.popleft()
            if len(self._times) > MANY:
                del self._times[next(iter(self._times))]
            if len(times) >= self._most:
                return False
            times.append(now)
            return True
