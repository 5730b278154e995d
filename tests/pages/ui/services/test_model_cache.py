"""Answers of models: computed once, and again when the weights change."""

import gzip
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from model_store import RunDamaged, RunState
from model_store.recipe.recipe import Hidden, Recipe
from model_store.storage import run_folder
from pages.ui.services import model_cache, singletons
from tests.support.drawings import sevens
from tests.support.finished_runs import arrays, bare_run, finished_run
from training.data.datasets import DataError
from training.images.drawing_images import prepared_image

RECIPE = Recipe(dataset="digits", hidden=(Hidden(8),))


def test_a_network_is_loaded_again_when_its_weights_change() -> None:
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


def test_damaged_weights_are_reported_each_time() -> None:
    run = bare_run(singletons.store(), RECIPE)
    (run.folder / "weights.npz").write_bytes(b"PK")
    for _twice in range(2):
        with pytest.raises(RunDamaged):
            model_cache.classifier(run)


def test_the_evaluation_is_computed_once() -> None:
    run = bare_run(singletons.store(), RECIPE)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: model_cache.evaluation(run), range(24)))
    assert all(result is results[0] for result in results)


def test_firing_is_computed_only_where_there_is_relu() -> None:
    store = singletons.store()
    assert model_cache.firing(store.create(RECIPE)) == (), "it has no model yet"
    linear = bare_run(store, RECIPE.with_(hidden=(Hidden(8, "tanh"),)))
    assert model_cache.firing(linear) == ()
    dead = finished_run(store, RECIPE, "me", bias=-1e6)
    (layer,) = model_cache.firing(dead)
    assert model_cache.firing(store.open(dead.id))[0] is layer


def test_first_weights_are_compared_as_long_as_they_exist() -> None:
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
    store.forget(one.id)
    assert model_cache.first_weights(one) is None


def test_missing_data_are_reported_each_time() -> None:
    run = bare_run(singletons.store(), RECIPE.with_(dataset="fashion_mnist"))
    for _twice in range(2):
        with pytest.raises(DataError):
            model_cache.evaluation(run)


def test_answers_are_computed_once_for_the_same_weights_and_drawings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prepared: list[str] = []
    monkeypatch.setattr(
        "pages.ui.services.model_cache.prepared_image",
        lambda drawing: prepared.append(drawing.id) or prepared_image(drawing),
    )
    runs = [bare_run(singletons.store(), RECIPE, seed) for seed in (1, 2)]
    singletons.class_drawings().add_all(sevens(5))
    first = model_cache.drawing_results(runs[0])
    assert first is not None and len(first.evaluation) == 5
    assert model_cache.drawing_results(runs[0]) is first
    accuracy = model_cache.drawing_accuracy(runs[0])
    assert model_cache.drawing_results(runs[1]) is not first and len(prepared) == 5
    singletons.class_drawings().add_all(sevens(6))
    grown = model_cache.drawing_results(runs[0])
    assert grown is not None and len(grown.evaluation) == 6 and len(prepared) == 6
    singletons.class_drawings().remove(sevens(6)[5].id, "somebody else")
    (runs[0].folder / "weights.npz").write_bytes(b"gone")
    assert model_cache.drawing_accuracy(runs[0]) == accuracy, "known without the network"


@pytest.mark.parametrize(
    "run_id", ["", "..", "../starter-mnist", "nobody", "starter-mnist/..", "\0"]
)
def test_weights_are_only_for_the_address_of_a_model(run_id: str) -> None:
    url = model_cache.browser_model(singletons.store().open("starter-mnist"))["url"]
    digest = url.rpartition("/")[2].removesuffix(".bin")
    assert model_cache.weights_file("starter-mnist", digest)
    assert model_cache.weights_file(run_id, digest) is None
    assert model_cache.weights_file("starter-mnist", "0" * 16) is None


def test_the_network_that_doubts_comes_with_models_of_the_digits_it_knows() -> None:
    run = singletons.store().open("starter-mnist")
    model = model_cache.pad_model(run)
    likeness = model.pop("likeness")
    assert model == model_cache.browser_model(run)
    digest = likeness["url"].rpartition("/")[2].removesuffix(".bin")
    weights = model_cache.weights_file(model_cache.LIKENESS, digest)
    assert weights is not None
    widths = [784, *(layer["units"] for layer in likeness["layers"])]
    numbers = sum((n + 1) * m for n, m in pairwise(widths))
    assert widths[-1] == 2 and len(gzip.decompress(weights)) == 4 * numbers
    assert model_cache.weights_file(model_cache.LIKENESS, "0" * 16) is None
    assert model_cache.weights_file("starter-mnist", digest) is None
    assert "likeness" not in model_cache.pad_model(singletons.store().open("starter-fashion-mnist"))


def test_a_single_step_is_there_until_its_run_ends_or_is_deleted() -> None:
    store = singletons.store()
    ends, goes = (store.create(RECIPE, "me") for _each in range(2))
    for run in (ends, goes):
        assert model_cache.batch_file(run.id) is None
        store.save(run.id, run_folder.BATCH, b"report")
        assert model_cache.batch_file(run.id) == b"report"
        assert model_cache.batch_file(f"../{store.root.name}/{run.id}") is None
    store.set_state(ends.id, RunState.STOPPED)
    store.delete(goes.id)
    assert [model_cache.batch_file(run.id) for run in (ends, goes)] == [None, None]


@pytest.mark.parametrize("run_id", ["", "..", "nobody", "starter-mnist", "x" * 300, "\0"])
def test_no_single_step_of_any_other_address(run_id: str) -> None:
    assert model_cache.batch_file(run_id) is None
