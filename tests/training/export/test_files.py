"""Tables, event files and receipts: read back, they give the run's figures."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from model_store.recipe.recipe import Recipe
from model_store.runs.events import LearningRate
from tests.training.export.conftest import (
    CHANGED,
    FLIPPED,
    HOSTILE,
    QUICK,
    VARIED,
    Train,
    Trained,
)
from training.export.curves import epochs_csv, points_csv
from training.export.receipt import FIGURES, MAX_BYTES, Receipt, ReceiptError
from training.export.tensorboard import event_files

ROOT = Path(__file__).resolve().parents[3]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_points_table_holds_every_point_in_full_precision(quick: Trained) -> None:
    history = quick[1]
    table = rows(points_csv(history))
    assert [float(row["loss"]) for row in table] == [c.loss for c in history.chunks]
    assert [int(row["step"]) for row in table] == [c.step for c in history.chunks]


def test_the_epochs_table_has_empty_cells_where_nothing_was_validated(train: Train) -> None:
    history = train(QUICK.with_(validation="none"))[1]
    table = rows(epochs_csv(history))
    assert [float(row["accuracy"]) for row in table] == [e.accuracy for e in history.epochs]
    assert [row["val_accuracy"] for row in table] == ["", ""]


def test_tensorboard_reads_the_event_files(quick: Trained, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run, history = quick
    with zipfile.ZipFile(io.BytesIO(event_files(run, history))) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    assert "tensorboard --logdir" in (tmp_path / "README.txt").read_text()
    wanted = {
        ("train", "loss"): [(c.step, c.loss) for c in history.chunks],
        ("train", "accuracy"): [(c.step, c.accuracy) for c in history.chunks],
        ("train", "epoch_accuracy"): [(e.step, e.accuracy) for e in history.epochs],
        ("train", "learning_rate"): [(e.step, e.learning_rate) for e in history.epochs],
        ("validation", "epoch_accuracy"): [(e.step, e.val_accuracy) for e in history.epochs],
        ("validation", "epoch_loss"): [(e.step, e.val_loss) for e in history.epochs],
    }
    for (part, tag), points in wanted.items():
        reader = EventAccumulator(str(tmp_path / run.id / part)).Reload()
        read = [(event.step, event.value) for event in reader.Scalars(tag)]
        assert [step for step, _value in read] == [step for step, _value in points]
        assert [value for _step, value in read] == pytest.approx([v for _s, v in points])


def test_without_validation_there_is_no_second_curve(train: Train) -> None:
    with zipfile.ZipFile(io.BytesIO(event_files(*train(QUICK.with_(validation="none"))))) as files:
        assert not any("validation" in name for name in files.namelist())


def test_making_them_all_loads_no_tensorflow(quick: Trained) -> None:
    code = f"""
import sys
from pathlib import Path
from model_store import ModelStore
from model_store.runs.history import History
from training.export import curves, notebook, receipt, script, tensorboard
store = ModelStore(Path({str(quick[0].folder.parent)!r}), starter=None)
run = store.open({quick[0].id!r})
history = History.from_events(store.events(run.id))
made = [
    tensorboard.event_files(run, history),
    notebook.notebook(run, history),
    script.script(run, history),
    curves.points_csv(history),
    receipt.Receipt.of(run, history).to_markdown(),
]
assert all(made)
assert not {{"tensorflow", "keras"}} & set(sys.modules)
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("recipe", [QUICK, VARIED, CHANGED])
def test_a_receipt_comes_back_from_its_text(recipe: Recipe, train: Train) -> None:
    run, history = train(recipe)
    receipt = Receipt.of(run, history)
    again = Receipt.from_json(receipt.to_json())
    assert again == replace(receipt, title=again.title)
    assert again.recipe == recipe
    assert again.figures["test_accuracy"] == run.result["test_accuracy"]
    assert again.data == run.manifest["data"]
    assert set(again.versions) == {"python", "tensorflow", "keras", "numpy"}
    assert set(again.machine) == {"system", "architecture", "processor"}
    assert again.start == (run.provenance.weights if run.provenance else "")
    assert bool(again.start) == (recipe == CHANGED)
    assert [source["licence"] for source in again.sources if source["name"] == FLIPPED] == (
        ["CC BY 4.0"] if recipe == CHANGED else []
    )
    assert again.files["weights.npz"] == run.manifest["files"]["weights.npz"]


def test_a_receipt_can_be_read(varied: Trained) -> None:
    receipt = Receipt.of(*varied)
    text = receipt.to_markdown()
    assert receipt.data in text
    assert receipt.files["model.keras"] in text
    assert all(f"{receipt.figures[name]:.6f}" in text for name in FIGURES)
    assert "<script>" not in text.partition("```json")[0]
    recipe = text.partition("```json")[2].partition("```")[0]
    assert Recipe.from_dict(json.loads(recipe)) == VARIED
    assert VARIED.name == HOSTILE


def test_a_receipt_says_what_was_done_by_hand(quick: Trained) -> None:
    run, history = quick
    steered = replace(history, learning_rates=(LearningRate(90, 1.0, 0.5, 0.0),))
    assert "by hand to 0.5 at step 90" in Receipt.of(run, steered).by_hand[0]
    stopped = replace(run, result={**run.result, "epochs": 1})
    assert "stopped after 1 of 2 epochs" in Receipt.of(stopped, history).by_hand[0]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "something else"},
        {"format": 99},
        {"recipe": {"epochs": -1}},
        {"recipe": 5},
        {"recipe": QUICK.with_(seed=1).to_dict()},
        {"figures": {}},
        {"figures": {"test_accuracy": "much"}},
        {"epochs": [[1, 2]]},
        {"epochs": 7},
        {"points": "1e999"},
        {"by_hand": None},
        {"sources": 3},
    ],
)
def test_a_hostile_receipt_is_a_sentence(quick: Trained, change: dict[str, object]) -> None:
    raw = {**json.loads(Receipt.of(*quick).to_json()), **change}
    with pytest.raises(ReceiptError, match=r"receipt"):
        Receipt.from_json(json.dumps(raw))


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", "{}", "[" * 100_000, b"\xff\xfe\x00", "x" * (MAX_BYTES + 1)]
)
def test_what_is_no_receipt_is_a_sentence(text: str | bytes) -> None:
    with pytest.raises(ReceiptError, match=r"receipt"):
        Receipt.from_json(text)
