"""How everybody on the server gets an answer soon."""

from __future__ import annotations

from threading import Event

import pytest

from pages.ui import pace


def test_the_garbage_collector_leaves_alone_what_is_loaded_once_all_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []
    monkeypatch.setattr(pace, "_settled", Event())
    monkeypatch.setattr("gc.collect", lambda: done.append("collect"))
    monkeypatch.setattr("gc.freeze", lambda: done.append("freeze"))
    pace.settle(loading=True)
    assert done == []
    for loading in (False, False, True):
        pace.settle(loading)
    assert done == ["collect", "freeze"]
