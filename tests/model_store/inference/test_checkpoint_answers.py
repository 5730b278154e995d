"""Answers at checkpoints: in order, thinned, bounded; damage costs one point."""

from pathlib import Path

import numpy as np
import pytest

from model_store import ModelStore, Run
from model_store.inference.checkpoint_answers import CheckpointAnswers, CheckpointCache, thinned
from model_store.inference.classifier import Classifier
from model_store.recipe.recipe import Hidden, Recipe
from model_store.storage.checkpoints import FEWEST_POINTS, MOST_POINTS
from tests.support.finished_runs import archive, pictures, random_weights
from training.loop.control import Control

RECIPE = Recipe(dataset="digits", hidden=(Hidden(6, "tanh"),))
IMAGE = pictures(1)[0]


def run_of(store: ModelStore, epochs: int, recipe: Recipe = RECIPE) -> Run:
    """Add a run with a checkpoint per epoch, with different weights and optimizer state."""
    run = store.create(recipe, "me")
    base = random_weights(recipe)
    for epoch in range(epochs + 1):
        state = {name: array * np.float32(epoch) for name, array in base.items()}
        state |= {"optimizer_0": np.zeros(5), "epoch": np.array(epoch)}
        store.save(run.id, f"checkpoints/epoch-{epoch:04}.npz", archive(state))
    return run


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "runs", starter=None)


def expected(run: Run, epoch: int) -> np.ndarray:
    weights = random_weights(run.recipe)
    pairs = [(weights[f"kernel_{i}"] * epoch, weights[f"bias_{i}"] * epoch) for i in range(2)]
    return Classifier(
        run.recipe, [(k.astype(np.float32), b.astype(np.float32)) for k, b in pairs]
    ).probabilities(IMAGE)


def test_every_epoch_answers_with_its_own_weights(store: ModelStore) -> None:
    run = run_of(store, 3)
    found = CheckpointCache().answers(run, store.checkpoints(run.id), IMAGE)
    assert found.epochs == (0, 1, 2, 3) and found.unreadable == ()
    assert found.probabilities.shape == (4, 10) and found.probabilities.dtype == np.float32
    for epoch in found.epochs:
        assert found.probabilities[epoch] == pytest.approx(expected(run, epoch), abs=1e-6)


def test_checkpoints_of_the_real_trainer_are_read(store: ModelStore) -> None:
    from training.data.datasets import load
    from training.loop.trainer import train

    recipe = Recipe(dataset="digits", hidden=(Hidden(8),), epochs=2, seed=3)
    run = store.create(recipe, "me")
    train(
        recipe,
        load("digits"),
        emit=lambda event: None,
        control=Control(),
        save=lambda name, content: store.save(run.id, name, content),
    )
    found = CheckpointCache().answers(run, store.checkpoints(run.id), IMAGE)
    assert found.epochs == (0, 1, 2)
    assert np.array_equal(found.probabilities[-1], Classifier.load(run).probabilities(IMAGE))
    assert not np.array_equal(found.probabilities[0], found.probabilities[1])


def test_a_run_without_checkpoints_has_an_empty_timeline(store: ModelStore) -> None:
    run = store.create(RECIPE, "me")
    found = CheckpointCache().answers(run, store.checkpoints(run.id), IMAGE)
    assert found.epochs == () and found.probabilities.shape == (0, 10)


@pytest.mark.parametrize("content", [b"", b"nothing", archive({"kernel_0": np.zeros(3)})])
def test_a_damaged_checkpoint_costs_its_own_point(store: ModelStore, content: bytes) -> None:
    run = run_of(store, 3)
    store.save(run.id, "checkpoints/epoch-0002.npz", content)
    found = CheckpointCache().answers(run, store.checkpoints(run.id), IMAGE)
    assert found.epochs == (0, 1, 3) and found.unreadable == (2,)


def test_a_checkpoint_that_vanished_costs_its_own_point(store: ModelStore) -> None:
    run = run_of(store, 2)
    checkpoints = store.checkpoints(run.id)
    checkpoints[1].unlink()
    found = CheckpointCache().answers(run, checkpoints, IMAGE)
    assert found.epochs == (0, 2) and found.unreadable == (1,)


def test_weights_stay_in_memory_up_to_the_limit(store: ModelStore) -> None:
    run = run_of(store, 9)
    one = run.recipe.parameters * 4
    cache = CheckpointCache(memory=6 * one)
    found = cache.answers(run, store.checkpoints(run.id), IMAGE)
    assert len(found.epochs) == 6 and found.epochs[0] == 0 and found.epochs[-1] == 9
    assert cache.size == 6 * one
    other = run_of(store, 9)
    cache.answers(other, store.checkpoints(other.id), IMAGE)
    assert cache.size <= 6 * one


def test_networks_larger_than_the_limit_still_answer(store: ModelStore) -> None:
    run = run_of(store, 9)
    cache = CheckpointCache(memory=1)
    found = cache.answers(run, store.checkpoints(run.id), IMAGE)
    assert len(found.epochs) == FEWEST_POINTS
    assert cache.size == run.recipe.parameters * 4, "the last one alone"


def test_a_checkpoint_that_was_written_again_is_read_again(store: ModelStore) -> None:
    run = run_of(store, 1)
    cache = CheckpointCache()
    before = cache.answers(run, store.checkpoints(run.id), IMAGE).probabilities
    state = random_weights(RECIPE)
    store.save(run.id, "checkpoints/epoch-0001.npz", archive({**state, "new": np.zeros(9)}))
    state["bias_1"][3] += 5
    store.save(run.id, "checkpoints/epoch-0001.npz", archive({**state, "more": np.zeros(99)}))
    after = cache.answers(run, store.checkpoints(run.id), IMAGE).probabilities
    assert after[1].argmax() == 3 and np.array_equal(before[0], after[0])


@pytest.mark.parametrize("count", [0, 1, 2, MOST_POINTS, MOST_POINTS + 1, 201])
def test_thinning_keeps_the_ends(count: int) -> None:
    epochs = list(range(count))
    found = thinned(epochs, MOST_POINTS)
    assert len(found) == min(count, MOST_POINTS) == len(set(found))
    assert found == sorted(found) and found[:1] == epochs[:1] and found[-1:] == epochs[-1:]


@pytest.mark.parametrize(
    ("read", "settled"), [([7, 7, 7], 0), ([3, 7, 7], 2), ([7, 3, 7], 5), ([3, 3, 7], 5)]
)
def test_the_epoch_from_which_the_answer_is_stable(read: list[int], settled: int) -> None:
    probabilities = np.zeros((3, 10), np.float32)
    probabilities[range(3), read] = 1
    assert CheckpointAnswers((0, 2, 5), probabilities).stable_since() == settled


def test_only_the_weights_are_read(store: ModelStore) -> None:
    run = run_of(store, 0)
    path = store.checkpoints(run.id)[0]
    state = {**random_weights(RECIPE), "optimizer_0": np.array([{}], object)}  # cannot be unpickled
    path.write_bytes(archive(state))
    assert CheckpointCache().answers(run, {0: path}, IMAGE).epochs == (0,)
