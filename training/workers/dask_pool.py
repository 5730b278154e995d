"""Where the workers are: the host process that the app starts, and the line to a Dask scheduler.

Both live in the server process, which imports `distributed` (0.4 s) only when it makes a pool.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from gettext import gettext as _
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from training.loop.control import Command
from training.workers import worker

CODE = Path(__file__).resolve().parents[2]
START_PATIENCE = 180.0  # seconds that a host may take to bring up its workers
END_PATIENCE = 4.0  # seconds that a host may take to end
CONNECT_PATIENCE = 10.0
LOOK_EVERY = 0.25  # seconds between two looks at the connection
ASK_EVERY = 2.0  # seconds between two questions to the scheduler
ANSWER_PATIENCE = 20.0  # seconds without an answer until it counts as lost
MEMORY_TOPIC = "worker-restart-memory"  # Dask's nannies report there
_log = logging.getLogger(__name__)


class EngineError(Exception):
    """A sentence for a person about an engine that cannot work as it is set up."""


class LimitError(EngineError):
    """A request above the teacher's limits; the message is a sentence for a person."""


# -- addresses -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SchedulerAddress:
    """A scheduler somewhere else; the three files are "" for a plain connection."""

    address: str
    ca: str = ""
    cert: str = ""
    key: str = ""

    @classmethod
    def parse(cls, address: str, environ: Mapping[str, str]) -> SchedulerAddress:
        """Check an address such as `tls://10.0.0.5:8786` and find its certificates.

        Raises:
            EngineError: if anyone on the network could run code through it, or it is no address.
        """
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host or not port or parts.scheme not in ("tls", "tcp"):
            raise EngineError(
                _(
                    "SOFTMAX_LAB_ENGINE is {address}, which is no address of a scheduler. It looks "
                    "like tls://10.0.0.5:8786."
                ).format(address=repr(address)[:80])
            )
        if parts.scheme == "tcp":
            if not _is_loopback(host):
                raise EngineError(
                    _(
                        "SOFTMAX_LAB_ENGINE names {address} without encryption: whoever reaches "
                        "that port could run programs there. Use tls:// and certificates."
                    ).format(address=address)
                )
            return cls(address)
        files = [environ.get(f"SOFTMAX_LAB_TLS_{name}", "") for name in ("CA", "CERT", "KEY")]
        for name, path in zip(("CA", "CERT", "KEY"), files, strict=True):
            if not path or not Path(path).is_file():
                raise EngineError(
                    _(
                        "SOFTMAX_LAB_ENGINE needs certificates: SOFTMAX_LAB_TLS_{name} names no "
                        "file. Set SOFTMAX_LAB_TLS_CA, _CERT and _KEY."
                    ).format(name=name)
                )
        return cls(address, *files)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# -- the host process ----------------------------------------------------------------------------


