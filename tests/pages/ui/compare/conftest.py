"""Visitor of these tests."""

import pytest

from tests.support.compare_page import ME


@pytest.fixture(autouse=True)
def visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.ui.state.visitor.visitor_id", lambda: ME)
