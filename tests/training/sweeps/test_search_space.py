"""Search spaces: recipes from points, lists, and values from ranges."""

import numpy as np
import pytest

from model_store.recipe.recipe import Hidden, Recipe, RecipeError
from model_store.recipe.spoil import Spoil
from training.sweeps import search_space
from training.sweeps.search_space import PARAMETERS, Range, Values

BASE = Recipe(
    dataset="digits",
    hidden=(Hidden(32), Hidden(16, "tanh", 0.1)),
    optimizer_options=(("beta_1", 0.8),),
)


def test_a_point_changes_what_it_names_and_nothing_else() -> None:
    recipe = search_space.apply(
        BASE, {"learning_rate": 0.1, "batch_size": 8, "seed": 3, "l2": 0.01}
    )
    assert recipe == BASE.with_(learning_rate=0.1, batch_size=8, seed=3, l2=0.01)
    assert search_space.apply(BASE, {}) == BASE


def test_layers_are_changed_together_and_depth_repeats_the_last() -> None:
    recipe = search_space.apply(BASE, {"units": 8, "dropout": 0.5, "activation": "elu"})
    assert recipe.hidden == (Hidden(8, "elu", 0.5), Hidden(8, "elu", 0.5))
    last = BASE.hidden[-1]
    assert search_space.apply(BASE, {"hidden_layers": 4}).hidden == (*BASE.hidden, last, last)
    assert search_space.apply(BASE, {"hidden_layers": 1}).hidden == BASE.hidden[:1]
    assert search_space.apply(BASE, {"hidden_layers": 0, "units": 9}).hidden == ()
    flat = BASE.with_(hidden=())
    assert search_space.apply(flat, {"hidden_layers": 2, "units": 9}).hidden == (
        Hidden(9),
        Hidden(9),
    )


def test_batch_normalisation_is_on_or_off_in_every_layer() -> None:
    recipe = search_space.apply(BASE, {"batch_norm": "on"})
    assert [layer.batch_norm for layer in recipe.hidden] == [True, True]
    assert search_space.apply(recipe, {"batch_norm": "off"}) == BASE
    with pytest.raises(RecipeError, match="either on or off"):
        search_space.apply(BASE, {"batch_norm": "perhaps"})
    assert search_space.describe_point({"batch_norm": "on"}) == "batch normalisation on"


def test_another_optimizer_brings_its_own_rate_and_options() -> None:
    recipe = search_space.apply(BASE, {"optimizer": "sgd"})
    assert (recipe.optimizer, recipe.learning_rate, recipe.optimizer_options) == ("sgd", 0.01, ())
    assert search_space.apply(BASE, {"optimizer": "sgd", "learning_rate": 0.2}).learning_rate == 0.2
    assert search_space.apply(BASE, {"optimizer": "adam"}) == BASE


@pytest.mark.parametrize(
    "point", [{"hidden_layers": 10**9}, {"units": 0}, {"seed": -1}, {"optimizer": "magic"}]
)
def test_a_point_that_is_no_recipe_is_refused(point: dict[str, search_space.Value]) -> None:
    with pytest.raises(RecipeError):
        search_space.apply(BASE, point)


def test_a_range_is_divided_by_equal_steps_or_factors() -> None:
    assert search_space.grid_values("dropout", Range(0.0, 0.5, steps=3)) == (0.0, 0.25, 0.5)
    factors = search_space.grid_values("learning_rate", Range(1e-4, 0.1, log=True, steps=4))
    assert factors == (0.0001, 0.001, 0.01, 0.1)
    assert search_space.grid_values("units", Range(1, 4, steps=50)) == (1, 2, 3, 4), (
        "whole, each once"
    )
    assert search_space.grid_values("units", Values((8, 4, 8))) == (8, 4)


def test_a_grid_has_every_combination_and_changes_the_seed_last() -> None:
    space = {"seed": Values((0, 1)), "units": Values((4, 8)), "dropout": Values((0.0, 0.5))}
    points = list(search_space.grid(space))
    assert len(points) == search_space.grid_size(space) == 8
    assert len({tuple(point.items()) for point in points}) == 8
    assert [point["seed"] for point in points] == [0, 1] * 4 or [
        point["seed"] for point in points
    ] == [0] * 4 + [1] * 4
    assert {point["seed"] for point in points[:4]} == {0}
    assert list(points[0]) == list(space), "in the order of the space"


