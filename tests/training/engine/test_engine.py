"""Trainings through the real engine: on processes of its own, and on a Dask cluster by TLS."""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from model_store import ModelStore, RunNotFound, RunState
from model_store.classroom.limits import Limits
from model_store.inference.classifier import Classifier
from model_store.recipe.recipe import Recipe, RecipeError
from model_store.runs.events import Chunk, Evaluated, LearningRate, Started, StateChanged
from model_store.runs.history import History
from model_store.runs.provenance import InitialWeights, Provenance
from tests.support.engines import CODE, SMALL, ends, runs, state, until
from tests.training.conftest import Lab
from training.data import datasets
from training.data.extra_images import ExtraImages, extend
from training.engine import attempt
from training.engine.engine import Engine, EngineError, default_workers
from training.loop.control import Action, Command
from training.workers import dask_pool

REMOTE_WORKERS = 2  # each loads TensorFlow: seconds
STOP = Command(Action.STOP)
OBEDIENT = SMALL.with_(name="obedient")
QUICK = SMALL.with_(name="quick")
LONG = SMALL.with_(epochs=200)  # the same program: it is compiled once


def states(store: ModelStore, run_id: str) -> list[str]:
    return [e.state for e in store.events(run_id) if isinstance(e, StateChanged)]


def stop_and_wait(lab: Lab, run_id: str) -> None:
    lab.engine.command(run_id, STOP)
    assert ends(lab.store, run_id) in (RunState.STOPPED, RunState.CANCELLED)


def is_in(store: ModelStore, run_id: str, wanted: RunState) -> None:
    until(lambda: state(store, run_id) is wanted)


def chunk(store: ModelStore, run_id: str, step: int) -> Chunk:
    """The figures that end with this step, once they are there."""
    return until(
        lambda: next(
            (e for e in store.events(run_id) if isinstance(e, Chunk) and e.step == step), None
        )
    )


def learns(store: ModelStore, run_id: str) -> bool:
    """Whether there are figures that do not include the compiler's time."""
    return len(History.from_events(store.events(run_id)).chunks) > 3


def learning(lab: Lab) -> list[str]:
    """A run at each worker that has learned a little and has much before it.

    Each is paused until all are there: it is not over before, on a busy machine.
    """
    ids = [lab.engine.submit(LONG, f"user-{n}").id for n in range(lab.workers)]
    early = list(ids)
    while early:
        run_id = until(lambda: next((each for each in early if learns(lab.store, each)), None))
        lab.engine.command(run_id, Command(Action.PAUSE))
        early.remove(run_id)
    for run_id in ids:
        is_in(lab.store, run_id, RunState.PAUSED)
        lab.engine.command(run_id, Command(Action.RESUME))
    for run_id in ids:
        is_in(lab.store, run_id, RunState.RUNNING)
    return ids


def leaves_queue(lab: Lab, run_id: str) -> None:
    until(lambda: lab.engine.position(run_id) is None)


def occupy(lab: Lab) -> list[str]:
    """Give every worker a run that ends when told to."""
    busy = [lab.engine.submit(OBEDIENT, "teacher").id for _ in range(lab.workers)]
    for run_id in busy:
        runs(lab.store, run_id)
    return busy


# -- a training ----------------------------------------------------------------------------------


def test_a_training_is_recorded_and_leaves_a_model(lab: Lab) -> None:
    run = lab.engine.submit(SMALL, "ada")
    assert (run.state, run.owner, run.recipe) == (RunState.QUEUED, "ada", SMALL)
    assert ends(lab.store, run.id) is RunState.DONE
    run = lab.store.open(run.id)
    history = History.from_events(lab.store.events(run.id))
    assert [epoch.epoch for epoch in history.epochs] == [1, 2]
    assert all(a.step < b.step for a, b in pairwise(history.chunks))
    assert history.started is not None
    assert history.started.worker
    assert run.result["test_accuracy"] > 0.5
    assert run.manifest["data"] == datasets.load("digits").fingerprint
    assert set(run.manifest["versions"]) >= {"tensorflow", "keras", "numpy", "python"}
    assert list(lab.store.checkpoints(run.id)) == [0, 1, 2]
    lab.store.verify(run.id)
    assert Classifier.load(run).weights[0][0].shape == (784, 16)
    assert states(lab.store, run.id) == ["running", "done"]


