"""One sweep, tick by tick, with fake workers."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from model_store import RunState, StoreError
from model_store.classroom.limits import Limits
from model_store.runs.events import EpochEnd, Evaluated
from model_store.storage.sweep_store import Sweep, SweepState, SweepStore, Trial, TrialState
from tests.support.engines import SMALL
from tests.support.fake_pool import FakeLab, fake_lab
from training.engine.engine import LimitError
from training.loop.control import Action, Command
from training.sweeps.manager import SweepManager
from training.sweeps.plan import Plan
from training.sweeps.runner import MAX_RESUMED, SweepRunner
from training.sweeps.search_space import Range, Values

SEEDS = Plan(SMALL, (("seed", Values((0, 1, 2, 3))),))
STOP = Command(Action.STOP)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[FakeLab]:
    with fake_lab(tmp_path / "store") as lab:
        yield lab


def runner(lab: FakeLab, plan: Plan = SEEDS, **changes: object) -> SweepRunner:
    records = SweepStore(lab.store.database)
    sweep = records.create(plan.to_dict(), "ada", "")
    sweep = records.save(replace(sweep, **changes)) if changes else sweep  # type: ignore[arg-type]
    return SweepRunner(sweep, lab.engine, lab.store, records, lambda: lab.now)


def trained(lab: FakeLab, trial: Trial, *accuracies: float) -> None:
    """Wait until a worker has the run, and report epochs with these validation accuracies."""
    lab.is_in(trial.run, RunState.RUNNING)
    for epoch, accuracy in enumerate(accuracies, 1):
        event = EpochEnd(epoch, epoch, 1.0, accuracy, 1.0, accuracy, 1.0, 0.001, 1.0)
        lab.pool.emit(trial.run, event)


def ends(lab: FakeLab, trial: Trial, state: RunState, *accuracies: float, why: str = "") -> None:
    """Report these epochs and the run's end."""
    trained(lab, trial, *accuracies)
    lab.pool.end(trial.run, state.value, why)
    lab.is_in(trial.run, state)


def states(sweep: Sweep) -> list[TrialState]:
    return [trial.state for trial in sweep.trials]


def test_as_many_trials_train_as_there_are_workers_and_the_next_begins_at_an_end(
    lab: FakeLab,
) -> None:
    sweep = runner(lab)
    for _tick in range(3):
        assert not sweep.tick()
    assert states(sweep.sweep) == [TrialState.OPEN] * 2, "one trial for each worker"
    ends(lab, sweep.sweep.trials[0], RunState.DONE, 0.8, 0.9)
    assert not sweep.tick()
    assert states(sweep.sweep) == [TrialState.COMPLETE, TrialState.OPEN, TrialState.OPEN]
    first = sweep.sweep.trials[0]
    assert (first.curve, first.value) == ((0.8, 0.9), 0.9)
    for number in (1, 2, 3):
        sweep.tick()
        ends(lab, sweep.sweep.trials[number], RunState.DONE, 0.9)
    assert sweep.tick()
    assert (sweep.sweep.state, states(sweep.sweep)) == (SweepState.DONE, [TrialState.COMPLETE] * 4)
    assert SweepStore(lab.store.database).open(sweep.sweep.id) == sweep.sweep


@pytest.mark.parametrize(
    ("run", "accuracies", "trial"),
    [
        (RunState.DONE, (0.9,), TrialState.COMPLETE),
        (RunState.DONE, (), TrialState.FAILED),
        (RunState.FAILED, (0.9,), TrialState.FAILED),
        (RunState.STOPPED, (0.9,), TrialState.STOPPED),
    ],
)
def test_the_end_of_a_run_is_the_end_of_its_trial(
    lab: FakeLab, run: RunState, accuracies: tuple[float, ...], trial: TrialState
) -> None:
    sweep = runner(lab)
    sweep.tick()
    ends(lab, sweep.sweep.trials[0], run, *accuracies)
    sweep.tick()
    assert sweep.sweep.trials[0].state is trial


def test_a_trial_that_stops_early_counts_with_the_epoch_that_it_kept(lab: FakeLab) -> None:
    plan = Plan(SMALL.with_(epochs=9, validation="split", patience=1), SEEDS.space)
    sweep = runner(lab, plan)
    sweep.tick()
    trial = sweep.sweep.trials[0]
    trained(lab, trial, 0.8, 0.9, 0.7)
    kept = Evaluated(1, 0.85, 1, 0.9, 3, 3, 1.0, 1.0, kept_epoch=2, stopped_early=True)
    lab.pool.emit(trial.run, kept)
    lab.pool.end(trial.run, RunState.DONE.value, "")
    lab.is_in(trial.run, RunState.DONE)
    sweep.tick()
    trial = sweep.sweep.trials[0]
    assert (trial.state, trial.curve) == (TrialState.COMPLETE, (0.8, 0.9, 0.7))
    assert (trial.value, trial.test) == (0.9, 0.85)


def test_a_run_that_was_cancelled_or_deleted_ends_its_trial(lab: FakeLab) -> None:
    lab.limits = Limits(held=True)
    lab.engine.apply_limits()
    sweep = runner(lab)
    sweep.tick()
    cancelled, deleted = sweep.sweep.trials[0].run, sweep.sweep.trials[1].run
    lab.engine.command(cancelled, STOP)
    lab.store.delete(deleted)
    sweep.tick()
    assert states(sweep.sweep)[:2] == [TrialState.STOPPED, TrialState.GONE]


