"""Records of runs: read once for all sessions, and again when they have grown."""

import json
import math

import pytest

from model_store import Run, RunState
from model_store.recipe.recipe import Recipe
from model_store.runs.events import Chunk
from pages.ui.services import record_cache, singletons


def chunk(step: int, loss: float = 0.5) -> Chunk:
    return Chunk(step, step / 10, loss, 0.9, 1000.0, 1e9)


def new_run() -> Run:
    return singletons.store().create(Recipe(dataset="digits"), "somebody")


def test_viewers_share_a_curve_until_it_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_cache, "SECONDS", math.inf)
    run, store = new_run(), singletons.store()
    store.append(run.id, chunk(5))
    first = record_cache.curve(run, "loss")
    store.append(run.id, chunk(10, 0.3))
    assert record_cache.curve(store.open(run.id), "loss") is first
    assert record_cache.curve(run, "accuracy") is not first
    monkeypatch.setattr(record_cache, "SECONDS", 1e-9)
    assert json.loads(record_cache.curve(run, "loss"))["data"][0]["y"] == [0.5, 0.3]
    assert len(record_cache.history(run).chunks) == 2


def test_the_record_of_a_finished_run_is_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_cache, "SECONDS", math.inf)
    run, store = new_run(), singletons.store()
    store.append(run.id, chunk(5))
    record_cache.curve(run, "loss")
    store.append(run.id, chunk(10, 0.3))
    store.set_state(run.id, RunState.STOPPED)
    ended = record_cache.curve(store.open(run.id), "loss")
    assert json.loads(ended)["data"][0]["y"] == [0.5, 0.3]
    assert len(record_cache.history(store.open(run.id)).chunks) == 2


def test_a_run_without_events_or_deleted_has_an_empty_curve(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(record_cache, "SECONDS", 1e-9)
    run = new_run()
    assert json.loads(record_cache.curve(run, "loss"))["data"][0]["x"] == []
    singletons.store().delete(run.id)
    assert json.loads(record_cache.curve(run, "loss"))["data"][0]["x"] == []
