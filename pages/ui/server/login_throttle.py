"""Whether a code is the teacher's: constant time, a few tries a minute. No Streamlit."""

from __future__ import annotations

import hmac
import math
import time
from collections import deque
from collections.abc import Callable
from threading import Lock

WINDOW = 60.0  # seconds in which wrong tries are counted
TRIES = 5  # of one visitor
ALL_TRIES = 20  # of everybody together: a visitor who drops the cookie is a new one


class TooManyTries(Exception):
    """Nothing was compared; `seconds` is the whole number until the next try, at least 1."""

    def __init__(self, seconds: float) -> None:
        self.seconds = max(1, math.ceil(seconds))
        super().__init__(f"wait {self.seconds} s")


class LoginThrottle:
    """Counts the wrong tries of one server. Any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds that never run backwards."""
        self._clock = clock
        self._lock = Lock()
        self._wrong: deque[tuple[float, str]] = deque()  # at most ALL_TRIES, the oldest first

    def check(self, code: str, given: str, visitor: str) -> bool:
        """Whether `given` is the code; a wrong one is counted. A blank code is nobody's.

        Raises:
            TooManyTries: if this visitor, or everybody together, was wrong too often.
        """
        with self._lock:
            now = self._clock()
            while self._wrong and now - self._wrong[0][0] >= WINDOW:
                self._wrong.popleft()
            self._expect_room([when for when, who in self._wrong if who == visitor], TRIES, now)
            self._expect_room([when for when, _who in self._wrong], ALL_TRIES, now)
            right = hmac.compare_digest(_bytes(code), _bytes(given)) and bool(code.strip())
            if not right:
                self._wrong.append((now, visitor))
            return right

    def _expect_room(self, times: list[float], most: int, now: float) -> None:
        if len(times) >= most:
            raise TooManyTries(times[-most] + WINDOW - now)


def _bytes(text: str) -> bytes:
    return text.strip().encode("utf-8", "surrogatepass")
