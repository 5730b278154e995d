"""Data sets as memory-mapped arrays: checked and converted once, opened by every process.

MNIST and Fashion-MNIST come from `<data folder>/<name>.npz`, with Keras' keys. They are converted
to one `.npy` file per array in the cache folder. The data folder is only read, so it can be shared
or read-only. Digits comes from scikit-learn and needs no network.

Any thread and process: files are written whole, and the one that completes a conversion last.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from model_store.recipe.choices import CLASSES, DATASETS, IMAGE_SIDE, Dataset
from model_store.recipe.recipe import Recipe
from model_store.storage import atomic_files
from model_store.text import _

ARRAY_NAMES = ("x_train", "y_train", "x_test", "y_test")
META = "meta.json"
DIGITS_VERSION = 1  # raise it when the images of Digits are prepared in another way
ENLARGED_SIDE = 80
INCOMPLETE = (OSError, EOFError, ValueError, KeyError, TypeError)  # of a folder of arrays

ByName = Mapping[str, NDArray[np.uint8]]


class DataError(Exception):
    """Data that cannot be used; the message is a sentence for a person."""


class DataMissing(DataError):
    """The data set's file is missing from `path`."""

    def __init__(self, name: str, path: Path) -> None:
        sentence = _(
            "{dataset} is not on this computer. Download it on the Data page, or put its file at "
            "{path}. Digits works without either."
        )
        super().__init__(sentence.format(dataset=DATASETS[name].label, path=path))


class DataDamaged(DataError):
    """The file at `path` is not what it should be."""

    def __init__(self, path: Path, reason: str) -> None:
        sentence = _(
            "{path} cannot be used: {reason} Delete it and download it again, or put a good file "
            "in its place."
        )
        super().__init__(sentence.format(path=path, reason=reason))


@dataclass(frozen=True, eq=False)
class Arrays:
    """One data set, memory-mapped and read-only.

    `x_train` [N, 28, 28] and `x_test` [M, 28, 28] are uint8 in [0, 255]. `y_train` [N] and `y_test`
    [M] are uint8 classes. `fingerprint` is the sha256 of the four arrays' bytes. `own` describes a
    data set that somebody brought.
    """

    name: str
    fingerprint: str
    x_train: NDArray[np.uint8]
    y_train: NDArray[np.uint8]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.uint8]
    own: Dataset | None = None

    @property
    def about(self) -> Dataset:
        """Label, classes and licence."""
        return self.own or DATASETS[self.name]

    @classmethod
    def open(cls, name: str, folder: Path) -> Arrays:
        """Map the arrays of a folder in the cache.

        Raises:
            INCOMPLETE: if the folder is missing or damaged.
        """
        meta = json.loads((folder / META).read_text("utf-8"))
        maps = {key: np.load(folder / f"{key}.npy", mmap_mode="r") for key in ARRAY_NAMES}
        return cls(name, meta["fingerprint"], **maps)

    def split(self, split: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return images [N, 28, 28] and labels [N] of "train" or "test"."""
        return (self.x_train, self.y_train) if split == "train" else (self.x_test, self.y_test)


def data_dir() -> Path:
    """Return the folder of the data sets' files: `SOFTMAX_LAB_DATA`, or one for this user."""
    chosen = os.environ.get("SOFTMAX_LAB_DATA")
    return Path(chosen) if chosen else platformdirs.user_data_path("softmax-lab") / "data"


def cache_dir() -> Path:
    """Return the folder for what can be made again: `SOFTMAX_LAB_CACHE`, or one for this user."""
    chosen = os.environ.get("SOFTMAX_LAB_CACHE")
    return Path(chosen) if chosen else platformdirs.user_cache_path("softmax-lab")


def source_path(name: str, data: Path | None = None) -> Path:
    """Return the place of the file of a data set that is not offline."""
    return (data or data_dir()).absolute() / f"{name}.npz"


def available(name: str, data: Path | None = None) -> bool:
    """True for a data set of `DATASETS` that is on this computer; its file may still be damaged."""
    known = DATASETS.get(name)
    return known is not None and (known.offline or source_path(name, data).is_file())


def load(name: str, *, data: Path | None = None, cache: Path | None = None) -> Arrays:
    """Return the data set's arrays; the first call on this computer converts them (about a second).

    `data` and `cache` default to `data_dir()` and `cache_dir()`.

    Raises:
        DataMissing: if the file is not there.
        DataDamaged: if it is not what it should be.
        DataError: if the cache folder cannot be written.
    """
    path = source_path(name, data)
    if DATASETS[name].offline:
        parts = ("scikit-learn", version("scikit-learn"), str(DIGITS_VERSION))
    else:
        try:
            stat = path.stat()
        except OSError:
            raise DataMissing(name, path) from None
        parts = (str(path), str(stat.st_size), str(stat.st_mtime_ns))
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    folder = (cache or cache_dir()).absolute() / "arrays" / f"{name}-{key}"
    try:
        return Arrays.open(name, folder)
    except INCOMPLETE:
        pass  # never converted, or the conversion was damaged
    failure: Exception | None = None
    try:
        _convert(_make_digits() if DATASETS[name].offline else read_npz(name, path), folder)
    except OSError as error:  # perhaps because another process has just done it
        failure = error
        if not (folder / META).exists():
            shutil.rmtree(folder, ignore_errors=True)
    try:
        return Arrays.open(name, folder)
    except INCOMPLETE as error:
        sentence = _(
            "{dataset} cannot be prepared in {folder}: {reason}. Free some space there, or choose "
            "another folder with SOFTMAX_LAB_CACHE."
        )
        reason = getattr(failure, "strerror", None) or failure or error
        words = {"dataset": DATASETS[name].label, "folder": folder.parent, "reason": reason}
        raise DataError(sentence.format(**words)) from error


def read_file(path: Path) -> bytes:
    """Return a file's content.

    Raises:
        DataError: if it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        sentence = _("The file {path} cannot be read: {why}.")
        raise DataError(sentence.format(path=path, why=error.strerror)) from None


def read_npz(name: str, path: Path) -> ByName:
    """Return the four checked arrays of a data set's `.npz`.

    Raises:
        DataDamaged: if anything is wrong with the file.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in ARRAY_NAMES}
    except Exception as error:  # a hostile archive makes NumPy and zipfile raise nearly anything
        reason = " ".join(str(error).split())[:120].strip("'\". ") or type(error).__name__
        raise DataDamaged(path, _("it cannot be read ({reason}).").format(reason=reason)) from error
    problem = find_problem(name, arrays)
    if problem:
        raise DataDamaged(path, problem)
    return arrays


