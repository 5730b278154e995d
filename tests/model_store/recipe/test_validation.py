"""Types of settings: exact bounds, and an error message for every invalid value."""

import pytest

from model_store.recipe.validation import (
    Choice,
    Number,
    OneOf,
    Setting,
    Text,
    format_number,
    is_number,
    is_whole,
)

NUMBERS = (0, 1, 0.5, -3, 1e300, 2**53)
NO_NUMBERS = (True, None, "1", [1], 1j, float("nan"), float("inf"), -float("inf"), 10**400)
HALF = Number("Size", "", 0.5, 10)
WHOLE = Number("Epochs", "", 1, 2000, whole=True)
FRUIT = OneOf("Fruit", "", {"apple": Choice("Apple", ""), "pear": Choice("Pear", "")})


def test_numbers_are_finite_and_not_booleans() -> None:
    assert all(is_number(value) for value in NUMBERS)
    assert not any(is_number(value) for value in NO_NUMBERS)
    assert is_number(2, 2, 2) and not is_number(2, 2.1, 3) and not is_number(2, 1, 1.9)


def test_whole_numbers_are_ints() -> None:
    assert is_whole(7, 7, 7) and not is_whole(7, 8, 9) and not is_whole(7, 5, 6)
    assert not any(is_whole(value, -10, 10) for value in (*NO_NUMBERS, 1.0, 0.5))


@pytest.mark.parametrize(
    ("setting", "allowed", "refused", "sentence"),
    [
        (HALF, (0.5, 10), (0.49, 10.1, *NO_NUMBERS[:5]), "Size must be a number from 0.5 to 10."),
        (WHOLE, (1, 2000), (0, 2001, 1.0), "Epochs must be a whole number from 1 to 2,000."),
        (FRUIT, ("apple",), ("Apple", 3, None, []), "is not one of: apple, pear."),
        (Text("Name", "", 3), ("", "abc"), ("abcd", 3), "Name must be text with at most 3"),
        (Text("Name", "", 3), (), ("\ud800",), "cannot be saved"),
    ],
)
def test_a_value_is_allowed_or_gets_a_sentence(
    setting: Setting, allowed: tuple[object, ...], refused: tuple[object, ...], sentence: str
) -> None:
    assert not any(setting.problem(value) for value in allowed)
    assert all(sentence in setting.problem(value) for value in refused)


def test_only_an_optional_number_can_be_missing() -> None:
    assert Number("Images", "", 1, 9, whole=True, optional=True).problem(None) == ""
    assert WHOLE.problem(None)


def test_numbers_are_written_with_the_digits_that_count() -> None:
    assert [format_number(n) for n in (60_000, 1e-7, 100.0)] == ["60,000", "1e-07", "100"]
