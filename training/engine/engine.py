"""Engine: trainings in worker processes, one a core, in a fair order.

Lives in the server process and imports no TensorFlow. One lock guards its state: any thread may
call a public method. Reports of workers go through one queue of typed messages to the event thread
(`EventLoop`), the only one that gives a run to a worker or takes it away.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_store import ModelStore, Run, RunNotFound, RunState, StoreError
from model_store.classroom.limits import Limits
from model_store.recipe.recipe import Recipe
from model_store.runs.provenance import InitialWeights
from model_store.storage.database.processes import Lease
from model_store.storage.run_query import RunQuery
from model_store.text import _
from training.data.extra_images import ExtraImages
from training.engine.assignments import Assignments
from training.engine.attempt import PAUSE_PATIENCE, Attempt, Overdue, Phase
from training.engine.estimates import DurationModel
from training.engine.event_loop import EventLoop
from training.engine.preparation import Preparation
from training.engine.supervisor import Supervisor, default_workers
from training.loop.control import Action, Command
from training.workers import dask_pool
from training.workers.dask_pool import Message, Signal, WorkerPool
from training.workers.job import TRAIN, initial_files, make_job
from training.workers.scheduler import EngineError

__all__ = ["Engine", "EngineError", "EngineStatus", "LimitError", "Phase", "default_workers"]

TICK = 0.25  # seconds between two checks of limits and deadlines
RECOVER_EVERY = 30.0  # seconds between two looks for runs of servers that died
MAX_LEARNED = 50  # stored runs that the first forecasts are made from
TRAINED_HERE = RunQuery(state=RunState.DONE, trials=True, shipped=False)
_log = logging.getLogger(__name__)


class LimitError(EngineError):
    """A request above the teacher's limits; the message is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """Snapshot; `state` is "starting", "ready" or "broken". While `held`, nothing trains."""

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
        train: str = TRAIN,
        limits: Callable[[], Limits] = Limits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing starts, and no file is touched, before `start` or `submit`.

        `address` defaults to `SOFTMAX_LAB_ENGINE` (none: own processes), `memory` (bytes a worker)
        to a fair part. `train` is the dotted name of the function that a worker runs.
        """
        self.store, self.limits = store, limits
        self._train, self._clock = train, clock
        self._lock = threading.RLock()
        self._runs = Assignments()
        self._preparation = Preparation()
        self._durations = DurationModel()
        self._listeners: list[Callable[[], object]] = []
        self._lease: Lease | None = None
        self._closing = threading.Event()
        periodic = [
            (TICK, self.apply_limits),
            (TICK, self.check),
            (TICK, self._dispatch),  # a wish has waited long enough
            (RECOVER_EVERY, self.recover),
        ]
        self._loop: EventLoop[Message] = EventLoop("engine_events", self._handle, periodic, clock)
        self._supervisor = Supervisor(self._loop.post, workers, address, memory, clock)

    def start(self) -> None:
        """Start the workers in the background; a second call does nothing."""
        with self._lock:
            if self._supervisor.error or self._closing.is_set() or self._loop.started:
                return
            self._loop.post(Signal.START)
            self._loop.start()
        self._supervisor.start()

    def close(self) -> None:
        """End everything in a few seconds; running and waiting runs become interrupted."""
        with self._lock:
            if self._closing.is_set():
                return
            self._closing.set()
        self._loop.close(Signal.CLOSE)
        self._supervisor.close()
        if self._lease is not None:
            self._lease.close()

    def status(self) -> EngineStatus:
        """Return a snapshot; no call leaves the process."""
        with self._lock:
            counts = len(self._runs.attempts), len(self._runs.queue)
            return EngineStatus(*self._supervisor.status(), *counts, self._runs.held)

    def on_run_end(self, listener: Callable[[], object]) -> None:
        """Have this called, in any thread, whenever a run has ended; it must be quick."""
        self._listeners.append(listener)

    def submit(
        self,
        recipe: Recipe,
        owner: str,
        sweep: str = "",
        added: Sequence[ExtraImages] = (),
        start: InitialWeights | None = None,
        verifies: str = "",
    ) -> Run:
        """Accept a training: its run is stored at once, and starts when a worker is free.

        `sweep` is the sweep that it is a trial of, `verifies` the run that it repeats. `added` are
        images beside the recipe's data set. A `start` from an imported file is not trained.

        Raises:
            EngineError: if the engine is set up in a way that can never work.
            LimitError: if it is above the limits. A sweep checks its owner's quota itself.
            StoreError: if the store cannot be written.
        """
        lease, files = self._lease_id(), initial_files(added, start)
        with self._lock:
            is_import = start is not None and start.provenance.is_imported
            self._check_limits(0 if is_import else recipe.epochs, owner, sweep)
            run = self.store.create(recipe, owner, lease, sweep, verifies, files)
            self._runs.queue.add(run.id, owner)
        self._loop.post(Signal.DISPATCH)
        return run

    def resume(self, run_id: str) -> bool:
        """Queue a run that ended early again; False if it cannot be, or another server did.

        Raises:
            EngineError, LimitError, StoreError: as `submit`; RunNotFound: if there is no such run.
        """
        lease = self._lease_id()
        with self._lock:
            run = self.store.open(run_id)
            if run_id in self._runs or not run.state.ended_early():
                return False
            self._check_limits(0 if run.imported else run.recipe.epochs, run.owner, run.sweep)
            if not self.store.queue_again(run_id, lease):
                return False
            self._runs.queue.add(run_id, run.owner)
        self._loop.post(Signal.DISPATCH)
        return True

    def prepare(self, recipe: Recipe) -> None:
        """Have a free worker compile what a recipe needs, so that its run would start at once.

        For what somebody is choosing: a wish, of which only the newest of the last seconds count.
        Nothing is compiled while a run waits or the engine is held. Returns at once: the event
        thread begins about a second later.
        """
        with self._lock:
            if not self._loop.started or self._closing.is_set() or self._runs.held:
                return
            self._preparation.wish(recipe, self._clock())

    def command(self, run_id: str, command: Command, reason: str = "") -> bool:
        """Pass a command to a run's worker; return at once. A stop cancels a queued run.

        A stopped run shows `reason`. False, and nothing is done, if the run neither trains nor
        waits here, or if it would go on while the engine is held.
        """
        with self._lock:
            if command.action is Action.STOP and self._runs.queue.remove(run_id):
                self._set_state(run_id, RunState.CANCELLED, reason)
                return True
            attempt, pool = self._runs.attempts.get(run_id), self._supervisor.pool
            goes_on = command.action in (Action.RESUME, Action.STEP, Action.STEP_BATCH)
            if attempt is None or pool is None or (self._runs.held and goes_on):
                return False
            if command.action is Action.STOP:
                attempt.stop(reason, self._clock())
            pool.send(attempt.worker, attempt.id, command)
        return True

    def apply_limits(self) -> None:
        """Pause everything or undo that, as the limits say; the event thread does so too."""
        with self._lock:
            held = self.limits().held
            if held == self._runs.held:
                return
            changed = self._runs.hold() if held else self._runs.release(self._clock())
            for attempt in changed:
                self.command(attempt.run.id, Command(Action.PAUSE if held else Action.RESUME))
        self._loop.post(Signal.DISPATCH)

    def schedule(self) -> tuple[list[str], list[str]]:
        """Return the ids of the runs at workers, and of those that wait, the next one first."""
        with self._lock:
            return list(self._runs.attempts), list(self._runs.queue.order())

    def quota_refusal(self, owner: str) -> str:
        """Return why this person may not start another run; "" if they may."""
        with self._lock:
            return self.limits().new_run_problem(self._runs.count(owner))

    def position(self, run_id: str) -> int | None:
        """Return how many runs start before this one; None if it is not waiting."""
        with self._lock:
            return self._runs.queue.position(run_id)

    def has(self, run_id: str) -> bool:
        """True if the run waits or trains here, and not at another server on the same store."""
        with self._lock:
            return run_id in self._runs

    def phase(self, run_id: str) -> Phase | None:
        """Return the stage of a run at its worker, if it has one here, before the store says so."""
        with self._lock:
            if (attempt := self._runs.attempts.get(run_id)) is None:
                return None
            if attempt.is_ending:
                return Phase.STOPPING
            return Phase.PAUSED if self._runs.held else attempt.phase

    def expected_start(self, run_id: str) -> float | None:
        """Return the seconds until a waiting run starts, judged by earlier runs, if known."""
        with self._lock:
            if (pool := self._supervisor.pool) is None:
                return None
            return self._runs.expected_start(run_id, pool.workers, self._expected_steps)

    def expected_duration(self, recipe: Recipe) -> float | None:
        """Return the seconds to train, evaluate and save it, judged by earlier runs, if known."""
        with self._lock:
            steps = self._durations.seconds(recipe)
            return None if steps is None else steps + self._durations.overhead

    def _lease_id(self) -> str:
        if self._supervisor.error:
            raise EngineError(self._supervisor.error)
        if self._closing.is_set():
            raise EngineError(_("The app is closing."))
        with self._lock:
            self._lease = self._lease or self.store.lease()
            return self._lease.id

    def _check_limits(self, epochs: int, owner: str, sweep: str) -> None:
        limits = self.limits()
        problem = limits.epochs_problem(epochs)
        if not sweep:
            problem = problem or limits.new_run_problem(self._runs.count(owner))
        if problem:
            raise LimitError(problem)

    def _expected_steps(self, run_id: str) -> float | None:
        try:
            return self._durations.seconds(self.store.open(run_id).recipe)
        except StoreError:
            return 0.0  # deleted: it takes no time

    def _dispatch(self) -> None:
        """Give free workers the next runs, or something to compile. Event thread."""
        with self._lock:
            pool = self._supervisor.pool
            if pool is None or self._runs.held or self._closing.is_set():
                return
            self._runs.unusable &= pool.workers
            self._preparation.keep(pool.workers)
            free = self._runs.free(pool.workers)
            while free and (chosen := self._runs.queue.take()) is not None:
                if (worker := self._assign(pool, free, *chosen)) is not None:
                    free.remove(worker)
            if not self._runs.attempts:
                self._runs.queue.forget_starts()
            self._compile_ahead(pool, free)

    def _compile_ahead(self, pool: WorkerPool, free: list[str]) -> None:
        """Have one of the workers that are left compile what somebody wishes."""
        if (task := self._preparation.begin(free, self._clock())) is None:
            return
        try:
            pool.prepare(task.id, task.recipe, task.worker)
        except Exception as error:  # the connection was just lost
            _log.info("could not prepare %s: %r", task.recipe.network, error)
            self._preparation.keep(())

    def _assign(self, pool: WorkerPool, free: list[str], run_id: str, owner: str) -> str | None:
        """Give one of these workers a run; return it, None if the run cannot be trained."""
        try:
            run = self.store.open(run_id)
            job = make_job(self.store, run, self._train, remote=bool(self._supervisor.remote))
        except StoreError as error:  # deleted, or damaged, while it waited
            self._set_state(run_id, RunState.FAILED, str(error))
            return None
        worker = self._preparation.choose(free, run.recipe)
        try:
            pool.submit(job, worker)
        except Exception as error:  # the connection was just lost: the supervisor will know
            _log.info("could not submit %s: %r", run_id, error)
            self._runs.queue.put_back(run_id, owner)
            return worker
        if (task := self._preparation.assign(worker, run.recipe)) is not None:
            pool.send(worker, task, Command(Action.STOP))
        resumed, now = job.resume is not None, self._clock()
        attempt = Attempt(run, worker, job.attempt, self._durations, now, resumed=resumed)
        self._runs.begin(attempt)
        return worker

    # -- the event thread ------------------------------------------------------------------------

    def _handle(self, message: Message) -> None:
        match message:
            case dask_pool.RunMessage(attempt_id, content):
                if (attempt := self._runs.find(attempt_id)) is not None:
                    self._receive(attempt, content)
            case dask_pool.TaskEnded(attempt_id, error):  # the run's last message came before
                if (attempt := self._runs.find(attempt_id)) is not None:
                    self._end_task(attempt, error)
                else:
                    self._end_compilation(attempt_id, error)
            case dask_pool.OutOfMemory(worker):
                with self._lock:
                    if self._preparation.is_compiling(worker):
                        return  # that was it: a run at this worker has not begun
                    for attempt in self._runs.attempts.values():
                        attempt.out_of_memory |= attempt.worker == worker
            case Signal.DISPATCH:
                self._dispatch()
            case Signal.START:
                self.store.tidy()
                for run in reversed(self.store.newest(MAX_LEARNED, TRAINED_HERE)):
                    self._durations.add_run(run)
            case Signal.WORKERS_LOST:
                with self._lock:
                    self._preparation.keep(())
                sentence = _("The training engine was restarted. Resume from the last checkpoint.")
                self._interrupt(sentence)
            case Signal.CLOSE:
                sentence = _("The app was closed meanwhile.")
                self._interrupt(sentence)
                with self._lock:
                    while (chosen := self._runs.queue.take()) is not None:
                        self._set_state(chosen[0], RunState.INTERRUPTED, sentence)

    def _receive(self, attempt: Attempt, content: Mapping[str, Any]) -> None:
        try:
            new_events = attempt.write(content, self.store)
            with self._lock:
                attempt.note(content, new_events, self._clock())
        except StoreError as error:
            attempt.write_error = "" if isinstance(error, RunNotFound) else str(error)
            self.command(attempt.run.id, Command(Action.STOP))
        if end := content.get("end"):
            self._end(attempt, *attempt.finish(end, self.store, self._clock()))

    def _end_task(self, attempt: Attempt, error: str) -> None:
        if error == dask_pool.WORKER_DIED:
            self._worker_died(attempt)
            return
        sentence = _("The worker could not run it ({kind}). The log has more.").format(kind=error)
        if not error:
            sentence = _("The training ended without a result. Resume from the last checkpoint.")
        self._end(attempt, RunState.FAILED, sentence)

    def _end_compilation(self, task: str, error: str) -> None:
        with self._lock:
            ended = self._preparation.end(task, failed=bool(error))
            if ended is not None and error == dask_pool.WORKER_DIED:
                self._runs.unusable.add(ended.worker)
        self._dispatch()

    def _worker_died(self, attempt: Attempt) -> None:
        with self._lock:
            self._runs.unusable.add(attempt.worker)
            if not self._runs.retry(attempt):
                self._end(attempt, *attempt.died())
        self._dispatch()

    def _end(self, attempt: Attempt, state: RunState, sentence: str = "") -> None:
        """End a run; its worker is free for the next."""
        with self._lock:
            if self._runs.end(attempt):
                self._set_state(attempt.run.id, state, sentence)
        self._dispatch()

    def _interrupt(self, sentence: str) -> None:
        """End all attempts, since the workers are lost."""
        with self._lock:
            self._runs.unusable.clear()
            for attempt in list(self._runs.attempts.values()):
                ending = attempt.is_ending
                state = RunState.STOPPED if ending else RunState.INTERRUPTED
                self._end(attempt, state, "" if ending else sentence)

    def _set_state(self, run_id: str, state: RunState, message: str = "") -> None:
        """Write how a run ended."""
        try:
            self.store.set_state(run_id, state, message)
        except StoreError as error:
            _log.warning("%s", error)
        self._notify()

    def _notify(self) -> None:
        for listener in self._listeners:
            listener()

    def recover(self) -> None:
        """Write what a full disk refused before, and interrupt the runs of dead processes."""
        self.store.settle()
        if self.store.interrupt_orphans(_("The app ended while it was training.")):
            self._notify()

    def check(self) -> None:
        """Act on what is overdue; the event thread does so every `TICK`."""
        with self._lock:
            if (pool := self._supervisor.pool) is not None:
                for attempt in list(self._runs.attempts.values()):
                    self._check(attempt, pool)

    def _check(self, attempt: Attempt, pool: WorkerPool) -> None:
        present = attempt.worker in pool.workers
        others_wait = len(self._runs.queue) > 0 and not self._runs.held
        match attempt.check(self._clock(), worker_present=present, others_wait=others_wait):
            case Overdue.ANSWER:
                pool.kill(attempt.worker)
            case Overdue.DEATH:  # it has no nanny
                _log.error("the worker %s hangs and cannot be killed", attempt.worker)
                self._worker_died(attempt)
            case Overdue.RESUME:
                sentence = _(
                    "It was paused for {minutes} minutes while others waited, so the next run got "
                    "its worker. Resume goes on from the last checkpoint."
                ).format(minutes=round(PAUSE_PATIENCE / 60))
                self.command(attempt.run.id, Command(Action.STOP), sentence)
            case Overdue.RETURN:
                pool.cancel(attempt.id)
                self._worker_died(attempt)
