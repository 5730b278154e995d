"""No network: the app works; a download says why it fails and what to do instead."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from model_store import ModelStore, RunState
from pages.ui.services import singletons
from tests.support.components import basic_fields, press_start
from tests.support.engines import until
from tests.support.fault_tools import problems, sentences
from tests.support.finished_runs import all_runs
from training.data import download
from training.workers import dask_pool

Visit = Callable[..., AppTest]


def test_downloading_without_a_network_says_what_to_do(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "ADDRESS", "http://127.0.0.1:9/")  # no service uses this port
    monkeypatch.setattr(download, "downloads", {})
    at = visit("data", dataset="mnist")
    assert "MNIST is not on this computer" in problems(at)
    next(b for b in at.button if "Download" in b.label).click().run()
    running = download.latest("mnist")
    assert running is not None
    running.join(30)
    assert running.finished
    at.run()
    assert not at.exception
    said = problems(at)
    assert "could not be downloaded" in said and "refused" in said
    assert "Check this computer's network" in said and "mnist.npz at" in said
    assert list((tmp_path / "data").iterdir()) == []
    assert problems(visit("data", dataset="digits")) == ""


def test_every_page_goes_on_with_what_is_here(visit: Visit) -> None:
    assert "Digits works without a network" in sentences(visit("home"))
    at = visit("train", recipe="mnist-mlp-128")
    assert "is not on this machine yet" in problems(at)
    assert "Digits, which needs no" in problems(at)
    assert basic_fields(at)["start"] == "", "it offers none"
    assert "is not on this machine yet" in problems(visit("sweep", recipe="mnist-mlp-128"))
    at = visit("evaluate", run="starter-mnist")
    assert "The test images are not on this computer" in problems(at)
    assert "Digits works without either" in problems(at)
    for page, address in (("draw", {}), ("compare", {"run": "starter-mnist"})):
        assert problems(visit(page, **address)) == ""


def test_workers_that_cannot_be_reached_are_named_and_runs_wait(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_pool, "CONNECT_PATIENCE", 0.5)
    monkeypatch.setenv("SOFTMAX_LAB_ENGINE", "tcp://127.0.0.1:9")
    singletons.engine().start()
    until(lambda: singletons.engine().status().state == "broken")
    for page in ("home", "train", "sweep"):
        said = problems(visit(page))
        assert "tcp://127.0.0.1:9 cannot be reached" in said and "every 30 seconds" in said
    at = visit("train", recipe="digits-quick")
    press_start(at)
    assert not at.exception
    (run,) = [run for run in all_runs(singletons.store()) if not run.shipped]
    assert run.state is RunState.QUEUED
    assert "-badge[waiting]" in sentences(at)
    assert singletons.engine().position(run.id) == 0
    singletons.stop()
    left = ModelStore(tmp_path / "store", starter=None).open(run.id)
    assert left.state is RunState.INTERRUPTED, "to be resumed where there is a network"
