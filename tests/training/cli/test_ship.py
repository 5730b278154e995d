"""Checkpoints of a built-in model: few, rounded, and none of a large model."""

from pathlib import Path

import numpy as np
import pytest

from model_store import ModelStore, Run
from model_store.inference.classifier import Classifier
from model_store.recipe.recipe import Hidden, Recipe
from model_store.storage.checkpoints import listed
from tests.support.finished_runs import arrays, bare_run
from training.cli.ship import thin_checkpoints


@pytest.fixture(params=[False, True], ids=["plain", "batch normalisation"])
def run(tmp_path: Path, request: pytest.FixtureRequest) -> Run:
    """Add a run with a checkpoint of each of its ten epochs."""
    store = ModelStore(tmp_path, starter=None)
    recipe = Recipe(dataset="digits", hidden=(Hidden(8, batch_norm=request.param),), epochs=10)
    made = bare_run(store, recipe)
    for epoch in range(11):
        weights = arrays(recipe.with_(seed=epoch))
        store.save(made.id, f"checkpoints/epoch-{epoch:04}.npz", weights)
    return store.open(made.id)


def test_the_first_and_the_last_checkpoint_stay_and_are_rounded(run: Run) -> None:
    exact = Classifier.load(run, "checkpoints/epoch-0010.npz").weights[0][0]
    size = (run.folder / "checkpoints" / "epoch-0010.npz").stat().st_size
    thin_checkpoints(run, room=3 * size)
    assert list(listed(run)) == [0, 2, 4, 6, 8, 10]
    rounded = Classifier.load(run, "checkpoints/epoch-0010.npz").weights[0][0]
    assert rounded.dtype == np.float32
    assert 0 < np.abs(rounded - exact).max() < 1e-3
    assert sum(path.stat().st_size for path in listed(run).values()) < 3 * size


def test_a_large_model_keeps_none(run: Run) -> None:
    thin_checkpoints(run, room=20_000)
    assert listed(run) == {}
