"""The engine's queue, commands and limits, with fake workers."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from model_store import ModelStore, RunNotFound, RunState
from model_store.classroom.limits import Limits
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.events import Batch, Chunk
from model_store.runs.provenance import InitialWeights, Provenance
from tests.support.engines import CODE, SMALL, until
from tests.support.fake_pool import FakeLab, fake_lab
from tests.support.finished_runs import all_runs
from training.engine import attempt
from training.engine.engine import Engine, EngineError, LimitError, Phase, default_workers
from training.engine.preparation import WAIT_SECONDS
from training.loop.control import Action, Command
from training.workers import dask_pool
from training.workers.dask_pool import OutOfMemory, TaskEnded

STOP = Command(Action.STOP)
PAUSE = Command(Action.PAUSE)
OTHER, THIRD = (SMALL.with_(hidden=(Hidden(units),)) for units in (17, 18))
NO_RUN = "20200101-000000-no-run-000000"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[FakeLab]:
    with fake_lab(tmp_path / "store") as lab:
        yield lab


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[Engine]:
    """Engine that is not started: all its runs wait."""
    engine = Engine(ModelStore(tmp_path / "store", starter=None), workers=1, address="")
    yield engine
    engine.close()


# -- a run ---------------------------------------------------------------------------------------


def test_a_run_is_stored_at_once_and_ends_with_its_last_message(lab: FakeLab) -> None:
    lab.pool.silent = True
    run = lab.engine.submit(SMALL, "ada")
    assert (run.state, run.owner, run.recipe) == (RunState.QUEUED, "ada", SMALL)
    until(lambda: lab.engine.phase(run.id) is Phase.STARTING)
    assert lab.engine.schedule() == ([run.id], [])
    lab.pool.report(run.id, begun=True)
    lab.is_in(run.id, RunState.RUNNING)
    assert lab.engine.phase(run.id) is Phase.TRAINING
    ended = threading.Event()
    lab.engine.on_run_end(ended.set)
    lab.pool.end(run.id)
    lab.is_in(run.id, RunState.DONE)
    assert ended.wait(5)
    assert lab.engine.phase(run.id) is None and not lab.engine.has(run.id)
    assert lab.engine.status().busy == 0


def test_a_stop_shows_at_once_and_says_why(lab: FakeLab) -> None:
    run_id = lab.starts(SMALL)
    assert lab.engine.command(run_id, STOP, "Time is up.")
    assert lab.engine.phase(run_id) is Phase.STOPPING
    assert lab.state(run_id) is RunState.RUNNING, "its worker has not answered yet"
    assert lab.pool.commands == [(run_id, STOP)]
    lab.pool.end(run_id, "stopped")
    lab.is_in(run_id, RunState.STOPPED)
    assert lab.store.open(run_id).message == "Time is up."


def test_commands_to_unknown_runs_do_nothing(lab: FakeLab) -> None:
    done = lab.starts(SMALL)
    lab.pool.end(done)
    lab.is_in(done, RunState.DONE)
    before = list(lab.store.events(done))
    for run_id in (done, NO_RUN, "", "../etc"):
        for action in Action:
            assert lab.engine.command(run_id, Command(action, 0.1)) is False
    assert list(lab.store.events(done)) == before


def test_a_deleted_run_is_stopped_at_its_worker(lab: FakeLab) -> None:
    run_id = lab.starts(SMALL)
    lab.store.delete(run_id)
    lab.pool.emit(run_id, Chunk(1, 0.1, 1.0, 0.5, 10.0, 1.0))
    until(lambda: lab.pool.commands == [(run_id, STOP)])
    lab.pool.end(run_id, "stopped")
    until(lambda: lab.engine.status().busy == 0)
    with pytest.raises(RunNotFound):
        lab.store.open(run_id)


@pytest.mark.parametrize(
    ("error", "words"), [("TypeError", "could not run it (TypeError)"), ("", "without a result")]
)
def test_a_task_that_ends_without_a_last_message_has_failed(
    lab: FakeLab, error: str, words: str
) -> None:
    run_id = lab.starts(SMALL)
    lab.pool.die(run_id, error)
    lab.is_in(run_id, RunState.FAILED)
    assert words in lab.store.open(run_id).message


# -- the workers ---------------------------------------------------------------------------------


def test_a_worker_that_dies_fails_its_run_alone(lab: FakeLab) -> None:
    killed, hungry = lab.starts(SMALL), lab.starts(SMALL)
    lab.pool.die(killed)
    lab.is_in(killed, RunState.INTERRUPTED)
    assert "worker process ended unexpectedly" in lab.store.open(killed).message
    lab.pool.die(hungry, hungry=True)
    lab.is_in(hungry, RunState.FAILED)
    assert "ran out of memory" in lab.store.open(hungry).message


def test_a_run_that_has_not_begun_gets_a_second_worker_and_no_third(lab: FakeLab) -> None:
    lab.pool.silent = True
    run_id = lab.submit(SMALL)
    for tries in (1, 2):
        until(lambda tries=tries: len(lab.pool.jobs) == tries)  # type: ignore[misc]
        lab.pool.die(run_id)
    lab.is_in(run_id, RunState.INTERRUPTED)
    assert len(lab.pool.jobs) == 2


def test_a_hung_worker_is_killed_and_one_that_cannot_be_is_given_up(lab: FakeLab) -> None:
    lab.pool.resize("w1")
    hung = lab.starts(SMALL)
    waiting = lab.submit(SMALL, "bob")
    lab.engine.command(hung, STOP)
    lab.now = attempt.STOP_PATIENCE + 0.1
    lab.engine.check()
    assert lab.pool.killed == ["w1"]
    assert lab.engine.phase(hung) is Phase.STOPPING
    lab.now += attempt.KILL_PATIENCE + 0.1
    lab.engine.check()
    assert lab.state(hung) is RunState.STOPPED
    assert "did not answer to Stop" in lab.store.open(hung).message
    assert (lab.engine.position(waiting), lab.engine.status().busy) == (0, 0)
    lab.pool.resize("w1", "w2")
    lab.is_in(waiting, RunState.RUNNING)


def test_a_worker_that_is_missing_costs_its_run(lab: FakeLab) -> None:
    run_id = lab.starts(SMALL)
    lab.pool.resize()
    lab.engine.check()
    assert lab.state(run_id) is RunState.RUNNING
    lab.now = attempt.LOST_PATIENCE + 0.1
    lab.engine.check()
    assert lab.state(run_id) is RunState.INTERRUPTED
    assert lab.pool.cancelled == [lab.pool.attempt(run_id)]


def test_lost_workers_interrupt_their_runs_and_others_take_what_waits(lab: FakeLab) -> None:
    lab.pool.resize("w1")
    running, stopped = lab.starts(SMALL), lab.submit(SMALL)
    lab.pool.resize("w1", "w2")
    lab.is_in(stopped, RunState.RUNNING)
    lab.engine.command(stopped, STOP)
    waiting = lab.submit(SMALL, "bob")
    old = lab.pool
    old.lost()
    lab.is_in(running, RunState.INTERRUPTED)
    assert "restarted" in lab.store.open(running).message
    lab.is_in(stopped, RunState.STOPPED)
    lab.is_in(waiting, RunState.RUNNING)
    assert lab.pool is not old
    old.report(running, begun=True)  # too late
    assert lab.engine.resume(running)
    lab.is_in(running, RunState.RUNNING)


def test_closing_interrupts_what_trains_and_what_waits(tmp_path: Path) -> None:
    with fake_lab(tmp_path, workers=1) as lab:
        ids = lab.starts(SMALL), lab.submit(SMALL, "bob")
        lab.engine.close()
    for run_id in ids:
        assert lab.state(run_id) is RunState.INTERRUPTED
        assert "closed" in lab.store.open(run_id).message
    with pytest.raises(EngineError, match="closing"):
        lab.engine.submit(SMALL, "ada")


# -- the queue -----------------------------------------------------------------------------------


def test_thirty_users_then_the_sweep_and_places_are_exact(lab: FakeLab) -> None:
    lab.pool.resize("w1")
    busy = lab.starts(SMALL, "teacher")
    sweep = [lab.submit(SMALL, "sweeper") for _ in range(6)]
    single = [lab.submit(SMALL, f"user-{n}") for n in range(30)]
    promised = sorted(sweep + single, key=lambda run_id: lab.engine.position(run_id) or 0)
    assert promised == [sweep[0], *single, *sweep[1:]]
    assert lab.engine.status().queued == 36
    for run_id, following in zip([busy, *promised], promised, strict=False):
        lab.pool.end(run_id)
        lab.is_in(following, RunState.RUNNING)
    assert [job.run for job in lab.pool.jobs] == [busy, *promised]


def test_cancelling_a_queued_run_is_instant_and_it_can_be_queued_again(lab: FakeLab) -> None:
    lab.pool.resize()
    first, second = (lab.submit(SMALL, owner) for owner in ("ada", "bob"))
    assert (lab.engine.position(first), lab.engine.position(second)) == (0, 1)
    assert lab.engine.command(first, PAUSE) is False
    assert lab.engine.command(first, STOP) is True
    assert lab.state(first) is RunState.CANCELLED
    assert (lab.engine.position(first), lab.engine.position(second)) == (None, 0)
    assert lab.engine.resume(first)
    assert (lab.state(first), lab.engine.position(first)) == (RunState.QUEUED, 1)


def test_only_what_ended_early_can_be_resumed(lab: FakeLab) -> None:
    run_id = lab.starts(SMALL)
    assert lab.engine.resume(run_id) is False, "it trains"
    lab.pool.end(run_id)
    lab.is_in(run_id, RunState.DONE)
    assert lab.engine.resume(run_id) is False
    with pytest.raises(RunNotFound):
        lab.engine.resume(NO_RUN)


def test_what_was_deleted_while_it_waited_is_passed_over(lab: FakeLab) -> None:
    lab.pool.resize()
    deleted, good = (lab.submit(SMALL.with_(seed=seed)) for seed in range(2))
    lab.store.delete(deleted)
    lab.pool.resize("w1")
    lab.is_in(good, RunState.RUNNING)
    assert [job.run for job in lab.pool.jobs] == [good]


def test_the_expected_start_is_measured_or_unknown(lab: FakeLab) -> None:
    lab.pool.resize("w1")
    running, waiting = lab.starts(SMALL), lab.submit(SMALL, "bob")
    assert lab.engine.expected_start(waiting) is None
    assert lab.engine.expected_duration(SMALL) is None
    for epoch in (0.5, 1.0):
        lab.pool.emit(running, Chunk(1, epoch, 1.0, 0.5, SMALL.train_images / 10, 1.0))
    until(lambda: lab.engine.expected_start(waiting) == pytest.approx(10.0))
    assert (lab.engine.expected_duration(SMALL) or 0.0) > 20.0
    assert lab.engine.expected_start(running) is None
    lab.engine.command(running, PAUSE)
    until(lambda: lab.engine.phase(running) is Phase.PAUSED)
    assert lab.engine.expected_start(waiting) is None, "the length of a pause is unknown"


# -- pauses --------------------------------------------------------------------------------------


def test_a_pause_lasts_until_another_run_waits(lab: FakeLab) -> None:
    lab.pool.resize("w1")
    paused = lab.starts(SMALL)
    lab.engine.command(paused, PAUSE)
    until(lambda: lab.engine.phase(paused) is Phase.PAUSED)  # later than in the store
    lab.now = attempt.PAUSE_PATIENCE + 0.1
    lab.engine.check()
    assert lab.engine.phase(paused) is Phase.PAUSED, "the queue is empty"
    waiting = lab.submit(SMALL, "bob")
    lab.engine.check()
    assert lab.pool.commands[-1] == (paused, STOP)
    lab.pool.end(paused, "stopped")
    lab.is_in(waiting, RunState.RUNNING)
    assert "10 minutes while others waited" in lab.store.open(paused).message


def test_a_hold_pauses_all_runs_and_restarts_their_timeouts(tmp_path: Path) -> None:
    with fake_lab(tmp_path, workers=3) as lab:
        paused, stopped, running = busy = [lab.starts(SMALL, f"user-{n}") for n in range(3)]
        lab.engine.command(paused, PAUSE)
        until(lambda: lab.engine.phase(paused) is Phase.PAUSED)  # later than in the store
        lab.limits = Limits(held=True)
        lab.engine.apply_limits()
        assert {lab.engine.phase(run_id) for run_id in busy} == {Phase.PAUSED}, "at once"
        lab.is_in(running, RunState.PAUSED)
        waiting = lab.submit(SMALL, "zoe")
        assert lab.engine.status().held
        assert lab.engine.schedule() == (busy, [waiting])
        assert (lab.engine.position(waiting), lab.engine.expected_start(waiting)) == (0, None)
        for action in (Action.RESUME, Action.STEP, Action.STEP_BATCH):
            assert not lab.engine.command(paused, Command(action)), "no single run continues"
        lab.engine.command(stopped, STOP)
        lab.pool.end(stopped, "stopped")
        lab.is_in(stopped, RunState.STOPPED)
        lab.now = 2 * attempt.PAUSE_PATIENCE
        lab.engine.check()
        assert lab.engine.phase(paused) is Phase.PAUSED, "though one waits"
        assert lab.state(waiting) is RunState.QUEUED, "a worker is free, and nothing starts"
        lab.limits = Limits()
        lab.engine.apply_limits()
        lab.is_in(waiting, RunState.RUNNING)
        lab.is_in(running, RunState.RUNNING)
        another = lab.submit(SMALL, "eve")
        lab.engine.check()
        assert lab.engine.phase(paused) is Phase.PAUSED, "its owner has paused it, and just now"
        assert lab.state(another) is RunState.QUEUED


def test_a_single_step_is_passed_on_and_the_run_stays_paused(lab: FakeLab) -> None:
    run_id = lab.starts(SMALL)
    for action in (Action.PAUSE, Action.STEP_BATCH):
        assert lab.engine.command(run_id, Command(action))
    lab.is_in(run_id, RunState.PAUSED)
    assert lab.pool.commands[-1] == (run_id, Command(Action.STEP_BATCH))
    lab.pool.emit(run_id, Batch(1, 0.01, 2.0, 1.0, 1.0))
    until(lambda: isinstance(lab.store.events(run_id)[-1], Batch))
    assert (lab.state(run_id), lab.engine.phase(run_id)) == (RunState.PAUSED, Phase.PAUSED)


# -- compiling ahead -----------------------------------------------------------------------------


def wishes(lab: FakeLab, recipe: Recipe) -> None:
    """Wish for a recipe, and let the time pass that a wish waits."""
    lab.engine.prepare(recipe)
    lab.now += WAIT_SECONDS


def prepares(lab: FakeLab, recipe: Recipe) -> tuple[str, str]:
    """Wish for a recipe and wait until a worker compiles it; return task and worker."""
    before = len(lab.pool.prepared)
    wishes(lab, recipe)
    until(lambda: len(lab.pool.prepared) > before)
    task, given, worker = lab.pool.prepared[-1]
    assert given == recipe
    return task, worker


def test_a_training_goes_to_the_worker_that_has_compiled_for_it(lab: FakeLab) -> None:
    lab.pool.resize("w1", "w2", "w3")
    task, worker = prepares(lab, OTHER)
    assert worker == "w1"
    lab.pool.post(TaskEnded(task, ""))
    task, worker = prepares(lab, THIRD)
    assert worker == "w2"
    lab.pool.post(TaskEnded(task, ""))
    runs = [lab.starts(recipe.with_(seed=4)) for recipe in (THIRD, OTHER, SMALL)]
    assert [lab.pool.workers_of[run_id] for run_id in runs] == ["w2", "w1", "w3"]
    assert lab.engine.status().busy == 3


def test_a_training_waits_for_no_other_compilation_if_a_worker_is_free(lab: FakeLab) -> None:
    _task, worker = prepares(lab, OTHER)
    run_id = lab.starts(SMALL)
    assert lab.pool.workers_of[run_id] != worker
    second = lab.starts(SMALL)
    assert lab.pool.workers_of[second] == worker
    assert lab.pool.stopped == [lab.pool.prepared[0][0]], "what is in its way is stopped"


def test_a_training_of_what_is_compiled_just_now_takes_it_over(lab: FakeLab) -> None:
    """As soon as the present part is compiled: it goes on with what it needs first."""
    task, worker = prepares(lab, OTHER)
    run_id = lab.starts(OTHER.with_(seed=1))
    assert lab.pool.workers_of[run_id] == worker and lab.pool.stopped == [task]


def test_nothing_is_compiled_while_runs_wait_or_all_is_held(lab: FakeLab) -> None:
    lab.pool.resize("w1")
    running, waiting = lab.starts(SMALL), lab.submit(SMALL, "bob")
    wishes(lab, OTHER)
    lab.pool.end(running)
    lab.is_in(waiting, RunState.RUNNING)
    assert not lab.pool.prepared
    lab.limits = Limits(held=True)
    lab.engine.apply_limits()
    lab.pool.end(waiting, "stopped")
    lab.is_in(waiting, RunState.STOPPED)
    wishes(lab, THIRD)
    assert not lab.pool.prepared
    lab.limits = Limits()
    lab.engine.apply_limits()
    until(lambda: [recipe for _task, recipe, _worker in lab.pool.prepared] == [OTHER])


def test_a_wish_for_a_huge_network_is_no_work(lab: FakeLab) -> None:
    wishes(lab, Recipe(hidden=(Hidden(4000), Hidden(4000))))
    wishes(lab, Recipe(dataset="mnist"))
    until(lambda: lab.pool.prepared)
    assert [recipe.dataset for _task, recipe, _worker in lab.pool.prepared] == ["mnist"]


def test_many_wishes_at_once_make_one_compilation(lab: FakeLab) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: lab.engine.prepare(OTHER.with_(batch_size=n)), range(1, 200)))
    lab.now += WAIT_SECONDS
    until(lambda: lab.pool.prepared)
    lab.starts(SMALL)
    assert len(lab.pool.prepared) == 1


def test_a_worker_that_dies_of_a_compilation_costs_no_run(lab: FakeLab) -> None:
    """Nor is the same tried again; the run behind it gets another worker."""
    lab.pool.resize("w1")
    lab.pool.silent = True
    task, worker = prepares(lab, OTHER)
    run_id = lab.submit(SMALL)
    until(lambda: lab.pool.jobs)
    lab.pool.post(OutOfMemory(worker))
    lab.pool.post(TaskEnded(task, dask_pool.WORKER_DIED))
    lab.pool.die(run_id)
    until(lambda: lab.engine.position(run_id) == 0)
    lab.pool.silent = False
    lab.pool.resize("w2")
    lab.is_in(run_id, RunState.RUNNING)
    lab.pool.resize("w2", "w3")
    wishes(lab, OTHER)
    lab.starts(SMALL, "bob")
    assert len(lab.pool.prepared) == 1


def test_lost_workers_take_their_compilation_with_them(lab: FakeLab) -> None:
    prepares(lab, OTHER)
    old = lab.pool
    old.lost()
    until(lambda: lab.pool is not old and lab.engine.status().state == "ready")
    prepares(lab, THIRD)


def test_an_engine_that_does_not_run_prepares_nothing(idle: Engine, tmp_path: Path) -> None:
    idle.prepare(SMALL)
    with fake_lab(tmp_path, workers=1) as lab:
        prepares(lab, OTHER)
        lab.engine.close()
        wishes(lab, THIRD)
        assert len(lab.pool.prepared) == 1


# -- limits --------------------------------------------------------------------------------------


def test_too_many_epochs_are_refused_to_anybody(lab: FakeLab) -> None:
    lab.pool.resize()
    lab.limits = Limits(epochs=SMALL.epochs)
    lab.submit(SMALL)
    long = SMALL.with_(epochs=SMALL.epochs + 1)
    for owner, sweep, verifies in (("ada", "", ""), ("bob", "a-sweep", ""), ("eve", "", "a-run")):
        with pytest.raises(LimitError, match="at most 2 epochs in a run"):
            lab.engine.submit(long, owner, sweep, verifies=verifies)
    assert lab.engine.status().queued == len(all_runs(lab.store)) == 1


def test_unfinished_runs_are_counted_for_each_person(lab: FakeLab) -> None:
    lab.pool.resize("w1")
    lab.limits = Limits(unfinished=2)
    lab.starts(SMALL)
    first = lab.submit(SMALL)
    assert "You have 2" in lab.engine.quota_refusal("ada")
    with pytest.raises(LimitError, match="at most 2 open runs"):
        lab.submit(SMALL)
    lab.submit(SMALL, "bob")
    lab.engine.command(first, STOP)
    assert lab.engine.quota_refusal("ada") == ""
    lab.submit(SMALL)
    with pytest.raises(LimitError):
        lab.engine.resume(first)
    assert lab.state(first) is RunState.CANCELLED
    lab.limits = Limits()
    assert lab.engine.resume(first)


def test_a_run_from_before_the_limit_is_not_resumed(lab: FakeLab) -> None:
    lab.pool.resize()
    run_id = lab.submit(SMALL)
    lab.engine.command(run_id, STOP)
    lab.limits = Limits(epochs=1)
    with pytest.raises(LimitError, match="at most 1 epochs in a run"):
        lab.engine.resume(run_id)


def test_an_imported_file_takes_no_epochs(lab: FakeLab) -> None:
    lab.pool.resize()
    lab.limits = Limits(epochs=1, unfinished=1)
    start = InitialWeights(Provenance(run="", title="net.keras", weights="0" * 64), b"packed")
    run = lab.engine.submit(SMALL, "ada", start=start)
    lab.engine.command(run.id, STOP)
    assert lab.engine.resume(run.id)
    with pytest.raises(LimitError, match="open runs"):
        lab.engine.submit(SMALL, "ada", start=start)


def test_many_at_once_do_not_get_past_the_limit(lab: FakeLab) -> None:
    lab.pool.resize()
    lab.limits = Limits(unfinished=3)

    def submit(_n: int) -> bool:
        try:
            return bool(lab.submit(SMALL))
        except LimitError:
            return False

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(submit, range(24))) == 3


# -- without workers -----------------------------------------------------------------------------


def test_the_engine_brings_no_tensorflow_and_no_dask_into_the_server() -> None:
    code = "import sys, training.engine.engine; print(*sys.modules)"
    listed = subprocess.check_output([sys.executable, "-c", code], cwd=CODE, text=True)
    assert not {"tensorflow", "keras", "streamlit", "distributed"} & set(listed.split())


def test_an_engine_that_was_not_started_queues(idle: Engine) -> None:
    run = idle.submit(SMALL, "ada")
    status = idle.status()
    assert (status.state, status.queued, status.busy) == ("starting", 1, 0)
    assert (idle.position(run.id), idle.expected_start(run.id)) == (0, None)
    idle.close()
    assert idle.store.open(run.id).state is RunState.INTERRUPTED


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("tcp://10.0.0.5:8786", "encryption"),
        ("tcp://scheduler.example:8786", "encryption"),
        ("tls://10.0.0.5:8786", "SOFTMAX_LAB_TLS_CA"),
        ("10.0.0.5:8786", "not the address"),
        ("http://10.0.0.5", "not the address"),
        ("tls://10.0.0.5:999999", "not the address"),
        ("tls://[", "not the address"),
    ],
)
def test_an_unsafe_or_wrong_address_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, word: str
) -> None:
    monkeypatch.setenv("SOFTMAX_LAB_ENGINE", address)
    monkeypatch.delenv("SOFTMAX_LAB_TLS_CA", raising=False)
    engine = Engine(ModelStore(tmp_path), workers=1)
    engine.start()
    status = engine.status()
    assert status.state == "broken"
    assert word in status.message
    with pytest.raises(EngineError, match=word):
        engine.submit(SMALL, "ada")
    engine.close()


def test_a_scheduler_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_pool, "CONNECT_PATIENCE", 0.2)
    engine = Engine(ModelStore(tmp_path), address="tcp://127.0.0.1:9")
    engine.start()
    until(lambda: engine.status().state == "broken")
    assert "tcp://127.0.0.1:9" in engine.status().message
    run = engine.submit(SMALL, "ada")
    assert engine.position(run.id) == 0
    engine.close()
    assert ModelStore(tmp_path).open(run.id).state is RunState.INTERRUPTED


@pytest.mark.parametrize(
    ("value", "check"), [("3", lambda n: n == 3), ("", lambda n: n >= 1), (" 2 ", lambda n: n == 2)]
)
def test_the_number_of_workers(
    monkeypatch: pytest.MonkeyPatch, value: str, check: Callable[[int], bool]
) -> None:
    monkeypatch.setenv("SOFTMAX_LAB_WORKERS", value)
    assert check(default_workers())


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", "99999"])
def test_no_number_of_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SOFTMAX_LAB_WORKERS", value)
    engine = Engine(ModelStore(tmp_path))
    assert engine.status().state == "broken"
    assert "SOFTMAX_LAB_WORKERS" in engine.status().message
