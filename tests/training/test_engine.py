"""The engine with real Dask workers and real trainings on Digits."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from model_store import ModelStore, RunState
from model_store.classifier import Classifier
from model_store.history import History
from training.control import Action, Command
from training.engine import Engine
from training.recipe import Recipe
from training.recipes import RECIPES

QUICK = RECIPES["digits-quick"].recipe.with_(epochs=3)
LONG = QUICK.with_(epochs=200)
ROOT = Path(__file__).resolve().parents[2]


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for a condition, by a deadline."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        pause.wait(0.02)


@pytest.fixture(scope="module")
def lab(
    tmp_path_factory: pytest.TempPathFactory, cache: Path
) -> Iterator[tuple[ModelStore, Engine]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTMAX_LAB_CACHE", str(cache))
        patch.setenv("SOFTMAX_LAB_DATA", str(cache / "no-data"))
        store = ModelStore(tmp_path_factory.mktemp("store"), starter=None)
        engine = Engine(store, workers=1)
        engine.start()
        yield store, engine
        engine.close()


def state(store: ModelStore, run_id: str) -> RunState:
    return store.open(run_id).state


def train(store: ModelStore, engine: Engine, recipe: Recipe) -> str:
    run_id = engine.submit(recipe, "me").id
    until(lambda: state(store, run_id).is_finished())
    return run_id


def has_points(store: ModelStore, run_id: str) -> bool:
    return bool(History.of(store.events(run_id)).chunks)


def test_trains_to_a_model_that_answers(lab: tuple[ModelStore, Engine]) -> None:
    store, engine = lab
    run = store.open(train(store, engine, QUICK))
    assert run.state is RunState.DONE
    assert run.result["test_accuracy"] > 0.8
    store.verify(run.id)
    history = History.of(store.events(run.id))
    assert [e.epoch for e in history.epochs] == [1, 2, 3]
    assert len(history.chunks) >= 9
    assert Classifier.load(run).weights[0][0].shape == (784, 64)
    assert not {"tensorflow", "keras"} & set(_modules_of_a_server())


def _modules_of_a_server() -> list[str]:
    code = "import sys, training.engine, model_store.classifier; print(*sys.modules)"
    return subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).split()


def test_the_same_seed_gives_the_same_curve(lab: tuple[ModelStore, Engine]) -> None:
    store, engine = lab
    curves = [History.of(store.events(train(store, engine, QUICK))).curve("loss") for _ in range(2)]
    assert curves[0] == curves[1]


def test_pause_resume_learning_rate_and_stop(lab: tuple[ModelStore, Engine]) -> None:
    store, engine = lab
    run_id = engine.submit(LONG, "me").id
    until(lambda: has_points(store, run_id))
    assert engine.command(run_id, Command(Action.PAUSE))
    until(lambda: state(store, run_id) is RunState.PAUSED)
    count = len(store.events(run_id))
    assert engine.command(run_id, Command(Action.LEARNING_RATE, 0.01))
    assert engine.command(run_id, Command(Action.STEP))
    until(lambda: len(store.events(run_id)) > count and state(store, run_id) is RunState.PAUSED)
    assert History.of(store.events(run_id)).learning_rates[0].value == 0.01
    assert engine.command(run_id, Command(Action.STOP))
    until(lambda: state(store, run_id) is RunState.STOPPED)
    assert store.open(run_id).has_model
    assert not engine.command(run_id, Command(Action.STOP))


def test_a_queued_run_knows_its_place_and_is_cancelled_at_once(
    lab: tuple[ModelStore, Engine],
) -> None:
    store, engine = lab
    first = engine.submit(LONG, "me").id
    until(lambda: has_points(store, first))
    second, third = (engine.submit(QUICK, "me").id for _ in range(2))
    assert (engine.position(second), engine.position(third)) == (0, 1)
    assert engine.command(second, Command(Action.STOP))
    assert state(store, second) is RunState.CANCELLED
    assert engine.position(third) == 0
    engine.command(first, Command(Action.STOP))
    until(lambda: state(store, third) is RunState.DONE)


def test_a_diverging_run_fails_with_a_sentence(lab: tuple[ModelStore, Engine]) -> None:
    store, engine = lab
    recipe = QUICK.with_(optimizer="sgd", learning_rate=100.0, l2=10.0)
    run = store.open(train(store, engine, recipe))
    assert run.state is RunState.FAILED
    assert "smaller learning rate" in run.message


def test_missing_data_fails_with_a_sentence(lab: tuple[ModelStore, Engine]) -> None:
    store, engine = lab
    run = store.open(train(store, engine, RECIPES["mnist-mlp-128"].recipe))
    assert run.state is RunState.FAILED
    assert "mnist.npz" in run.message


def _workers() -> list[psutil.Process]:
    children = psutil.Process(os.getpid()).children(recursive=True)
    return [p for p in children if "spawn_main" in " ".join(p.cmdline())]


def test_a_killed_worker_fails_its_run_alone_and_the_run_resumes(
    lab: tuple[ModelStore, Engine],
) -> None:
    store, engine = lab
    run_id = engine.submit(LONG, "me").id
    until(lambda: bool(History.of(store.events(run_id)).epochs))
    for process in _workers():
        process.kill()
    until(lambda: state(store, run_id) is RunState.FAILED)
    assert "worker" in store.open(run_id).message
    done = max(store.checkpoints(run_id))
    assert engine.resume(run_id)
    until(lambda: len(History.of(store.events(run_id)).epochs) > done)
    engine.command(run_id, Command(Action.STOP))
    until(lambda: state(store, run_id) is RunState.STOPPED)
    assert History.of(store.events(run_id)).epochs[0].epoch == 1


def test_a_dead_host_is_replaced_and_its_run_can_be_resumed(
    lab: tuple[ModelStore, Engine],
) -> None:
    store, engine = lab
    run_id = engine.submit(LONG, "me").id
    until(lambda: has_points(store, run_id))
    host = engine._host
    assert host is not None
    host.kill()
    until(lambda: state(store, run_id) is RunState.INTERRUPTED)
    assert train(store, engine, QUICK)
    assert engine.status().state == "ready"


SERVER = """
import sys, time
from pathlib import Path
from model_store import ModelStore
from training.engine import Engine
from training.recipes import RECIPES
store = ModelStore(Path(sys.argv[1]), starter=None)
engine = Engine(store, workers=1); engine.start()
run = engine.submit(RECIPES["digits-quick"].recipe.with_(epochs=200), "me")
while not store.events(run.id) or len(store.events(run.id)) < 5: time.sleep(0.05)
print(run.id, flush=True); sys.stdin.read()
"""


def test_a_killed_server_leaves_no_process_and_a_run_to_resume(tmp_path: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    run_id = server.stdout.readline().strip()
    family = psutil.Process(server.pid).children(recursive=True)
    assert family
    server.kill()
    server.communicate()
    until(lambda: not any(p.is_running() and p.status() != "zombie" for p in family), 20)
    store = ModelStore(tmp_path, starter=None)
    assert state(store, run_id) is RunState.RUNNING
    engine = Engine(store, workers=1)
    engine._recover()
    assert state(store, run_id) is RunState.INTERRUPTED
