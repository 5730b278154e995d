"""Real trainings through the engine, on its two warm workers."""

import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

import numpy as np
import psutil
import pytest

from model_store import Run, RunState
from model_store.inference.classifier import Classifier
from model_store.recipe.recipe import Recipe
from model_store.runs.events import Batch, Chunk, LearningRate, StateChanged
from model_store.runs.provenance import InitialWeights, Provenance
from model_store.storage import run_folder
from tests.support.batch_reports import read_report
from tests.support.engines import (
    LONG,
    OBEDIENT,
    QUICK,
    SMALL,
    STOP,
    Lab,
    Server,
    alive,
    ends,
    family,
    hosts,
    real_lab,
    until,
)
from training.data import datasets
from training.data.extra_images import ExtraImages, extend
from training.loop.control import Action, Command


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, isolated_session: None) -> Iterator[Lab]:
    with real_lab(tmp_path_factory.mktemp("lab"), 2, cold=False) as lab:
        yield lab


@pytest.fixture(scope="module")
def trained(lab: Lab) -> Run:
    run_id = lab.submit(SMALL)
    assert ends(lab.store, run_id) is RunState.DONE
    return lab.store.open(run_id)


def states(lab: Lab, run_id: str) -> list[str]:
    return [e.state for e in lab.store.events(run_id) if isinstance(e, StateChanged)]


def test_a_training_is_recorded_and_leaves_a_model(lab: Lab, trained: Run) -> None:
    history = lab.history(trained.id)
    assert [epoch.epoch for epoch in history.epochs] == [1, 2]
    assert all(a.step < b.step for a, b in pairwise(history.chunks))
    assert history.started is not None
    assert history.started.worker
    assert trained.result["test_accuracy"] > 0.5
    assert trained.manifest["data"] == datasets.load("digits").fingerprint
    assert set(trained.manifest["versions"]) >= {"tensorflow", "keras", "numpy", "python"}
    assert list(lab.store.checkpoints(trained.id)) == [0, 1, 2]
    lab.store.verify(trained.id)
    assert Classifier.load(trained).weights[0][0].shape == (784, 16)
    assert states(lab, trained.id) == ["running", "done"]


def test_a_training_shows_its_weights_until_it_ends(lab: Lab) -> None:
    """The worker writes them where the server finds them; a trial of a sweep shows none."""
    run_id = lab.starts(LONG)
    path = lab.store.open(run_id).folder / run_folder.LIVE
    until(path.exists)
    first = path.read_bytes()
    assert len(first) > 2 * LONG.parameters
    until(lambda: path.read_bytes() != first)
    lab.stop(run_id)
    until(lambda: not path.exists())
    trial = lab.starts(LONG, sweep="a-sweep")
    until(lambda: lab.history(trial).epochs)
    assert not (lab.store.open(trial).folder / run_folder.LIVE).exists()
    lab.stop(trial)


def test_the_same_recipe_gives_the_same_figures_beside_another(lab: Lab, trained: Run) -> None:
    beside = lab.starts(LONG)
    again = lab.submit(SMALL, "bob")
    assert ends(lab.store, again) is RunState.DONE
    lab.stop(beside)
    first, second = (
        [(chunk.step, chunk.loss, chunk.accuracy) for chunk in lab.history(run_id).chunks]
        for run_id in (trained.id, again)
    )
    assert first == second
    assert lab.store.open(again).result["test_loss"] == trained.result["test_loss"]