class HostProcess:
    """The process of scheduler and workers on this machine; ends when we end, or on `close`."""

    def __init__(self, workers: int, memory: int) -> None:
        """Start it; returns at once. `memory` is in bytes a worker."""
        self.tail: deque[str] = deque(maxlen=20)
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-m", "training.workers.host"),
                *("--workers", str(workers), "--memory", str(memory)),
            ],
            env={**os.environ, "PYTHONPATH": _path()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=os.name == "posix",  # Ctrl-C is for the server, which then ends it
        )
        threading.Thread(target=self._read_log, name="engine-log", daemon=True).start()

    @property
    def pid(self) -> int:
        """Of the host; its workers are its children."""
        return self._process.pid

    def address(self) -> str:
        """Wait until the workers are warm.

        Raises:
            EngineError: if it ends before, or takes too long.
        """
        assert self._process.stdout is not None
        late = threading.Timer(START_PATIENCE, self._kill)
        late.daemon = True
        late.start()
        line = self._process.stdout.readline()
        late.cancel()
        try:
            return str(json.loads(line)["address"])
        except (ValueError, KeyError, TypeError):
            self.close()
            raise EngineError(_("The worker processes did not start.")) from None

    def wait(self) -> None:
        """Until it is gone."""
        self._process.wait()

    def close(self) -> None:
        """End it and all its workers; at most a few seconds."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(END_PATIENCE)
        except subprocess.TimeoutExpired:
            self._kill()
            self._process.wait()

    def _kill(self) -> None:
        with suppress(OSError):
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def _read_log(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            text = line.decode(errors="replace").rstrip()
            self.tail.append(text)
            _log.debug("host: %s", text)


def _path() -> str:
    """For a process in whatever folder the server was started, to find this code."""
    return os.pathsep.join(filter(None, (str(CODE), os.environ.get("PYTHONPATH"))))


# -- the line to a scheduler ---------------------------------------------------------------------


class WorkerPool:
    """A connection to one scheduler and its workers. Its methods may be called from any thread.

    `on_message` is given this pool and what runs say, in order; `on_memory` the address of a worker
    that is about to be ended for its hunger; `on_change` nothing: workers came or went; `on_lost`
    nothing: the line is dead and stays so. All are called in the connection's own thread and must
    be quick.
    """

    def __init__(
        self,
        remote: SchedulerAddress,
        *,
        on_message: Callable[[WorkerPool, Mapping[str, Any]], None],
        on_memory: Callable[[str], None],
        on_change: Callable[[], None],
        on_lost: Callable[[], None],
    ) -> None:
        """Connect.

        Raises:
            OSError: if there is no scheduler or it does not trust us.
        """
        from distributed import Client
        from distributed.security import Security

        _silence_dask()
        security = None
        if remote.ca:
            security = Security(
                tls_ca_file=remote.ca,
                tls_client_cert=remote.cert,
                tls_client_key=remote.key,
                require_encryption=True,
            )
        self._workers: frozenset[str] = frozenset()
        self._on_change = on_change
        self._locks: dict[str, asyncio.Lock] = {}
        self._client = Client(
            remote.address, security=security, set_as_default=False, timeout=CONNECT_PATIENCE
        )
        self._client.subscribe_topic(worker.TOPIC, lambda item: on_message(self, item[1]))
        self._client.subscribe_topic(MEMORY_TOPIC, lambda item: on_memory(item[1]["worker"]))
        self._client.subscribe_topic("all", lambda item: self._hear_of_worker(item[1]))
        self._run(self._watch(self._client.scheduler_comm, on_lost))

    @property
    def workers(self) -> frozenset[str]:
        """Addresses of the workers that are there."""
        return self._workers

    def submit(self, job: Mapping[str, Any], address: str) -> Any:
        """Have this worker run the job; returns Dask's future."""
        return self._client.submit(
            worker.run, job, key=job["attempt"], workers=[address], pure=False, retries=0
        )

    def send(self, address: str, attempt: str, command: Command) -> None:
        """Pass a command to the worker, in the order of the calls; returns at once."""
        self._run(
            self._call(
                address, worker.command, attempt, command.action.value, command.value, nanny=False
            )
        )

    def kill(self, address: str) -> None:
        """Have the worker's nanny end and replace it; returns at once."""
        self._run(self._call(f"nanny of {address}", worker.kill_worker, nanny=True, at=address))

    def forget(self, future: Any) -> None:
        """Tell the scheduler that nobody waits for this task; returns at once."""
        self._run(self._cancel(future))

    def close(self) -> None:
        """Hang up; what still runs at a remote worker is stopped by it."""
        with suppress(Exception):
            self._client.close(timeout=2)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            asyncio.run_coroutine_threadsafe(work, self._client.loop.asyncio_loop)
        except RuntimeError:  # closed meanwhile
            work.close()

    async def _call(
        self, line: str, function: Callable[..., Any], *args: Any, nanny: bool, at: str = ""
    ) -> None:
        try:
            async with self._locks.setdefault(line, asyncio.Lock()):
                await self._client.run(function, *args, workers=[at or line], nanny=nanny)
        except Exception as error:  # the worker is gone: whoever watches it will know
            _log.info("%s could not be reached: %r", line, error)

    async def _cancel(self, future: Any) -> None:
        with suppress(Exception):
            await self._client.cancel([future])

    async def _watch(self, comm: Any, on_lost: Callable[[], None]) -> None:
        """Notice what Dask hides: a client that lost its scheduler connects again, deaf."""
        waited = ASK_EVERY
        while self._client.status == "running" and self._client.scheduler_comm is comm:
            if waited >= ASK_EVERY:
                waited = 0.0
                try:
                    known = await asyncio.wait_for(
                        self._client.scheduler.identity(n_workers=-1), ANSWER_PATIENCE
                    )
                except Exception as error:
                    _log.info("the scheduler does not answer: %r", error)
                    break
                self._set_workers(frozenset(known["workers"]))
            await asyncio.sleep(LOOK_EVERY)
            waited += LOOK_EVERY
        on_lost()

    def _hear_of_worker(self, message: Any) -> None:
        action = message.get("action") if isinstance(message, dict) else None
        if action == "add-worker":
            self._set_workers(self._workers | {message["worker"]})
        elif action == "remove-worker":
            self._locks.pop(message["worker"], None)
            self._set_workers(self._workers - {message["worker"]})

    def _set_workers(self, workers: frozenset[str]) -> None:
        if workers != self._workers:
            self._workers = workers
            self._on_change()


def _silence_dask() -> None:
    """Its tracebacks about lost connections say nothing that `_log` does not."""
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)
