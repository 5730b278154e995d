"""Data sets: complete or an error message; memory-mapped once for all processes."""

import io
import multiprocessing
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from model_store.recipe.choices import DATASETS
from model_store.recipe.recipe import Recipe
from training.data.datasets import DataDamaged, DataMissing, available, load, training_indices


def test_digits_need_no_file_and_look_like_mnist() -> None:
    data = load("digits")
    assert data.x_train.shape == (1437, 28, 28) and data.x_train.dtype == np.uint8
    assert data.x_test.shape == (360, 28, 28)
    assert set(np.unique(data.y_train)) == set(range(10))
    assert data.x_train.max() == 255
    rows = np.flatnonzero(data.x_train[0].any(axis=1))
    assert np.ptp(rows) + 1 <= 20, "fitted into 20 pixels, as drawings are"
    assert isinstance(data.x_train, np.memmap)


def test_loading_again_gives_the_same_fingerprint() -> None:
    assert load("digits").fingerprint == load("digits").fingerprint


def test_a_missing_file_says_where_it_belongs(tmp_path: Path) -> None:
    assert not available("mnist", tmp_path)
    with pytest.raises(DataMissing, match=r"mnist\.npz"):
        load("mnist", data=tmp_path)


def archive(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def whole(**changes: np.ndarray) -> dict[str, np.ndarray]:
    n, m = DATASETS["mnist"].train, DATASETS["mnist"].test
    arrays = {
        "x_train": np.zeros((n, 28, 28), np.uint8),
        "y_train": (np.arange(n) % 10).astype(np.uint8),
        "x_test": np.zeros((m, 28, 28), np.uint8),
        "y_test": (np.arange(m) % 10).astype(np.uint8),
    }
    return {**arrays, **changes}


@pytest.mark.parametrize(
    "content",
    [
        lambda: b"",
        lambda: b"hello",
        lambda: b"PK\x03\x04 torn in the middle",
        lambda: archive(x_train=np.zeros(3)),
        lambda: archive(**whole(x_train=np.zeros((60_000, 14, 14), np.uint8))),
        lambda: archive(**whole(y_test=np.full(10_000, 10, np.uint8))),
        lambda: archive(**whole(y_train=np.zeros(60_000, np.float64))),
        lambda: archive(**whole(y_train=np.array([{}], dtype=object))),
    ],
    ids=["empty", "text", "torn", "keys", "shape", "labels", "type", "pickle"],
)
def test_a_damaged_file_is_a_sentence(tmp_path: Path, content: Callable[[], bytes]) -> None:
    (tmp_path / "mnist.npz").write_bytes(content())
    with pytest.raises(DataDamaged, match=r"mnist\.npz cannot be used") as caught:
        load("mnist", data=tmp_path, cache=tmp_path / "cache")
    assert "Traceback" not in str(caught.value)


def test_a_truncated_archive_is_a_sentence(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("x_train.npy", b"\x93NUMPY\x01\x00")
    (tmp_path / "mnist.npz").write_bytes(file.getvalue()[:-10])
    with pytest.raises(DataDamaged):
        load("mnist", data=tmp_path, cache=tmp_path / "cache")


def test_the_data_folder_is_never_written(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "mnist.npz").write_bytes(archive(**whole()))
    arrays = load("mnist", data=data, cache=tmp_path / "cache")
    assert arrays.x_train.shape == (60_000, 28, 28)
    assert [path.name for path in data.iterdir()] == ["mnist.npz"]


def _load_there(cache: Path) -> str:
    return load("digits", cache=cache).fingerprint


def test_processes_that_race_all_succeed(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert len(set(pool.map(_load_there, [tmp_path / "cache"] * 2, chunksize=1))) == 1


@pytest.mark.parametrize("subset", [None, 500])
def test_training_and_validation_share_no_image(subset: int | None) -> None:
    recipe = Recipe(dataset="digits", validation="split", validation_share=0.2, subset=subset)
    train, held_out = training_indices(recipe)
    assert (len(train), len(held_out)) == (recipe.train_images, recipe.validation_images)
    assert not set(train) & set(held_out)
    again, _held_out = training_indices(recipe)
    assert (train == again).all()
    other, _held_out = training_indices(recipe.with_(seed=1))
    assert (train != other).any()


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_the_real_ones(name: str) -> None:
    data = load(name)
    assert data.x_train.shape == (60_000, 28, 28)
    assert np.bincount(data.y_test).tolist() == np.bincount(load(name).y_test).tolist()
    assert data.fingerprint == load(name).fingerprint
