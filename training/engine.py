"""The engine: trainings in worker processes, one a core, in a fair order.

Lives in the server process and imports no TensorFlow. Three kinds of threads of its own: the host's
keeper (starts the host and, when it dies, the next), the event thread (the only writer of the
engine's runs, fed by one queue) and short-lived ones that carry commands. Every public method may
be called from any thread and returns at once.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from gettext import gettext as _
from pathlib import Path
from typing import Any

import psutil

from model_store import ModelStore, Run, RunNotFound, RunState, StoreError
from model_store.lease import Lease, is_alive, sweep
from training import events, worker
from training.control import Action, Command
from training.queue import FairQueue
from training.recipe import Recipe

ROOT = Path(__file__).resolve().parent.parent
WORKER_MEMORY = 700_000_000  # bytes that a warm worker takes
STOP_PATIENCE = 6.0  # seconds from a stop to the end of a worker that does not obey
END_PATIENCE = 2.0  # seconds that a finished task's last words may be late
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What can be said without asking anybody: `state` is "starting", "ready" or "broken"."""

    state: str
    message: str
    workers: int
    busy: int
    queued: int


@dataclass(slots=True)
class _Active:
    """A run that a worker has."""

    owner: str
    future: Any
    generation: int
    worker: str = ""
    stopping: bool = False


def default_workers() -> int:
    """SOFTMAX_LAB_WORKERS, or a core each less one for the server, as far as memory goes."""
    named = os.environ.get("SOFTMAX_LAB_WORKERS", "")
    if named.isdecimal() and int(named) > 0:
        return int(named)
    fits = psutil.virtual_memory().available // WORKER_MEMORY
    return max(1, min((os.cpu_count() or 2) - 1, int(fits)))


