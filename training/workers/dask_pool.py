"""Connection of the server to a Dask scheduler and its workers.

Dask's client (0.4 s to import) is loaded when the first `WorkerPool` is made.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from training.loop.control import Command
from training.workers import dask_private, worker
from training.workers.job import Job
from training.workers.messages import Message, OutOfMemory, RunMessage, Signal, TaskEnded
from training.workers.scheduler_address import SchedulerAddress

CONNECT_PATIENCE = 10.0  # seconds
CHECK_EVERY = 0.25  # seconds between two checks of the connection
ASK_EVERY = 8  # checks between two questions to the scheduler
ANSWER_PATIENCE = 20.0  # seconds without an answer until the scheduler counts as lost
WORKER_DIED = "KilledWorker"  # Dask's name for it, as `TaskEnded.error`
_log = logging.getLogger(__name__)


class WorkerPool:
    """One scheduler and its workers. Every method returns at once; any thread."""

    def __init__(
        self,
        address: SchedulerAddress,
        post: Callable[[Message], None],
        lost: Callable[[], None],
    ) -> None:
        """Connect. `post` takes messages; `lost` is called once, when the connection is lost.

        Both are called in Dask's threads and must be quick.

        Raises:
            OSError: if there is no scheduler or it does not trust us.
        """
        from distributed import Client
        from distributed.security import Security

        _silence_dask()
        security = None
        if address.ca:
            security = Security(
                tls_ca_file=address.ca,
                tls_client_cert=address.cert,
                tls_client_key=address.key,
                require_encryption=True,
            )
        self._post = post
        self._workers: frozenset[str] = frozenset()
        self._futures: dict[str, Any] = {}  # of the attempts
        self._locks: dict[str, asyncio.Lock] = {}
        self._client = Client(
            address.url, security=security, set_as_default=False, timeout=CONNECT_PATIENCE
        )
        subscribe = self._client.subscribe_topic
        subscribe(worker.TOPIC, lambda item: post(RunMessage(item[1]["attempt"], item[1])))
        subscribe(dask_private.MEMORY_TOPIC, lambda item: post(OutOfMemory(item[1]["worker"])))
        subscribe(dask_private.WORKERS_TOPIC, lambda item: self._update_workers(item[1]))
        first = dask_private.connection(self._client)
        self._client.loop.add_callback(self._watch, first, lost)

    @property
    def workers(self) -> frozenset[str]:
        """Addresses of the workers that are there."""
        return self._workers

    def submit(self, job: Job, address: str) -> None:
        """Have this worker run the job; a `TaskEnded` follows, unless the connection is lost."""
        future = self._client.submit(
            worker.run, job, key=job.attempt, workers=[address], pure=False, retries=0
        )
        self._futures[job.attempt] = future
        future.add_done_callback(lambda done: self._report_end(job.attempt, done))

    def send(self, address: str, attempt: str, command: Command) -> None:
        """Pass a command to the worker, in the order of the calls."""
        self._call(address, worker.command, attempt, command, workers=[address])

    def kill(self, address: str) -> None:
        """Have the worker's nanny kill and replace it."""
        self._call(f"nanny of {address}", worker.kill_worker, workers=[address], nanny=True)

    def cancel(self, attempt: str) -> None:
        """Tell the scheduler to drop this attempt's task."""
        future = self._futures.pop(attempt, None)
        if future is not None:
            self._client.loop.add_callback(self._cancel, future)

    def close(self) -> None:
        """Disconnect; a remote worker stops what it still runs."""
        with suppress(Exception):
            self._client.close(timeout=2)

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

    async def _cancel(self, future: Any) -> None:
        with suppress(Exception):  # the connection is lost: so is the task
            await self._client.cancel([future])

    async def _watch(self, first: object, lost: Callable[[], None]) -> None:
        """Notice a lost connection: Dask's client connects again, without its subscriptions."""
        checks = 0
        while self._client.status == "running":
            if dask_private.connection(self._client) is not first:
                break
            if checks % ASK_EVERY == 0:
                try:
                    asked = dask_private.workers(self._client)
                    self._set_workers(await asyncio.wait_for(asked, ANSWER_PATIENCE))
                except Exception as error:
                    _log.info("the scheduler does not answer: %r", error)
                    break
            checks += 1
            await asyncio.sleep(CHECK_EVERY)
        lost()

    def _update_workers(self, message: Any) -> None:
        name, came = dask_private.worker_change(message)
        if came:
            self._set_workers(self._workers | {name})
        elif name:
            self._locks.pop(name, None)
            self._set_workers(self._workers - {name})

    def _set_workers(self, workers: frozenset[str]) -> None:
        if workers != self._workers:
            self._workers = workers
            self._post(Signal.DISPATCH)


def _silence_dask() -> None:
    """Drop Dask's tracebacks about lost connections: `_log` says the same."""
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)
