"""Every test has its own store; only those marked `realdata` see the real data sets."""

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from training.tensorflow_setup import VECTOR_WIDTH

REAL_DATA = os.environ.get("SOFTMAX_LAB_DATA")
POSTGRES = os.environ.get("SOFTMAX_LAB_TEST_POSTGRES")
NAMES = ("mnist.npz", "fashion_mnist.npz")
OURS = "SOFTMAX_LAB_"
CHROMIUM = "SOFTMAX_LAB_CHROMIUM"
IN_MEMORY = Path("/dev/shm")  # of Linux: no fsync waits for a disk
ENOUGH = 2_000_000_000  # free bytes
BROWSER = "tests/browser/"
# Files that take over 10 s, in the order in which they start.
LONGEST = (
    *("training/engine/test_trainings.py", "training/engine/test_engine_faults.py"),
    *("training/engine/test_remote.py", "training/sweeps/test_manager.py"),
    *("training/export/test_script.py", "faults/test_damage.py", "faults/test_many_writers.py"),
    *("training/loop/test_compiled.py", "training/loop/test_trainer.py"),
    *("training/keras_import/test_importer.py", "training/cli/test_main.py"),
    *("model_store/analysis/test_diagnosis.py", "faults/test_crowd.py"),
    "faults/test_server_killed.py",
)
# Compile faster than in the app to slower code: tests train few epochs.
os.environ["XLA_FLAGS"] = f"--{VECTOR_WIDTH}=256 --xla_llvm_disable_expensive_passes=true"
# Two test processes share two cores: more threads would only wait for each other.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
if IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ENOUGH:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))  # the parent of `tmp_path`
gc.disable()  # imports leave no garbage; pytest_collection_finish enables it
_ran: set[str] = set()


def has_real_data() -> bool:
    """True if SOFTMAX_LAB_DATA held both data sets when the tests were started."""
    return REAL_DATA is not None and all((Path(REAL_DATA) / name).is_file() for name in NAMES)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder with the real MNIST and Fashion-MNIST."""
    if REAL_DATA is None or not has_real_data():
        pytest.skip("SOFTMAX_LAB_DATA does not point at mnist.npz and fashion_mnist.npz")
    return Path(REAL_DATA).resolve()


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the session's memory-mapped arrays."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session", autouse=True)
def isolated_session(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[None]:
    """Hide the developer's settings from fixtures that several tests share."""
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
    """Give each test its own store, data folder and cache."""
    # AppTest leaves its page in `__main__`, and spawned processes would run that page again.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setenv("SOFTMAX_LAB_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("SOFTMAX_LAB_CACHE", str(cache))
    if request.node.get_closest_marker("realdata"):
        monkeypatch.setenv("SOFTMAX_LAB_DATA", str(request.getfixturevalue("real_data")))
    else:
        monkeypatch.setenv("SOFTMAX_LAB_DATA", str(tmp_path / "data"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests in tests/browser, run them first, and rerun those that fail.

    A busy machine can lose a click between two states of a page. The summary lists each rerun.
    The longest units come first: at the end, no process waits long for another.
    """
    tests = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(tests / "browser") and item.path.name != "test_chromium.py":
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.flaky(reruns=1))
    ranks = {tests / name: rank for rank, name in enumerate(LONGEST)}
    items.sort(
        key=lambda item: (
            item.get_closest_marker("browser") is None,
            ranks.get(item.path, len(ranks)),
        )
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give a file's tests to one process, and all browser tests, which share one app."""
    from xdist.scheduler import LoadScopeScheduling

    class Units(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return BROWSER if nodeid.startswith(BROWSER) else nodeid.partition("::")[0]

    return Units(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    """Enable garbage collection, and exclude the imported modules from it."""
    gc.freeze()
    gc.enable()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Record the tests on real data, also in the process that collects other workers' reports."""
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
    if not POSTGRES:
        said = "SOFTMAX_LAB_TEST_POSTGRES names no server, the store ran on SQLite alone"
        terminalreporter.write_line(f"postgresql: did not run, {said}")
