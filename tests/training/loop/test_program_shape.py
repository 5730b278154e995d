"""Shapes of programs: what a program can vary, and how many are kept."""

import pytest

from model_store.recipe.own_data import describe
from model_store.recipe.recipe import Augment, Hidden, Recipe
from model_store.recipe.spoil import Spoil
from training.loop.program_shape import MAX_PARAMETERS, MAX_PROGRAMS, are_too_many, program_shape

RECIPE = Recipe()


@pytest.mark.parametrize(
    "changes",
    [
        {"dataset": "digits", "subset": 500},
        {"learning_rate": 0.5, "seed": 3, "epochs": 7, "name": "Ada", "shuffle": "once"},
        {"kernel_initializer": "he_normal", "bias_initializer": "ones"},
        {"validation": "split", "validation_share": 0.25},
        {"schedule": "plateau", "watch": "loss", "patience": 3, "decay": 0.1},
        {"spoil": Spoil(0.5, rare_class=3, noise=0.1, patch=0.5)},
    ],
)
def test_the_same_program_trains_it(changes: dict[str, object]) -> None:
    assert program_shape(RECIPE.with_(**changes)) == program_shape(RECIPE)


@pytest.mark.parametrize(
    "changes",
    [
        {"hidden": (Hidden(127),)},
        {"hidden": (Hidden(dropout=0.1),)},
        {"batch_size": 33},
        {"optimizer": "sgd"},
        {"l2": 0.1},
        {"augment": Augment(shift=1)},
        {"labels": "one_hot", "loss": "mean_squared_error"},
        {"schedule": "cosine"},
        {"warmup": 1.0},
        {"optimizer_options": (("clipnorm", 1.0),)},
    ],
)
def test_another_program_is_needed(changes: dict[str, object]) -> None:
    assert program_shape(RECIPE.with_(**changes)) != program_shape(RECIPE)


def test_one_program_has_all_schedules() -> None:
    recipes = [
        RECIPE.with_(schedule="cosine", warmup=0.5),
        RECIPE.with_(schedule="exponential", decay=0.9),
        RECIPE.with_(warmup=2.0, learning_rate=0.5),
    ]
    assert len({program_shape(recipe) for recipe in recipes}) == 1


def test_the_largest_batch_of_the_largest_data_set_has_a_shape() -> None:
    assert program_shape(RECIPE.with_(batch_size=60_000)).batch_size == 60_000


def test_programs_are_limited_in_number_and_in_size() -> None:
    assert not are_too_many([1] * MAX_PROGRAMS)
    assert are_too_many([1] * (MAX_PROGRAMS + 1))
    assert not are_too_many([MAX_PARAMETERS])
    assert are_too_many([MAX_PARAMETERS, 1])


def test_data_sets_with_the_same_number_of_classes_share_a_program() -> None:
    def own(classes: int, name: str) -> Recipe:
        names = tuple(f"{name} {n}" for n in range(classes))
        described = describe(name, names, 100, 20, "", True)
        return RECIPE.with_(dataset=f"own-{classes:016}", own=described)

    assert program_shape(own(3, "a")) == program_shape(own(3, "b"))
    assert program_shape(own(3, "a")) != program_shape(own(4, "a"))
    assert program_shape(own(3, "a")).widths == own(3, "a").widths
    assert program_shape(own(10, "a")) == program_shape(RECIPE)
