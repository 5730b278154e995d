"""Training on a Dask cluster over TLS: its workers cannot see the store and outlive the server."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import psutil
import pytest

from model_store import ModelStore, RunState
from model_store.inference.classifier import Classifier
from model_store.recipe.spoil import Spoil
from model_store.runs.events import Batch, Started
from model_store.storage import run_folder
from tests.support.batch_reports import read_report
from tests.support.engines import (
    FAULTY,
    LONG,
    MEMORY,
    OBEDIENT,
    QUICK,
    SMALL,
    STOP,
    Lab,
    ends,
    real_lab,
    runs,
    tls_cluster,
    until,
    workers_of,
)
from tests.support.own_sets import own_recipe
from training.data.extra_images import ExtraImages
from training.data.own_sets import OwnSets
from training.engine import attempt
from training.engine.engine import Engine
from training.loop.control import Action, Command


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, isolated_session: None) -> Iterator[Lab]:
    """Start one worker, which loads TensorFlow when it first trains."""
    folder = tmp_path_factory.mktemp("cluster")
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv("SOFTMAX_LAB_COLD", "1")
        for name, value in stack.enter_context(tls_cluster(folder, 1, str(MEMORY))).items():
            patch.setenv(name, value)
        yield stack.enter_context(real_lab(folder, 1, cold=True))


def test_files_travel_both_ways(lab: Lab) -> None:
    """A real training stops and resumes from its checkpoint, with added and spoiled images."""
    added = ExtraImages.of("ours", "by us", np.zeros((9, 28, 28), np.uint8), np.ones(9, np.uint8))
    run_id = lab.submit(LONG.with_(epochs=40, spoil=Spoil(0.2, noise=0.1)), added=[added])
    until(lambda: lab.history(run_id).epochs, 60)
    live = lab.store.open(run_id).folder / run_folder.LIVE
    assert live.exists()
    assert lab.engine.command(run_id, Command(Action.STEP_BATCH))
    (single,) = until(lambda: [e for e in lab.store.events(run_id) if isinstance(e, Batch)])
    report = live.with_name(run_folder.BATCH)
    assert read_report(report.read_bytes())[0]["step"] == single.step
    lab.stop(run_id)
    until(lambda: not live.exists() and not report.exists())
    assert lab.engine.resume(run_id)
    assert ends(lab.store, run_id) is RunState.DONE
    begun = [e.epoch for e in lab.store.events(run_id) if isinstance(e, Started)]
    assert begun[0] == 0 and begun[1] > 0
    assert [epoch.epoch for epoch in lab.history(run_id).epochs] == list(range(1, 41))
    run = lab.store.open(run_id)
    lab.store.verify(run_id)
    assert [source["images"] for source in run.manifest["sources"]][1:] == [9]
    assert Classifier.load(run).weights[0][0].shape == (784, 16)


def test_a_worker_that_does_not_see_the_store_gets_the_data_set_of_its_own(lab: Lab) -> None:
    recipe = own_recipe(lab.store.root, 3)
    run_id = lab.submit(recipe)
    assert ends(lab.store, run_id) is RunState.DONE
    run = lab.store.open(run_id)
    sets = OwnSets(lab.store.root)
    assert run.manifest["data"] == sets.open(recipe.dataset).fingerprint
    assert run.result["test_accuracy"] > 0.9
    assert Classifier.load(run).weights[-1][0].shape == (16, 3)
    sets.delete(recipe.dataset, "ada")
    gone = lab.submit(recipe)
    assert ends(lab.store, gone) is RunState.FAILED
    assert "Our animals is not on this server" in lab.store.open(gone).message


def test_a_killed_worker_and_one_that_hangs_are_replaced(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "STOP_PATIENCE", 1.0)
    killed = lab.starts(OBEDIENT)
    for process in workers_of(psutil.Process()):
        process.kill()
    assert ends(lab.store, killed) is RunState.INTERRUPTED
    hung = lab.starts(SMALL.with_(name="deaf"))
    assert lab.engine.command(hung, STOP)
    assert ends(lab.store, hung, 60) is RunState.STOPPED
    assert "did not answer to Stop" in lab.store.open(hung).message
    assert ends(lab.store, lab.submit(QUICK)) is RunState.DONE


def test_a_run_ends_with_its_server(lab: Lab, tmp_path: Path) -> None:
    """The worker outlives the server and must notice its end."""
    store = ModelStore(tmp_path)
    other = Engine(store, train=FAULTY)
    other.start()
    run_id = other.submit(OBEDIENT, "ada").id
    runs(store, run_id)
    other.close()
    assert store.open(run_id).state is RunState.INTERRUPTED
    assert ends(lab.store, lab.submit(QUICK, "bob"), 30) is RunState.DONE


def test_a_scheduler_that_dies_and_comes_back_with_workers_that_nobody_can_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second cluster has no nannies: its hung run ends, and its worker becomes idle."""
    monkeypatch.setattr(attempt, "STOP_PATIENCE", 1.0)
    monkeypatch.setattr(attempt, "KILL_PATIENCE", 1.0)
    monkeypatch.setenv("SOFTMAX_LAB_COLD", "1")
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
        stack.enter_context(tls_cluster(tmp_path, 1, str(MEMORY), "--no-nanny", port=port))
        until(lambda: store.open(run_id).state is RunState.RUNNING, 60)
        assert engine.command(run_id, STOP)
        assert ends(store, run_id) is RunState.STOPPED
        hung = engine.submit(SMALL.with_(name="deaf"), "ada").id
        runs(store, hung)
        waiting = engine.submit(QUICK, "bob").id
        assert engine.command(hung, STOP)
        assert ends(store, hung, 60) is RunState.STOPPED
        assert (engine.position(waiting), engine.status().busy) == (0, 0)
