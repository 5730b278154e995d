"""What a teacher allows: kept for the next server, refused with a sentence, never in the way."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from model_store import ModelStore, RunState, StoreError
from model_store.classroom.limits import FILE, Limits, LimitsFile
from model_store.runs.provenance import InitialWeights, Provenance
from model_store.storage.sweep_store import SweepState
from tests.support.engines import SMALL
from training.engine.engine import Engine
from training.loop.control import Action, Command
from training.sweeps.manager import SweepManager
from training.sweeps.plan import Plan
from training.sweeps.search_space import Values
from training.workers.dask_pool import LimitError

STOP = Command(Action.STOP)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine that is not started: whatever it accepts waits."""
    engine = Engine(ModelStore(tmp_path, starter=None), workers=1, limits=LimitsFile(tmp_path).read)
    yield engine
    engine.close()


def test_without_limits_nothing_is_refused(tmp_path: Path) -> None:
    limits = LimitsFile(tmp_path).read()
    assert limits == Limits()
    assert (limits.epochs_problem(10**6), limits.new_run_problem(10**6)) == ("", "")


def test_a_refusal_says_what_the_teacher_allows() -> None:
    limits = Limits(epochs=20, unfinished=2)
    assert limits.epochs_problem(20) == limits.new_run_problem(1) == ""
    assert "at most 20 epochs in a run. This one has 21" in limits.epochs_problem(21)
    assert "at most 2 open runs. You have 2" in limits.new_run_problem(2)


def test_limits_outlive_the_server_and_are_lifted_again(tmp_path: Path) -> None:
    root = tmp_path / "not yet there"
    LimitsFile(root).write(Limits(epochs=20))
    assert LimitsFile(root).read() == Limits(epochs=20)
    LimitsFile(root).write(Limits())
    assert LimitsFile(root).read() == Limits()


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "7", 10**9])
def test_no_limit_at_all(value: object) -> None:
    with pytest.raises(ValueError):
        Limits(epochs=value)  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        Limits(unfinished=value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "7",
        '{"epochs": 0}',
        '{"epochs": "x"}',
        '{"held": 1}',
        '{"other": 1}',
        "[" * 9999,
    ],
)
def test_a_damaged_file_limits_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    assert LimitsFile(tmp_path).read() == Limits()


def test_a_damaged_file_is_told_of_once_and_one_that_is_replaced_counts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_text("{")
    limits = LimitsFile(tmp_path)
    assert [limits.read() for _each in range(3)] == [Limits()] * 3
    assert caplog.text.count("holds no limits") == 1
    LimitsFile(tmp_path).write(Limits(epochs=3))
    assert limits.read() == Limits(epochs=3)


def test_what_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        LimitsFile(tmp_path).write(Limits(epochs=3))


def test_the_engine_refuses_too_many_epochs_to_anybody(engine: Engine, tmp_path: Path) -> None:
    LimitsFile(tmp_path).write(Limits(epochs=SMALL.epochs))
    engine.submit(SMALL, "ada")
    long = SMALL.with_(epochs=SMALL.epochs + 1)
    for owner, sweep, verifies in (("ada", "", ""), ("bob", "a-sweep", ""), ("eve", "", "a-run")):
        with pytest.raises(LimitError, match="at most 2 epochs in a run"):
            engine.submit(long, owner, sweep, verifies=verifies)
    assert engine.status().queued == len(engine._store.list()) == 1


def test_a_pause_is_of_the_store_and_outlives_its_server(engine: Engine, tmp_path: Path) -> None:
    another = Engine(engine._store, workers=1, limits=LimitsFile(tmp_path).read)
    for held in (True, False):
        LimitsFile(tmp_path).write(Limits(held=held))
        for server in (engine, another):
            server.apply_limits()
            assert server.status().held is held
    another.close()


