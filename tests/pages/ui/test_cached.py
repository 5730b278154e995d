"""What all who look share: worked out once, and again when what it came from has changed."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from model_store import Run, RunDamaged, RunState
from model_store.inference.metrics import Evaluation
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.events import Chunk
from pages.ui.services import cached, singletons
from tests.support.finished_runs import arrays, bare_run, finished_run
from training.data import datasets
from training.data.datasets import DataError

RECIPE = Recipe(dataset="digits", hidden=(Hidden(8),))


def chunk(step: int, loss: float = 0.5) -> Chunk:
    return Chunk(step, step / 10, loss, 0.9, 1000.0, 1e9)


def new_run() -> Run:
    return singletons.store().create(RECIPE, "somebody")


# -- networks ------------------------------------------------------------------------------------


def test_a_network_is_loaded_again_when_its_weights_are_others() -> None:
    run, store = bare_run(singletons.store(), RECIPE), singletons.store()
    first = cached.classifier(run)
    assert cached.classifier(store.open(run.id)) is first
    store.save(run.id, "weights.npz", arrays(RECIPE.with_(seed=1)))
    assert cached.classifier(store.open(run.id)) is first, "what was not finished is not looked at"
    again = store.finish(run.id)
    second = cached.classifier(again)
    assert second is not first
    assert (second.weights[0][0] != first.weights[0][0]).any()


def test_a_network_that_is_none_is_no_answer_twice() -> None:
    run = bare_run(singletons.store(), RECIPE)
    (run.folder / "weights.npz").write_bytes(b"PK")
    for _twice in range(2):
        with pytest.raises(RunDamaged):
            cached.classifier(run)


def test_the_evaluation_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    run = bare_run(singletons.store(), RECIPE)
    made = []
    of = Evaluation.of

    def counted(*arrays: Any) -> Evaluation:
        made.append(1)
        return of(*arrays)

    monkeypatch.setattr("model_store.inference.metrics.Evaluation.of", counted)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: cached.evaluation(run), range(24)))
    assert made == [1]
    assert all(one is found[0] for one in found)


def test_units_that_are_silent_are_asked_for_only_where_there_are_any() -> None:
    store = singletons.store()
    assert cached.firing(store.create(RECIPE)) == (), "it has no model yet"
    linear = bare_run(store, RECIPE.with_(hidden=(Hidden(8, "tanh"),)))
    assert cached.firing(linear) == ()
    dead = finished_run(store, RECIPE, "me", bias=-1e6)
    (layer,) = cached.firing(dead)
    assert cached.firing(store.open(dead.id))[0] is layer


def test_the_first_weights_are_told_apart_as_long_as_they_are_there() -> None:
    store = singletons.store()
    one, same = (finished_run(store, RECIPE, "me") for _each in range(2))
    other = finished_run(store, RECIPE.with_(seed=1), "me")
    assert cached.first_weights(one) == cached.first_weights(same) != cached.first_weights(other)
    assert cached.first_weights(store.create(RECIPE)) is None
    store.delete(one.id)
    assert cached.first_weights(one) is None


# -- records -------------------------------------------------------------------------------------


def test_all_who_watch_share_a_curve_until_the_record_grows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cached, "SHARED", 1e-9)
    run = new_run()
    singletons.store().append(run.id, chunk(5))
    first = cached.curve(run, "loss")
    assert cached.curve(run, "loss") is first and cached.curve(run, "accuracy") is not first
    singletons.store().append(run.id, chunk(10, 0.3))
    assert json.loads(cached.curve(run, "loss"))["data"][0]["y"] == [0.5, 0.3]
    assert len(cached.history(run).chunks) == 2


def test_a_record_that_grows_is_read_now_and_then_and_at_the_end_for_certain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cached, "SHARED", math.inf)
    run, store = new_run(), singletons.store()
    store.append(run.id, chunk(5))
    first = cached.curve(run, "loss")
    store.append(run.id, chunk(10, 0.3))
    assert cached.curve(store.open(run.id), "loss") is first
    store.set_state(run.id, RunState.STOPPED)
    ended = cached.curve(store.open(run.id), "loss")
    assert json.loads(ended)["data"][0]["y"] == [0.5, 0.3]
    assert len(cached.history(store.open(run.id)).chunks) == 2


def test_a_run_that_has_said_nothing_or_is_gone_has_an_empty_curve() -> None:
    run = new_run()
    assert json.loads(cached.curve(run, "loss"))["data"][0]["x"] == []
    singletons.store().delete(run.id)
    assert json.loads(cached.curve(run, "loss"))["data"][0]["x"] == []


# -- data sets -----------------------------------------------------------------------------------


def test_the_mean_of_a_class_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    means = cached.mean_images("digits", "train")
    assert means.shape == (10, 28, 28) and means.dtype == np.uint8
    assert cached.mean_images("digits", "train") is means
    assert cached.mean_images("digits", "test") is not means
    data = datasets.load("digits")
    monkeypatch.setattr(singletons, "dataset", lambda name: replace(data, fingerprint="another"))
    assert cached.mean_images("digits", "train") is not means


def test_data_that_are_missing_say_so_each_time() -> None:
    run = bare_run(singletons.store(), RECIPE.with_(dataset="fashion_mnist"))
    for _twice in range(2):
        with pytest.raises(DataError):
            cached.evaluation(run)
        with pytest.raises(DataError):
            cached.mean_images("fashion_mnist", "train")
