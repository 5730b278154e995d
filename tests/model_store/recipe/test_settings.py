"""The table of settings has every field of a recipe, with bounds that hold its defaults."""

from dataclasses import asdict, fields

import pytest

from model_store.recipe.choices import AUGMENTATIONS, OPTIMIZERS
from model_store.recipe.recipe import Augment, Hidden, Recipe, RecipeError
from model_store.recipe.settings import LAYER_SETTINGS, LEARNING_RATE, NUMBERS, SETTINGS
from model_store.recipe.validation import MAX_HIDDEN, MAX_NAME, Number


def problems(**values: object) -> list[str]:
    try:
        Recipe(**values)  # type: ignore[arg-type]
    except RecipeError as error:
        return list(error.problems)
    return []


def test_every_field_is_in_a_table() -> None:
    tables = {*SETTINGS, "hidden", "optimizer_options", "augment", "spoil", "own"}
    assert {field.name for field in fields(Recipe)} == tables
    assert asdict(Hidden()).keys() == LAYER_SETTINGS.keys()
    assert asdict(Augment()).keys() == AUGMENTATIONS.keys()
    for optimizer in OPTIMIZERS.values():
        assert not LEARNING_RATE.problem(optimizer.learning_rate)
        assert not any(option.problem(option.default) for option in optimizer.options.values())


@pytest.mark.parametrize(
    ("field", "last", "beyond"),
    [
        ("name", "x" * MAX_NAME, "x" * (MAX_NAME + 1)),
        ("learning_rate", 1e-7, 1e-8),
        ("learning_rate", 100, 100.1),
        ("validation_share", 0.9, 0.91),
        ("batch_size", 60_000, 60_001),
        ("epochs", 200, 201),
        ("seed", 2**31 - 1, 2**31),
        ("subset", 60_000, 60_001),
        ("hidden", (Hidden(1),) * MAX_HIDDEN, (Hidden(1),) * (MAX_HIDDEN + 1)),
    ],
)
def test_a_recipe_has_the_bounds_of_the_table(field: str, last: object, beyond: object) -> None:
    assert problems(**{field: last}) == []
    assert problems(**{field: beyond}) == [field]


@pytest.mark.parametrize("setting", [*NUMBERS.values(), *AUGMENTATIONS.values()])
def test_bounds_are_sharp(setting: Number) -> None:
    assert setting.problem(setting.low) == setting.problem(setting.high) == ""
    step = 1 if setting.whole else 1e-9
    assert setting.problem(setting.low - step) and setting.problem(setting.high + step)


def test_bounds_within_a_layer_are_sharp() -> None:
    assert problems(hidden=(Hidden(4096, "gelu", 0.95),)) == []
    found = problems(hidden=(Hidden(), Hidden(4097, "cube", 0.96)))
    assert found == ["hidden.1.units", "hidden.1.activation", "hidden.1.dropout"]


def test_options_are_the_optimizers_own() -> None:
    for name, optimizer in OPTIMIZERS.items():
        for option, known in optimizer.options.items():
            assert problems(optimizer=name, optimizer_options=((option, known.high),)) == []
            found = problems(optimizer=name, optimizer_options=((option, known.high + 1),))
            assert found == [f"optimizer_options.{option}"]


@pytest.mark.parametrize("value", [None, 3, {"shift": 1.0}, "shift"])
def test_a_value_that_is_no_augmentation_is_refused(value: object) -> None:
    assert problems(augment=value) == ["augment"]


def test_fields_are_compared_once_each_is_allowed() -> None:
    assert problems(loss="mean_squared_error") == ["labels"]
    assert problems(loss="mean_squared_error", epochs=0) == ["epochs"]
