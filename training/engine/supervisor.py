"""Supervisor of the workers: starts or connects them and, when they are lost, does so again."""

import logging
import os
import threading
from collections.abc import Callable

import psutil

from model_store.text import _
from training.workers.dask_pool import Message, Signal, WorkerPool
from training.workers.scheduler import EngineError, HostProcess, SchedulerAddress

WORKER_MEMORY = 700_000_000  # bytes that a warm worker takes
QUICK_DEATH = 30.0  # seconds; workers lost sooner than that count as a failed start
RETRY_AFTER = (0.0, 1.0, 5.0, 30.0)  # seconds before the workers are started again
_log = logging.getLogger(__name__)


def default_workers() -> int:
    """Return `SOFTMAX_LAB_WORKERS`, or a core each less one for the server, as memory allows.

    Raises:
        EngineError: if that variable is no number above 0.
    """
    given = os.environ.get("SOFTMAX_LAB_WORKERS", "").strip()
    if not given:
        fits = psutil.virtual_memory().available // WORKER_MEMORY
        return max(1, min((os.cpu_count() or 2) - 1, int(fits)))
    if not given.isdecimal() or not 0 < int(given) <= 1024:
        sentence = _("SOFTMAX_LAB_WORKERS is {value}. Set it to a whole number above 0.")
        raise EngineError(sentence.format(value=repr(given)[:40]))
    return int(given)


class Supervisor:
    """Workers of one engine: own processes, or those of a remote scheduler. Any thread.

    `error` is a sentence on settings that can never work, or "". `remote` workers do not see this
    machine's files. `pool` is None without workers.
    """

    def __init__(
        self,
        post: Callable[[Message], None],
        workers: int | None,
        address: str | None,
        memory: int | None,
        clock: Callable[[], float],
    ) -> None:
        """Nothing starts before `start`. `post` gets a signal when workers came or were lost."""
        self._post, self._memory, self._clock = post, memory, clock
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self.remote: SchedulerAddress | None = None
        self._size = 0
        self._host: HostProcess | None = None
        self.pool: WorkerPool | None = None
        self.error = ""
        self._failure = ""  # of the last tries
        self.start = threading.Thread(target=self._run, name="engine_supervisor", daemon=True).start
        try:
            self._size = workers or default_workers()
            url = os.environ.get("SOFTMAX_LAB_ENGINE", "") if address is None else address
            self.remote = SchedulerAddress.parse(url, os.environ) if url else None
        except EngineError as error:
            self.error = str(error)

    def close(self) -> None:
        """Disconnect from the workers, and end them if they are our own."""
        with self._lock:
            self._closing.set()
        self._disconnect()

    def status(self) -> tuple[str, str, int]:
        """Return state ("starting", "ready" or "broken"), a sentence or "", number of workers."""
        pool = self.pool
        if pool and pool.workers:
            return "ready", "", len(pool.workers)
        expected = 0 if self.remote else self._size
        if failure := self.error or self._failure:
            return "broken", failure, expected
        return "starting", _("No worker is ready yet.") if pool else "", expected

    def _run(self) -> None:
        failures = 0
        while not self._closing.wait(RETRY_AFTER[min(failures, len(RETRY_AFTER) - 1)]):
            began, lost = self._clock(), threading.Event()
            try:
                self._connect(lost)
                lost.wait()
                failures = failures + 1 if self._clock() - began < QUICK_DEATH else 0
            except Exception as error:
                failures += 1
                self._report(error, failures)
            self._disconnect()

    def _connect(self, lost: threading.Event) -> None:
        """Bring up the workers; `lost` is set when they are lost."""
        address = self.remote
        if address is None:
            free = int(0.9 * psutil.virtual_memory().available)
            memory = self._memory or max(2 * WORKER_MEMORY, free // self._size)
            with self._lock:
                if self._closing.is_set():
                    lost.set()
                    return
                self._host = HostProcess(self._size, memory)
            address = SchedulerAddress(self._host.address())
        self.pool = WorkerPool(address, self._post, lost.set)
        self._failure = ""
        if self._closing.is_set():
            lost.set()
        self._post(Signal.DISPATCH)

    def _disconnect(self) -> None:
        pool, self.pool = self.pool, None
        self._post(Signal.WORKERS_LOST)
        if self._host is not None:
            self._host.close()
        if pool is not None:
            pool.close()

    def _report(self, error: Exception, failures: int) -> None:
        """Log why the workers did not start; after some tries the status says so as well."""
        if self._closing.is_set():
            return
        tail = "\n".join(self._host.log_tail) if self._host else ""
        _log.warning("the workers did not start: %r\n%s", error, tail)
        if self.remote:
            self._failure = _(
                "The training engine at {address} cannot be reached ({why}). The app tries again "
                "every 30 seconds."
            ).format(address=self.remote.url, why=type(error).__name__)
        elif failures >= len(RETRY_AFTER) - 1:
            self._failure = _(
                "The worker processes do not start. The app tries again every 30 seconds. Free "
                "some memory, or set SOFTMAX_LAB_WORKERS to a smaller number."
            )
