"""Every test has its own store; only those marked `realdata` see the real data sets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REAL_DATA = os.environ.get("SOFTMAX_LAB_DATA")
NAMES = ("mnist.npz", "fashion_mnist.npz")
_ran: set[str] = set()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the real MNIST and Fashion-MNIST."""
    folder = Path(REAL_DATA) if REAL_DATA else None
    if folder is None or not all((folder / name).is_file() for name in NAMES):
        pytest.skip("SOFTMAX_LAB_DATA does not point at mnist.npz and fashion_mnist.npz")
    return folder


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the session's memory-mapped arrays lie."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def isolated(
    request: pytest.FixtureRequest, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store, a data folder and a cache that are nobody else's."""
    monkeypatch.setenv("SOFTMAX_LAB_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("SOFTMAX_LAB_CACHE", str(cache))
    if request.node.get_closest_marker("realdata"):
        monkeypatch.setenv("SOFTMAX_LAB_DATA", str(request.getfixturevalue("real_data")))
        _ran.add(request.node.nodeid)
    else:
        monkeypatch.setenv("SOFTMAX_LAB_DATA", str(tmp_path / "data"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in tests/browser, and run it last."""
    browser = Path(__file__).parent / "browser"
    for item in items:
        if item.path.is_relative_to(browser) and item.path.name != "test_chromium.py":
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say whether the real data was there."""
    if _ran:
        terminalreporter.write_line(f"realdata: {len(_ran)} tests ran on the real data sets")
    else:
        terminalreporter.write_line("realdata: not run, SOFTMAX_LAB_DATA has no real data sets")
