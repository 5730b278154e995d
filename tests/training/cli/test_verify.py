"""`python -m training verify RECEIPT`: bit for bit here, and never by mistake."""

import hashlib
import json
from pathlib import Path

import pytest

from model_store import ModelStore, Run
from model_store.recipe.recipe import Recipe
from model_store.recipe.spoil import Spoil
from model_store.runs.provenance import FILE, WEIGHTS, Provenance
from tests.support.finished_runs import all_runs, finished_run
from tests.support.pen_strokes import write
from training.cli.main import main
from training.cli.train import train_run
from training.export.verification import receipt_of


def _train(store: Path, *arguments: str) -> Run:
    assert main([*arguments, "--store", str(store)]) == 0
    return all_runs(ModelStore(store, starter=None))[0]


def test_the_command_line_verifies_a_receipt_bit_for_bit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = _train(tmp_path / "runs", "--recipe", "digits-quick", "--epochs", "2")
    receipt = tmp_path / "receipt.json"
    store = ModelStore(tmp_path / "runs", starter=None)
    receipt.write_text(receipt_of(store, run).to_json(), "utf-8")
    again = _train(tmp_path / "again", "verify", str(receipt))
    assert "matches bit for bit" in capsys.readouterr().out
    assert again.verifies == run.id
    assert again.recipe.hash == run.recipe.hash

    forged = json.loads(receipt.read_text())
    forged["figures"]["test_accuracy"] = 0.5
    forged["epochs"][1]["loss"] += 1
    receipt.write_text(json.dumps(forged), "utf-8")
    assert main(["verify", str(receipt), "--store", str(tmp_path / "runs")]) == 1
    said = capsys.readouterr()
    assert "not the one of the run" in said.err, "its run is in this store"
    assert "It does not match: in epoch 2 the loss" in said.out


def test_spoiled_images_are_spoiled_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil = Spoil(0.3, rare_class=3, rare_share=0.5, noise=0.2, patch=0.5, where="validation")
    recipe = Recipe(dataset="digits", hidden=(), epochs=2, validation="split", spoil=spoil)
    file, receipt = tmp_path / "recipe.json", tmp_path / "receipt.json"
    file.write_text(json.dumps(recipe.to_dict()), "utf-8")
    run = _train(tmp_path / "runs", "--recipe", str(file))
    assert run.recipe == recipe
    store = ModelStore(tmp_path / "runs", starter=None)
    receipt.write_text(receipt_of(store, run).to_json(), "utf-8")
    again = _train(tmp_path / "again", "verify", str(receipt))
    assert "matches bit for bit" in capsys.readouterr().out
    assert again.result["train_accuracy"] == run.result["train_accuracy"]


def test_images_beside_the_data_set_are_trained_on_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = tmp_path / "runs"
    strokes = write(tmp_path / "pen.json")
    run = _train(runs, "--recipe", "digits-quick", "--epochs", "1", "--strokes", str(strokes))
    store = ModelStore(runs, starter=None)
    receipt = tmp_path / "receipt.json"
    receipt.write_text(receipt_of(store, run).to_json(), "utf-8")
    _train(runs, "verify", str(receipt))
    assert "matches bit for bit" in capsys.readouterr().out
    assert main(["verify", str(receipt), "--store", str(tmp_path / "other")]) == 2
    assert "only in the store where it was trained" in capsys.readouterr().err


def test_a_run_that_began_with_anothers_weights_begins_with_them_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = tmp_path / "runs"
    words = ("--recipe", "digits-quick", "--epochs", "1")
    first = _train(runs, *words)
    store = ModelStore(runs, starter=None)
    weights = (first.folder / "weights.npz").read_bytes()
    further = store.create(first.recipe, "me")
    began = Provenance(first.id, first.title, hashlib.sha256(weights).hexdigest())
    store.save(further.id, WEIGHTS, weights)
    store.save(further.id, FILE, began.to_json())
    assert train_run(store, store.open(further.id), "a test") == 0
    receipt = tmp_path / "receipt.json"
    receipt.write_text(receipt_of(store, store.open(further.id)).to_json(), "utf-8")
    again = _train(runs, "verify", str(receipt))
    assert "matches bit for bit" in capsys.readouterr().out
    assert again.provenance == began
    assert again.result["test_loss"] != first.result["test_loss"]
    store.save(further.id, WEIGHTS, b"others")
    assert main(["verify", str(receipt), "--store", str(runs)]) == 2
    assert "weights are gone" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data": "0" * 64}, "trained on other images"),
        ({"by_hand": ["The run was stopped after 1 of 2 epochs."]}, "cannot be verified"),
        ({"recipe": {"dataset": "cifar"}}, "cannot be trained"),
        ({"kind": "tax"}, "not a receipt"),
    ],
)
def test_what_cannot_be_verified_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, object], words: str
) -> None:
    store = ModelStore(tmp_path / "elsewhere", starter=None)
    made_up = receipt_of(store, finished_run(store, Recipe(dataset="digits", epochs=2), "me"))
    receipt = tmp_path / "receipt.json"
    receipt.write_text(json.dumps({**json.loads(made_up.to_json()), **change}), "utf-8")
    assert main(["verify", str(receipt), "--store", str(tmp_path / "runs")]) == 2
    assert words in capsys.readouterr().err
    assert main(["verify", str(tmp_path / "gone.json"), "--store", str(tmp_path)]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists(), "nothing was begun"
