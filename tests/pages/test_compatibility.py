"""What version 0.1 wrote still works: its store, its links and its receipts.

`tests/support/version_0_1` was written by that version: a trained run, a failed one, one that its
server left running, a deleted one, a sweep, a name, a limit and a drawing.
"""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from model_store import RunState
from model_store.classroom.display_names import DisplayNames
from model_store.classroom.drawing_set import DrawingStore
from model_store.classroom.limits import LimitsStore
from model_store.runs.events import EpochEnd
from model_store.storage.store import ModelStore
from model_store.storage.sweep_store import SweepStore, TrialState
from tests.support.components import basic_fields, send_event
from tests.support.page_text import errors, html, words
from training.cli.main import main

Visit = Callable[..., AppTest]

WRITTEN = Path(__file__).resolve().parents[1] / "support" / "version_0_1"
RUN = "20261130-094057-digits-softmax-regression-48f08c"
FAILED = "20261130-094127-digits-softmax-regression-01a6ae"
LEFT = "20261130-094127-digits-softmax-regression-c515e7"
DELETED = "20261130-094127-digits-softmax-regression-f528a3"
SWEEP = "20261130-094127-2c2958"
ANA = "a1b2c3d4e5f60718"
LINK = (
    '{"batch_size":16,"dataset":"digits","epochs":2,"hidden":[],'
    '"name":"Digits softmax regression","subset":200,"validation":"test"}'
)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Unpack a store of version 0.1 where the app looks for its store."""
    root = tmp_path / "store"
    with zipfile.ZipFile(WRITTEN / "store.zip") as archive:
        archive.extractall(root)
    return root


def test_everything_in_the_store_is_found(old: Path) -> None:
    store = ModelStore(old, starter=None)
    store.settle()
    run = store.open(RUN)
    assert run.state is RunState.DONE and run.has_model
    assert run.result["test_accuracy"] == pytest.approx(0.6083, abs=1e-4)
    assert (run.label.name, run.label.tags) == ("Before the move", ("old",))
    assert run.recipe.to_link() == LINK
    assert sorted(store.checkpoints(RUN)) == [0, 1, 2]
    store.verify(RUN)
    ends = [event for event in store.events(RUN) if isinstance(event, EpochEnd)]
    assert [end.epoch for end in ends] == [1, 2]
    assert store.open(FAILED).message == "The loss became nan."
    assert store.interrupt_orphans("The app ended.")
    assert store.open(LEFT).state is RunState.INTERRUPTED
    assert [deleted.run.id for deleted in store.deleted()] == [DELETED]
    assert store.restore(DELETED).id == DELETED

    sweep = SweepStore(store.database).open(SWEEP)
    assert [trial.state for trial in sweep.trials] == [TrialState.COMPLETE, TrialState.FAILED]
    assert sweep.trials[0].run == RUN and sweep.owner == ANA
    assert DisplayNames(store.database).name(ANA) == "Ana"
    assert LimitsStore(store.database).read().epochs == 12
    (drawing,) = DrawingStore(store.database).all().drawings
    assert (drawing.label, drawing.owner, len(drawing.strokes)) == (7, ANA, 1)


@pytest.mark.parametrize(
    ("page", "parameters", "shown"),
    [
        ("train", {"run": RUN}, "Before the move"),
        ("train", {"run": FAILED}, "The loss became nan."),
        ("draw", {"run": RUN, "way": "photo"}, "Before the move"),
        ("evaluate", {"run": RUN, "view": "pictures", "show": "wrong"}, "Before the move"),
        ("evaluate", {"run": RUN, "view": "matrix", "cells": "percent"}, "Before the move"),
        ("evaluate", {"run": RUN, "view": "weights", "units": "weakest"}, "Before the move"),
        ("evaluate", {"run": RUN, "view": "drawings"}, "Before the move"),
        ("evaluate", {"run": RUN, "view": "take"}, "Before the move"),
        ("compare", {"run": RUN, "find": "old", "sort": "test", "order": "up"}, "Before the move"),
        ("sweep", {"sweep": SWEEP}, "Which learning rate?"),
        ("data", {"dataset": "digits", "split": "test", "class": "3", "index": "7"}, "7"),
    ],
)
def test_an_old_link_shows_what_it_showed(
    visit: Visit, old: Path, page: str, parameters: dict[str, str], shown: str
) -> None:
    at = visit(page, **parameters)
    assert errors(at) == "" or page == "train"
    assert shown in " ".join([words(at), html(at), *_choices(at)])


def test_an_old_recipe_link_fills_the_form(visit: Visit) -> None:
    at = visit("train", recipe=LINK)
    send_event(at, "basic_fields", "opened", "yes")
    assert errors(at) == ""
    values = {field.label: field.value for field in at.number_input}
    assert (basic_fields(at)["epochs"], values["Batch size"]) == (2, 16)


def test_an_old_receipt_is_verified(
    tmp_path: Path, old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = str(WRITTEN / "receipt.json")
    figures = json.loads((WRITTEN / "receipt.json").read_text())["figures"]
    assert main(["verify", receipt, "--store", str(old)]) == 0
    assert "match" in capsys.readouterr().out
    again = ModelStore(old, starter=None).verifications(RUN)[0]
    assert again.result["test_accuracy"] == pytest.approx(figures["test_accuracy"], abs=0.01)


def _choices(at: AppTest) -> list[str]:
    return [str(option) for box in at.selectbox for option in box.options]