def test_a_run_begins_with_anothers_weights_and_takes_more_images(lab: Lab, trained: Run) -> None:
    weights = (trained.folder / "weights.npz").read_bytes()
    start = InitialWeights(Provenance(trained.id, trained.title, "0" * 64), weights)
    images = np.zeros((30, 28, 28), np.uint8)
    added = ExtraImages.of("our drawings", "by us", images, np.ones(30, np.uint8))
    run_id = lab.submit(SMALL, "eve", start=start, added=[added])
    assert ends(lab.store, run_id) is RunState.DONE
    run = lab.store.open(run_id)
    assert run.provenance == start.provenance
    assert run.manifest["origin"]["run"] == trained.id
    begun = Classifier.load(run, "checkpoints/epoch-0000.npz").weights
    for ours, others in zip(begun, Classifier.load(trained).weights, strict=True):
        for mine, theirs in zip(ours, others, strict=True):
            np.testing.assert_array_equal(mine, theirs)
    names = [source["name"] for source in run.manifest["sources"]]
    assert names == ["Digits (offline)", "our drawings"]
    assert run.manifest["data"] == extend(datasets.load("digits"), [added]).fingerprint
    started = lab.history(run_id).started
    assert started is not None
    assert started.steps_per_epoch == -(-(SMALL.train_images + 30) // SMALL.batch_size)


def test_the_model_of_a_done_run_can_be_opened(lab: Lab) -> None:
    for _ in range(5):
        run_id = lab.submit(QUICK)
        until(lambda run_id=run_id: lab.store.open(run_id).state is RunState.DONE)  # type: ignore[misc]
        assert lab.store.open(run_id).has_model


def test_dask_tells_a_browser_nothing(lab: Lab) -> None:
    processes = [process for host in hosts() for process in family(host.pid)]
    ports = {
        connection.laddr.port
        for process in processes
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    }
    answers = []
    for port in ports:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as browser, suppress(OSError):
            browser.sendall(b"GET /health HTTP/1.0\r\n\r\n")
            answers.append(browser.recv(12))
    said = {answer for answer in answers if answer.startswith(b"HTTP")}
    assert said == {b"HTTP/1.1 404"}, "Dask's own HTTP servers are there, and empty"


def test_missing_data_fails_with_its_sentence(lab: Lab) -> None:
    run_id = lab.submit(Recipe(dataset="mnist"))
    assert ends(lab.store, run_id) is RunState.FAILED
    assert "MNIST is not on this computer" in lab.store.open(run_id).message


def test_pause_step_resume_learning_rate_and_stop(lab: Lab) -> None:
    engine, store = lab.engine, lab.store
    run_id = lab.starts(LONG)
    assert engine.command(run_id, Command(Action.PAUSE))
    until(lambda: store.open(run_id).state is RunState.PAUSED)
    said = len(store.events(run_id))
    assert engine.command(run_id, Command(Action.STEP))
    until(lambda: states(lab, run_id).count("paused") == 2)
    history = lab.history(run_id)
    assert history.epochs[-1].step == history.chunks[-1].step, "paused at the end of an epoch"
    assert len(store.events(run_id)) > said
    assert engine.command(run_id, Command(Action.STEP_BATCH))
    (single,) = until(lambda: [e for e in store.events(run_id) if isinstance(e, Batch)])
    report = store.open(run_id).folder / run_folder.BATCH
    assert read_report(report.read_bytes())[0]["step"] == single.step
    assert single.step == history.epochs[-1].step + 1
    assert store.open(run_id).state is RunState.PAUSED
    assert engine.command(run_id, Command(Action.LEARNING_RATE, 0.25))
    assert engine.command(run_id, Command(Action.RESUME))
    change = until(lambda: [e for e in store.events(run_id) if isinstance(e, LearningRate)])[0]
    assert (change.value, change.epoch) == (0.25, pytest.approx(single.epoch, abs=1e-3))
    until(lambda: lab.history(run_id).chunks[-1].epoch > change.epoch)
    lab.stop(run_id)
    until(lambda: not report.exists())
    assert store.open(run_id).has_model
    store.verify(run_id)
    until(lambda: engine.status().busy == 0, 5)


def test_commands_keep_their_order_and_act_within_100_ms(lab: Lab) -> None:
    """The worker answers each new rate with a chunk whose loss is the rate."""
    run_id = lab.starts(OBEDIENT)

    def answers() -> list[Chunk]:
        return [e for e in lab.store.events(run_id) if isinstance(e, Chunk)]

    took = []
    for number in range(1, 21):
        asked = time.time()
        lab.engine.command(run_id, Command(Action.LEARNING_RATE, float(number)))
        until(lambda number=number: len(answers()) == number)  # type: ignore[misc]
        took.append(answers()[-1].time - asked)
    assert statistics.median(took) < 0.1, took
    for number in range(21, 101):
        lab.engine.command(run_id, Command(Action.LEARNING_RATE, float(number)))
    until(lambda: answers()[-1].loss == 100.0)
    rates = [answer.loss for answer in answers()]
    assert rates == sorted(rates)
    lab.stop(run_id)


def test_a_stop_at_once_is_not_lost(lab: Lab) -> None:
    for _ in range(5):
        run_id = lab.submit(OBEDIENT)
        until(lambda run_id=run_id: lab.engine.phase(run_id))  # type: ignore[misc]
        assert lab.engine.command(run_id, STOP)
        assert ends(lab.store, run_id, 4) is RunState.STOPPED


def test_a_killed_server_leaves_no_process_and_its_runs_to_resume(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another server has one run that trains, one that blocks Python's lock, and one that waits.

    Resumed here, the first gives the same weights as without the interruption, bit for bit."""
    recipe = LONG.with_(epochs=60, seed=77)
    monkeypatch.setenv("SOFTMAX_LAB_COLD", "1")
    server = Server(lab.store.root)
    trains = server.submit(recipe)
    hangs = server.submit(SMALL.with_(name="holds the lock"))
    waits = server.submit(QUICK)
    until(lambda: len(lab.history(trains).epochs) > 1, 90)
    until(lambda: lab.store.open(hangs).started)
    processes = server.kill()
    assert len(processes) >= 4
    relative = lab.store.root.parent / "relative" / "arrays"
    assert relative.is_dir(), "workers run in the server's folder"
    until(lambda: not alive(processes))
    for run_id in (trains, hangs):
        state = lab.store.open(run_id).state
        assert state is RunState.RUNNING, "no process was left to say otherwise"
    lab.engine.recover()
    for run_id in (trains, hangs, waits):
        assert lab.store.open(run_id).state is RunState.INTERRUPTED
        assert "app ended" in lab.store.open(run_id).message
    assert lab.engine.resume(waits)
    assert lab.engine.resume(trains)
    whole = lab.submit(recipe)
    for run_id in (waits, trains, whole):
        assert ends(lab.store, run_id) is RunState.DONE
    assert lab.figures(trains) == lab.figures(whole)
    ours, theirs = (Classifier.load(lab.store.open(each)).weights for each in (trains, whole))
    for mine, other in zip(ours, theirs, strict=True):
        for one, two in zip(mine, other, strict=True):
            np.testing.assert_array_equal(one, two)
