"""The keeper of the workers: brings them up and, when they are lost, the next ones."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from gettext import gettext as _

import psutil

from training.workers.dask_pool import EngineError, HostProcess, SchedulerAddress, WorkerPool

WORKER_MEMORY = 700_000_000  # bytes that a warm worker takes
QUICK_DEATH = 30.0  # seconds; a host that lives shorter did not come up well
RETRY_AFTER = (0.0, 1.0, 5.0, 30.0)  # seconds before the workers are tried again
_log = logging.getLogger(__name__)


def default_workers() -> int:
    """`SOFTMAX_LAB_WORKERS`, or a core each less one for the server, as far as memory goes.

    Raises:
        EngineError: if that variable is no number above 0.
    """
    named = os.environ.get("SOFTMAX_LAB_WORKERS", "").strip()
    if named:
        if not named.isdecimal() or not 0 < int(named) <= 1024:
            raise EngineError(
                _("SOFTMAX_LAB_WORKERS is {value}; it needs a whole number above 0.").format(
                    value=repr(named)[:40]
                )
            )
        return int(named)
    fits = psutil.virtual_memory().available // WORKER_MEMORY
    return max(1, min((os.cpu_count() or 2) - 1, int(fits)))


class Supervisor:
    """The workers of one engine: processes of our own, or those of a remote scheduler.

    It has a thread of its own; every method may be called from any thread.
    """

    def __init__(
        self,
        connect: Callable[[SchedulerAddress, Callable[[], None]], WorkerPool],
        *,
        up: Callable[[], None],
        down: Callable[[], None],
        workers: int | None,
        address: str | None,
        memory: int | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is started before `start`.

        `connect` makes a pool from a scheduler and from what it shall call when the line is lost;
        `up` is called when a pool is there, `down` when it is gone, all on the keeper's thread.
        `workers`, `address` and `memory` as for the engine. What is set up in a way that can never
        work is told by `unusable`, a sentence.
        """
        self._connect, self._up, self._down = connect, up, down
        self._memory = memory
        self._clock = clock
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._lost = threading.Event()  # of the present pool
        self._state, self._message = "starting", ""
        self._remote: SchedulerAddress | None = None
        self._wanted = 0
        self.thread = threading.Thread(target=self._keep, name="engine_keep", daemon=True)
        self.host: HostProcess | None = None
        self.pool: WorkerPool | None = None
        self.unusable = ""
        try:
            self._wanted = workers or default_workers()
            address = os.environ.get("SOFTMAX_LAB_ENGINE", "") if address is None else address
            self._remote = SchedulerAddress.parse(address, os.environ) if address else None
        except EngineError as error:
            self._state, self._message = "broken", str(error)
            self.unusable = str(error)

    @property
    def is_remote(self) -> bool:
        """Whether the workers are somebody else's and do not see this machine's files."""
        return self._remote is not None

    def start(self) -> None:
        """Bring up the workers in the background; to be called once, if it is not unusable."""
        self.thread.start()

    def close(self) -> None:
        """End the workers, if they are ours, and the line to them."""
        with self._lock:
            self._closing.set()
            self._lost.set()
            host, pool = self.host, self.pool
        if host is not None:
            host.close()
        if pool is not None:
            pool.close()

    def status(self) -> tuple[str, str, int]:
        """State ("starting", "ready" or "broken"), a sentence or "", and how many workers."""
        with self._lock:
            state, message = self._state, self._message
            there = len(self.pool.workers) if self.pool else 0
        if state == "ready" and not there:
            state, message = "starting", _("No worker is there yet.")
        return state, message, there if self._remote or state == "ready" else self._wanted

    def _keep(self) -> None:
        failures = 0
        while not self._closing.wait(RETRY_AFTER[min(failures, len(RETRY_AFTER) - 1)]):
            began = self._clock()
            lost = threading.Event()
            try:
                pool = self._bring_up(lost)
            except Exception as error:
                failures += 1
                self._explain(error, failures)
                continue
            lost.wait()
            if self._closing.is_set():
                pool.close()
                return
            with self._lock:
                self.pool, self._state = None, "starting"
            self._down()
            self._take_down()
            pool.close()
            failures = failures + 1 if self._clock() - began < QUICK_DEATH else 0

    def _bring_up(self, lost: threading.Event) -> WorkerPool:
        remote = self._remote or SchedulerAddress(self._start_host(lost))
        pool = self._connect(remote, lost.set)
        with self._lock:
            self.pool, self._lost = pool, lost
            self._state, self._message = "ready", ""
            if self._closing.is_set():
                lost.set()
        self._up()
        return pool

    def _start_host(self, lost: threading.Event) -> str:
        free = psutil.virtual_memory().available
        memory = self._memory or max(2 * WORKER_MEMORY, int(0.9 * free) // self._wanted)
        with self._lock:
            if self._closing.is_set():
                raise EngineError(_("The app is closing."))
            host = self.host = HostProcess(self._wanted, memory)
        address = host.address()

        def watch() -> None:
            host.wait()
            lost.set()

        threading.Thread(target=watch, name="engine-host", daemon=True).start()
        return address

    def _take_down(self) -> None:
        if self.host is not None:
            self.host.close()

    def _explain(self, error: Exception, failures: int) -> None:
        if self._closing.is_set():
            return
        tail = "\n".join(self.host.tail) if self.host else ""
        _log.warning("the engine did not start: %r\n%s", error, tail)
        self._take_down()
        if failures < len(RETRY_AFTER) - 1 and not self._remote:
            return
        with self._lock:
            self._state = "broken"
            if self._remote:
                self._message = _(
                    "The training engine at {address} cannot be reached ({why}). It is tried again "
                    "every half minute."
                ).format(address=self._remote.address, why=type(error).__name__)
            else:
                self._message = _(
                    "The worker processes do not start; it is tried again every half minute. Free "
                    "some memory, or set SOFTMAX_LAB_WORKERS to a smaller number."
                )
