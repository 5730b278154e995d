"""What a recipe must hold: bounds that are sharp, and a sentence beside whatever is beyond."""

from __future__ import annotations

from typing import Any

import pytest

from model_store.recipe.choices import AUGMENTATIONS, OPTIMIZERS
from model_store.recipe.recipe import Augment, Hidden, Recipe, RecipeError
from model_store.recipe.validation import (
    MAX_EPOCHS,
    MAX_HIDDEN,
    MAX_NAME,
    MAX_UNITS,
    is_number,
    is_whole,
)


def problems(**values: Any) -> dict[str, str]:
    try:
        Recipe(**values)
    except RecipeError as error:
        return error.problems
    return {}


@pytest.mark.parametrize(
    ("field", "last", "beyond"),
    [
        ("name", "x" * MAX_NAME, "x" * (MAX_NAME + 1)),
        ("learning_rate", 1e-7, 1e-8),
        ("learning_rate", 100, 100.1),
        ("l1", 0, -0.001),
        ("l2", 10.0, 10.1),
        ("validation_share", 0.01, 0.0),
        ("validation_share", 0.9, 0.91),
        ("batch_size", 1, 0),
        ("batch_size", 60_000, 60_001),
        ("epochs", MAX_EPOCHS, MAX_EPOCHS + 1),
        ("seed", 2**31 - 1, 2**31),
        ("subset", 60_000, 60_001),
        ("hidden", (Hidden(1),) * MAX_HIDDEN, (Hidden(1),) * (MAX_HIDDEN + 1)),
    ],
)
def test_bounds_are_sharp(field: str, last: object, beyond: object) -> None:
    assert problems(**{field: last}) == {}
    assert list(problems(**{field: beyond})) == [field]


def test_bounds_within_a_layer_are_sharp() -> None:
    assert problems(hidden=(Hidden(MAX_UNITS, "gelu", 0.95),)) == {}
    found = problems(hidden=(Hidden(), Hidden(MAX_UNITS + 1, "cube", 0.96)))
    assert list(found) == ["hidden.1.units", "hidden.1.activation", "hidden.1.dropout"]


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_bounds_of_augmentation_are_sharp(name: str) -> None:
    high = AUGMENTATIONS[name].high
    assert problems(augment=Augment(**{name: high})) == {}
    assert list(problems(augment=Augment(**{name: high + 0.01}))) == [f"augment.{name}"]


@pytest.mark.parametrize("value", [None, 3, {"shift": 1.0}, "shift"])
def test_what_is_no_augmentation_is_refused(value: object) -> None:
    assert list(problems(augment=value)) == ["augment"]


def test_options_are_the_optimizers_own() -> None:
    for name, optimizer in OPTIMIZERS.items():
        for option, known in optimizer.options.items():
            assert problems(optimizer=name, optimizer_options=((option, known.high),)) == {}
            found = problems(optimizer=name, optimizer_options=((option, known.high + 1),))
            assert list(found) == [f"optimizer_options.{option}"]


def test_what_does_not_fit_together_is_said_once_all_else_fits() -> None:
    assert list(problems(loss="mean_squared_error")) == ["labels"]
    assert list(problems(loss="mean_squared_error", epochs=0)) == ["epochs"]


NUMBERS = (0, 1, 0.5, -3, 1e300, 2**53)
NO_NUMBERS = (True, None, "1", [1], 1j, float("nan"), float("inf"), -float("inf"), 10**400)


def test_numbers_are_told_from_the_rest() -> None:
    assert all(is_number(value) for value in NUMBERS)
    assert not any(is_number(value) for value in NO_NUMBERS)
    assert is_number(2, 2, 2) and not is_number(2, 2.1, 3) and not is_number(2, 1, 1.9)


def test_whole_numbers_are_told_from_the_rest() -> None:
    assert is_whole(7, 7, 7) and not is_whole(7, 8, 9) and not is_whole(7, 5, 6)
    assert not any(is_whole(value, -10, 10) for value in (*NO_NUMBERS, 1.0, 0.5))
