"""Event loop: one queue of messages, and one thread that handles them."""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Generic, TypeVar

CLOSE_PATIENCE = 10.0  # seconds
M = TypeVar("M")
_log = logging.getLogger(__name__)


class EventLoop(Generic[M]):
    """Thread that handles messages in the order in which any thread posts them.

    It calls each of `periodic` at its interval in seconds, even if many messages wait. Errors are
    logged.
    """

    def __init__(
        self,
        name: str,
        handle: Callable[[M], object],
        periodic: Sequence[tuple[float, Callable[[], object]]],
        clock: Callable[[], float],
    ) -> None:
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._handle, self._periodic, self._clock = handle, periodic, clock
        self._messages: queue.SimpleQueue[M | None] = queue.SimpleQueue()
        self.post = self._messages.put
        self.start = self.thread.start

    @property
    def started(self) -> bool:
        """True once `start` was called."""
        return self.thread.ident is not None

    def close(self, last: M) -> None:
        """Wait until all messages and then `last` are handled; only `last` if it never started."""
        if not self.started:
            self._handle(last)
            return
        self.post(last)
        self._messages.put(None)
        self.thread.join(CLOSE_PATIENCE)

    def _run(self) -> None:
        due = [float("-inf")] * len(self._periodic)
        while True:
            calls: list[Callable[[], object]] = []
            with suppress(queue.Empty):
                message = self._messages.get(timeout=min(every for every, _job in self._periodic))
                if message is None:
                    return
                calls.append(partial(self._handle, message))
            for index, (every, job) in enumerate(self._periodic):
                if self._clock() >= due[index]:
                    due[index] = self._clock() + every
                    calls.append(job)
            for call in calls:
                try:
                    call()
                except Exception:
                    _log.exception("%s goes on after an error", self.thread.name)
