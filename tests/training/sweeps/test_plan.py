"""Plans: refusals and their messages, trial points, duration."""

import json
import math
from typing import Any

import pytest

from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Hidden, Recipe
from training.sweeps.plan import Plan, PlanError, expected_seconds
from training.sweeps.presets import QUESTIONS
from training.sweeps.search_space import Range, Values
from training.sweeps.validation import MAX_TRIALS, METHODS, PRUNINGS

BASE = Recipe(dataset="digits", hidden=(Hidden(16),), epochs=4)
RATES = ("learning_rate", Values((0.001, 0.01, 0.1)))
NAN = float("nan")


def problems(*space: Any, **more: Any) -> dict[str, str]:
    with pytest.raises(PlanError) as caught:
        Plan(more.pop("base", BASE), space, **more)
    assert all(sentence.endswith((".", "!")) for sentence in caught.value.problems.values())
    return caught.value.problems


@pytest.mark.parametrize(
    ("dimension", "words"),
    [
        (Values(()), "at least one value"),
        (Values((True,)), "must be a number"),
        (Values(("0.1",)), "must be a number"),
        (Values((NAN,)), "must be a number"),
        (Values((0.1, -1.0)), "-1: Learning rate must be a number from"),
        (Values(tuple(0.001 * n for n in range(1, 60))), "at most 50"),
        (Range(0.1, 0.01), "below the highest"),
        (Range(0.1, 0.1), "below the highest"),
        (Range(0.0, 0.1, log=True), "above 0"),
        (Range(-1.0, 0.1, log=True), "above 0"),
        (Range(NAN, 0.1), "must be numbers"),
        (Range(0.01, math.inf), "must be numbers"),
        (Range(0.01, 0.1, steps=1), "whole number from 2"),
        (Range(0.01, 0.1, steps=10**9), "whole number from 2"),
        (Range(0.01, 1e6), "must be a number from"),
    ],
)
def test_a_dimension_that_cannot_be_tried_says_why(dimension: Any, words: str) -> None:
    assert words in problems(("learning_rate", dimension))["space.learning_rate"]


@pytest.mark.parametrize(
    ("name", "dimension", "words"),
    [
        ("units", Values((1.5,)), "whole number"),
        ("units", Values((10**30,)), "whole number"),
        ("units", Values((5000,)), "5,000: Units must be a whole number from 1 to 4,096"),
        ("units", Range(0, 8, log=True), "above 0"),
        ("units", Range(0.5, 8, log=True), "above 0"),
        ("epochs", Values((0,)), "whole number from 1"),
        ("hidden_layers", Values((9,)), "from 0 to 8"),
        ("optimizer", Range(0, 1), "List its values"),
        ("optimizer", Values((1,)), "is not one of"),
        ("optimizer", Values(("magic",)), "is not one of"),
        ("subset", Values((10**6,)), "60,000"),
        ("subset", Values((5000,)), "has only"),
        ("batch_size", Values((1437,)), "A batch cannot have more"),
        ("cats", Values((1,)), "no setting called"),
    ],
)
def test_every_setting_is_held_to_what_a_recipe_allows(
    name: str, dimension: Any, words: str
) -> None:
    assert words in problems((name, dimension))[f"space.{name}"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"trials": 0, "method": "random"}, "trials"),
        ({"trials": MAX_TRIALS + 1, "method": "bayes"}, "trials"),
        ({"trials": 2.5, "method": "bayes"}, "trials"),
        ({"trials": None, "method": "random"}, "trials"),
        ({"budget": 0.0}, "budget"),
        ({"budget": -1.0}, "budget"),
        ({"budget": NAN}, "budget"),
        ({"budget": 1e12}, "budget"),
        ({"method": "magic"}, "method"),
        ({"method": 3}, "method"),
        ({"pruning": ""}, "pruning"),
        ({"seed": -1}, "seed"),
        ({"name": "x" * 1000}, "name"),
    ],
)
def test_the_rest_is_checked_as_well(more: dict[str, Any], field: str) -> None:
    assert field in problems(RATES, **more)


def test_what_varies_is_something_and_each_once() -> None:
    assert "Nothing varies" in problems()["space"]
    assert "only once" in problems(RATES, RATES)["space"]


def test_a_million_combinations_are_refused_without_being_made() -> None:
    many = Values(tuple(range(1, 51)))
    sizes = Values(tuple(range(300, 308)))
    space = (("units", many), ("seed", many), ("epochs", many), ("subset", sizes))
    assert "1,000,000 combinations" in problems(*space)["space"]
    assert Plan(BASE, space, method="random", trials=5).size == 5