def test_a_trial_whose_workers_are_lost_goes_on_with_others_but_not_for_ever(lab: FakeLab) -> None:
    lab.pool.resize("w1")
    sweep = runner(lab, Plan(SMALL, (("seed", Values((0,))),)))
    sweep.tick()
    for _time in range(MAX_RESUMED):
        lab.is_in(sweep.sweep.trials[0].run, RunState.RUNNING)
        lab.pool.lost()
        lab.is_in(sweep.sweep.trials[0].run, RunState.INTERRUPTED)
        assert not sweep.tick()
    lab.is_in(sweep.sweep.trials[0].run, RunState.RUNNING)
    lab.pool.lost()
    lab.is_in(sweep.sweep.trials[0].run, RunState.INTERRUPTED)
    assert sweep.tick()
    assert states(sweep.sweep) == [TrialState.FAILED]
    assert "restarted" in sweep.sweep.trials[0].message


def test_a_trial_that_does_worse_is_stopped_and_says_so(lab: FakeLab) -> None:
    plan = Plan(SMALL.with_(epochs=9), (("seed", Range(0, 5, steps=6)),), pruning="median")
    sweep = runner(lab, plan)
    for number in range(5):
        sweep.tick()
        ends(lab, sweep.sweep.trials[number], RunState.DONE, *[0.9] * 9)
    sweep.tick()
    trained(lab, sweep.sweep.trials[5], 0.1, 0.1, 0.1)
    sweep.tick()
    worst = sweep.sweep.trials[5]
    while not worst.pruned:
        sweep.tick()
        worst = sweep.sweep.trials[5]
    assert lab.pool.commands[-1] == (worst.run, STOP)
    ends(lab, worst, RunState.STOPPED)
    assert sweep.tick()
    assert sweep.sweep.trials[5].state is TrialState.PRUNED
    assert "others did better" in lab.store.open(worst.run).message


def test_a_stop_ends_the_trials_and_begins_no_more(lab: FakeLab) -> None:
    sweep = runner(lab)
    sweep.tick()
    for trial in sweep.sweep.trials:  # one that waits for its worker would be cancelled
        lab.is_in(trial.run, RunState.RUNNING)
    sweep.stop()
    assert not sweep.tick()
    assert sweep.sweep.state is SweepState.STOPPING
    for trial in sweep.sweep.trials:
        ends(lab, trial, RunState.STOPPED, 0.5)
    assert sweep.tick()
    assert (sweep.sweep.state, states(sweep.sweep)) == (
        SweepState.STOPPED,
        [TrialState.STOPPED] * 2,
    )


def test_other_peoples_single_runs_go_before_the_next_trial(lab: FakeLab) -> None:
    lab.pool.resize("w1")
    sweep = runner(lab)
    sweep.tick()
    lab.is_in(sweep.sweep.trials[0].run, RunState.RUNNING)
    singles = [lab.submit(SMALL, f"user-{n}") for n in range(3)]
    ends(lab, sweep.sweep.trials[0], RunState.DONE, 0.9)
    lab.is_in(singles[0], RunState.RUNNING)
    sweep.tick()
    assert lab.engine.schedule()[1] == [*singles[1:], sweep.sweep.trials[1].run]


def test_it_gives_up_when_all_fail_alike(lab: FakeLab) -> None:
    sweep = runner(lab, Plan(SMALL, (("seed", Range(0, 19, steps=20)),)))
    for number in range(5):
        sweep.tick()
        ends(lab, sweep.sweep.trials[number], RunState.FAILED, why="No data.")
    with pytest.raises(StoreError, match="All trials fail: No data"):
        sweep.tick()


def test_a_sweep_keeps_to_the_limits(lab: FakeLab) -> None:
    sweeps = SweepManager(lab.engine, lab.store)
    lab.limits = Limits(epochs=1)
    with pytest.raises(LimitError, match="at most 1 epochs in a run"):
        sweeps.submit(SEEDS, "ada")
    assert sweeps.newest(99) == []
    lab.pool.resize()
    lab.limits = Limits(unfinished=1)
    own = lab.submit(SMALL, "ada")
    sweep = runner(lab)
    assert not sweep.tick(), "it waits for room"
    assert sweep.sweep.trials == ()
    lab.engine.command(own, STOP)
    sweep.tick()
    assert len(sweep.sweep.trials) == 1
    lab.pool.resize("w1", "w2")
    lab.is_in(sweep.sweep.trials[0].run, RunState.RUNNING)
    sweep.tick()
    assert len(sweep.sweep.trials) == 1, "its trials count as their owner's"
    lab.limits = Limits(unfinished=2)
    sweep.tick()
    assert len(sweep.sweep.trials) == 2


def test_a_hold_takes_nothing_of_a_sweeps_time(lab: FakeLab) -> None:
    lab.pool.resize()
    sweep = runner(lab, Plan(SMALL, (("seed", Values((0, 1))),), budget=60.0))
    lab.limits = Limits(held=True)
    lab.engine.apply_limits()
    lab.now = 600.0
    assert not sweep.tick()
    lab.limits = Limits()
    lab.engine.apply_limits()
    lab.now = 650.0
    sweep.tick()
    assert sweep.sweep.state is SweepState.RUNNING
    lab.now = 661.0
    for _tick in range(2):
        sweep.tick()
    assert (sweep.sweep.state, sweep.sweep.spent) == (SweepState.DONE, 61.0)
    assert "time budget" in sweep.sweep.message