class Engine:
    """Trains the runs of one store."""

    def __init__(
        self,
        store: ModelStore,
        *,
        workers: int | None = None,
        task: Callable[..., Mapping[str, Any]] = worker.run,
    ) -> None:
        self._store = store
        self._workers = workers or default_workers()
        self._task = task
        self._lock = threading.RLock()
        self._queue = FairQueue()
        self._owners: dict[str, str] = {}
        self._active: dict[str, _Active] = {}
        self._inbox: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lease: Lease | None = None
        self._host: subprocess.Popen[bytes] | None = None
        self._client: Any = None
        self._generation = 0
        self._state, self._message = "starting", ""
        self._started = False
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []

    # -- for everybody ---------------------------------------------------------------------------

    def start(self) -> None:
        """Bring up the workers in the background; a second call does nothing."""
        with self._lock:
            if self._started:
                return
            self._started = True
        self._recover()
        for target in (self._write, self._keep):
            thread = threading.Thread(target=target, name=f"engine-{target.__name__}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def close(self) -> None:
        """End everything; running and waiting runs become interrupted, ready to be resumed."""
        if self._closing.is_set():
            return
        self._closing.set()
        with self._lock:
            host, client = self._host, self._client
        if client is not None:
            _quietly(client.close, timeout=2)
        if host is not None:
            _end_host(host)
        self._inbox.put(lambda: self._interrupt(_("The server was stopped.")))
        self._inbox.put(None)
        for thread in self._threads:
            thread.join(10)
        if self._lease is not None:
            self._lease.close()

    def status(self) -> EngineStatus:
        """Cheap: no call leaves the process."""
        with self._lock:
            return EngineStatus(
                self._state, self._message, self._workers, len(self._active), len(self._queue)
            )

    def submit(self, recipe: Recipe, owner: str) -> Run:
        """Accept a training: its run is there at once, and starts when a worker is free.

        Raises:
            StoreError: if the store cannot be written.
        """
        run = self._store.create(recipe, owner, self._lease_id())
        self._enqueue(run)
        return run

    def resume(self, run_id: str) -> bool:
        """Queue a finished, incomplete run again, from its last checkpoint; False if it cannot be.

        Raises:
            StoreError: if there is no such run, or the store cannot be written.
        """
        run = self._store.open(run_id)
        again = (RunState.STOPPED, RunState.FAILED, RunState.INTERRUPTED, RunState.CANCELLED)
        with self._lock:
            if run.state not in again or run_id in self._active or run_id in self._owners:
                return False
            self._store.claim(run_id, self._lease_id())
            self._store.set_state(run_id, RunState.QUEUED)
            self._enqueue(run)
        return True

    def command(self, run_id: str, command: Command) -> bool:
        """Pass a command on; a queued run is cancelled by a stop. False if nobody is concerned."""
        with self._lock:
            if command.action is Action.STOP and self._queue.remove(run_id):
                self._owners.pop(run_id, None)
                self._say(run_id, RunState.CANCELLED)
                return True
            active = self._active.get(run_id)
            if active is None:
                return False
            if command.action is Action.STOP and not active.stopping:
                active.stopping = True
                self._later(STOP_PATIENCE, lambda: self._kill_if_deaf(run_id, active))
        self._thread(lambda: self._send(active, run_id, command))
        return True

    def position(self, run_id: str) -> int | None:
        """Runs that start before this one; None if it is not waiting."""
        with self._lock:
            order = self._queue.order()
        return order.index(run_id) if run_id in order else None

    # -- queue -----------------------------------------------------------------------------------

    def _lease_id(self) -> str:
        with self._lock:
            if self._lease is None:
                try:
                    self._lease = Lease(self._store.root)
                except OSError as error:
                    raise StoreError(
                        _("The model store at {where} cannot be written: {why}.").format(
                            where=self._store.root, why=error.strerror or error
                        )
                    ) from None
            return self._lease.id

    def _enqueue(self, run: Run) -> None:
        with self._lock:
            self._owners[run.id] = run.owner
            self._queue.add(run.id, run.owner)
        self._inbox.put(self._pump)

    def _pump(self) -> None:
        """Give free workers the next runs. Event thread."""
        with self._lock:
            while self._client is not None and len(self._active) < self._workers:
                run_id = self._queue.take()
                if run_id is None:
                    if not self._active:
                        self._queue.idle()
                    return
                self._dispatch(run_id, self._owners.pop(run_id, ""))

    def _dispatch(self, run_id: str, owner: str) -> None:
        try:
            run = self._store.open(run_id)
            checkpoints = self._store.checkpoints(run_id)
        except StoreError:
            return  # deleted while it waited
        resume = str(checkpoints[max(checkpoints)]) if checkpoints else None
        self._say(run_id, RunState.RUNNING)
        future = self._client.submit(
            self._task,
            run_id,
            run.recipe.to_dict(),
            str(self._store.root),
            resume,
            key=f"{run_id}-{time.monotonic_ns()}",
            pure=False,
            retries=0,
        )
        active = self._active[run_id] = _Active(owner, future, self._generation)
        future.add_done_callback(
            lambda done: self._inbox.put(lambda: self._task_ended(run_id, active, done))
        )

    # -- what workers say ------------------------------------------------------------------------

    def _write(self) -> None:
        while (job := self._inbox.get()) is not None:
            try:
                job()
            except Exception:
                _log.exception("the engine could not carry something out")

    def _heard(self, message: Mapping[str, Any]) -> None:
        """One message of a worker; Dask adds the worker's address to each. Event thread."""
        run_id = str(message.get("run"))
        active = self._active.get(run_id)
        if active is None:
            return
        active.worker = str(message.get("worker", active.worker))
        if "event" in message:
            try:
                self._store.append(run_id, events.from_dict(message["event"]))
            except RunNotFound:  # deleted while it trained
                self.command(run_id, Command(Action.STOP))
        elif "end" in message:
            self._ended(run_id, message["end"])

    def _ended(self, run_id: str, end: Mapping[str, Any]) -> None:
        """The run is over: its manifest first, then its state. Event thread."""
        if self._active.pop(run_id, None) is None:
            return
        state, sentence = RunState(end["state"]), str(end["message"])
        try:
            if end["facts"]:
                self._store.finish(run_id, **end["facts"])
        except StoreError as error:
            state, sentence = RunState.FAILED, str(error)
        self._say(run_id, state, sentence)
        self._pump()

    def _task_ended(self, run_id: str, active: _Active, future: Any) -> None:
        """Dask says that the task is over; its own last word usually came first. Event thread."""
        if self._active.get(run_id) is not active or active.generation != self._generation:
            return
        if future.status == "finished":
            end = future.result()
            self._later(END_PATIENCE, lambda: self._ended(run_id, end))
            return
        if future.status == "error":
            _log.warning("run %s failed: %r", run_id, future.exception())
        if active.stopping:
            sentence = _("It did not answer to Stop, so its worker was ended.")
        else:
            sentence = _(
                "Its worker process ended unexpectedly, perhaps for lack of memory. Resume from "
                "the last checkpoint, or try fewer units."
            )
        self._ended(run_id, {"state": "failed", "message": sentence, "facts": {}})

    def _say(self, run_id: str, state: RunState, message: str = "") -> None:
        try:
            self._store.set_state(run_id, state, message)
        except StoreError as error:
            _log.warning("%s", error)

    # -- commands --------------------------------------------------------------------------------

    def _send(self, active: _Active, run_id: str, command: Command) -> None:
        client = self._client
        if client is None:
            return
        where = [active.worker] if active.worker else None
        _quietly(
            client.run,
            worker.command,
            run_id,
            command.action.value,
            command.value,
            workers=where,
            on_error="ignore",
        )

    def _kill_if_deaf(self, run_id: str, active: _Active) -> None:
        if self._active.get(run_id) is not active or not active.worker:
            return
        client = self._client
        if client is not None:
            self._thread(
                lambda: _quietly(client.run, _kill_worker, workers=[active.worker], nanny=True)
            )

    # -- the host --------------------------------------------------------------------------------

    def _keep(self) -> None:
        """Start the host; when it dies, interrupt what ran and start the next. Own thread."""
        failures = 0
        while not self._closing.is_set() and failures < 3:
            began = time.monotonic()
            try:
                host, client = self._start_host()
            except Exception as error:
                _log.warning("the engine host did not start: %r", error)
                failures += 1
                self._closing.wait(1)
                continue
            with self._lock:
                self._client = client
                self._generation += 1
                self._state, self._message = "ready", ""
            self._inbox.put(self._pump)
            host.wait()
            with self._lock:
                self._client = None
                self._state = "starting"
            if self._closing.is_set():
                return
            _quietly(client.close, timeout=1)
            self._inbox.put(lambda: self._interrupt(_("The training engine was restarted.")))
            failures = failures + 1 if time.monotonic() - began < 30 else 0
        if not self._closing.is_set():
            with self._lock:
                self._state = "broken"
                self._message = _(
                    "The workers could not be started. Free some memory and start the app again."
                )

    def _start_host(self) -> tuple[subprocess.Popen[bytes], Any]:
        free = psutil.virtual_memory().available
        limit = max(2 * WORKER_MEMORY, free // (self._workers + 1))
        host = subprocess.Popen(
            [
                *(sys.executable, "-m", "training.engine_host"),
                *("--workers", str(self._workers), "--memory", str(limit)),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with self._lock:
            self._host = host
        try:
            assert host.stdout is not None
            address = json.loads(host.stdout.readline())["address"]
            from distributed import Client

            client = Client(address, set_as_default=False, timeout="10s")
            client.subscribe_topic(
                worker.TOPIC, lambda item: self._inbox.put(lambda: self._heard(item[1]))
            )
        except Exception:
            _end_host(host)
            raise
        return host, client

    def _interrupt(self, sentence: str) -> None:
        """Everything that was active, and at the end also what waited, can be resumed later."""
        ids = list(self._active)
        self._active.clear()
        if self._closing.is_set():
            ids += self._queue.order()
        for run_id in ids:
            self._say(run_id, RunState.INTERRUPTED, sentence)

    def _recover(self) -> None:
        """Runs whose process is gone are interrupted, whoever trained them."""
        root = self._store.root
        for run in self._store.list():
            if run.shipped or run.state.is_finished() or not run.lease:
                continue
            if not is_alive(root, run.lease):
                self._say(run.id, RunState.INTERRUPTED, _("The app ended while it was training."))
        sweep(root)

    # -- threads ---------------------------------------------------------------------------------

    def _later(self, seconds: float, job: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, lambda: self._inbox.put(job))
        timer.daemon = True
        timer.start()

    def _thread(self, job: Callable[[], None]) -> None:
        threading.Thread(target=job, daemon=True).start()


def _kill_worker(dask_worker: Any) -> None:
    """End the worker of a nanny, which then starts another. Runs in the nanny."""
    psutil.Process(dask_worker.pid).kill()


def _end_host(host: subprocess.Popen[bytes]) -> None:
    if host.stdin is not None:
        _quietly(host.stdin.close)
    try:
        host.wait(8)
    except subprocess.TimeoutExpired:
        host.kill()
        host.wait()


def _quietly(call: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    try:
        call(*args, **kwargs)
    except Exception as error:
        _log.info("%r failed: %r", call, error)