def test_a_layers_setting_needs_a_layer() -> None:
    flat = BASE.with_(hidden=())
    wide = ("units", Values((4, 8)))
    assert "no hidden layer" in problems(wide, base=flat)["space.units"]
    both = Plan(flat, (("hidden_layers", Values((0, 1))), wide))
    assert both.size == 3, "without a hidden layer its width makes no difference"


def test_a_combination_that_cannot_be_trained_is_named() -> None:
    space = (("batch_size", Values((16, 1000))), ("subset", Values((300, 1400))))
    found = problems(*space)
    assert any("batch" in sentence for sentence in found.values())


def test_trials_choose_by_images_that_are_no_test_images() -> None:
    plan = Plan(BASE.with_(validation="test"), (RATES,))
    assert plan.validated_base.validation == "split"
    assert 400 <= plan.validated_base.validation_images <= 450
    own = BASE.with_(validation="split", validation_share=0.2)
    assert Plan(own, (RATES,)).validated_base == own
    large = Plan(PRESETS["mnist-mlp-128"].recipe, (RATES,))
    assert large.validated_base.validation_images == 6000


def test_a_trials_recipe_is_named_after_its_point() -> None:
    plan = Plan(BASE, (RATES, ("seed", Values((0, 1)))))
    assert plan.recipe({"learning_rate": 0.01, "seed": 1}).name == "learning rate 0.01, seed 1"
    assert plan.title == "learning rate, seed"


def test_random_points_differ_and_come_back() -> None:
    space = (("learning_rate", Range(1e-4, 0.1, log=True)), ("units", Range(4, 8)))
    plan = Plan(BASE, space, method="random", trials=30)
    assert plan.size == 30
    assert len({plan.recipe(point).hash for point in plan.points}) == 30
    assert Plan(BASE, space, method="random", trials=30).points == plan.points
    assert Plan(BASE, space, method="random", trials=30, seed=1).points != plan.points
    few = Plan(BASE, (("units", Values((4, 8))),), method="random", trials=30)
    assert few.size == 2, "no more than there are"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("pruning", PRUNINGS)
@pytest.mark.parametrize("ask", QUESTIONS)
def test_a_plan_comes_back_from_json(ask: str, method: str, pruning: str) -> None:
    plan = Plan(
        *(BASE, QUESTIONS[ask].space, QUESTIONS[ask].label),
        method=method,
        pruning=pruning,
        trials=7,
        budget=60.0,
        seed=5,
    )
    assert Plan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    ranged = Plan(BASE, (("dropout", Range(0.0, 0.5, steps=3)),))
    assert Plan.from_dict(json.loads(json.dumps(ranged.to_dict()))) == ranged


@pytest.mark.parametrize(
    "change",
    [
        None,
        [],
        {"base": None},
        {"base": {"epochs": -1}},
        {"space": None},
        {"space": [["units"]]},
        {"space": [["units", {"low": 1}]]},
        {"space": [["units", {"values": 3}]]},
        {"trials": {}},
        {"more": 1},
    ],
)
def test_a_plan_that_is_none_is_refused(change: Any) -> None:
    plan = Plan(BASE, (RATES,)).to_dict()
    raw = {**plan, **change} if isinstance(change, dict) else change
    with pytest.raises(PlanError):
        Plan.from_dict(raw)


def test_a_stored_plan_shows_a_name_that_cannot_be_saved_harmlessly() -> None:
    raw = Plan(BASE, (RATES,)).to_dict()
    raw["base"]["name"] = "a\ud800"
    assert Plan.from_dict(raw).base.name == "a?"


def test_how_long_it_takes() -> None:
    plan = Plan(BASE, (RATES, ("epochs", Values((1, 5)))))
    took = {1: 1.0, 5: 10.0}
    assert expected_seconds(plan, lambda recipe: took[recipe.epochs], 1) == 33.0
    assert expected_seconds(plan, lambda recipe: took[recipe.epochs], 100) == 10.0
    assert expected_seconds(plan, lambda _recipe: None, 2) is None
    search = Plan(BASE, (RATES,), method="bayes", trials=7)
    assert expected_seconds(search, lambda _recipe: 2.0, 2) == 8.0
    assert plan.max_epochs == 5 and search.max_epochs == BASE.epochs
