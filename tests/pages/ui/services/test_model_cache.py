"""Answers of models: computed once, and again when the weights change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from model_store import RunDamaged
from model_store.inference.metrics import Evaluation
from model_store.recipe.recipe import Hidden, Recipe
from pages.ui.services import model_cache, singletons
from tests.support.finished_runs import arrays, bare_run, finished_run
from training.data.datasets import DataError

RECIPE = Recipe(dataset="digits", hidden=(Hidden(8),))


def test_a_network_is_loaded_again_when_its_weights_are_others() -> None:
    run, store = bare_run(singletons.store(), RECIPE), singletons.store()
    first = model_cache.classifier(run)
    assert model_cache.classifier(store.open(run.id)) is first
    store.save(run.id, "weights.npz", arrays(RECIPE.with_(seed=1)))
    assert model_cache.classifier(store.open(run.id)) is first, (
        "what was not finished is not looked at"
    )
    again = store.finish(run.id)
    second = model_cache.classifier(again)
    assert second is not first
    assert (second.weights[0][0] != first.weights[0][0]).any()


def test_a_network_that_is_none_is_no_answer_twice() -> None:
    run = bare_run(singletons.store(), RECIPE)
    (run.folder / "weights.npz").write_bytes(b"PK")
    for _twice in range(2):
        with pytest.raises(RunDamaged):
            model_cache.classifier(run)


def test_the_evaluation_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    run = bare_run(singletons.store(), RECIPE)
    made = []
    of = Evaluation.of

    def counted(*arrays: Any) -> Evaluation:
        made.append(1)
        return of(*arrays)

    monkeypatch.setattr("model_store.inference.metrics.Evaluation.of", counted)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: model_cache.evaluation(run), range(24)))
    assert made == [1]
    assert all(one is found[0] for one in found)


def test_units_that_are_silent_are_asked_for_only_where_there_are_any() -> None:
    store = singletons.store()
    assert model_cache.firing(store.create(RECIPE)) == (), "it has no model yet"
    linear = bare_run(store, RECIPE.with_(hidden=(Hidden(8, "tanh"),)))
    assert model_cache.firing(linear) == ()
    dead = finished_run(store, RECIPE, "me", bias=-1e6)
    (layer,) = model_cache.firing(dead)
    assert model_cache.firing(store.open(dead.id))[0] is layer


def test_the_first_weights_are_told_apart_as_long_as_they_are_there() -> None:
    store = singletons.store()
    one, same = (finished_run(store, RECIPE, "me") for _each in range(2))
    other = finished_run(store, RECIPE.with_(seed=1), "me")
    assert (
        model_cache.first_weights(one)
        == model_cache.first_weights(same)
        != model_cache.first_weights(other)
    )
    assert model_cache.first_weights(store.create(RECIPE)) is None
    store.delete(one.id)
    assert model_cache.first_weights(one) is None


def test_missing_data_are_reported_each_time() -> None:
    run = bare_run(singletons.store(), RECIPE.with_(dataset="fashion_mnist"))
    for _twice in range(2):
        with pytest.raises(DataError):
            model_cache.evaluation(run)
