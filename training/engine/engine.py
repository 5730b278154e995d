"""The engine: trainings in worker processes, one a core, in a fair order.

Lives in the server process and imports no TensorFlow. Two threads: the keeper's (`keeper.py`), and
the inbox's (`inbox.py`), called the event thread, the only one that writes what runs say. Every
public method may be called from any thread; only `close` takes longer than a look at the store.
A run is given to a worker, and taken from it, by the event thread alone.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from gettext import gettext as _
from typing import Any

from model_store import ModelStore, Run, RunNotFound, RunState, StoreError
from model_store.classroom.limits import Limits
from model_store.recipe.recipe import Recipe
from model_store.runs.provenance import InitialWeights
from model_store.storage.process_lease import Lease, sweep
from model_store.storage.recovery import orphans
from training.data.extra_images import ExtraImages
from training.engine.assignments import Assignments
from training.engine.attempt import Attempt, Late, Phase, others_waited
from training.engine.estimates import DurationModel
from training.engine.serial_executor import SerialExecutor
from training.engine.supervisor import Supervisor, default_workers
from training.loop.control import Action, Command
from training.workers import worker
from training.workers.dask_pool import EngineError, LimitError, SchedulerAddress, WorkerPool
from training.workers.job import initial_files, make_job

__all__ = ["Engine", "EngineError", "EngineStatus", "Phase", "default_workers"]

TICK = 0.25  # seconds between two looks at what is late
RECOVER_EVERY = 30.0  # seconds between two looks for runs of servers that died
MOST_REMEMBERED = 50  # runs of the store that the first forecasts are made from
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What can be said without asking anybody: `state` is "starting", "ready" or "broken".

    While it is `held`, what ran is paused and nothing new starts: see `Engine.apply_limits`.
    """

    state: str
    message: str
    workers: int
    busy: int
    queued: int
    held: bool = False


