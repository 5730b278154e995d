"""A visitor whose id the test knows."""

import pytest

from pages.ui.state import visitor

ME = "the-learner-of-this-test"


def as_learner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every session of this test that of one visitor."""
    monkeypatch.setattr(visitor, "visitor_id", lambda: ME)
