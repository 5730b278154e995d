"""What goes wrong goes wrong alone: killed, hung and hungry runs, and the death of any process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import psutil
import pytest

from model_store import ModelStore, RunState
from model_store.recipe.recipe import Recipe
from model_store.runs.history import History
from model_store.storage.process_lease import Lease
from tests.support.engines import (
    CODE,
    FAULTY,
    SMALL,
    alive,
    ends,
    family,
    ready,
    runs,
    state,
    tls_cluster,
    until,
    workers_of,
)
from tests.training.conftest import MEMORY, WORKERS, Lab
from tests.training.engine.test_engine import LONG, figures, weights
from training.engine import attempt
from training.engine.engine import Engine
from training.loop.control import Action, Command

COLD = "1"  # workers die here by the dozen, and few of them ever train
STOP = Command(Action.STOP)
OBEDIENT = SMALL.with_(name="obedient")
QUICK = SMALL.with_(name="quick")
UNHARMED = LONG.with_(epochs=60, seed=77)
LASTING = UNHARMED.with_(
    hidden=(), epochs=150
)  # made up: what a worker goes on with is in question


@pytest.fixture(autouse=True, scope="module")
def _cold() -> Iterator[None]:
    """For the engines that tests make themselves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTMAX_LAB_COLD", COLD)
        yield


@pytest.fixture
def neighbour(lab: Lab) -> Iterator[str]:
    """A run that goes on until it is told to end, whatever happens at the other workers.

    After the test it has to be running still, and as many workers have to be there as before.
    """
    run_id = lab.engine.submit(OBEDIENT, "neighbour").id
    runs(lab.store, run_id)
    yield run_id
    until(lambda: lab.engine.status().workers == WORKERS, 60)
    one_more = lab.engine.submit(QUICK, "bob").id
    assert ends(lab.store, one_more) is RunState.DONE
    assert state(lab.store, run_id) is RunState.RUNNING
    lab.engine.command(run_id, STOP)
    assert ends(lab.store, run_id) is RunState.STOPPED


def faulty(lab: Lab, fault: str) -> str:
    return lab.engine.submit(SMALL.with_(name=fault), "ada").id


# -- one run -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("neighbour")
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("raises", "unexpected error (ZeroDivisionError)"),
        ("cannot allocate", "ran out of memory"),
        ("diverges", "The loss became too large."),
    ],
)
def test_an_error_fails_the_run_with_a_sentence(lab: Lab, fault: str, words: str) -> None:
    run_id = faulty(lab, fault)
    assert ends(lab.store, run_id) is RunState.FAILED
    message = lab.store.open(run_id).message
    assert words in message
    assert "Traceback" not in message


@pytest.mark.usefixtures("neighbour")
def test_killed_and_hungry_workers_fail_their_runs_alone(lab: Lab) -> None:
    killed, hungry = faulty(lab, "dies"), faulty(lab, "eats memory")
    assert ends(lab.store, killed) is RunState.FAILED
    assert "worker process ended unexpectedly" in lab.store.open(killed).message
    assert ends(lab.store, hungry) is RunState.FAILED
    assert "ran out of memory" in lab.store.open(hungry).message


@pytest.mark.usefixtures("neighbour")
def test_runs_that_hang_are_ended_after_a_stop(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "STOP_PATIENCE", 2.0)
    hung = [faulty(lab, "deaf"), faulty(lab, "holds the lock")]
    for run_id in hung:
        runs(lab.store, run_id)
        assert lab.engine.command(run_id, STOP)
    for run_id in hung:
        assert ends(lab.store, run_id, 60) is RunState.STOPPED
        assert "did not answer to Stop" in lab.store.open(run_id).message


def test_a_run_whose_worker_was_killed_resumes_as_if_nothing_had_been(lab: Lab) -> None:
    doomed = trainers(lab)
    part = lab.engine.submit(LASTING, "ada").id
    until(lambda: len(History.from_events(lab.store.events(part)).epochs) > 1)
    for process in doomed:
        process.kill()
    assert ends(lab.store, part) is RunState.FAILED
    assert 0 < max(lab.store.checkpoints(part)) < LASTING.epochs
    assert lab.engine.resume(part)
    whole = lab.engine.submit(LASTING, "bob").id
    assert ends(lab.store, part) is RunState.DONE
    assert ends(lab.store, whole) is RunState.DONE
    assert figures(lab.store, part) == figures(lab.store, whole)


def trainers(lab: Lab) -> list[psutil.Process]:
    """The workers' processes, wherever they come from."""
    host = lab.engine._keeper.host
    return workers_of(host.pid if host else os.getpid())