def test_the_engine_counts_what_each_person_has_unfinished(engine: Engine, tmp_path: Path) -> None:
    LimitsFile(tmp_path).write(Limits(unfinished=2))
    first, _second = (engine.submit(SMALL, "ada") for _ in range(2))
    assert "You have 2" in engine.quota_refusal("ada")
    with pytest.raises(LimitError, match="at most 2 open runs"):
        engine.submit(SMALL, "ada")
    engine.submit(SMALL, "bob")
    engine.command(first.id, STOP)
    assert engine.quota_refusal("ada") == ""
    engine.submit(SMALL, "ada")
    with pytest.raises(LimitError):
        engine.resume(first.id)
    assert engine._store.open(first.id).state is RunState.CANCELLED
    LimitsFile(tmp_path).write(Limits())
    assert engine.resume(first.id)


def test_a_run_from_before_the_limit_is_not_resumed(engine: Engine, tmp_path: Path) -> None:
    run = engine.submit(SMALL, "ada")
    engine.command(run.id, STOP)
    LimitsFile(tmp_path).write(Limits(epochs=1))
    with pytest.raises(LimitError, match="at most 1 epochs in a run"):
        engine.resume(run.id)


def test_a_file_that_is_only_opened_takes_no_epochs(engine: Engine, tmp_path: Path) -> None:
    LimitsFile(tmp_path).write(Limits(epochs=1, unfinished=1))
    start = InitialWeights(Provenance(run="", title="net.keras", weights="0" * 64), b"packed")
    run = engine.submit(SMALL, "ada", start=start)
    engine.command(run.id, STOP)
    assert engine.resume(run.id)
    with pytest.raises(LimitError, match="open runs"):
        engine.submit(SMALL, "ada", start=start)


def test_many_at_once_do_not_get_past_the_limit(engine: Engine, tmp_path: Path) -> None:
    LimitsFile(tmp_path).write(Limits(unfinished=3))

    def submit(_n: int) -> bool:
        try:
            return bool(engine.submit(SMALL, "ada"))
        except LimitError:
            return False

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(submit, range(24))) == 3


def test_a_sweep_keeps_to_the_limits(engine: Engine, tmp_path: Path) -> None:
    plan = Plan(SMALL, (("seed", Values((0, 1, 2, 3))),))
    sweeps = SweepManager(engine, engine._store)
    LimitsFile(tmp_path).write(Limits(epochs=1))
    with pytest.raises(LimitError, match="at most 1 epochs in a run"):
        sweeps.submit(plan, "ada")
    assert sweeps.list() == []
    LimitsFile(tmp_path).write(Limits(unfinished=1))
    own = engine.submit(SMALL, "ada")
    sweep = sweeps.submit(plan, "ada")
    work = sweeps._work[sweep.id]
    assert not work.tick(), "it waits for room"
    assert work.sweep.trials == ()
    engine.command(own.id, STOP)
    for _look in range(3):
        assert not work.tick()
    assert len(work.sweep.trials) == 1, "its trials count as their owner's"
    LimitsFile(tmp_path).write(Limits(unfinished=2))
    work.tick()
    assert len(work.sweep.trials) == 2
    work.stop()
    for _look in range(2):
        work.tick()
    assert work.sweep.state is SweepState.STOPPED


def test_a_hold_takes_nothing_of_a_sweeps_time(engine: Engine, tmp_path: Path) -> None:
    clock = [0.0]
    sweeps = SweepManager(engine, engine._store, clock=lambda: clock[0])
    sweep = sweeps.submit(Plan(SMALL, (("seed", Values((0, 1))),), budget=60.0), "ada")
    work = sweeps._work[sweep.id]
    LimitsFile(tmp_path).write(Limits(held=True))
    engine.apply_limits()
    clock[0] = 600.0
    assert not work.tick()
    LimitsFile(tmp_path).write(Limits())
    engine.apply_limits()
    clock[0] = 650.0
    work.tick()
    assert work.sweep.state is SweepState.RUNNING
    clock[0] = 661.0
    for _look in range(2):
        work.tick()
    assert (work.sweep.state, work.sweep.spent) == (SweepState.DONE, 61.0)
