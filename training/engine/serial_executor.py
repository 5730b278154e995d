"""Jobs that one thread does in the order in which they came, and others every so often."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence

Job = Callable[[], object]
CLOSE_PATIENCE = 10.0  # seconds
_log = logging.getLogger(__name__)


class SerialExecutor:
    """Any thread may put a job; a thread of its own does them. A job that raises costs only itself.

    Nothing is done before `start`.
    """

    def __init__(
        self,
        name: str,
        every: Sequence[tuple[float, Job]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`every` has jobs to be done again after so many seconds, however much else there is."""
        self.thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._every = every
        self._clock = clock
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()

    @property
    def started(self) -> bool:
        """Whether `start` was called."""
        return self.thread.ident is not None

    def start(self) -> None:
        """To be called once."""
        self.thread.start()

    def put(self, job: Job) -> None:
        """Have a job done after all that were put before; returns at once."""
        self._jobs.put(job)

    def close(self, last: Job) -> None:
        """Wait until all jobs and then `last` are done; of one never started, only `last` is."""
        if not self.started:
            last()
            return
        self._jobs.put(last)
        self._jobs.put(None)
        self.thread.join(CLOSE_PATIENCE)

    def _work(self) -> None:
        done = [float("-inf")] * len(self._every)
        while True:
            try:
                job = self._jobs.get(timeout=min(seconds for seconds, _job in self._every))
            except queue.Empty:
                pass
            else:
                if job is None:
                    return
                self._do(job)
            for index, (seconds, regular) in enumerate(self._every):
                if self._clock() - done[index] >= seconds:
                    done[index] = self._clock()
                    self._do(regular)

    def _do(self, job: Job) -> None:
        try:
            job()
        except Exception:
            _log.exception("%s survived an error", self.thread.name)
