"""Receipts: the same from their text, readable for people, refused with a sentence."""

import json
from dataclasses import replace

import pytest

from model_store.recipe.recipe import Recipe
from model_store.runs.events import LearningRate
from tests.training.export.conftest import FLIPPED, HOSTILE, VARIED, Trained
from training.export.receipt import FIGURES, MAX_BYTES, Receipt, ReceiptError


def test_a_receipt_comes_back_from_its_text(made_up: Trained) -> None:
    run, history = made_up
    receipt = Receipt.of(run, history)
    again = Receipt.from_json(receipt.to_json())
    assert again == replace(receipt, title=again.title)
    assert again.recipe == VARIED
    assert again.figures["test_accuracy"] == run.result["test_accuracy"]
    assert again.data == run.manifest["data"]
    assert set(again.versions) == {"python", "tensorflow", "keras", "numpy"}
    assert set(again.machine) == {"system", "architecture", "processor"}
    assert again.start == "ab" * 32
    assert [source["licence"] for source in again.sources if source["name"] == FLIPPED] == ["CC0"]
    assert again.files["weights.npz"] == run.manifest["files"]["weights.npz"]


def test_a_receipt_can_be_read(made_up: Trained) -> None:
    receipt = Receipt.of(*made_up)
    text = receipt.to_markdown()
    assert receipt.data in text
    assert receipt.files["model.keras"] in text
    assert all(f"{receipt.figures[name]:.6f}" in text for name in FIGURES)
    assert "<script>" not in text.partition("```json")[0]
    recipe = text.partition("```json")[2].partition("```")[0]
    assert Recipe.from_dict(json.loads(recipe)) == VARIED
    assert VARIED.name == HOSTILE


def test_a_receipt_says_what_was_done_by_hand(made_up: Trained) -> None:
    run, history = made_up
    assert not Receipt.of(run, history).by_hand
    changed = replace(history, learning_rates=(LearningRate(90, 1.0, 0.5, 0.0),))
    assert "by hand to 0.5 at step 90" in Receipt.of(run, changed).by_hand[0]
    stopped = replace(run, result={**run.result, "epochs": 1})
    assert "stopped after 1 of 3 epochs" in Receipt.of(stopped, history).by_hand[0]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "something else"},
        {"format": 99},
        {"recipe": {"epochs": -1}},
        {"recipe": 5},
        {"recipe": VARIED.with_(seed=1).to_dict()},
        {"figures": {}},
        {"figures": {"test_accuracy": "much"}},
        {"epochs": [[1, 2]]},
        {"epochs": 7},
        {"points": "1e999"},
        {"by_hand": None},
        {"sources": 3},
    ],
)
def test_a_hostile_receipt_is_a_sentence(made_up: Trained, change: dict[str, object]) -> None:
    raw = {**json.loads(Receipt.of(*made_up).to_json()), **change}
    with pytest.raises(ReceiptError, match=r"receipt"):
        Receipt.from_json(json.dumps(raw))


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", "{}", "[" * 100_000, b"\xff\xfe\x00", "x" * (MAX_BYTES + 1)]
)
def test_what_is_no_receipt_is_a_sentence(text: str | bytes) -> None:
    with pytest.raises(ReceiptError, match=r"receipt"):
        Receipt.from_json(text)
