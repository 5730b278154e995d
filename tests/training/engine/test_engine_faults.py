"""Isolated faults: killed, hung and memory-hungry runs, and the death of any process."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from model_store import ModelStore, RunState
from model_store.storage.database.database import Database
from model_store.storage.database.processes import Lease
from tests.support.engines import (
    FAULTY,
    LONG,
    OBEDIENT,
    QUICK,
    SMALL,
    STOP,
    Lab,
    Server,
    alive,
    command_line,
    ends,
    family,
    hosts,
    ready,
    real_lab,
    runs,
    state,
    until,
    workers_of,
)
from training.engine import attempt
from training.engine.engine import Engine

WORKERS = 3
LASTING = LONG.with_(hidden=(), epochs=150)  # fake training: the test is about resuming


@pytest.fixture(autouse=True)
def _cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let engines' workers start cold: they die soon, and few of them train."""
    monkeypatch.setenv("SOFTMAX_LAB_COLD", "1")


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory, isolated_session: None) -> Iterator[Lab]:
    with real_lab(tmp_path_factory.mktemp("lab"), WORKERS, cold=True, memory=1_000_000_000) as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: Lab) -> Lab:
    """Start three idle workers."""
    ready(shared_lab.engine, WORKERS)
    return shared_lab


@pytest.fixture
def neighbour(lab: Lab) -> Iterator[str]:
    """Start a run that trains until stopped, whatever happens at the other workers.

    After the test it must still be running, with as many workers as before.
    """
    run_id = lab.starts(OBEDIENT, "neighbour")
    yield run_id
    until(lambda: lab.engine.status().workers == WORKERS, 60)
    assert ends(lab.store, lab.submit(QUICK, "bob")) is RunState.DONE
    assert state(lab.store, run_id) is RunState.RUNNING
    lab.stop(run_id)


def faulty(lab: Lab, fault: str) -> str:
    return lab.submit(SMALL.with_(name=fault))


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
    assert ends(lab.store, killed) is RunState.INTERRUPTED
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
    doomed = workers_of(hosts()[0])
    part = lab.engine.submit(LASTING, "ada").id
    until(lambda: len(lab.history(part).epochs) > 1)
    for process in doomed:
        process.kill()
    assert ends(lab.store, part) is RunState.INTERRUPTED
    assert 0 < max(lab.store.checkpoints(part)) < LASTING.epochs
    assert lab.engine.resume(part)
    whole = lab.engine.submit(LASTING, "bob").id
    assert ends(lab.store, part) is RunState.DONE
    assert ends(lab.store, whole) is RunState.DONE
    assert lab.figures(part) == lab.figures(whole)


def test_workers_killed_at_any_moment_cost_no_other_run(lab: Lab) -> None:
    ids = [lab.engine.submit(SMALL.with_(name="works"), f"user-{n}").id for n in range(12)]
    for kills in range(3):
        finish(lab.store, ids, 2 * kills + 1)
        workers_of(hosts()[0])[0].kill()
    for run_id in ids:
        assert ends(lab.store, run_id) in (RunState.DONE, RunState.INTERRUPTED)
    failed = [run_id for run_id in ids if state(lab.store, run_id) is RunState.INTERRUPTED]
    assert len(failed) <= 3
    for run_id in failed:
        assert lab.engine.resume(run_id)
        assert ends(lab.store, run_id) is RunState.DONE


def finish(store: ModelStore, ids: list[str], number: int) -> None:
    """Wait until `number` runs have ended."""
    until(lambda: sum(state(store, run_id).is_finished() for run_id in ids) >= number)


# -- the host ------------------------------------------------------------------------------------


NewHost = Callable[[], psutil.Process]


@pytest.fixture
def new_host() -> NewHost:
    """Return a function that waits for the host that this test's engine has started."""
    before = hosts()
    return lambda: until(lambda: [each for each in hosts() if each not in before])[0]


@pytest.fixture
def engine(tmp_path: Path, new_host: NewHost) -> Iterator[Engine]:
    """Start a separate engine with two warm workers."""
    engine = Engine(ModelStore(tmp_path / "store"), workers=2, address="", train=FAULTY)
    engine.start()
    ready(engine, 2)
    yield engine
    engine.close()


def test_a_dead_host_is_replaced_and_leaves_no_process(engine: Engine, new_host: NewHost) -> None:
    """The worker that keeps Python's lock (GIL) ends, too."""
    store, processes = engine.store, family(new_host().pid)
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


def test_closing_ends_everything_quickly_and_runs_can_be_resumed(
    engine: Engine, new_host: NewHost
) -> None:
    store, processes = engine.store, family(new_host().pid)
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


def test_closing_while_the_workers_come_up(tmp_path: Path, new_host: NewHost) -> None:
    threads = set(threading.enumerate())
    engine = Engine(ModelStore(tmp_path), workers=1, address="")
    engine.start()
    processes = family(new_host().pid)
    began = time.monotonic()
    engine.close()
    assert time.monotonic() - began < 5
    assert not alive(processes)
    names = ("engine_events", "engine_supervisor")
    until(lambda: not [each for each in set(threading.enumerate()) - threads if each.name in names])


def test_a_host_killed_while_it_starts_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_host: NewHost
) -> None:
    """The process that loads TensorFlow for all workers takes seconds; it ends, too."""
    monkeypatch.setenv("SOFTMAX_LAB_COLD", "")
    engine = Engine(ModelStore(tmp_path), workers=2, address="")
    engine.start()
    host = new_host()
    until(lambda: [p for p in family(host.pid) if "multiprocessing.forkserver" in words(p)])
    had = family(host.pid)
    host.kill()
    until(lambda: not alive(had), 1.0)
    engine.close()


def words(process: psutil.Process) -> str:
    return " ".join(command_line(process))


# -- the server ----------------------------------------------------------------------------------


@pytest.mark.parametrize("processes", [2, 3, 5])
def test_a_server_killed_while_its_workers_come_up_leaves_no_process(
    tmp_path: Path, processes: int
) -> None:
    """Kill it when a host exists, when the host has a child, and when workers start."""
    server = Server(tmp_path / "store")
    until(lambda: len(family(server.process.pid)) >= processes)
    had = server.kill()
    until(lambda: not alive(had) and not strays(had), 30)


def strays(had: list[psutil.Process]) -> list[psutil.Process]:
    """Return child processes that are newer than our list; they keep the process group."""
    groups = {p.pid for p in had}
    return [p for p in psutil.process_iter() if p.pid not in groups and group(p.pid) in groups]


def group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return 0


def test_a_server_does_not_take_the_runs_of_a_live_one(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    theirs = Lease(Database(tmp_path))
    alive_run = store.create(SMALL, "ada", theirs.id)
    dead = Lease(Database(tmp_path))
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
