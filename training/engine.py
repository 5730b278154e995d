"""The engine: trainings in worker processes, one a core, in a fair order.

Lives in the server process and imports no TensorFlow. Two threads: the keeper's (`keeper.py`), and
the event thread, the only one that writes what runs say, fed by one inbox. Every public method may
be called from any thread; only `close` takes longer than a look at the store.
"""

from __future__ import annotations

import logging
import queue
import secrets
import statistics
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from gettext import gettext as _
from pathlib import Path
from typing import Any

from model_store import ModelStore, Run, RunNotFound, RunState, StoreError, origin
from model_store.lease import Lease, is_alive, sweep
from model_store.origin import Start
from training import events, worker
from training.cluster import EngineError, Pool, Remote
from training.control import Action, Command
from training.events import Chunk, EpochEnd
from training.keeper import Keeper, default_workers
from training.limits import LimitError, Limits
from training.queue import FairQueue, Pace, expected_starts
from training.recipe import Recipe
from training.sources import ADDED, Addition, pack

__all__ = ["Engine", "EngineError", "EngineStatus", "default_workers"]

TICK = 0.25  # seconds between two looks at what is late
RECOVER_EVERY = 30.0  # seconds between two looks for runs of servers that died
STOP_PATIENCE = 5.0  # seconds without a word after a stop, then the worker is ended
FINISH_PATIENCE = 180.0  # seconds for the last evaluation, once the loop has seen the stop
OPEN_PATIENCE = 120.0  # seconds that opening a file from elsewhere may take
KILL_PATIENCE = 10.0  # seconds until a worker that was ended is given up
PAUSE_PATIENCE = 600.0  # seconds that a run may stay paused while others wait for a worker
LOST_PATIENCE = 2.0  # seconds that a worker may be missing before its run is given up
MOST_REMEMBERED = 50  # runs of the store that the first forecasts are made from
MOST_TRIES = 2  # workers that may die before a run has begun
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What can be said without asking anybody: `state` is "starting", "ready" or "broken".

    While it is `held`, what ran is paused and nothing new starts.
    """

    state: str
    message: str
    workers: int
    busy: int
    queued: int
    held: bool = False


@dataclass(eq=False, slots=True)
class _Active:
    """A run that a worker has. Times are of the monotonic clock, in seconds."""

    run_id: str
    recipe: Recipe
    owner: str
    worker: str
    attempt: str
    heard: float
    future: Any = None
    begun: bool = False
    brought: bool = False  # from a file: it is opened, not trained
    since: float = 0.0
    whole: bool = True  # trained from its beginning, without a pause
    silence: float = 0.0  # the longest one so far
    paused: float | None = None  # since when
    held: bool = False  # paused by `hold`, and not by its owner before
    stopped_for: str = ""  # why it was stopped, if that has to be said
    done: float | None = None  # epochs, with the fraction of the running one
    rates: deque[float] = field(default_factory=lambda: deque(maxlen=9))  # images a second
    patience: float | None = None  # counts from `heard`, once it shall stop
    killed: float | None = None
    hungry: bool = False
    missing: float | None = None
    problem: str = ""
    parts: list[bytes] = field(default_factory=list)


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
        is the dotted name of the function that a worker runs. `limits` says at each submission what
        a person may ask for.
        """
        self._store = store
        self._train = train
        self.limits = limits
        self._clock = clock
        self._lock = threading.RLock()
        self._queue = FairQueue()
        self._tries: dict[str, int] = {}
        self._active: dict[str, _Active] = {}
        self._given_up: set[str] = set()  # workers that could not be ended
        self._held = False
        self._pace = Pace()
        self._inbox: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lease: Lease | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._write, name="engine_write", daemon=True)
        self._keeper = Keeper(
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
            if self._keeper.unusable or self._closing.is_set() or self._thread.ident is not None:
                return
            self._thread.start()
        self._keeper.start()

    def close(self) -> None:
        """End everything in a few seconds; running and waiting runs become interrupted."""
        with self._lock:
            if self._closing.is_set():
                return
            self._closing.set()
        say_so = partial(self._interrupt_all, _("The app was closed meanwhile."))
        if self._thread.ident is not None:
            self._inbox.put(say_so)
            self._inbox.put(None)
            self._thread.join(10)
        else:
            say_so()
        self._keeper.close()
        if self._lease is not None:
            self._lease.close()

    def status(self) -> EngineStatus:
        """How it stands; no call leaves the process."""
        state, message, workers = self._keeper.status()
        with self._lock:
            busy, queued = len(self._active), len(self._queue)
            return EngineStatus(state, message, workers, busy, queued, self._held)

    def submit(
        self,
        recipe: Recipe,
        owner: str,
        sweep: str = "",
        added: Sequence[Addition] = (),
        start: Start | None = None,
        verifies: str = "",
    ) -> Run:
        """Accept a training: its run is there at once, and starts when a worker is free.

        `sweep` is the id of the sweep that it is a trial of, `verifies` that of the run that it
        shall come out like, if there is one. `added` are images to train on beside the recipe's
        data set: see `training.sources`. `start` is what it begins with instead of random weights;
        one from a file (`training.keras_file.to_bring`) is opened, tested and kept, not trained.

        Raises:
            EngineError: if the engine is set up in a way that can never work.
            LimitError: if it is more than `limits` allow. Of a sweep only the epochs count: it asks
                `refuses_another` itself.
            StoreError: if the store cannot be written.
        """
        lease = self._lease_id()
        files = {ADDED: pack(added)} if added else {}
        if start is not None:
            files |= {start.origin.start_file: start.weights, origin.FILE: start.origin.to_json()}
        with self._lock:
            trains = start is None or not start.origin.is_file
            self._expect_allowed(recipe.epochs if trains else 0, owner, sweep)
            run = self._store.create(recipe, owner, lease, sweep, verifies, files)
            self._queue.add(run.id, owner)
        self._inbox.put(self._pump)
        return run

    def resume(self, run_id: str) -> bool:
        """Queue a run that ended early again, from its last checkpoint; False if it cannot be.

        Raises:
            EngineError, LimitError, StoreError: as `submit`; RunNotFound: if there is no such run.
        """
        again = (RunState.STOPPED, RunState.FAILED, RunState.INTERRUPTED, RunState.CANCELLED)
        lease = self._lease_id()
        with self._lock:
            run = self._store.open(run_id)
            if run.shipped or run.state not in again:
                return False
            if run_id in self._active or run_id in self._queue:
                return False
            self._expect_allowed(0 if run.brought else run.recipe.epochs, run.owner, run.sweep)
            self._store.claim(run_id, lease)
            self._store.set_state(run_id, RunState.QUEUED)
            self._queue.add(run_id, run.owner)
        self._inbox.put(self._pump)
        return True

    def command(self, run_id: str, command: Command, why: str = "") -> bool:
        """Pass a command on; returns at once. A queued run is cancelled by a stop.

        `why` is a sentence that a run that was stopped shows.

        False if no worker has the run and it does not wait either, or if it is to go on while the
        engine is held: nothing was done.
        """
        with self._lock:
            if command.action is Action.STOP and self._queue.remove(run_id):
                self._say(run_id, RunState.CANCELLED, why)
                return True
            active = self._active.get(run_id)
            if active is None or self._keeper.pool is None:
                return False
            if self._held and command.action in (Action.RESUME, Action.STEP):
                return False
            if command.action is Action.STOP:
                self._expect_end(active)
                active.stopped_for = active.stopped_for or why
            self._keeper.pool.send(active.worker, active.attempt, command)
        return True

    def hold(self) -> None:
        """Pause what runs and start nothing new until `release`; a second call does nothing."""
        with self._lock:
            for active in [] if self._held else self._active.values():
                active.held = active.paused is None
                self.command(active.run_id, Command(Action.PAUSE))
            self._held = True

    def release(self) -> None:
        """Undo `hold`: what it paused goes on, what was paused before stays so."""
        with self._lock:
            if not self._held:
                return
            self._held = False
            for active in self._active.values():
                if active.paused is not None:
                    active.paused = self._clock()  # the time until now is nobody's fault
                if active.held:
                    active.held = False
                    self.command(active.run_id, Command(Action.RESUME))
        self._inbox.put(self._pump)

    def line(self) -> tuple[list[str], list[str]]:
        """The ids of the runs that workers have, and of those that wait, the next one first."""
        with self._lock:
            return list(self._active), list(self._queue.order())

    def refuses_another(self, owner: str) -> str:
        """Why this person may not start another run; "" if they may."""
        with self._lock:
            running = sum(active.owner == owner for active in self._active.values())
            return self.limits().refuses_another(running + self._queue.waiting_of(owner))

    def position(self, run_id: str) -> int | None:
        """How many runs start before this one; None if it is not waiting."""
        with self._lock:
            return self._queue.position(run_id)

    def has(self, run_id: str) -> bool:
        """Whether the run waits or trains here, and not at another server on the same store."""
        with self._lock:
            return run_id in self._active or run_id in self._queue

    def expected_start(self, run_id: str) -> float | None:
        """Seconds until a waiting run starts, judged by what runs so far took.

        None if it is not waiting, or if nothing was measured, or while a paused run is in the way
        or the engine is held.
        """
        with self._lock:
            place = self._queue.position(run_id)
            if place is None or self._keeper.pool is None or self._held:
                return None
            free: list[float | None] = [0.0] * len(self._free_workers(self._keeper.pool))
            free += [self._left(active) for active in self._active.values()]
            durations = [self._duration(name) for name in self._queue.order()[: place + 1]]
        return expected_starts(free, durations)[place]

    def expected_duration(self, recipe: Recipe) -> float | None:
        """Seconds in which a worker would train it, judged by what was trained in this store.

        Compiling, evaluating and saving included. None if nothing was trained yet.
        """
        with self._lock:
            steps = self._pace.seconds(recipe)
            return None if steps is None else steps + self._pace.around

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
        why = self.limits().refuses_epochs(epochs)
        if not why and not sweep:
            why = self.refuses_another(owner)
        if why:
            raise LimitError(why)

    def _left(self, active: _Active) -> float | None:
        if active.paused is not None:
            return None
        rate = statistics.median(active.rates) if active.rates else None
        return self._pace.seconds(active.recipe, active.done or 0.0, rate)

    def _duration(self, run_id: str) -> float | None:
        try:
            return self._pace.seconds(self._store.open(run_id).recipe)
        except StoreError:
            return 0.0  # deleted: it takes no time

    def _free_workers(self, pool: Pool) -> list[str]:
        taken = {active.worker for active in self._active.values()} | self._given_up
        return sorted(pool.workers - taken)

    def _pump(self) -> None:
        """Give free workers the next runs. Event thread."""
        with self._lock:
            pool = self._keeper.pool
            if pool is None or self._held or self._closing.is_set():
                return
            for address in self._free_workers(pool):
                while (chosen := self._queue.take()) is not None:
                    if self._dispatch(pool, address, *chosen):
                        break
            if not self._active:
                self._queue.idle()

    def _dispatch(self, pool: Pool, address: str, run_id: str, owner: str) -> bool:
        try:
            run = self._store.open(run_id)
            resume = self._handed(self._checkpoint(run))
            added = self._handed(run.folder / ADDED)
            start = self._handed(run.folder / run.origin.start_file if run.origin else None)
        except StoreError as error:
            self._say(run_id, RunState.FAILED, str(error))  # deleted, or damaged, while it waited
            return False
        active = _Active(
            *(run_id, run.recipe, owner, address, f"{run_id}-{secrets.token_hex(4)}"),
            heard=self._clock(),
            brought=run.brought,
        )
        job = {
            "run": run_id,
            "attempt": active.attempt,
            "recipe": run.recipe.to_dict(),
            "train": worker.BRING if run.brought else self._train,
            "root": None if self._keeper.is_remote else str(self._store.root.absolute()),
            "resume": resume,
            "added": added,
            "start": start,
            "brought": run.brought,
        }
        try:
            active.future = pool.submit(job, address)
        except Exception as error:  # the line has just broken: the keeper will know
            _log.info("could not submit %s: %r", run_id, error)
            self._queue.put_back(run_id, owner)
            return True
        active.since, active.whole = active.heard, resume is None
        self._active[run_id] = active
        active.future.add_done_callback(
            lambda done: self._inbox.put(partial(self._task_ended, active, done))
        )
        return True

    def _checkpoint(self, run: Run) -> Path | None:
        """The last one whose epoch is on record: what a dying process left unsaid is repeated."""
        checkpoints = self._store.checkpoints(run.id)
        ended = (e.epoch for e in self._store.events(run.id) if isinstance(e, EpochEnd))
        recorded = max(ended, default=0)
        usable = [epoch for epoch in checkpoints if epoch <= recorded]
        return checkpoints[max(usable)] if usable else None

    def _handed(self, path: Path | None) -> str | bytes | None:
        """A file for a worker: its path, or its content where the store is out of its sight."""
        if path is None or not path.exists():
            return None
        if not self._keeper.is_remote:
            return str(path.absolute())
        try:
            return path.read_bytes()
        except OSError as error:
            raise StoreError(
                _("The file {path} cannot be read: {why}.").format(
                    path=path, why=error.strerror or error
                )
            ) from None

    # -- the event thread ------------------------------------------------------------------------

    def _write(self) -> None:
        """Do what the inbox says, in order, and look now and then at what is late."""
        recovered = float("-inf")
        self._store.tidy()
        self._learn()
        while True:
            try:
                job = self._inbox.get(timeout=TICK)
            except queue.Empty:
                job = self._look
            if job is None:
                return
            try:
                job()
                if self._clock() - recovered > RECOVER_EVERY:
                    recovered = self._clock()
                    self._recover()
            except Exception:
                _log.exception("the event thread survived an error")

    def _learn(self) -> None:
        """The pace of what the store's runs took, until trainings of today tell better."""
        for run in reversed(self._store.list()[:MOST_REMEMBERED]):
            with suppress(LookupError, TypeError, ZeroDivisionError):  # without a result, or odd
                images = run.recipe.train_images * run.result["epochs"]
                self._pace.note(run.recipe, images / run.result["seconds"])

    def _recover(self) -> None:
        """Runs whose process is gone are interrupted, whoever trained them.

        What a full disk did not take is written now, if it can be.
        """
        self._store.settle()
        for run in self._store.list():
            if self._is_orphan(run):
                self._say(run.id, RunState.INTERRUPTED, _("The app ended while it was training."))
        sweep(self._store.root)

    def _is_orphan(self, run: Run) -> bool:
        """Whether nobody trains it any more; asked again once its process is known to be gone.

        That one may have ended the run, or another may have resumed it, since it was read.
        """
        for _look in range(2):
            if run.shipped or run.state.is_finished() or not run.lease:
                return False
            if is_alive(self._store.root, run.lease):
                return False
            try:
                run = self._store.open(run.id)
            except StoreError:
                return False
        return True

    def _heard(self, pool: Pool, message: Mapping[str, Any]) -> None:
        """One message of a worker."""
        active = self._active.get(str(message.get("run")))
        if (
            active is None
            or pool is not self._keeper.pool
            or active.attempt != message.get("attempt")
        ):
            return
        now = self._clock()
        active.silence = max(active.silence, now - active.heard)
        active.heard = now
        try:
            self._note(active, message)
        except RunNotFound:
            self.command(active.run_id, Command(Action.STOP))  # deleted
        except StoreError as error:
            active.problem = str(error)
            self.command(active.run_id, Command(Action.STOP))

    def _note(self, active: _Active, message: Mapping[str, Any]) -> None:
        if "event" in message:
            event = events.from_dict(message["event"])
            if isinstance(event, Chunk):
                self._measure(active, event)
            elif isinstance(event, events.StateChanged):
                active.paused = self._clock() if event.state == RunState.PAUSED else None
                active.whole = active.whole and active.paused is None
            self._store.append(active.run_id, event)
        elif "file" in message:
            active.parts.append(message["part"])
            if message["last"]:
                data = b"".join(active.parts)
                active.parts.clear()
                self._store.save(active.run_id, message["file"], data)
        elif "begun" in message:
            active.begun = True
            if active.brought:
                active.patience = OPEN_PATIENCE
            self._tries.pop(active.run_id, None)
            self._store.set_state(active.run_id, RunState.RUNNING)
        elif "heeded" in message:
            active.patience = FINISH_PATIENCE
        elif "end" in message:
            self._ended(active, message["end"])

    def _measure(self, active: _Active, chunk: Chunk) -> None:
        if active.done is not None:  # the first chunk's time is that of the compiler
            active.rates.append(chunk.images_per_second)
            self._pace.note(active.recipe, chunk.images_per_second)
        active.done = chunk.epoch

    def _ended(self, active: _Active, end: Mapping[str, Any]) -> None:
        """The run's own last word: its manifest first, then its state."""
        state, sentence = RunState(end["state"]), str(end["message"])
        if end["log"]:
            _log.error("%s failed:\n%s", active.run_id, end["log"])
        if active.problem:
            state, sentence = RunState.FAILED, active.problem
        elif end["facts"]:
            try:
                self._store.finish(active.run_id, **end["facts"])
            except StoreError as error:
                state, sentence = RunState.FAILED, str(error)
        if state is RunState.STOPPED:
            sentence = sentence or active.stopped_for
        if state is RunState.DONE and active.whole and active.rates:
            seconds = self._clock() - active.since
            self._pace.note_whole(active.recipe, seconds, statistics.median(active.rates))
        self._leave(active, state, sentence)

    def _leave(self, active: _Active, state: RunState, sentence: str = "") -> None:
        """The run is over and its worker free for the next."""
        with self._lock:
            if self._active.pop(active.run_id, None) is None:
                return
            self._say(active.run_id, state, sentence)
        self._pump()

    def _task_ended(self, active: _Active, future: Any) -> None:
        """Dask says that the task is over; the run's own last word, if any, came before."""
        if self._active.get(active.run_id) is not active:
            return
        if future.status == "error":
            error = future.exception()
            if type(error).__name__ == "KilledWorker":
                self._worker_died(active)
                return
            _log.error("%s could not be run: %r", active.run_id, error)
            kind = type(error).__name__
            sentence = _("The worker could not run it ({kind}). The log has more.")
            self._leave(active, RunState.FAILED, sentence.format(kind=kind))
        elif future.status == "finished":
            sentence = _("The training ended without a word. Resume from the last checkpoint.")
            self._leave(active, RunState.FAILED, sentence)
        # else it was cancelled, since the line is lost: the keeper tells

    def _worker_died(self, active: _Active) -> None:
        if active.brought and active.begun:
            self._leave(active, RunState.FAILED, _unopened(active))
        elif active.patience is not None:
            sentence = _(
                "It did not answer to Stop, so its worker was ended. What was learned up to the "
                "last checkpoint is kept."
            )
            self._leave(active, RunState.STOPPED, sentence if active.killed else "")
        elif active.hungry:
            self._leave(active, RunState.FAILED, worker.out_of_memory())
        elif not active.begun and self._tries.get(active.run_id, 1) < MOST_TRIES:
            self._again(active)
        else:
            sentence = _(
                "Its worker process ended unexpectedly: something killed it, perhaps for want of "
                "memory. Resume from the last checkpoint."
            )
            self._leave(active, RunState.FAILED, sentence)

    def _again(self, active: _Active) -> None:
        """The worker was gone before the run began: it waits for another, in its place."""
        with self._lock:
            del self._active[active.run_id]
            self._tries[active.run_id] = self._tries.get(active.run_id, 1) + 1
            self._queue.put_back(active.run_id, active.owner)
        self._pump()

    def _interrupt_all(self, sentence: str) -> None:
        """The workers are lost: what they had can be resumed. When closing, what waits as well."""
        with self._lock:
            for active in list(self._active.values()):
                del self._active[active.run_id]
                stopping = active.patience is not None
                state = RunState.STOPPED if stopping else RunState.INTERRUPTED
                self._say(active.run_id, state, "" if stopping else sentence)
            if self._closing.is_set():
                while (chosen := self._queue.take()) is not None:
                    self._say(chosen[0], RunState.INTERRUPTED, sentence)

    def _say(self, run_id: str, state: RunState, message: str = "") -> None:
        try:
            self._store.set_state(run_id, state, message)
        except StoreError as error:
            _log.warning("%s", error)

    # -- what is late ----------------------------------------------------------------------------

    def _expect_end(self, active: _Active) -> None:
        """From now on it has to say something, or its worker is ended."""
        if active.patience is None:
            active.patience = max(STOP_PATIENCE, 3 * active.silence)
            active.heard = self._clock()

    def _look(self) -> None:
        now = self._clock()
        with self._lock:
            pool, running = self._keeper.pool, list(self._active.values())
        if pool is None:
            return
        for active in running:
            there = active.worker in pool.workers
            if active.killed is not None and there:
                if now - active.killed > KILL_PATIENCE:
                    self._give_up(active)
            elif active.patience is not None and now - active.heard > active.patience:
                active.killed = now
                pool.kill(active.worker)
            elif self._paused_too_long(active, now):
                why = _(
                    "It was paused for {minutes} minutes while others waited, so its worker went "
                    "to the next in the queue. Resume goes on from the last checkpoint."
                ).format(minutes=round(PAUSE_PATIENCE / 60))
                self.command(active.run_id, Command(Action.STOP), why)
            active.missing = None if there else active.missing or now
            if active.missing is not None and now - active.missing > LOST_PATIENCE:
                pool.forget(active.future)
                self._worker_died(active)

    def _paused_too_long(self, active: _Active, now: float) -> bool:
        """Nobody may keep a worker from the others by pausing; with nobody waiting, anybody may."""
        with self._lock:
            somebody_waits = bool(len(self._queue)) and not self._held
        return (
            somebody_waits
            and active.patience is None
            and active.paused is not None
            and now - active.paused > PAUSE_PATIENCE
        )

    def _give_up(self, active: _Active) -> None:
        """The worker has no nanny to end it: nothing more is sent there."""
        _log.error("the worker %s hangs and cannot be ended", active.worker)
        with self._lock:
            self._given_up.add(active.worker)
        self._worker_died(active)

    # -- the workers -----------------------------------------------------------------------------

    def _connect(self, remote: Remote, lost: Callable[[], None]) -> Pool:
        return Pool(
            remote,
            on_message=lambda pool, message: self._inbox.put(partial(self._heard, pool, message)),
            on_memory=lambda address: self._inbox.put(partial(self._hungry, address)),
            on_change=lambda: self._inbox.put(self._pump),
            on_lost=lost,
        )

    def _workers_lost(self) -> None:
        with self._lock:
            self._given_up.clear()
        sentence = _("The training engine was restarted. Resume from the last checkpoint.")
        self._inbox.put(partial(self._interrupt_all, sentence))

    def _hungry(self, address: str) -> None:
        for active in self._active.values():
            if active.worker == address:
                active.hungry = True


def _unopened(active: _Active) -> str:
    """Why a file from elsewhere took its worker down, for a person."""
    if active.killed is not None:
        return _(
            "The file was not open after {n} seconds, so its worker was ended. Nothing of it is "
            "used."
        ).format(n=round(OPEN_PATIENCE))
    if active.hungry:
        return _("Opening the file took more memory than a worker has. Nothing of it is used.")
    return _("Opening the file ended its worker process unexpectedly. Nothing of it is used.")
