"""`python -m training`: training without a page."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from model_store import ModelStore, RunState
from model_store.recipe.presets import PRESETS, TUTORIALS
from tests.support.engines import CODE, until
from tests.support.finished_runs import all_runs
from tests.support.pen_strokes import write
from training.cli import ship
from training.cli.main import main
from training.data.datasets import load
from training.data.extra_images import EXTRA_FILE


def test_trains_prints_a_line_an_epoch_and_ends_with_the_accuracy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--recipe", "digits-quick", "--epochs", "2", "--store", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("epoch ") for line in lines) == 2
    assert lines[-1].startswith("test accuracy 0.")
    (run,) = all_runs(ModelStore(tmp_path, starter=None))
    assert run.state is RunState.DONE
    assert run.has_model
    assert f"{run.result['test_accuracy']:.4f}" in lines[-1]


def test_a_recipe_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    recipe = PRESETS["digits-quick"].recipe.with_(epochs=1)
    path.write_text(json.dumps(recipe.to_dict()))
    assert main(["--recipe", str(path), "--seed", "3", "--store", str(tmp_path / "runs")]) == 0
    (run,) = all_runs(ModelStore(tmp_path / "runs", starter=None))
    assert run.recipe == recipe.with_(seed=3)
    assert run.manifest["command"] == f"python -m training --recipe {path} --seed 3"


def test_a_killed_command_line_is_known_to_be_gone(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "training", "--recipe", "digits-quick", "--epochs", "100"]
    with subprocess.Popen([*words, "--store", str(tmp_path)], cwd=CODE) as process:
        store = ModelStore(tmp_path, starter=None)
        until(lambda: all_runs(store) and store.checkpoints(all_runs(store)[0].id), 90)
        (run,) = all_runs(store)
        assert run.state is RunState.RUNNING
        assert store.alive([run.lease])
        process.kill()
    assert not store.alive([run.lease])


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
    (run,) = all_runs(ModelStore(tmp_path, starter=None))
    low, high = TUTORIALS[name].accepted or (1.0, 0.0)
    assert low <= run.result["test_accuracy"] <= high


def test_added_images_are_named_on_the_card_and_their_folder_is_not(tmp_path: Path) -> None:
    strokes = write(tmp_path / "my strokes.json.gz")
    store = ModelStore(tmp_path / "runs", starter=None)
    arguments = ["--recipe", "digits-quick", "--epochs", "1", "--store", str(store.root)]
    added = ["--strokes", str(strokes), "--strokes-from", "A class; CC0", "--add", "digits"]
    assert main([*arguments, *added]) == 0
    (run,) = all_runs(store)
    assert [(s["name"], s["licence"], s["images"]) for s in run.manifest["sources"][1:]] == [
        ("Digits (offline)", run.recipe.data.licence, 1437),
        ("my strokes.json.gz", "A class; CC0", 16),
    ]
    assert str(tmp_path) not in json.dumps(dict(run.manifest))
    assert "--strokes 'my strokes.json.gz' --strokes-from 'A class; CC0'" in run.manifest["command"]
    assert run.manifest["data"] != load("digits").fingerprint
    assert run.recipe == PRESETS["digits-quick"].recipe.with_(epochs=1)


def test_strokes_that_cannot_be_read_are_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.json").write_text("[{}]")
    arguments = ["--recipe", "digits-quick", "--store", str(tmp_path / "runs")]
    assert main([*arguments, "--strokes", str(tmp_path / "bad.json")]) == 2
    assert "Drawing 1" in capsys.readouterr().err
    assert not all_runs(ModelStore(tmp_path / "runs", starter=None))


def test_extra_images_are_named_kept_and_trained_on_again_after_a_resume(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ModelStore(tmp_path / "runs", starter=None)
    where = ["--store", str(store.root)]
    strokes = ["--strokes", str(write(tmp_path / "s.json"))]
    assert main(["--recipe", "digits-quick", "--epochs", "1", *where, *strokes]) == 0
    (run,) = all_runs(store)
    hashed = run.manifest["data"]
    assert main(["--resume", run.id, *where]) == 2
    assert "Only a run that ended early" in capsys.readouterr().err

    def interrupt() -> None:
        (run.folder / "manifest.json").unlink()
        store.set_state(run.id, RunState.STOPPED)

    interrupt()
    assert main(["--resume", run.id, *where, *strokes]) == 2
    assert "keeps its images" in capsys.readouterr().err
    assert main(["--resume", run.id, *where]) == 0
    assert store.open(run.id).manifest["data"] == hashed
    interrupt()
    (run.folder / EXTRA_FILE).write_bytes(b"PK")
    assert main(["--resume", run.id, *where]) == 2
    assert "damaged" in capsys.readouterr().err


def test_the_recipes_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(PRESETS)


def test_a_shipped_model_is_a_whole_run_under_its_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ship, "STARTER", tmp_path)
    assert main(["--recipe", "digits-quick", "--epochs", "1", "--ship", "starter-x"]) == 0
    (run,) = ModelStore(tmp_path / "none", starter=tmp_path).find().runs
    assert (run.id, run.owner, run.state) == ("starter-x", "Softmax Lab", RunState.DONE)
    assert run.manifest["command"].endswith("--recipe digits-quick --epochs 1 --ship starter-x")
    ModelStore(tmp_path / "none", starter=tmp_path).verify(run.id)
