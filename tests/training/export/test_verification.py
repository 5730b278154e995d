"""Verification of a run: bit for bit here, within a tolerance elsewhere, never a false success."""

from dataclasses import replace
from pathlib import Path

import pytest

from model_store import ModelStore
from model_store.recipe.recipe import Recipe
from model_store.recipe.validation import MAX_NAME
from training.export.receipt import Receipt
from training.export.verification import (
    Match,
    compare,
    refusal_reason,
    tolerance,
    verification_recipe,
)

DIGITS = Recipe(dataset="digits", epochs=2)
FIGURES = {"test_accuracy": 0.95, "test_loss": 0.2, "train_accuracy": 0.97, "train_loss": 0.1}
RECEIPT = Receipt(
    run="first",
    title="first",
    recipe=DIGITS,
    data="d" * 64,
    versions={"keras": "3.15.1"},
    machine={"processor": "A"},
    command="",
    figures={**FIGURES, "seconds": 1.0},
    epochs=((0.5, 0.8, None, None), (0.3, 0.9, None, None)),
    points=50,
    curve="c" * 64,
    files={"weights.npz": "w" * 64, "model.keras": "m" * 64},
)


def changed(**figures: float) -> Receipt:
    """Return the same training from another machine: another last epoch, and these figures."""
    return replace(
        RECEIPT,
        epochs=(RECEIPT.epochs[0], (0.31, 0.9, None, None)),
        figures={**RECEIPT.figures, **figures},
    )


def test_the_same_bits_match_whatever_the_run_is_called_and_however_long_it_took() -> None:
    again = replace(
        RECEIPT,
        run="second",
        title="other",
        recipe=DIGITS.with_(name="other"),
        figures={**RECEIPT.figures, "seconds": 9.0},
        files={**RECEIPT.files, "model.keras": "dated"},
    )
    assert compare(RECEIPT, again).match is Match.EXACT


@pytest.mark.parametrize(
    ("again", "words"),
    [
        (changed(), "in epoch 2 the loss is 0.310000 instead of 0.300000"),
        (replace(RECEIPT, epochs=RECEIPT.epochs[:1]), "1 epochs instead of 2"),
        (replace(RECEIPT, curve="x"), "live points differ"),
        (replace(RECEIPT, files={"weights.npz": "x"}), "weights differ"),
        (replace(RECEIPT, figures={**RECEIPT.figures, "test_loss": 0.21}), "test loss differs"),
    ],
)
def test_it_says_where_the_two_part(again: Receipt, words: str) -> None:
    verdict = compare(RECEIPT, again)
    assert verdict.match is Match.CLOSE
    assert words in verdict.sentences[0]


def test_it_names_what_the_two_were_made_from() -> None:
    elsewhere = replace(changed(), versions={"keras": "3.16"}, machine={"processor": "B"})
    text = " ".join(compare(RECEIPT, elsewhere).sentences)
    assert "Different keras: 3.15.1 then, 3.16 now" in text
    assert "Different processor: A then, B now" in text
    assert "Something else differs" in " ".join(compare(RECEIPT, changed()).sentences)


@pytest.mark.parametrize(
    "figures", [{"test_accuracy": 0.90}, {"test_loss": 0.3}, {"train_loss": float("nan")}]
)
def test_outside_the_tolerance_it_does_not_match(figures: dict[str, float]) -> None:
    assert compare(RECEIPT, changed(**figures)).match is Match.DIFFERENT


@pytest.mark.parametrize(
    "other", [{"data": "e" * 64}, {"recipe": DIGITS.with_(seed=1)}, {"start": "f" * 64}]
)
def test_other_data_or_another_recipe_never_match(other: dict[str, object]) -> None:
    verdict = compare(RECEIPT, replace(RECEIPT, **other))  # type: ignore[arg-type]
    assert verdict.match is Match.DIFFERENT
    assert "not the same training" in verdict.sentences[0]


def test_the_tolerance_follows_the_number_of_test_images() -> None:
    assert tolerance("test_accuracy", 0.95, DIGITS) == pytest.approx(0.0318, abs=1e-4)
    assert tolerance("test_accuracy", 0.98, Recipe()) == 0.005
    assert tolerance("test_accuracy", 1.0, DIGITS) == 0.005


def test_a_steered_run_is_not_verified() -> None:
    assert refusal_reason(RECEIPT) == ""
    assert "cannot be verified" in refusal_reason(replace(RECEIPT, by_hand=("It was stopped.",)))


def test_the_second_run_is_named_after_the_first() -> None:
    again = verification_recipe(replace(RECEIPT, title="x" * 200))
    assert again.hash == DIGITS.hash
    assert len(again.name) == MAX_NAME


def test_a_store_remembers_what_a_run_verifies(tmp_path: Path) -> None:
    store = ModelStore(tmp_path, starter=None)
    first = store.create(DIGITS)
    again = store.create(DIGITS, verifies=first.id)
    assert ModelStore(tmp_path, starter=None).open(again.id).verifies == first.id
    assert store.open(first.id).verifies == ""