def test_a_run_begins_with_anothers_weights_and_names_them(lab: Lab) -> None:
    first = lab.engine.submit(SMALL, "ada")
    assert ends(lab.store, first.id) is RunState.DONE
    weights = (first.folder / "weights.npz").read_bytes()
    start = InitialWeights(Provenance(first.id, first.title, "0" * 64), weights)
    run = lab.engine.submit(SMALL, "eve", start=start)
    assert ends(lab.store, run.id) is RunState.DONE
    run = lab.store.open(run.id)
    assert run.provenance == start.provenance and run.manifest["origin"]["run"] == first.id
    begun = Classifier.load(run, "checkpoints/epoch-0000.npz").weights
    assert all(
        (mine == theirs).all()
        for ours, others in zip(begun, Classifier.load(first).weights, strict=True)
        for mine, theirs in zip(ours, others, strict=True)
    )


def test_added_images_reach_the_worker_and_the_card(lab: Lab) -> None:
    images = np.zeros((30, 28, 28), np.uint8)
    added = ExtraImages.of("our drawings", "by us", images, np.ones(30, np.uint8))
    run = lab.engine.submit(SMALL, "ada", added=[added])
    assert ends(lab.store, run.id) is RunState.DONE
    manifest = lab.store.open(run.id).manifest
    assert [source["name"] for source in manifest["sources"]] == [
        "Digits (offline)",
        "our drawings",
    ]
    assert manifest["data"] == extend(datasets.load("digits"), [added]).fingerprint
    started = History.from_events(lab.store.events(run.id)).started
    assert started is not None
    assert started.steps_per_epoch == -(-(SMALL.train_images + 30) // SMALL.batch_size)


def test_whoever_sees_done_can_open_the_model(lab: Lab) -> None:
    for _ in range(5):
        run_id = lab.engine.submit(QUICK, "ada").id
        is_in(lab.store, run_id, RunState.DONE)
        assert lab.store.open(run_id).has_model


def test_the_same_recipe_gives_the_same_figures_beside_another(lab: Lab) -> None:
    pair = [lab.engine.submit(SMALL, owner).id for owner in ("ada", "bob")]
    for run_id in pair:
        assert ends(lab.store, run_id) is RunState.DONE
    first, second = (figures(lab.store, run_id) for run_id in pair)
    assert first == second


def test_missing_data_fails_with_its_sentence(lab: Lab) -> None:
    run_id = lab.engine.submit(Recipe(dataset="mnist"), "ada").id
    assert ends(lab.store, run_id) is RunState.FAILED
    assert "MNIST is not on this computer" in lab.store.open(run_id).message


def test_a_training_that_diverges_fails_with_its_sentence(lab: Lab) -> None:
    recipe = SMALL.with_(optimizer="sgd", learning_rate=100.0, l2=10.0)
    run_id = lab.engine.submit(recipe, "ada").id
    assert ends(lab.store, run_id) is RunState.FAILED
    assert "smaller learning rate" in lab.store.open(run_id).message


def test_a_recipe_that_cannot_be_trained_is_never_a_run(lab: Lab) -> None:
    before = len(lab.store.list())
    with pytest.raises(RecipeError):
        lab.engine.submit(SMALL.with_(batch_size=10**6), "ada")
    assert len(lab.store.list()) == before


# -- control -------------------------------------------------------------------------------------


def test_pause_step_resume_and_learning_rate(lab: Lab) -> None:
    engine, store = lab.engine, lab.store
    run_id = engine.submit(LONG, "ada").id
    runs(store, run_id)
    assert engine.command(run_id, Command(Action.PAUSE))
    is_in(store, run_id, RunState.PAUSED)
    steps = len(store.events(run_id))
    assert engine.command(run_id, Command(Action.STEP))
    until(lambda: states(store, run_id).count("paused") == 2)
    history = History.from_events(store.events(run_id))
    assert history.epochs[-1].step == history.chunks[-1].step, "paused at the end of an epoch"
    assert len(store.events(run_id)) > steps
    assert engine.command(run_id, Command(Action.LEARNING_RATE, 0.25))
    assert engine.command(run_id, Command(Action.RESUME))
    change = until(lambda: [e for e in store.events(run_id) if isinstance(e, LearningRate)])[0]
    assert (change.value, change.epoch) == (0.25, float(history.epochs[-1].epoch))
    until(lambda: History.from_events(store.events(run_id)).chunks[-1].epoch > change.epoch)
    stop_and_wait(lab, run_id)


def test_a_stopped_run_keeps_its_model_and_the_worker_is_free(lab: Lab) -> None:
    run_id = lab.engine.submit(LONG, "ada").id
    runs(lab.store, run_id)
    stop_and_wait(lab, run_id)
    run = lab.store.open(run_id)
    assert (run.state, run.has_model) == (RunState.STOPPED, True)
    lab.store.verify(run_id)
    until(lambda: lab.engine.status().busy == 0, 5)


def test_commands_act_within_100_ms(lab: Lab) -> None:
    run_id = lab.engine.submit(OBEDIENT, "ada").id
    runs(lab.store, run_id)
    took = []
    for number in range(1, 21):
        asked = time.time()
        lab.engine.command(run_id, Command(Action.LEARNING_RATE, 0.001 * number))
        took.append(chunk(lab.store, run_id, number).time - asked)
    assert statistics.median(took) < 0.1, took
    stop_and_wait(lab, run_id)


def test_commands_keep_their_order(lab: Lab) -> None:
    run_id = lab.engine.submit(OBEDIENT, "ada").id
    runs(lab.store, run_id)
    sent = [number / 1000 for number in range(1, 101)]
    for value in sent:
        lab.engine.command(run_id, Command(Action.LEARNING_RATE, value))

    def seen() -> list[float]:
        return [e.loss for e in lab.store.events(run_id) if isinstance(e, Chunk)]

    until(lambda: seen() and seen()[-1] == sent[-1])
    assert seen() == sorted(seen())
    stop_and_wait(lab, run_id)


def test_a_pause_lasts_while_nobody_waits_and_ends_when_it_costs_others(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "PAUSE_PATIENCE", 0.0)
    engine, store = lab.engine, lab.store
    paused = engine.submit(LONG.with_(epochs=60), "ada").id
    others = [engine.submit(OBEDIENT, "teacher").id for _ in range(lab.workers - 1)]
    until(lambda: History.from_events(store.events(paused)).epochs)
    engine.command(paused, Command(Action.PAUSE))
    for run_id in others:
        runs(store, run_id)
    is_in(store, paused, RunState.PAUSED)
    looked_at = threading.Event()
    engine._inbox.put(lambda: (engine._look(), engine._look(), looked_at.set()))
    assert looked_at.wait(5)
    assert state(store, paused) is RunState.PAUSED, "nobody waits"
    waiting = engine.submit(QUICK, "bob").id
    assert ends(store, waiting) is RunState.DONE
    assert state(store, paused) is RunState.STOPPED
    assert "while others waited" in store.open(paused).message
    for run_id in others:
        stop_and_wait(lab, run_id)
    assert engine.resume(paused)
    assert ends(store, paused) is RunState.DONE
    assert len(History.from_events(store.events(paused)).epochs) == 60


@pytest.mark.parametrize("shared_lab", ["local"], indirect=True)  # it takes three workers
def test_a_hold_pauses_everybody_and_punishes_nobody(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "PAUSE_PATIENCE", 0.0)
    engine, store = lab.engine, lab.store
    busy = learning(lab)
    paused, *others = busy
    engine.command(paused, Command(Action.PAUSE))
    is_in(store, paused, RunState.PAUSED)
    monkeypatch.setattr(engine, "limits", lambda: Limits(held=True))
    engine.apply_limits()
    for run_id in others:
        is_in(store, run_id, RunState.PAUSED)
    waiting = engine.submit(QUICK, "zoe").id
    assert engine.status().held
    assert engine.schedule() == (busy, [waiting])
    assert (engine.position(waiting), engine.expected_start(waiting)) == (0, None)
    for action in (Action.RESUME, Action.STEP):
        assert not engine.command(paused, Command(action)), "nobody goes on alone"
    engine.command(others[0], STOP, "Time is up.")
    assert ends(store, others[0]) is RunState.STOPPED
    assert store.open(others[0]).message == "Time is up."
    looked_at = threading.Event()
    engine._inbox.put(lambda: (engine._pump(), engine._look(), looked_at.set()))
    assert looked_at.wait(5)
    assert state(store, waiting) is RunState.QUEUED, "a worker is free, and nothing starts"
    assert state(store, paused) is state(store, others[1]) is RunState.PAUSED, "though one waits"
    monkeypatch.setattr(attempt, "PAUSE_PATIENCE", 600.0)
    monkeypatch.setattr(engine, "limits", Limits)
    until(lambda: not engine.status().held)
    assert ends(store, waiting) is RunState.DONE
    is_in(store, others[1], RunState.RUNNING)
    assert state(store, paused) is RunState.PAUSED, "its owner has paused it"
    for run_id in (paused, others[1]):
        stop_and_wait(lab, run_id)


def test_a_stop_at_once_is_not_lost(lab: Lab) -> None:
    for _ in range(5):
        run_id = lab.engine.submit(OBEDIENT, "ada").id
        leaves_queue(lab, run_id)
        assert lab.engine.command(run_id, STOP)
        assert ends(lab.store, run_id, 4) is RunState.STOPPED


def test_commands_to_nobody_do_nothing(lab: Lab) -> None:
    done = lab.engine.submit(QUICK, "ada").id
    ends(lab.store, done)
    before = list(lab.store.events(done))
    for run_id in (done, "20200101-000000-no-run-000000", "", "../etc"):
        for action in Action:
            assert lab.engine.command(run_id, Command(action, 0.1)) is False
    assert list(lab.store.events(done)) == before


def test_a_deleted_run_ends_at_the_worker(lab: Lab) -> None:
    run_id = lab.engine.submit(LONG, "ada").id
    runs(lab.store, run_id)
    lab.store.delete(run_id)
    until(lambda: lab.engine.status().busy == 0)
    with pytest.raises(RunNotFound):
        lab.store.open(run_id)


# -- resuming ------------------------------------------------------------------------------------


def figures(store: ModelStore, run_id: str) -> list[tuple[float, ...]]:
    """All that a run learned, without the times that it took."""
    history = History.from_events(store.events(run_id))
    out: list[tuple[float, ...]] = [(c.step, c.loss, c.accuracy) for c in history.chunks]
    out += [(e.step, e.loss, e.accuracy) for e in history.epochs]
    result = store.open(run_id).result
    return [*out, (result["test_loss"], result["train_loss"], result["steps"])]


def weights(store: ModelStore, run_id: str) -> list[np.ndarray]:
    with np.load(store.open(run_id).folder / "weights.npz") as archive:
        return [archive[name] for name in sorted(archive.files)]


def test_a_resumed_run_equals_an_uninterrupted_one(lab: Lab) -> None:
    recipe = LONG.with_(epochs=60)  # not over before the pause is heard, on a busy machine
    engine, store = lab.engine, lab.store
    whole, parts = (engine.submit(recipe, owner).id for owner in ("ada", "bob"))
    until(lambda: History.from_events(store.events(parts)).epochs)
    engine.command(parts, Command(Action.PAUSE))
    stop_and_wait(lab, parts)
    assert len(History.from_events(store.events(parts)).epochs) < 60
    assert engine.resume(parts)
    assert ends(store, parts) is RunState.DONE
    assert ends(store, whole) is RunState.DONE
    started = [e.epoch for e in store.events(parts) if isinstance(e, Started)]
    assert started[0] == 0
    assert started[1] > 0
    assert figures(store, parts) == figures(store, whole)
    for ours, theirs in zip(weights(store, parts), weights(store, whole), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_only_what_ended_early_can_be_resumed(lab: Lab) -> None:
    done = lab.engine.submit(QUICK, "ada").id
    assert ends(lab.store, done) is RunState.DONE
    assert lab.engine.resume(done) is False
    running = lab.engine.submit(OBEDIENT, "ada").id
    runs(lab.store, running)
    assert lab.engine.resume(running) is False
    stop_and_wait(lab, running)
    with pytest.raises(RunNotFound):
        lab.engine.resume("20200101-000000-no-run-000000")


def test_a_cancelled_run_can_be_queued_again(lab: Lab) -> None:
    busy = occupy(lab)
    run_id = lab.engine.submit(QUICK, "ada").id
    stop_and_wait(lab, run_id)
    assert state(lab.store, run_id) is RunState.CANCELLED
    assert lab.engine.resume(run_id)
    assert (state(lab.store, run_id), lab.engine.position(run_id)) == (RunState.QUEUED, 0)
    for other in busy:
        stop_and_wait(lab, other)
    assert ends(lab.store, run_id) is RunState.DONE


# -- the queue -----------------------------------------------------------------------------------


def test_thirty_users_then_the_sweep_and_places_are_exact(lab: Lab) -> None:
    busy = occupy(lab)
    sweep = [lab.engine.submit(QUICK, "sweeper").id for _ in range(6)]
    single = [lab.engine.submit(QUICK, f"user-{n}").id for n in range(30)]
    promised = sorted(sweep + single, key=lambda run_id: lab.engine.position(run_id) or 0)
    assert promised == [sweep[0], *single, *sweep[1:]]
    assert lab.engine.status().queued == 36
    free, *others = busy
    stop_and_wait(lab, free)  # one worker does them all: two might begin in another order
    for run_id in promised:
        assert ends(lab.store, run_id) is RunState.DONE
    started = sorted(promised, key=lambda run_id: lab.store.open(run_id).started or 0.0)
    assert started == promised
    for run_id in others:
        stop_and_wait(lab, run_id)


def test_cancelling_a_queued_run_is_instant(lab: Lab) -> None:
    busy = occupy(lab)
    first, second = (lab.engine.submit(QUICK, owner).id for owner in ("ada", "bob"))
    assert (lab.engine.position(first), lab.engine.position(second)) == (0, 1)
    assert lab.engine.command(first, Command(Action.PAUSE)) is False
    assert lab.engine.command(first, STOP) is True
    assert state(lab.store, first) is RunState.CANCELLED
    assert (lab.engine.position(first), lab.engine.position(second)) == (None, 0)
    for run_id in (second, *busy):
        stop_and_wait(lab, run_id)
    assert [e for e in lab.store.events(first) if isinstance(e, (Started, Evaluated))] == []


def test_the_expected_start_is_measured_or_unknown(lab: Lab) -> None:
    engine, running = lab.engine, learning(lab)
    waiting = engine.submit(QUICK, "bob").id
    expected = engine.expected_start(waiting)
    assert expected is not None
    assert 0.0 < expected < 600.0
    assert engine.expected_start(running[0]) is None
    for run_id in running:
        engine.command(run_id, Command(Action.PAUSE))
        is_in(lab.store, run_id, RunState.PAUSED)
    assert engine.expected_start(waiting) is None, "nobody knows how long a pause is"
    for run_id in running:
        stop_and_wait(lab, run_id)
    assert ends(lab.store, waiting) is RunState.DONE
    assert engine.expected_start(waiting) is None


# -- without workers -----------------------------------------------------------------------------


def test_the_engine_brings_no_tensorflow_and_no_dask_into_the_server() -> None:
    code = "import sys, training.engine.engine; print(*sys.modules)"
    listed = subprocess.check_output([sys.executable, "-c", code], cwd=CODE, text=True)
    assert not {"tensorflow", "keras", "streamlit", "distributed"} & set(listed.split())


def test_an_engine_that_was_not_started_queues(tmp_path: Path) -> None:
    engine = Engine(ModelStore(tmp_path), workers=1)
    run = engine.submit(SMALL, "ada")
    status = engine.status()
    assert (status.state, status.queued, status.busy) == ("starting", 1, 0)
    assert (engine.position(run.id), engine.expected_start(run.id)) == (0, None)
    engine.close()


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("tcp://10.0.0.5:8786", "encryption"),
        ("tcp://scheduler.example:8786", "encryption"),
        ("tls://10.0.0.5:8786", "SOFTMAX_LAB_TLS_CA"),
        ("10.0.0.5:8786", "no address"),
        ("http://10.0.0.5", "no address"),
        ("tls://10.0.0.5:999999", "no address"),
        ("tls://[", "no address"),
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
    monkeypatch.setattr(dask_pool, "CONNECT_PATIENCE", 1.0)
    engine = Engine(ModelStore(tmp_path), address="tcp://127.0.0.1:9")
    engine.start()
    until(lambda: engine.status().state == "broken")
    assert "tcp://127.0.0.1:9" in engine.status().message
    run = engine.submit(SMALL, "ada")
    assert engine.position(run.id) == 0
    engine.close()
    assert state(ModelStore(tmp_path), run.id) is RunState.INTERRUPTED


@pytest.mark.parametrize(
    ("value", "check"),
    [("3", lambda n: n == 3), ("", lambda n: n >= 1), (" 2 ", lambda n: n == 2)],
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
