"""Limits on guessing codes of classes, and on how often a phone sends. No Streamlit, any thread."""

import time
from collections import Counter, deque
from collections.abc import Callable
from threading import Lock

from pages.ui.server.login_throttle import TooManyTries

WINDOW = 60.0  # seconds in which wrong codes are counted
OF_VISITOR, OF_ADDRESS, OF_ALL = 10, 60, 300  # a class may share one address
MANY = 1000  # visitors whose pace is kept


class WrongCodes:
    """Counter of the wrong codes at one server. Right ones are not counted."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds that never run backwards."""
        self._clock = clock
        self._lock = Lock()
        self._wrong: deque[tuple[float, str, str]] = deque()  # oldest first

    def check(self, visitor: str, address: str) -> None:
        """Let a code be checked.

        Raises:
            TooManyTries: if this visitor, this address, or all together, were wrong too often.
        """
        with self._lock:
            now = self._clock()
            while self._wrong and now - self._wrong[0][0] >= WINDOW:
                self._wrong.popleft()
            visitors = Counter(who for _when, who, _where in self._wrong)
            addresses = Counter(where for _when, _who, where in self._wrong)
            if (
                visitors[visitor] >= OF_VISITOR
                or addresses[address] >= OF_ADDRESS
                or len(self._wrong) >= OF_ALL
            ):
                raise TooManyTries(self._wrong[0][0] + WINDOW - now)

    def count(self, visitor: str, address: str) -> None:
        """Count a wrong code."""
        with self._lock:
            self._wrong.append((self._clock(), visitor, address))


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
