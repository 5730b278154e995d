"""Every test has its own store; only those marked `realdata` see the real data sets."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from training.tensorflow_setup import VECTOR_WIDTH

REAL_DATA = os.environ.get("SOFTMAX_LAB_DATA")
NAMES = ("mnist.npz", "fashion_mnist.npz")
OURS = "SOFTMAX_LAB_"
CHROMIUM = "SOFTMAX_LAB_CHROMIUM"
# Each takes over 10 s; in the order in which they begin, those of tests/browser after all others.
LONGEST = (
    *("training/engine/test_trainings.py", "training/engine/test_engine_faults.py"),
    "training/engine/test_remote.py",
    *("training/sweeps/test_manager.py", "training/loop/test_compiled.py"),
    *("training/export/test_code.py", "training/loop/test_trainer.py"),
    *("training/keras_import/test_importer.py", "training/loop/test_augment.py"),
    *("training/cli/test_main.py", "browser/test_tour.py", "browser/test_accessibility.py"),
    *("browser/test_draw.py", "browser/test_teacher.py", "browser/test_evaluate.py"),
    *("browser/test_network.py", "browser/test_sweep.py", "browser/test_compare.py"),
    "browser/test_import.py",
)
# Narrower than trainings else: compiled sooner, and few epochs follow here.
os.environ["XLA_FLAGS"] = f"--{VECTOR_WIDTH}=256"
# Two processes of tests have two cores: more threads only wait for each other.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
gc.disable()  # nothing that is imported becomes garbage: see pytest_collection_finish
_ran: set[str] = set()


def has_real_data() -> bool:
    """Whether SOFTMAX_LAB_DATA, as the tests were started, holds both data sets."""
    return REAL_DATA is not None and all((Path(REAL_DATA) / name).is_file() for name in NAMES)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the real MNIST and Fashion-MNIST."""
    if REAL_DATA is None or not has_real_data():
        pytest.skip("SOFTMAX_LAB_DATA does not point at mnist.npz and fashion_mnist.npz")
    return Path(REAL_DATA).resolve()


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the session's memory-mapped arrays lie."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session", autouse=True)
def isolated_session(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[None]:
    """What the developer has set does not reach fixtures that several tests share, either."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(OURS) and name != CHROMIUM]:
            patch.delenv(name)
        folder = tmp_path_factory.mktemp("session")
        patch.setenv("SOFTMAX_LAB_STORE", str(folder / "store"))
        patch.setenv("SOFTMAX_LAB_DATA", str(folder / "data"))
        patch.setenv("SOFTMAX_LAB_CACHE", str(cache))
        yield


@pytest.fixture(autouse=True)
def isolated(
    request: pytest.FixtureRequest, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store, a data folder and a cache that are nobody else's."""
    # A page that was run leaves itself there, and processes that are spawned would run it again.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setenv("SOFTMAX_LAB_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("SOFTMAX_LAB_CACHE", str(cache))
    if request.node.get_closest_marker("realdata"):
        monkeypatch.setenv("SOFTMAX_LAB_DATA", str(request.getfixturevalue("real_data")))
    else:
        monkeypatch.setenv("SOFTMAX_LAB_DATA", str(tmp_path / "data"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in tests/browser, run it last, and what fails there once more.

    A busy machine can lose a click between two states of a page. The summary lists each rerun.
    The longest files come first: at the end, no process waits long for another.
    """
    tests = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(tests / "browser") and item.path.name != "test_chromium.py":
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.flaky(reruns=1))
    ranks = {tests / name: rank for rank, name in enumerate(LONGEST)}
    items.sort(
        key=lambda item: (
            item.get_closest_marker("browser") is not None,
            ranks.get(item.path, len(ranks)),
        )
    )


def pytest_collection_finish() -> None:
    """From here on, rubbish is collected, and what was imported is never looked through for it."""
    gc.freeze()
    gc.enable()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note the tests on the real data; also in the process that collects what others ran."""
    if report.when == "call" and "realdata" in report.keywords:
        _ran.add(report.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say whether the tests on the real data sets ran."""
    if _ran:
        said = f"{len(_ran)} tests ran on the real data sets"
    elif REAL_DATA is None:
        said = "did not run, SOFTMAX_LAB_DATA is not set"
    elif not has_real_data():
        said = f"did not run, SOFTMAX_LAB_DATA does not hold {' and '.join(NAMES)}"
    else:
        said = "did not run, no such test was selected"
    terminalreporter.write_line(f"realdata: {said}")
