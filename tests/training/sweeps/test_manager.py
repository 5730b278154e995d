"""Sweeps through a real engine, with fake trainings: done, stopped, after a killed server."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from model_store import ModelStore, RunState, StoreError
from model_store.storage.database.database import Database
from model_store.storage.sweep_store import Sweep, SweepNotFound, SweepState, SweepStore, TrialState
from tests.support.engines import CODE, SMALL, ready, until
from tests.support.finished_runs import all_runs
from tests.support.made_up import MADE_UP
from training.engine.engine import Engine
from training.sweeps.manager import SweepManager
from training.sweeps.plan import Plan
from training.sweeps.search_space import Range, Values

WORKERS = 2
QUICK = SMALL.with_(hidden=())
LONG = QUICK.with_(epochs=100)
SERVER = """
import sys
from pathlib import Path
from model_store import ModelStore
from tests.support.made_up import MADE_UP
from tests.training.sweeps.test_manager import GRID
from training.engine.engine import Engine
from training.sweeps.manager import SweepManager
store = ModelStore(Path(sys.argv[1]))
engine = Engine(store, workers=1, train=MADE_UP)
sweeps = SweepManager(engine, store)
engine.start()
sweeps.start()
print(sweeps.submit(GRID, "ann").id, flush=True)
sys.stdin.read()
"""
GRID = Plan(
    QUICK.with_(epochs=60), (("learning_rate", Values((0.001, 0.01))), ("seed", Values((0, 1, 2))))
)


@dataclass(frozen=True)
class Lab:
    """Engine, its sweeps, and an unfinished sweep of a killed server."""

    store: ModelStore
    engine: Engine
    sweeps: SweepManager
    orphan: Sweep


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("lab") / "store"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTMAX_LAB_CACHE", str(cache))
        patch.setenv("SOFTMAX_LAB_COLD", "1")
        orphan = _left_behind(root)
        store = ModelStore(root)
        engine = Engine(store, workers=WORKERS, train=MADE_UP)
        sweeps = SweepManager(engine, store)
        engine.start()
        sweeps.start()
        try:
            ready(engine, WORKERS, 180)
            yield Lab(store, engine, sweeps, orphan)
        finally:
            sweeps.close()
            engine.close()


def _left_behind(root: Path) -> Sweep:
    """Kill a server in the middle of a trial, after at least one is complete."""
    command = [sys.executable, "-c", SERVER, str(root)]
    server = subprocess.Popen(
        command, cwd=CODE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
    )
    assert server.stdin
    assert server.stdout
    try:
        sweep_id = server.stdout.readline().strip()
        records = SweepStore(Database(root))
        until(lambda: _stopped_within_a_trial(server.pid, records, sweep_id), 180)
    finally:
        children = psutil.Process(server.pid).children(recursive=True)
        server.kill()
        server.wait()
        server.stdin.close()
        server.stdout.close()
    psutil.wait_procs(children, 30)
    sweep = records.open(sweep_id)
    assert sweep.state is SweepState.RUNNING
    assert sweep.of(TrialState.OPEN)
    return sweep


def _stopped_within_a_trial(server: int, records: SweepStore, sweep_id: str) -> bool:
    """Suspend the server; let it go on if no trial is complete or none is open just now."""
    process = psutil.Process(server)
    process.suspend()
    sweep = records.open(sweep_id)
    if sweep.of(TrialState.COMPLETE) and sweep.of(TrialState.OPEN):
        return True
    process.resume()
    return False


def ended(lab: Lab, sweep_id: str, seconds: float = 120.0) -> Sweep:
    until(lambda: lab.sweeps.open(sweep_id).state.is_finished(), seconds)
    return lab.sweeps.open(sweep_id)


def test_a_sweep_survives_its_server(lab: Lab) -> None:
    sweep = ended(lab, lab.orphan.id)
    assert (sweep.state, sweep.message) == (SweepState.DONE, "")
    assert [trial.state for trial in sweep.trials] == [TrialState.COMPLETE] * GRID.size
    done = lab.orphan.of(TrialState.COMPLETE)
    assert [sweep.trials[trial.number] for trial in done] == done, "what was done stays as it was"
    assert len({trial.hash for trial in sweep.trials}) == GRID.size
    runs = [run for run in all_runs(lab.store) if run.sweep == sweep.id]
    assert sorted(run.id for run in runs) == sorted(trial.run for trial in sweep.trials)
    assert {run.owner for run in runs} == {"ann"}
    assert sweep.spent > lab.orphan.spent


def test_trials_are_ordinary_runs(lab: Lab) -> None:
    plan = Plan(QUICK, (("learning_rate", Values((0.001, 0.01))), ("seed", Values((0, 1)))))
    sweep = ended(lab, lab.sweeps.submit(plan, "ann").id)
    assert sweep.state is SweepState.DONE
    assert [dict(trial.point) for trial in sweep.trials] == [dict(p) for p in plan.points]
    for trial in sweep.trials:
        run = lab.store.open(trial.run)
        assert run.state is RunState.DONE and run.has_model
        assert run.recipe == plan.recipe(trial.point)
        assert len(trial.curve) == QUICK.epochs
        assert trial.value == trial.curve[-1]
        assert trial.test == run.result["test_accuracy"]
        assert trial.parameters == run.recipe.parameters


@pytest.mark.parametrize("method", ["random", "bayes"])
def test_a_search_tries_the_planned_number_of_points(lab: Lab, method: str) -> None:
    space = (("learning_rate", Range(1e-4, 0.1, log=True)), ("seed", Range(0, 9)))
    plan = Plan(QUICK, space, method=method, trials=7)
    sweep = ended(lab, lab.sweeps.submit(plan, "ann").id)
    assert sweep.state is SweepState.DONE
    assert len(sweep.of(TrialState.COMPLETE)) == 7
    assert len({trial.hash for trial in sweep.trials}) == 7
    assert all(1e-4 <= trial.point["learning_rate"] <= 0.1 for trial in sweep.trials)


def test_a_small_bayesian_space_ends_when_all_is_tried(lab: Lab) -> None:
    plan = Plan(QUICK, (("seed", Values((4, 8))),), method="bayes", trials=9)
    sweep = ended(lab, lab.sweeps.submit(plan, "ann").id)
    assert sweep.state is SweepState.DONE
    assert sorted(trial.point["seed"] for trial in sweep.trials) == [4, 8]


def test_stop_keeps_what_was_learned_and_go_on_goes_on(lab: Lab) -> None:
    plan = Plan(LONG, (("seed", Values((0, 1, 2))),))
    sweep = lab.sweeps.submit(plan, "ann")
    until(lambda: any(trial.curve for trial in lab.sweeps.open(sweep.id).trials))
    assert lab.sweeps.stop(sweep.id)
    sweep = ended(lab, sweep.id)
    assert sweep.state is SweepState.STOPPED
    assert not sweep.of(TrialState.OPEN)
    stopped = sweep.of(TrialState.STOPPED)
    states = {lab.store.open(trial.run).state for trial in stopped}
    assert stopped and states <= {RunState.STOPPED, RunState.CANCELLED}
    assert not lab.sweeps.stop(sweep.id), "it is over"
    assert lab.sweeps.resume(sweep.id)
    assert not lab.sweeps.resume(sweep.id), "it trains"
    with pytest.raises(StoreError, match="still trains"):
        lab.sweeps.delete(sweep.id)
    sweep = ended(lab, sweep.id)
    assert [trial.state for trial in sweep.trials] == [TrialState.COMPLETE] * 3
    assert {len(trial.curve) for trial in sweep.trials} == {LONG.epochs}
    lab.sweeps.delete(sweep.id)
    with pytest.raises(SweepNotFound):
        lab.sweeps.open(sweep.id)
    assert lab.store.open(sweep.trials[0].run).state is RunState.DONE, "its runs stay"


def test_neither_optuna_nor_tensorflow_is_loaded_with_the_sweeps() -> None:
    code = "import sys, training.sweeps.manager, pages.ui.services.singletons; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], cwd=CODE, capture_output=True, text=True)
    loaded = {name.partition(".")[0] for name in found.stdout.split()}
    assert "training" in loaded
    assert not loaded & {"optuna", "alembic", "tensorflow", "keras"}