def test_draws_stay_inside_and_follow_their_scale() -> None:
    rng = np.random.default_rng(0)
    space = {
        "learning_rate": Range(1e-4, 1.0, log=True),
        "units": Range(1, 9),
        "optimizer": Values(("adam", "sgd")),
    }
    points = [search_space.sample_point(space, rng) for _ in range(400)]
    rates = [float(point["learning_rate"]) for point in points]
    assert all(1e-4 <= rate <= 1.0 for rate in rates)
    assert 0.4 < np.mean([rate < 1e-2 for rate in rates]) < 0.6, "half of them below the middle"
    assert {point["units"] for point in points} == set(range(1, 10))
    assert {point["optimizer"] for point in points} == {"adam", "sgd"}
    again = search_space.sample_point(space, np.random.default_rng(0))
    assert again == points[0]


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("learning_rate", "0.1, 1e-2;3  4", (0.1, 0.01, 3.0, 4.0)),
        ("units", "16 16.0, 1e2", (16, 100)),
        ("units", "1.5", (1.5,)),
        ("units", "cats", ("cats",)),
        ("units", "inf -3", (float("inf"), -3)),
        ("units", " ", ()),
    ],
)
def test_a_list_as_a_person_writes_it(
    name: str, text: str, values: tuple[search_space.Value, ...]
) -> None:
    read = search_space.parse_values(name, text)
    assert read == Values(values)
    assert list(map(type, read.values)) == list(map(type, values))


def test_values_for_a_person() -> None:
    assert search_space.format_value("units", 1000) == "1,000"
    assert search_space.format_value("learning_rate", 0.0001) == "0.0001"
    assert search_space.format_value("optimizer", "sgd") == "SGD"
    assert (
        search_space.describe_point({"learning_rate": 0.01, "seed": 2})
        == "learning rate 0.01, seed 2"
    )
    assert search_space.rounded("learning_rate", 0.0123456) == 0.01235
    assert search_space.rounded("units", 7.6) == 8


@pytest.mark.parametrize("name", PARAMETERS)
def test_what_a_form_offers_first_can_be_trained(name: str) -> None:
    for value in PARAMETERS[name].suggested.values:
        assert search_space.apply(BASE.with_(validation="split"), {name: value})


def test_options_of_the_optimizer_and_smoothed_labels_vary() -> None:
    base = BASE.with_(optimizer="sgd", optimizer_options=(("momentum", 0.9),))
    point = {"weight_decay": 0.01, "global_clipnorm": 0.5, "label_smoothing": 0.1}
    recipe = search_space.apply(base, point)
    given = {"momentum": 0.9, "weight_decay": 0.01, "global_clipnorm": 0.5}
    assert recipe.optimizer_arguments == given
    assert (recipe.labels, recipe.loss) == ("one_hot", "categorical_crossentropy")
    other = search_space.apply(base, {"optimizer": "adam", "weight_decay": 0.0})
    assert other.optimizer_arguments == {}, "its own options, and no decay"
    decayed = search_space.apply(base, {"optimizer": "adamw", "weight_decay": 0.0})
    assert decayed.optimizer_arguments == {"weight_decay": 0.0}, "else it would be 0.004"


def test_wrong_labels_vary_beside_what_else_the_base_spoils() -> None:
    base = BASE.with_(spoil=Spoil(noise=0.2, wrong_labels=0.1, wrong_from=4, wrong_to=9))
    recipe = search_space.apply(base, {"wrong_labels": 0.4, "seed": 2})
    assert recipe.spoil == Spoil(0.4, 4, 9, noise=0.2)
    clean = search_space.apply(BASE, {"wrong_labels": 0.0, "noise": 0.0, "patch": 0.0})
    assert clean.hash == BASE.hash, "the clean twin is among the trials"
