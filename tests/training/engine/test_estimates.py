"""Time estimates: measured from earlier trainings, unknown without any."""

from dataclasses import replace
from pathlib import Path

import pytest

from model_store import ModelStore
from model_store.recipe.recipe import Hidden, Recipe
from tests.support.finished_runs import finished_run
from training.engine.estimates import DurationModel, expected_starts


def test_expected_starts_fill_the_workers_in_order() -> None:
    assert expected_starts([5.0, 1.0], [10.0, 2.0, 3.0]) == [1.0, 5.0, 7.0]


def test_what_is_unknown_is_not_guessed() -> None:
    assert expected_starts([None], [1.0]) == [None]
    assert expected_starts([0.0], [None, 1.0]) == [0.0, None]
    assert expected_starts([2.0, None], [3.0, 1.0]) == [2.0, 5.0]
    assert expected_starts([], []) == []


def test_the_pace_of_one_training_forecasts_another() -> None:
    pace = DurationModel()
    recipe = Recipe(dataset="digits", epochs=4)
    larger = recipe.with_(hidden=(Hidden(512), Hidden(512)))
    assert pace.seconds(recipe) is None
    pace.add_rate(recipe, 1000.0)
    whole = recipe.train_images * 4 / 1000
    assert pace.seconds(recipe) == pytest.approx(whole)
    assert pace.seconds(recipe, done=3.0) == pytest.approx(whole / 4)
    assert pace.seconds(recipe, done=5.0) == 0.0
    assert (pace.seconds(larger) or 0.0) > 2 * whole
    for _ in range(100):
        pace.add_rate(recipe, 2000.0)
    assert pace.seconds(recipe) == pytest.approx(whole / 2, rel=0.01)


def test_a_trainings_own_pace_goes_before_the_general_one() -> None:
    recipe = Recipe(dataset="digits", epochs=4)
    seconds = DurationModel().seconds(recipe, done=2.0, images_per_second=100.0)
    assert seconds == pytest.approx(recipe.train_images * 2 / 100)


def test_a_pace_of_nothing_says_nothing() -> None:
    pace = DurationModel()
    pace.add_rate(Recipe(), 0.0)
    assert pace.seconds(Recipe()) is None
    assert pace.seconds(Recipe(), 0.5, 0.0) is None


def test_a_run_of_another_day_is_learned_from(tmp_path: Path) -> None:
    store, pace = ModelStore(tmp_path, starter=None), DurationModel()
    recipe = Recipe(dataset="digits", hidden=(Hidden(4),), epochs=4)
    pace.add_run(store.create(recipe))
    assert pace.seconds(recipe) is None, "it has no result"
    run = finished_run(store, recipe, "ada")
    pace.add_run(run)
    assert pace.seconds(recipe) == pytest.approx(run.result["seconds"])


def test_a_run_that_took_no_time_says_nothing(tmp_path: Path) -> None:
    recipe, pace = Recipe(dataset="digits", hidden=(Hidden(4),)), DurationModel()
    run = finished_run(ModelStore(tmp_path, starter=None), recipe, "ada")
    for odd in ({"seconds": 0.0}, {"epochs": 0}, {"epochs": None}):
        pace.add_run(replace(run, result={**run.result, **odd}))
    assert pace.seconds(recipe) is None