class Engine:
    """Trains the runs of one store."""

    def __init__(
        self,
        store: ModelStore,
        *,
        workers: int | None = None,
        address: str | None = None,
        memory: int | None = None,
        train: str = worker.TRAIN,
        limits: Callable[[], Limits] = Limits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is started, and no file is touched, before `start` or `submit`.

        `workers` defaults to `default_workers()`, `address` to `SOFTMAX_LAB_ENGINE` (a remote
        scheduler; none: processes of our own), `memory` (bytes a worker) to a fair share. `train`
        is the dotted name of the function that a worker runs. `limits` says what a person may ask
        for, and whether all is to pause; it is asked at each submission and every `TICK`.
        """
        self._store = store
        self._train = train
        self.limits = limits
        self._clock = clock
        self._lock = threading.RLock()
        self._roster = Assignments()
        self._pace = DurationModel()
        self._inbox = SerialExecutor(
            "engine_write",
            [(TICK, self.apply_limits), (TICK, self._look), (RECOVER_EVERY, self._recover)],
            clock,
        )
        self._lease: Lease | None = None
        self._closing = threading.Event()
        self._keeper = Supervisor(
            self._connect,
            up=lambda: self._inbox.put(self._pump),
            down=self._workers_lost,
            workers=workers,
            address=address,
            memory=memory,
            clock=clock,
        )

    # -- for everybody ---------------------------------------------------------------------------

    def start(self) -> None:
        """Bring up the workers in the background; a second call does nothing."""
        with self._lock:
            if self._keeper.unusable or self._closing.is_set() or self._inbox.started:
                return
            self._inbox.put(self._store.tidy)
            self._inbox.put(self._learn)
            self._inbox.start()
        self._keeper.start()

    def close(self) -> None:
        """End everything in a few seconds; running and waiting runs become interrupted."""
        with self._lock:
            if self._closing.is_set():
                return
            self._closing.set()
        self._inbox.close(partial(self._interrupt_all, _("The app was closed meanwhile.")))
        self._keeper.close()
        if self._lease is not None:
            self._lease.close()

    def status(self) -> EngineStatus:
        """How it stands; no call leaves the process."""
        state, message, workers = self._keeper.status()
        with self._lock:
            roster = self._roster
            busy, queued = len(roster.attempts), len(roster.waiting)
            return EngineStatus(state, message, workers, busy, queued, roster.held)

    def submit(
        self,
        recipe: Recipe,
        owner: str,
        sweep: str = "",
        added: Sequence[ExtraImages] = (),
        start: InitialWeights | None = None,
        verifies: str = "",
    ) -> Run:
        """Accept a training: its run is there at once, and starts when a worker is free.

        `sweep` is the id of the sweep that it is a trial of, `verifies` that of the run that it
        shall come out like, if there is one. `added` are images to train on beside the recipe's
        data set: see `training.data.extra_images`. `start` is what it begins with instead of
        random weights; one from a file (`keras_import.archive.prepare_import`) is opened, tested
        and kept, not trained.

        Raises:
            EngineError: if the engine is set up in a way that can never work.
            LimitError: if it is more than `limits` allow. Of a sweep only the epochs count: it asks
                `quota_refusal` itself.
            StoreError: if the store cannot be written.
        """
        lease = self._lease_id()
        files = initial_files(added, start)
        with self._lock:
            trains = start is None or not start.provenance.is_imported
            self._expect_allowed(recipe.epochs if trains else 0, owner, sweep)
            run = self._store.create(recipe, owner, lease, sweep, verifies, files)
            self._roster.waiting.add(run.id, owner)
        self._inbox.put(self._pump)
        return run

    def resume(self, run_id: str) -> bool:
        """Queue a run that ended early again, from its last checkpoint; False if it cannot be, or
        if another server on the store was faster.

        Raises:
            EngineError, LimitError, StoreError: as `submit`; RunNotFound: if there is no such run.
        """
        lease = self._lease_id()
        with self._lock:
            run = self._store.open(run_id)
            if run_id in self._roster or not run.state.ended_early():
                return False
            self._expect_allowed(0 if run.imported else run.recipe.epochs, run.owner, run.sweep)
            if not self._store.queue_again(run_id, lease):
                return False
            self._roster.waiting.add(run_id, run.owner)
        self._inbox.put(self._pump)
        return True

    def command(self, run_id: str, command: Command, why: str = "") -> bool:
        """Pass a command on; returns at once. A queued run is cancelled by a stop.

        `why` is a sentence that a run that was stopped shows.

        False if no worker has the run and it does not wait either, or if it is to go on while the
        engine is held: nothing was done.
        """
        with self._lock:
            if command.action is Action.STOP and self._roster.waiting.remove(run_id):
                self._say(run_id, RunState.CANCELLED, why)
                return True
            attempt = self._roster.of(run_id)
            if attempt is None or self._keeper.pool is None:
                return False
            if self._roster.held and command.action in (Action.RESUME, Action.STEP):
                return False
            if command.action is Action.STOP:
                attempt.stop(why, self._clock())
            self._keeper.pool.send(attempt.worker, attempt.id, command)
        return True

    def apply_limits(self) -> None:
        """Pause everything, or undo that, if `limits` say so now; done every `TICK` in any case.

        What was paused before a hold stays so after it.
        """
        with self._lock:
            if self.limits().held:
                for attempt in self._roster.hold():
                    self.command(attempt.run.id, Command(Action.PAUSE))
            elif self._roster.held:
                for attempt in self._roster.release(self._clock()):
                    self.command(attempt.run.id, Command(Action.RESUME))
                self._inbox.put(self._pump)

    def schedule(self) -> tuple[list[str], list[str]]:
        """The ids of the runs that workers have, and of those that wait, the next one first."""
        with self._lock:
            running = [attempt.run.id for attempt in self._roster.attempts]
            return running, list(self._roster.waiting.order())

    def quota_refusal(self, owner: str) -> str:
        """Why this person may not start another run; "" if they may."""
        with self._lock:
            return self.limits().new_run_problem(self._roster.unfinished_of(owner))

    def position(self, run_id: str) -> int | None:
        """How many runs start before this one; None if it is not waiting."""
        with self._lock:
            return self._roster.waiting.position(run_id)

    def has(self, run_id: str) -> bool:
        """Whether the run waits or trains here, and not at another server on the same store."""
        with self._lock:
            return run_id in self._roster

    def phase(self, run_id: str) -> Phase | None:
        """Return the stage of a run at its worker; None if no worker of this server has it.

        It is `STOPPING` from the stop on and `PAUSED` from the hold on, before the store says so.
        """
        with self._lock:
            attempt = self._roster.of(run_id)
            return None if attempt is None else attempt.phase

    def expected_start(self, run_id: str) -> float | None:
        """Seconds until a waiting run starts, judged by what runs so far took.

        None if it is not waiting, or if nothing was measured, or while a paused run is in the way
        or the engine is held.
        """
        with self._lock:
            pool = self._keeper.pool
            if pool is None:
                return None
            return self._roster.expected_start(run_id, pool.workers, self._expected_steps)

    def expected_duration(self, recipe: Recipe) -> float | None:
        """Seconds in which a worker would train it, judged by what was trained in this store.

        Compiling, evaluating and saving included. None if nothing was trained yet.
        """
        with self._lock:
            steps = self._pace.seconds(recipe)
            return None if steps is None else steps + self._pace.overhead

    # -- the queue -------------------------------------------------------------------------------

    def _lease_id(self) -> str:
        if self._keeper.unusable:
            raise EngineError(self._keeper.unusable)
        if self._closing.is_set():
            raise EngineError(_("The app is closing."))
        with self._lock:
            if self._lease is None:
                self._lease = self._store.lease()
            return self._lease.id

    def _expect_allowed(self, epochs: int, owner: str, sweep: str) -> None:
        why = self.limits().epochs_problem(epochs)
        if not why and not sweep:
            why = self.quota_refusal(owner)
        if why:
            raise LimitError(why)

    def _expected_steps(self, run_id: str) -> float | None:
        try:
            return self._pace.seconds(self._store.open(run_id).recipe)
        except StoreError:
            return 0.0  # deleted: it takes no time

    def _pump(self) -> None:
        """Give free workers the next runs. Event thread."""
        with self._lock:
            pool = self._keeper.pool
            if pool is None or self._roster.held or self._closing.is_set():
                return
            for address in self._roster.free(pool.workers):
                while (chosen := self._roster.waiting.take()) is not None:
                    if self._dispatch(pool, address, *chosen):
                        break
            if not self._roster.attempts:
                self._roster.waiting.idle()

    def _dispatch(self, pool: WorkerPool, address: str, run_id: str, owner: str) -> bool:
        try:
            run = self._store.open(run_id)
            job = make_job(self._store, run, self._train, remote=self._keeper.is_remote)
        except StoreError as error:
            self._say(run_id, RunState.FAILED, str(error))  # deleted, or damaged, while it waited
            return False
        attempt = Attempt(
            *(run, address, job["attempt"], self._pace, self._clock()),
            resumed=job["resume"] is not None,
        )
        try:
            attempt.future = pool.submit(job, address)
        except Exception as error:  # the line has just broken: the keeper will know
            _log.info("could not submit %s: %r", run_id, error)
            self._roster.waiting.put_back(run_id, owner)
            return True
        self._roster.begin(attempt)
        attempt.future.add_done_callback(
            lambda done: self._inbox.put(partial(self._task_ended, attempt, done))
        )
        return True

    # -- the event thread ------------------------------------------------------------------------

    def _learn(self) -> None:
        """The pace of what the store's runs took, until trainings of today tell better."""
        for run in reversed(self._store.list()[:MOST_REMEMBERED]):
            self._pace.add_run(run)

    def _recover(self) -> None:
        """Runs whose process is gone are interrupted, whoever trained them.

        What a full disk did not take is written now, if it can be.
        """
        self._store.settle()
        for run in orphans(self._store):
            self._say(run.id, RunState.INTERRUPTED, _("The app ended while it was training."))
        sweep(self._store.root)

    def _heard(self, pool: WorkerPool, message: Mapping[str, Any]) -> None:
        """One message of a worker."""
        attempt = self._roster.of(str(message.get("run")))
        if attempt is None or pool is not self._keeper.pool or attempt.id != message.get("attempt"):
            return
        try:
            attempt.hear(message, self._store, self._clock())
        except RunNotFound:
            self.command(attempt.run.id, Command(Action.STOP))  # deleted
        except StoreError as error:
            attempt.problem = str(error)
            self.command(attempt.run.id, Command(Action.STOP))
        if "end" in message:
            self._leave(attempt, *attempt.ended(message["end"], self._store, self._clock()))

    def _leave(self, attempt: Attempt, state: RunState, sentence: str = "") -> None:
        """The run is over and its worker free for the next."""
        with self._lock:
            if not self._roster.end(attempt):
                return
            self._say(attempt.run.id, state, sentence)
        self._pump()

    def _task_ended(self, attempt: Attempt, future: Any) -> None:
        """Dask says that the task is over; the run's own last word, if any, came before."""
        if not self._roster.has(attempt):
            return
        if future.status == "error":
            error = future.exception()
            if type(error).__name__ == "KilledWorker":
                self._worker_died(attempt)
                return
            _log.error("%s could not be run: %r", attempt.run.id, error)
            kind = type(error).__name__
            sentence = _("The worker could not run it ({kind}). The log has more.")
            self._leave(attempt, RunState.FAILED, sentence.format(kind=kind))
        elif future.status == "finished":
            sentence = _("The training ended without a word. Resume from the last checkpoint.")
            self._leave(attempt, RunState.FAILED, sentence)
        # else it was cancelled, since the line is lost: the keeper tells

    def _worker_died(self, attempt: Attempt) -> None:
        with self._lock:
            waits_again = attempt.blameless and self._roster.again(attempt)
        if waits_again:
            self._pump()
        else:
            self._leave(attempt, *attempt.died())

    def _interrupt_all(self, sentence: str) -> None:
        """The workers are lost: what they had can be resumed. When closing, what waits as well."""
        with self._lock:
            for attempt in self._roster.attempts:
                self._roster.end(attempt)
                state = RunState.STOPPED if attempt.stopping else RunState.INTERRUPTED
                self._say(attempt.run.id, state, "" if attempt.stopping else sentence)
            if self._closing.is_set():
                while (chosen := self._roster.waiting.take()) is not None:
                    self._say(chosen[0], RunState.INTERRUPTED, sentence)

    def _say(self, run_id: str, state: RunState, message: str = "") -> None:
        try:
            self._store.set_state(run_id, state, message)
        except StoreError as error:
            _log.warning("%s", error)

    # -- what is late ----------------------------------------------------------------------------

    def _look(self) -> None:
        now = self._clock()
        with self._lock:
            pool, attempts = self._keeper.pool, self._roster.attempts
            others_wait = self._roster.others_wait
        if pool is None:
            return
        for attempt in attempts:
            there = attempt.worker in pool.workers
            for late in attempt.look(now, there=there, others_wait=others_wait):
                self._act(pool, attempt, late)

    def _act(self, pool: WorkerPool, attempt: Attempt, late: Late) -> None:
        match late:
            case Late.SILENT:
                pool.kill(attempt.worker)
            case Late.HANGS:  # it has no nanny to end it
                _log.error("the worker %s hangs and cannot be ended", attempt.worker)
                with self._lock:
                    self._roster.give_up(attempt.worker)
                self._worker_died(attempt)
            case Late.PAUSED:
                self.command(attempt.run.id, Command(Action.STOP), others_waited())
            case Late.LOST:
                pool.forget(attempt.future)
                self._worker_died(attempt)

    # -- the workers -----------------------------------------------------------------------------

    def _connect(self, remote: SchedulerAddress, lost: Callable[[], None]) -> WorkerPool:
        return WorkerPool(
            remote,
            on_message=lambda pool, message: self._inbox.put(partial(self._heard, pool, message)),
            on_memory=lambda address: self._inbox.put(partial(self._hungry, address)),
            on_change=lambda: self._inbox.put(self._pump),
            on_lost=lost,
        )

    def _workers_lost(self) -> None:
        with self._lock:
            self._roster.forget_workers()
        sentence = _("The training engine was restarted. Resume from the last checkpoint.")
        self._inbox.put(partial(self._interrupt_all, sentence))

    def _hungry(self, address: str) -> None:
        for attempt in self._roster.attempts:
            if attempt.worker == address:
                attempt.hungry = True
