"""Fake workers: the test posts their messages."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from model_store import ModelStore, RunState
from model_store.classroom.limits import Limits
from model_store.recipe.recipe import Recipe
from model_store.runs import events
from model_store.runs.events import Event, StateChanged
from tests.support.engines import until
from training.engine import supervisor
from training.engine.engine import Engine
from training.loop.control import Action, Command
from training.workers.dask_pool import Message, OutOfMemory, RunMessage, Signal, TaskEnded
from training.workers.job import Job
from training.workers.scheduler import SchedulerAddress

SCHEDULER = "tcp://127.0.0.1:9"  # nothing connects to it


@dataclass
class FakePool:
    """Fake of `training.workers.dask_pool.WorkerPool`; it pauses and resumes at once."""

    post: Callable[[Message], None]
    lost: Callable[[], None]
    workers: frozenset[str]
    silent: bool = False  # submitted runs do not start
    jobs: list[Job] = field(default_factory=list)  # every attempt that a worker got
    commands: list[tuple[str, Command]] = field(default_factory=list)  # with the run
    prepared: list[tuple[str, Recipe, str]] = field(default_factory=list)  # task, recipe, worker
    workers_of: dict[str, str] = field(default_factory=dict)  # by run: its last worker
    stopped: list[str] = field(default_factory=list)  # tasks of compilations
    killed: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    def submit(self, job: Job, worker: str) -> None:
        self.jobs.append(job)
        self.workers_of[job.run] = worker
        if not self.silent:
            self.report(job.run, begun=True)

    def prepare(self, task: str, recipe: Recipe, worker: str) -> None:
        self.prepared.append((task, recipe, worker))

    def send(self, _worker: str, attempt: str, command: Command) -> None:
        if any(attempt == task for task, _recipe, _worker in self.prepared):
            assert command == Command(Action.STOP)
            self.stopped.append(attempt)
            return
        job = next(job for job in self.jobs if job.attempt == attempt)
        self.commands.append((job.run, command))
        states = {Action.PAUSE: RunState.PAUSED, Action.RESUME: RunState.RUNNING}
        if command.action in states:
            self.emit(job.run, StateChanged(states[command.action].value, "", 1.0))

    def kill(self, worker: str) -> None:
        self.killed.append(worker)

    def cancel(self, attempt: str) -> None:
        self.cancelled.append(attempt)

    def close(self) -> None:
        self.lost()

    def attempt(self, run_id: str) -> str:
        """Return the run's newest attempt."""
        return [job.attempt for job in self.jobs if job.run == run_id][-1]

    def report(self, run_id: str, **content: Any) -> None:
        """Post a message from the run's worker."""
        self.post(RunMessage(self.attempt(run_id), content))

    def emit(self, run_id: str, event: Event) -> None:
        self.report(run_id, event=events.to_json(event))

    def end(self, run_id: str, state: str = "done", message: str = "") -> None:
        """Post the run's last message."""
        self.report(run_id, end={"state": state, "message": message, "facts": {}, "log": ""})
        self.post(TaskEnded(self.attempt(run_id), ""))

    def die(self, run_id: str, error: str = "KilledWorker", *, hungry: bool = False) -> None:
        """Report the death of the run's worker."""
        if hungry:
            for worker in self.workers:
                self.post(OutOfMemory(worker))
        self.post(TaskEnded(self.attempt(run_id), error))

    def resize(self, *workers: str) -> None:
        """Set the pool's workers."""
        self.workers = frozenset(workers)
        self.post(Signal.DISPATCH)


@dataclass
class FakeLab:
    """Engine with a fake pool, and a clock and limits that the test sets."""

    engine: Engine
    store: ModelStore
    pools: list[FakePool]
    now: float = 0.0
    limits: Limits = field(default_factory=Limits)

    @property
    def pool(self) -> FakePool:
        return self.pools[-1]

    def state(self, run_id: str) -> RunState:
        return self.store.open(run_id).state

    def is_in(self, run_id: str, state: RunState) -> None:
        """Wait until the run is in this state."""
        until(lambda: self.state(run_id) is state, 5)

    def submit(self, recipe: Recipe, owner: str = "ada") -> str:
        return self.engine.submit(recipe, owner).id

    def starts(self, recipe: Recipe, owner: str = "ada") -> str:
        """Submit a run and wait until a worker has it."""
        run_id = self.submit(recipe, owner)
        self.is_in(run_id, RunState.RUNNING)
        return run_id


@contextmanager
def fake_lab(folder: Path, workers: int = 2) -> Iterator[FakeLab]:
    """Return an engine with `workers` workers."""
    pools: list[FakePool] = []
    names = frozenset(f"w{number + 1}" for number in range(workers))

    def connect(
        _address: SchedulerAddress, post: Callable[[Message], None], lost: Callable[[], None]
    ) -> FakePool:
        pools.append(FakePool(post, lost, names))
        return pools[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(supervisor, "WorkerPool", connect)
        patch.setattr(supervisor, "RETRY_AFTER", (0.0,))
        store = ModelStore(folder, starter=None)
        engine = Engine(
            store,
            workers=workers,
            address=SCHEDULER,
            limits=lambda: lab.limits,
            clock=lambda: lab.now,
        )
        lab = FakeLab(engine, store, pools)
        engine.start()
        until(lambda: engine.status().state == "ready")
        yield lab
        engine.close()
