"""Jobs carry paths if the worker sees the store, else file contents."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model_store import ModelStore, Run, RunNotFound, StoreError
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.events import EpochEnd
from model_store.runs.provenance import InitialWeights, Provenance
from tests.support.finished_runs import arrays
from tests.support.own_sets import own_recipe
from training.data.datasets import DataError
from training.data.extra_images import EXTRA_FILE, ExtraImages, training_data, unpack
from training.data.own_sets import OwnSets, own_set_path
from training.workers.job import IMPORT, Job, initial_files, make_job

RECIPE = Recipe(dataset="digits", hidden=(Hidden(4),), epochs=5)
TRAIN = "some.module:train"
START = InitialWeights(Provenance("20260101-000000-a-run-abcdef", "Ada", "0" * 64), arrays(RECIPE))
IMPORTED_MODEL = InitialWeights(Provenance("", "net.keras", "0" * 64), b"packed")


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "store", starter=None)


def job(store: ModelStore, run: Run, *, remote: bool = False) -> Job:
    return make_job(store, store.open(run.id), TRAIN, remote=remote)


def trained(store: ModelStore, checkpoints: int, recorded: int) -> Run:
    """Add a run with this many checkpoints, and this many epochs on record."""
    run = store.create(RECIPE)
    for epoch in range(checkpoints + 1):
        store.save(run.id, f"checkpoints/epoch-{epoch:04}.npz", b"epoch %d" % epoch)
    for epoch in range(1, recorded + 1):
        store.append(run.id, EpochEnd(epoch, 40 * epoch, 1.0, 0.9, None, None, 1.5, 0.001, 0.0))
    return run


def test_a_run_that_is_new_is_its_recipe(store: ModelStore) -> None:
    run = store.create(RECIPE)
    first, second = job(store, run), job(store, run)
    assert first.attempt != second.attempt, "each attempt has its own name"
    assert first == replace(second, attempt=first.attempt)
    assert first == Job(
        run=run.id,
        attempt=first.attempt,
        recipe=RECIPE,
        train=TRAIN,
        root=str(store.root.absolute()),
        resume=None,
        extra_images=None,
        start=None,
        is_import=False,
        is_trial=False,
        is_watched=True,
    )
    assert job(store, run, remote=True).root is None


@pytest.mark.parametrize(
    ("checkpoints", "recorded", "resumed"), [(0, 0, 0), (2, 2, 2), (3, 2, 2), (2, 3, 2), (1, 0, 0)]
)
def test_it_goes_on_from_the_last_epoch_that_is_on_record(
    store: ModelStore, checkpoints: int, recorded: int, resumed: int
) -> None:
    run = trained(store, checkpoints, recorded)
    expected = run.folder / "checkpoints" / f"epoch-{resumed:04}.npz"
    assert job(store, run).resume == str(expected)
    assert job(store, run, remote=True).resume == b"epoch %d" % resumed


def test_what_it_begins_with_lies_in_its_folder(store: ModelStore) -> None:
    images = np.zeros((3, 28, 28), np.uint8)
    added = [ExtraImages.of("our drawings", "by us", images, np.ones(3, np.uint8))]
    run = store.create(RECIPE, files=initial_files(added, START))
    assert store.open(run.id).provenance == START.provenance
    here, there = job(store, run), job(store, run, remote=True)
    assert here.extra_images == str(run.folder / EXTRA_FILE) and here.start == str(
        run.folder / "start.npz"
    )
    assert there.start == START.weights
    assert isinstance(there.extra_images, bytes)
    assert [each.source.name for each in unpack(there.extra_images)] == ["our drawings"]


def test_a_file_from_elsewhere_is_opened_and_not_trained(store: ModelStore) -> None:
    run = store.create(RECIPE, files=initial_files([], IMPORTED_MODEL))
    found = job(store, run, remote=True)
    assert (found.train, found.is_import, found.start) == (IMPORT, True, b"packed")


def test_only_a_training_that_a_person_started_shows_its_weights(store: ModelStore) -> None:
    opened = store.create(RECIPE, files=initial_files([], IMPORTED_MODEL))
    trial, repeated = store.create(RECIPE, sweep="s"), store.create(RECIPE, verifies="v")
    fine_tuned = store.create(RECIPE, files=initial_files([], START))
    runs = (opened, trial, repeated, fine_tuned)
    assert [job(store, run).is_watched for run in runs] == [False, False, False, True]


def test_a_run_from_the_start_gets_no_checkpoint() -> None:
    assert initial_files([], None) == {}


def test_a_file_that_cannot_be_read_is_a_sentence(store: ModelStore) -> None:
    run = trained(store, 1, 1)
    path = run.folder / "checkpoints" / "epoch-0001.npz"
    os.unlink(path)
    path.mkdir()
    with pytest.raises(StoreError, match=r"epoch-0001\.npz cannot be read: Is a directory"):
        job(store, run, remote=True)


def test_a_run_that_was_deleted_is_none(store: ModelStore) -> None:
    run = store.create(RECIPE)
    store.delete(run.id)
    with pytest.raises(RunNotFound):
        make_job(store, run, TRAIN, remote=False)


def test_a_worker_elsewhere_is_sent_the_data_set_that_somebody_brought(store: ModelStore) -> None:
    run = store.create(own_recipe(store.root, 3))
    path = own_set_path(store.root, run.recipe)
    assert path is not None
    content = path.read_bytes()
    assert job(store, run).own_data == str(path.absolute())
    assert job(store, run, remote=True).own_data == content
    assert training_data(run.recipe, None, content).x_test.shape == (12, 28, 28)
    OwnSets(store.root).delete(run.recipe.dataset, "ada")
    for remote in (False, True):
        assert job(store, run, remote=remote).own_data is None
    with pytest.raises(DataError, match="Our animals is not on this server"):
        training_data(run.recipe, None, None)
