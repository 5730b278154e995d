"""Visitor of these tests."""

import pytest


@pytest.fixture(autouse=True)
def visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.ui.state.visitor.visitor_id", lambda: "me")