def test_workers_killed_at_any_moment_cost_no_other_run(lab: Lab) -> None:
    ids = [lab.engine.submit(SMALL.with_(name="works"), f"user-{n}").id for n in range(12)]
    for kills in range(3):
        finish(lab.store, ids, 2 * kills + 1)
        trainers(lab)[0].kill()
    for run_id in ids:
        assert ends(lab.store, run_id) in (RunState.DONE, RunState.FAILED)
    failed = [run_id for run_id in ids if state(lab.store, run_id) is RunState.FAILED]
    assert len(failed) <= 3
    for run_id in failed:
        assert lab.engine.resume(run_id)
        assert ends(lab.store, run_id) is RunState.DONE


def finish(store: ModelStore, ids: list[str], number: int) -> None:
    """Wait until so many have ended."""
    until(lambda: sum(state(store, run_id).is_finished() for run_id in ids) >= number)


# -- the host ------------------------------------------------------------------------------------


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine of its own with two warm workers."""
    engine = Engine(ModelStore(tmp_path / "store"), workers=2, address="", train=FAULTY)
    engine.start()
    ready(engine, 2)
    yield engine
    engine.close()


def host_family(engine: Engine) -> list[psutil.Process]:
    """The host first, then its workers."""
    host = until(lambda: engine._keeper.host)
    return family(host.pid)


def test_a_dead_host_is_replaced_and_leaves_no_process(engine: Engine) -> None:
    """Not even the worker whose task holds Python's lock stays."""
    store, processes = engine._store, host_family(engine)
    running = [engine.submit(SMALL.with_(name=n), "ada").id for n in ("obedient", "holds the lock")]
    for run_id in running:
        runs(store, run_id)
    waiting = engine.submit(QUICK, "bob").id
    processes[0].kill()
    for run_id in running:
        assert ends(store, run_id, 30) is RunState.INTERRUPTED
        assert "restarted" in store.open(run_id).message
    until(lambda: not alive(processes), 30)
    assert state(store, waiting) is RunState.QUEUED
    assert engine.resume(running[0])
    assert ends(store, waiting, 60) is RunState.DONE
    until(lambda: state(store, running[0]) is RunState.RUNNING)


def test_closing_ends_everything_quickly_and_runs_can_be_resumed(engine: Engine) -> None:
    store, processes = engine._store, host_family(engine)
    running = [engine.submit(OBEDIENT, "ada").id for _ in range(2)]
    for run_id in running:
        runs(store, run_id)
    waiting = engine.submit(QUICK, "bob").id
    began = time.monotonic()
    engine.close()
    assert time.monotonic() - began < 5
    assert not alive(processes)
    for run_id in (*running, waiting):
        assert state(store, run_id) is RunState.INTERRUPTED
        assert "closed" in store.open(run_id).message
    engine.close()


def test_closing_while_the_workers_come_up(tmp_path: Path) -> None:
    engine = Engine(ModelStore(tmp_path), workers=1, address="")
    engine.start()
    processes = host_family(engine)
    began = time.monotonic()
    engine.close()
    assert time.monotonic() - began < 5
    assert not alive(processes)
    until(lambda: not engine._inbox.thread.is_alive() and not engine._keeper.thread.is_alive())


# -- the server ----------------------------------------------------------------------------------

SERVER = """
import json, sys
from pathlib import Path
from model_store import ModelStore
from training.engine.engine import Engine
from model_store.recipe.recipe import Recipe

store = ModelStore(Path(sys.argv[1]))
engine = Engine(store, workers=2, address="", train="tests.support.made_up_faults:train")
engine.start()
for line in sys.stdin:
    print(engine.submit(Recipe.from_dict(json.loads(line)), "ada").id, flush=True)
"""


