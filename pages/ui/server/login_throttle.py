"""Check of the teacher's code: constant time, a few wrong tries a minute. No Streamlit."""

import hmac
import math
import time
from collections import deque
from collections.abc import Callable
from threading import Lock

WINDOW = 60.0  # seconds in which wrong tries are counted
TRIES = 5  # of one visitor
ALL_TRIES = 20  # of all together: a visitor who drops the cookie is a new one


class TooManyTries(Exception):
    """Refusal without a check; `seconds`, at least 1, until the next try."""

    def __init__(self, seconds: float) -> None:
        self.seconds = max(1, math.ceil(seconds))
        super().__init__(f"wait {self.seconds} s")


class LoginThrottle:
    """Counter of the wrong tries at one server. Any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds that never run backwards."""
        self._clock = clock
        self._lock = Lock()
        self._wrong: deque[tuple[float, str]] = deque()  # at most ALL_TRIES, oldest first

    def check(self, code: str, given: str, visitor: str) -> bool:
        """True if `given` is the code; a wrong one is counted. A blank code matches nothing.

        Raises:
            TooManyTries: if this visitor, or all together, were wrong too often.
        """
        with self._lock:
            now = self._clock()
            while self._wrong and now - self._wrong[0][0] >= WINDOW:
                self._wrong.popleft()
            own = [when for when, who in self._wrong if who == visitor]
            for times, most in ((own, TRIES), ([when for when, _ in self._wrong], ALL_TRIES)):
                if len(times) >= most:
                    raise TooManyTries(times[-most] + WINDOW - now)
            right = hmac.compare_digest(_bytes(code), _bytes(given)) and bool(code.strip())
            if not right:
                self._wrong.append((now, visitor))
            return right


def _bytes(text: str) -> bytes:
    return text.strip().encode("utf-8", "surrogatepass")
