"""No network: what needs none goes on, what needs one says so and what to do without it."""

from __future__ import annotations

import socket
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from model_store import ModelStore, RunState
from pages.ui.services import singletons
from tests.support.engines import until
from tests.support.fault_tools import problems, told
from training.data import download
from training.data.download import Download, DownloadFailed
from training.workers import dask_pool

Visit = Callable[..., AppTest]
NOWHERE = "http://127.0.0.1:9"  # the port of a service that throws all away; nobody has it
FETCHES = f"""
import sys, urllib.request
from training.data import download as fetch
fetch._load_with_keras = lambda name: urllib.request.urlopen("{NOWHERE}/" + name)
sys.exit(fetch.main(sys.argv[1:]))
"""


def test_fetching_without_a_network_says_what_to_do(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a process of its own as always, but without the seconds that Keras takes to load."""
    data = tmp_path / "data"
    command = [sys.executable, "-c", FETCHES, "mnist", "--data", str(data)]
    monkeypatch.setattr(download, "Download", partial(Download, command=command))
    monkeypatch.setattr(download, "_downloads", {})
    at = visit("data", dataset="mnist")
    assert "MNIST is not on this computer" in problems(at)
    next(b for b in at.button if "Fetch" in b.label).click().run()
    running = download.latest("mnist")
    assert running is not None and running.wait(30).finished
    at.run()
    assert not at.exception
    said = problems(at)
    assert "could not be downloaded" in said and "refused" in said
    assert "Check this computer's network" in said and "mnist.npz at" in said
    assert list(data.iterdir()) == []
    assert problems(visit("data", dataset="digits")) == ""


@pytest.fixture
def torn_line() -> Iterator[str]:
    """The address of a server that promises a file and hangs up in the middle of it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            line, _address = server.accept()
            with line:
                line.recv(4096)
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + bytes(5000))

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/mnist.npz"
        thread.join()


def test_a_line_that_breaks_in_the_middle_leaves_no_half_file(
    torn_line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(_name: str) -> tuple[download.Split, download.Split]:
        with urllib.request.urlopen(torn_line, timeout=20) as answer:
            raise AssertionError(f"it was whole: {len(answer.read())}")

    monkeypatch.setenv("SOFTMAX_LAB_CACHE", str(tmp_path / "cache"))
    with pytest.raises(DownloadFailed, match=r"could not be downloaded \(IncompleteRead"):
        download.download_dataset("mnist", tmp_path / "mnist.npz", lambda line: None, load)
    assert not (tmp_path / "mnist.npz").exists()


def test_every_page_goes_on_with_what_is_here(visit: Visit) -> None:
    assert "Digits works without a network" in told(visit("home"))
    at = visit("train", recipe="mnist-mlp-128")
    assert "is not on this machine yet" in problems(at)
    assert "Digits, which needs no network" in problems(at)
    assert not [button for button in at.button if button.key == "start"]
    assert "is not on this machine yet" in problems(visit("sweep", recipe="mnist-mlp-128"))
    at = visit("evaluate", run="starter-mnist")
    assert "The test images are not here" in problems(at)
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
        assert "tcp://127.0.0.1:9 cannot be reached" in said and "every half minute" in said
    at = visit("train", recipe="digits-quick")
    at.button(key="start").click().run()
    assert not at.exception
    (run,) = [run for run in singletons.store().list() if not run.shipped]
    assert run.state is RunState.QUEUED
    assert "Place 1 in the queue" in told(at)
    singletons.stop()
    left = ModelStore(tmp_path / "store", starter=None).open(run.id)
    assert left.state is RunState.INTERRUPTED, "to be resumed where there is a network"
