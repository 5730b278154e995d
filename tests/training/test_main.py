"""`python -m training`: the same training without a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from model_store import ModelStore, RunState
from training.__main__ import main
from training.recipes import RECIPES, TUTORIALS


def test_trains_prints_a_line_an_epoch_and_ends_with_the_accuracy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--recipe", "digits-quick", "--epochs", "2", "--store", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("epoch ") for line in lines) == 2
    assert lines[-1].startswith("test accuracy 0.")
    (run,) = ModelStore(tmp_path, starter=None).list()
    assert run.state is RunState.DONE
    assert run.has_model
    assert f"{run.result['test_accuracy']:.4f}" in lines[-1]


def test_a_recipe_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    recipe = RECIPES["digits-softmax"].recipe.with_(epochs=1)
    path.write_text(json.dumps(recipe.to_dict()))
    assert main(["--recipe", str(path), "--seed", "3", "--store", str(tmp_path / "runs")]) == 0
    (run,) = ModelStore(tmp_path / "runs", starter=None).list()
    assert run.recipe == recipe.with_(seed=3)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--recipe", "nonsense"], "There is no recipe"),
        (["--recipe", "gone.json"], "cannot be read"),
        (["--recipe", "digits-quick", "--epochs", "0"], "whole number"),
        (["--recipe", "mnist-mlp-128"], "mnist.npz"),
        (["--resume", "../../x"], "There is no run"),
    ],
)
def test_what_cannot_begin_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert main([*arguments, "--store", str(tmp_path)]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["fashion-mlp-5", "mnist-softmax-regression"])
def test_a_tutorial_reproduces(tmp_path: Path, name: str) -> None:
    assert main(["--recipe", name, "--seed", "0", "--store", str(tmp_path)]) == 0
    (run,) = ModelStore(tmp_path, starter=None).list()
    low, high = TUTORIALS[name].accepted or (1.0, 0.0)
    assert low <= run.result["test_accuracy"] <= high
