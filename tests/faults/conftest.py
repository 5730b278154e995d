"""Fixtures for pages that AppTest runs, as in tests/pages, and that meet a fault."""

from pathlib import Path

import pytest

from model_store import ModelStore, Run
from tests.support.fault_tools import ME, SMALL
from tests.support.finished_runs import finished_run
from tests.support.page_fixtures import as_in_the_server, fresh_services, visit

__all__ = ["as_in_the_server", "finished", "fresh_services", "store", "visit"]


@pytest.fixture(autouse=True)
def visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the pages' visitor the owner `ME`."""
    monkeypatch.setattr("pages.ui.state.visitor.visitor_id", lambda: ME)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    """Return a second object on the pages' store, as another process would open it."""
    return ModelStore(tmp_path / "store", starter=None)


@pytest.fixture
def finished(store: ModelStore) -> list[Run]:
    """Add two finished runs of the visitor."""
    return [finished_run(store, SMALL.with_(name=name), ME) for name in ("Ada", "Bob")]