class Server:
    """A process with an engine, as the app's server is one, in a folder that is not the code's."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(root)],
            cwd=root.parent,
            env={**os.environ, "PYTHONPATH": str(CODE), "SOFTMAX_LAB_CACHE": "relative"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def submit(self, recipe: Recipe) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(recipe.to_dict()), file=self.process.stdin, flush=True)
        return self.process.stdout.readline().strip()

    def kill(self) -> list[psutil.Process]:
        """-9; returns the processes that it had."""
        had = family(self.process.pid)
        self.process.kill()
        self.process.wait()
        return had


def test_a_killed_server_leaves_no_process_and_its_runs_to_resume(tmp_path: Path) -> None:
    """One run trains, one holds Python's lock, one waits. The first then learns what it would have
    learned, bit for bit."""
    store = ModelStore(tmp_path / "store")
    server = Server(store.root)
    trains = server.submit(UNHARMED)
    hangs = server.submit(SMALL.with_(name="holds the lock"))
    waits = server.submit(QUICK)
    until(lambda: len(History.from_events(store.events(trains)).epochs) > 1, 90)
    runs(store, hangs)
    processes = server.kill()
    assert len(processes) >= 4
    assert (tmp_path / "relative" / "arrays").is_dir(), "workers stand where the server stands"
    until(lambda: not alive(processes), 30)
    for run_id in (trains, hangs):
        assert state(store, run_id) is RunState.RUNNING, "nobody was left to say otherwise"

    engine = Engine(store, workers=1, address="", train=FAULTY)
    engine.start()
    try:
        for run_id in (trains, hangs, waits):
            assert ends(store, run_id, 30) is RunState.INTERRUPTED
            assert "app ended" in store.open(run_id).message
        assert engine.resume(waits)
        assert engine.resume(trains)
        assert ends(store, waits, 60) is RunState.DONE
        assert ends(store, trains, 60) is RunState.DONE
        whole = engine.submit(UNHARMED, "ada").id
        assert ends(store, whole, 60) is RunState.DONE
        assert figures(store, trains) == figures(store, whole)
        for ours, theirs in zip(weights(store, trains), weights(store, whole), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    finally:
        engine.close()


@pytest.mark.parametrize("processes", [2, 3, 5])
def test_a_server_killed_while_its_workers_come_up_leaves_no_process(
    tmp_path: Path, processes: int
) -> None:
    """At the moments when there is a host, when it has a child, and when workers start."""
    server = Server(tmp_path / "store")
    until(lambda: len(family(server.process.pid)) >= processes)
    had = server.kill()
    until(lambda: not alive(had) and not strays(had), 30)


def strays(had: list[psutil.Process]) -> list[psutil.Process]:
    """Children that a process made after we looked; they keep its process group."""
    groups = {p.pid for p in had}
    return [p for p in psutil.process_iter() if p.pid not in groups and group(p.pid) in groups]


def group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return 0


def test_a_server_does_not_take_the_runs_of_a_live_one(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    theirs = Lease(tmp_path)
    alive_run = store.create(SMALL, "ada", theirs.id)
    dead = Lease(tmp_path)
    dead_run = store.create(SMALL, "bob", dead.id)
    dead.close()
    engine = Engine(store, workers=1, address="")
    engine.start()
    try:
        assert ends(store, dead_run.id, 30) is RunState.INTERRUPTED
        assert state(store, alive_run.id) is RunState.QUEUED
    finally:
        engine.close()
        theirs.close()
    assert state(store, alive_run.id) is RunState.QUEUED


def test_a_remote_run_ends_with_its_server(lab: Lab, tmp_path: Path) -> None:
    """A worker somewhere else outlives the server: it has to notice by itself."""
    if not lab.remote:
        return
    other = Engine(ModelStore(tmp_path), train=FAULTY)
    other.start()
    until(lambda: other.status().state == "ready")
    run_id = other.submit(OBEDIENT, "ada").id
    runs(other._store, run_id)
    other.close()
    assert state(other._store, run_id) is RunState.INTERRUPTED
    ids = [lab.engine.submit(QUICK, "bob").id for _ in range(2 * WORKERS)]
    for mine in ids:
        assert ends(lab.store, mine, 30) is RunState.DONE


def test_a_remote_scheduler_that_dies_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ModelStore(tmp_path / "store")
    with ExitStack() as stack:
        with tls_cluster(tmp_path, 1, str(MEMORY)) as first:
            for name, value in first.items():
                monkeypatch.setenv(name, value)
            engine = Engine(store, train=FAULTY)
            stack.callback(engine.close)
            engine.start()
            run_id = engine.submit(OBEDIENT, "ada").id
            runs(store, run_id)
        assert ends(store, run_id, 30) is RunState.INTERRUPTED
        assert engine.resume(run_id)
        assert engine.status().state != "ready"
        port = int(first["SOFTMAX_LAB_ENGINE"].rsplit(":", 1)[1])
        stack.enter_context(tls_cluster(tmp_path, 1, str(MEMORY), port=port))
        until(lambda: state(store, run_id) is RunState.RUNNING, 60)
        assert engine.command(run_id, STOP)
        assert ends(store, run_id) is RunState.STOPPED


def test_a_worker_that_nobody_can_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a nanny: the run ends for its owner, and nothing more is sent there."""
    monkeypatch.setattr(attempt, "STOP_PATIENCE", 1.0)
    monkeypatch.setattr(attempt, "KILL_PATIENCE", 1.0)
    store = ModelStore(tmp_path / "store")
    with ExitStack() as stack:
        cluster = stack.enter_context(tls_cluster(tmp_path, 1, str(MEMORY), "--no-nanny"))
        for name, value in cluster.items():
            monkeypatch.setenv(name, value)
        engine = Engine(store, train=FAULTY)
        stack.callback(engine.close)
        engine.start()
        run_id = engine.submit(SMALL.with_(name="deaf"), "ada").id
        runs(store, run_id)
        waiting = engine.submit(QUICK, "bob").id
        engine.command(run_id, STOP)
        assert ends(store, run_id, 60) is RunState.STOPPED
        assert (engine.position(waiting), engine.status().busy) == (0, 0)
