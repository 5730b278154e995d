"""Receipts: the same from their text, readable for people, refused with a sentence."""

import json
import re
from dataclasses import replace

import pytest

from model_store.recipe.recipe import Recipe
from model_store.recipe.spoil import Spoil
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
    ("change", "words"),
    [
        ({"kind": "something else"}, 'its entry kind is not "softmax-lab receipt"'),
        ({"kind": {"a": 1}}, "not a receipt"),
        ({"format": 99}, "Another version of the app wrote this receipt: its format is not 1"),
        ({"recipe": {"epochs": -1}}, "recipe.epochs: Epochs must be a whole number from 1 to 200"),
        ({"recipe": {"hidden": [{"activation": {"a": 1}}]}}, "recipe.hidden.0.activation: The val"),
        ({"recipe": {"colour": 1}}, "recipe.colour: There is no setting called 'colour'"),
        ({"recipe": 5}, "recipe: A recipe is a set of named settings"),
        ({"recipe": VARIED.with_(seed=1).to_dict()}, "recipe_hash does not belong to the recipe"),
        ({"recipe_hash": "0" * 12}, "recipe_hash does not belong"),
        (
            {"seed": 77},
            f"seed does not belong to the recipe in the receipt, which has {VARIED.seed}",
        ),
        ({"figures": {}}, "no entry figures.test_accuracy"),
        (
            {"figures": {"test_accuracy": "much"}},
            "figures.test_accuracy must be a number; it is th",
        ),
        ({"figures": [1]}, "figures must be named entries in braces; it is a list"),
        ({"epochs": [[1, 2]]}, r"epochs[1] must be named entries in braces; it is a list"),
        ({"epochs": [{"loss": 1.0}]}, r"no entry epochs[1].accuracy"),
        ({"epochs": 7}, "epochs must be a list; it is the number 7"),
        ({"points": "1e999"}, "points must be a whole number; it is the text '1e999'"),
        ({"points": True}, "points must be a whole number; it is true or false"),
        ({"points": -1}, "points must be a whole number"),
        ({"by_hand": None}, "by_hand must be a list; it is empty (null)"),
        ({"by_hand": ["x", {"a": 1}]}, r"by_hand[2] must be text; it is named entries"),
        ({"sources": 3}, "sources must be a list"),
        ({"sources": [{"name": 1}]}, r"sources[1].name must be text; it is the number 1"),
        ({"files": {"weights.npz": None}}, "files.weights.npz must be text"),
        ({"versions": None}, "versions must be named entries in braces"),
        ({"title": 1}, "title must be text"),
        ({"figures": {"test_accuracy": float("nan")}}, "figures.test_accuracy must be a number"),
        ({"figures": {"test_accuracy": 10**400}}, "figures.test_accuracy must be a number"),
    ],
)
def test_a_mistake_in_a_receipt_is_named_with_its_place(
    made_up: Trained, change: dict[str, object], words: str
) -> None:
    raw = {**json.loads(Receipt.of(*made_up).to_json()), **change}
    with pytest.raises(ReceiptError, match=re.escape(words)) as error:
        Receipt.from_json(json.dumps(raw))
    assert "{" not in str(error.value) and len(str(error.value)) < 400


def test_every_entry_that_is_missing_is_named(made_up: Trained) -> None:
    raw = json.loads(Receipt.of(*made_up).to_json())
    for name in raw.keys() - {"kind", "format"}:
        with pytest.raises(ReceiptError, match=f"no entry {name}"):
            Receipt.from_json(json.dumps({key: raw[key] for key in raw if key != name}))


def test_a_receipt_says_what_was_spoiled(made_up: Trained) -> None:
    run, history = made_up
    spoiled = replace(run, recipe=run.recipe.with_(spoil=Spoil(0.2, rare_class=3)))
    receipt = Receipt.of(spoiled, history)
    assert Receipt.from_json(receipt.to_json()).recipe == spoiled.recipe
    assert "20 % of the labels are wrong" in receipt.to_markdown()
    assert "There is no image of 3." in receipt.to_markdown()
    assert "spoiled" not in Receipt.of(run, history).to_markdown()


def test_text_that_is_cut_or_changed_is_named_with_its_line(made_up: Trained) -> None:
    text = Receipt.of(*made_up).to_json()
    lines = text.split("\n")
    lines[4] = lines[4].replace(",", "")
    with pytest.raises(ReceiptError, match="Line 6, character 3"):
        Receipt.from_json("\n".join(lines))
    with pytest.raises(ReceiptError, match=rf"Line {len(lines) // 2 + 1}, .*a part is missing"):
        Receipt.from_json("\n".join(text.split("\n")[: len(lines) // 2]) + "\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Line 1, character 1"),
        ("[]", "The file must be named entries in braces; it is a list"),
        ("null", "it is empty"),
        ("{", "Line 1, character 2"),
        ("{}", "not a receipt: its entry kind"),
        ("[" * 100_000, "numbers or brackets that no receipt has"),
        ('{"kind": ' + "1" * 10_000 + "}", "numbers or brackets that no receipt has"),
        (b"\xff\xfe\x00", "Byte 3"),
        (b'{"kind": "\xff"}', "Byte 11"),
        ("x" * (MAX_BYTES + 1), "larger than 1 MB"),
    ],
)
def test_what_is_no_receipt_is_a_sentence(text: str | bytes, words: str) -> None:
    with pytest.raises(ReceiptError, match=words):
        Receipt.from_json(text)