def find_problem(name: str, arrays: ByName) -> str | None:
    """Return a sentence if the four arrays are not those of this data set, else None."""
    for key in ARRAY_NAMES:
        array = arrays[key]
        count = DATASETS[name].train if key.endswith("train") else DATASETS[name].test
        shape = (count, IMAGE_SIDE, IMAGE_SIDE) if key.startswith("x") else (count,)
        if array.dtype != np.uint8 or array.shape != shape:
            return _(
                "{key} is {found} of shape {shape}. It must be uint8 of shape {right}."
            ).format(key=key, found=array.dtype, shape=array.shape, right=shape)
        if key.startswith("y") and array.max() >= CLASSES:
            return _("{key} has the label {label}. Labels go from 0 to 9.").format(
                key=key, label=array.max()
            )
    return None


def training_indices(
    recipe: Recipe, images: int | None = None
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the positions in `x_train` of the training images and of the validation images.

    Both are int32, of `recipe.train_images` and `recipe.validation_images` entries, with none in
    common. `recipe.seed` draws a subset or a validation set; else the order is the data set's.
    `images` is the length of `x_train` with extra images: all of those are trained on.
    """
    if recipe.subset is None and recipe.validation != "split":
        order = np.arange(recipe.data.train, dtype=np.int32)
    else:
        shuffle = np.random.default_rng([recipe.seed, 1])
        order = shuffle.permutation(recipe.data.train).astype(np.int32)
    chosen = order[: recipe.selected_images]
    extra = np.arange(recipe.data.train, images or 0, dtype=np.int32)
    trained = np.concatenate([chosen[: recipe.train_images], extra])
    return trained, chosen[recipe.train_images :]


def _convert(arrays: ByName, folder: Path) -> None:
    """Write the arrays' files, `META` last: with it the folder is complete."""
    folder.mkdir(parents=True, exist_ok=True)
    for key in ARRAY_NAMES:
        array, file = np.ascontiguousarray(arrays[key]), io.BytesIO()
        np.save(file, array, allow_pickle=False)
        atomic_files.write(folder / f"{key}.npy", file.getvalue())
    meta = {"fingerprint": fingerprint(arrays)}
    atomic_files.write(folder / META, json.dumps(meta).encode())


def fingerprint(arrays: ByName) -> str:
    """Return the sha256 of the four arrays' bytes, in hexadecimal digits."""
    digest = hashlib.sha256()
    for key in ARRAY_NAMES:
        digest.update(np.ascontiguousarray(arrays[key]).tobytes())
    return digest.hexdigest()


def _make_digits() -> ByName:
    """Return scikit-learn's 1,797 digits of 8x8, enlarged and prepared like a drawing."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    pixels, labels = load_digits(return_X_y=True)
    images = np.stack([_enlarge(image) for image in pixels.reshape(-1, 8, 8)])
    train, test = train_test_split(
        np.arange(len(labels)),
        train_size=DATASETS["digits"].train,
        test_size=DATASETS["digits"].test,
        random_state=0,
        stratify=labels,
    )
    train.sort()
    test.sort()
    classes = labels.astype(np.uint8)
    split = (images[train], classes[train], images[test], classes[test])
    return dict(zip(ARRAY_NAMES, split, strict=True))


def _enlarge(image: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return an 8x8 image of ink 0 to 16 as uint8 [28, 28]."""
    from PIL import Image

    from training.images.preprocess import normalise

    small = Image.fromarray((image / 16).astype(np.float32))
    large = small.resize((ENLARGED_SIDE, ENLARGED_SIDE), Image.Resampling.BICUBIC)
    return normalise(np.clip(np.asarray(large), 0.0, 1.0))
