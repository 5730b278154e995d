"""Connection of the server to a Dask scheduler and its workers, which reports by messages.

Dask's client (0.4 s to import) is loaded when the first `WorkerPool` is made.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import Enum, auto
from typing import Any, NamedTuple

from model_store.recipe.recipe import Recipe
from training.loop.control import Command
from training.workers import dask_private, worker
from training.workers.job import Job
from training.workers.scheduler import SchedulerAddress

CONNECT_PATIENCE = 10.0  # seconds
ASK_EVERY = 0.25  # seconds between two questions to the scheduler
ANSWER_PATIENCE = 20.0  # seconds without an answer until the scheduler counts as lost
WORKER_DIED = "KilledWorker"  # Dask's name for it, as `TaskEnded.error`
_log = logging.getLogger(__name__)


class Signal(Enum):
    """Message without content."""

    START = auto()
    DISPATCH = auto()  # a run waits, or workers came or went
    WORKERS_LOST = auto()  # all of them, with the connection
    CLOSE = auto()


class RunMessage(NamedTuple):
    """Message of an attempt at a run; `training.workers.worker.run` lists the contents."""

    attempt: str
    content: Mapping[str, Any]


class TaskEnded(NamedTuple):
    """End of an attempt, or of a compilation; `error` names its exception, "" without one."""

    attempt: str
    error: str


class OutOfMemory(NamedTuple):
    """A worker, by its address, that its nanny is about to kill for its use of memory."""

    worker: str


Message = Signal | RunMessage | TaskEnded | OutOfMemory


class WorkerPool:
    """One scheduler and its workers, by their addresses. Every method returns at once; any thread.

    `workers` are the connected ones.
    """

    def __init__(
        self, address: SchedulerAddress, post: Callable[[Message], None], lost: Callable[[], None]
    ) -> None:
        """Connect. `post` takes messages; `lost` is called once, when the connection is lost.

        Both are called in Dask's threads and must be quick.

        Raises:
            OSError: if there is no scheduler or it does not trust us.
        """
        from distributed import Client
        from distributed.security import Security

        for name in list(logging.root.manager.loggerDict):  # tracebacks about lost connections
            if name.split(".")[0] == "distributed":
                logging.getLogger(name).setLevel(logging.CRITICAL)
        files = {"tls_ca_file": address.ca, "tls_client_cert": address.cert}
        tls = Security(**files, tls_client_key=address.key, require_encryption=True)
        self.workers: frozenset[str] = frozenset()
        self._post = post
        self._futures: dict[str, Any] = {}  # of the attempts
        self._locks: dict[str, asyncio.Lock] = {}
        self._client = Client(
            address.url,
            security=tls if address.ca else None,
            set_as_default=False,
            timeout=CONNECT_PATIENCE,
        )
        subscribe = self._client.subscribe_topic
        subscribe(worker.TOPIC, lambda item: post(RunMessage(item[1]["attempt"], item[1])))
        subscribe(dask_private.MEMORY_TOPIC, lambda item: post(OutOfMemory(item[1]["worker"])))
        first = dask_private.connection(self._client)
        self._client.loop.add_callback(self._watch, first, lost)

    def submit(self, job: Job, address: str) -> None:
        """Have this worker run the job; a `TaskEnded` follows, unless the connection is lost."""
        self._submit(job.attempt, address, worker.run, job)

    def prepare(self, task: str, recipe: Recipe, address: str) -> None:
        """Have this worker compile the recipe's program; `TaskEnded` follows as in `submit`."""
        self._submit(task, address, worker.prepare, task, recipe)

    def send(self, address: str, attempt: str, command: Command) -> None:
        """Pass a command to the worker, in the order of the calls."""
        self._call(address, worker.command, attempt, command, workers=[address])

    def kill(self, address: str) -> None:
        """Have the worker's nanny kill and replace it."""
        self._call(f"nanny of {address}", worker.kill_worker, workers=[address], nanny=True)

    def cancel(self, attempt: str) -> None:
        """Tell the scheduler to drop this attempt's task."""

        async def cancel() -> None:
            with suppress(Exception):  # the connection is lost: so is the task
                await self._client.cancel([self._futures.pop(attempt)])

        self._client.loop.add_callback(cancel)

    def close(self) -> None:
        """Disconnect; a remote worker stops what it still runs."""
        with suppress(Exception):
            self._client.close(timeout=2)

    def _submit(self, task: str, address: str, function: Callable[..., None], *args: Any) -> None:
        future = self._client.submit(
            function, *args, key=task, workers=[address], pure=False, retries=0
        )
        self._futures[task] = future
        future.add_done_callback(lambda done: self._report_end(task, done))

    def _report_end(self, attempt: str, future: Any) -> None:
        self._futures.pop(attempt, None)
        if future.status == "error":
            error = future.exception()
            _log.info("the task of %s failed: %r", attempt, error)
            self._post(TaskEnded(attempt, type(error).__name__))
        elif future.status == "finished":
            self._post(TaskEnded(attempt, ""))

    def _call(self, line: str, function: Callable[..., Any], *args: Any, **where: Any) -> None:
        """Run a function at a worker, after those before it on the same line."""

        async def call() -> None:
            try:
                async with self._locks.setdefault(line, asyncio.Lock()):
                    await self._client.run(function, *args, **where)
            except Exception as error:  # the worker is gone; its attempt ends elsewhere
                _log.info("%s could not be reached: %r", line, error)

        self._client.loop.add_callback(call)

    async def _watch(self, first: object, lost: Callable[[], None]) -> None:
        """Follow the workers, and notice a lost connection.

        Dask's client connects again by itself, but without its subscriptions.
        """
        with suppress(Exception):
            while dask_private.connection(self._client) is first:
                asked = dask_private.workers(self._client)
                present = await asyncio.wait_for(asked, ANSWER_PATIENCE)
                if present != self.workers:
                    self.workers = present
                    self._post(Signal.DISPATCH)
                await asyncio.sleep(ASK_EVERY)
        _log.info("the connection to the scheduler is lost")
        lost()
