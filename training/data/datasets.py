"""The data sets as memory-mapped arrays: checked once, converted once, opened by every process.

MNIST and Fashion-MNIST are read from `<data folder>/<name>.npz`, with the keys that Keras uses, and
converted to one `.npy` file an array in the cache folder. The data folder is only read: it can be
shared, or on a read-only disk. Digits is made from scikit-learn's copy, with no network.

Safe in any thread and process: a conversion is built aside and renamed into place, so whoever comes
second finds it whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache as remember
from gettext import gettext as _
from importlib.metadata import version
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from model_store.recipe.choices import CLASSES, DATASETS, IMAGE_SIDE
from model_store.recipe.recipe import Recipe

ARRAY_NAMES = ("x_train", "y_train", "x_test", "y_test")
META = "meta.json"
DIGITS_RECIPE_VERSION = 1  # raise it when the images of Digits are made in another way
ENLARGED_SIDE = 80
UNUSABLE = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
)  # of a folder that is not whole

ByName = Mapping[str, NDArray[np.uint8]]


class DataError(Exception):
    """A data set that cannot be used; the message is a sentence for a person."""


class DataMissing(DataError):
    """The data set's file is not there. `path` is where it belongs."""

    def __init__(self, name: str, path: Path) -> None:
        self.path = path
        super().__init__(
            _(
                "{dataset} is not on this computer. Fetch it, or put its file at {path}. "
                "Digits works without either."
            ).format(dataset=DATASETS[name].label, path=path)
        )


class DataDamaged(DataError):
    """The data set's file is there and is not what it should be. `path` is the file."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(
            _(
                "{path} cannot be used: {reason} Delete it and fetch it again, "
                "or put a good one in its place."
            ).format(path=path, reason=reason)
        )


@dataclass(frozen=True, eq=False)
class Arrays:
    """One data set, memory-mapped and read-only.

    `x_train` [N, 28, 28] and `x_test` [M, 28, 28] are uint8 in [0, 255]; `y_train` [N] and
    `y_test` [M] are uint8 class numbers in [0, 9]. `fingerprint` is the sha256 of the four arrays'
    bytes. `paths` maps each array's name to its `.npy` file; it is small and can be pickled, so
    another process opens the same maps with `Arrays.open`.
    """

    name: str
    fingerprint: str
    paths: Mapping[str, Path]
    x_train: NDArray[np.uint8]
    y_train: NDArray[np.uint8]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.uint8]

    @classmethod
    def open(cls, name: str, fingerprint: str, paths: Mapping[str, Path]) -> Arrays:
        """The maps of files that `load` made.

        Raises:
            OSError, ValueError: if they are gone or damaged.
        """
        maps = {key: np.load(paths[key], mmap_mode="r") for key in ARRAY_NAMES}
        return cls(name, fingerprint, dict(paths), **maps)

    def split(self, split: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Images [N, 28, 28] and labels [N] of "train" or "test"."""
        return (self.x_train, self.y_train) if split == "train" else (self.x_test, self.y_test)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickles the paths, not 55 MB of images."""
        return Arrays.open, (self.name, self.fingerprint, self.paths)


def data_dir() -> Path:
    """The folder that holds the data sets' files: `SOFTMAX_LAB_DATA`, or one for this user."""
    chosen = os.environ.get("SOFTMAX_LAB_DATA")
    return Path(chosen) if chosen else platformdirs.user_data_path("softmax-lab") / "data"


def cache_dir() -> Path:
    """The folder for what can be made again: `SOFTMAX_LAB_CACHE`, or one for this user."""
    chosen = os.environ.get("SOFTMAX_LAB_CACHE")
    return Path(chosen) if chosen else platformdirs.user_cache_path("softmax-lab")


def source_path(name: str, data: Path | None = None) -> Path:
    """Where the file of a data set that is not offline belongs."""
    return (data or data_dir()).absolute() / f"{name}.npz"


def available(name: str, data: Path | None = None) -> bool:
    """Whether the data set is on this computer; says nothing about its file's content."""
    return DATASETS[name].offline or source_path(name, data).is_file()


def load(name: str, *, data: Path | None = None, cache: Path | None = None) -> Arrays:
    """The data set's arrays; the first call on this computer converts them (about a second).

    `data` and `cache` default to `data_dir()` and `cache_dir()`.

    Raises:
        DataMissing: if the file is not there.
        DataDamaged: if it is not what it should be.
        DataError: if the cache folder cannot be written.
    """
    make: Callable[[], ByName]
    if DATASETS[name].offline:
        key = _digest("scikit-learn", _sklearn_version(), str(DIGITS_RECIPE_VERSION))
        make = _make_digits
    else:
        path = source_path(name, data)
        try:
            stat = path.stat()
        except OSError:
            raise DataMissing(name, path) from None
        key = _digest(str(path), str(stat.st_size), str(stat.st_mtime_ns))

        def make() -> ByName:
            return read_npz(name, path)

    folder = (cache or cache_dir()).absolute() / "arrays" / f"{name}-{key}"
    try:
        return _open_folder(name, folder)
    except UNUSABLE:
        pass  # never converted, or the conversion was damaged
    try:
        _convert(make(), folder)
        return _open_folder(name, folder)
    except OSError as error:
        raise DataError(
            _(
                "{dataset} cannot be prepared in {folder}: {reason}. Free some space there, or "
                "choose another folder with SOFTMAX_LAB_CACHE."
            ).format(
                dataset=DATASETS[name].label,
                folder=folder.parent,
                reason=error.strerror or error,
            )
        ) from error


def read_npz(name: str, path: Path) -> ByName:
    """The four arrays of a data set's `.npz`, checked.

    Raises:
        DataDamaged: whatever is wrong with the file.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            if not hasattr(archive, "files"):
                raise DataDamaged(path, _("it is not an .npz archive."))
            missing = [key for key in ARRAY_NAMES if key not in archive.files]
            if missing:
                raise DataDamaged(
                    path,
                    _("it lacks the arrays {names}.").format(names=", ".join(missing)),
                )
            arrays = {key: archive[key] for key in ARRAY_NAMES}
    except DataDamaged:
        raise
    except Exception as error:  # a hostile archive makes NumPy and zipfile raise nearly anything
        words = " ".join(str(error).split())[:120].rstrip(".") or type(error).__name__
        raise DataDamaged(path, _("it cannot be read ({reason}).").format(reason=words)) from error
    problem = find_problem(name, arrays)
    if problem:
        raise DataDamaged(path, problem)
    return arrays


def find_problem(name: str, arrays: ByName) -> str | None:
    """What keeps four arrays from being this data set, as a sentence; None if nothing does."""
    for key in ARRAY_NAMES:
        array = arrays[key]
        count = DATASETS[name].train if key.endswith("train") else DATASETS[name].test
        shape = (count, IMAGE_SIDE, IMAGE_SIDE) if key.startswith("x") else (count,)
        if array.dtype != np.uint8 or array.shape != shape:
            return _("{key} is {found} of shape {shape}; uint8 of shape {wanted} was due.").format(
                key=key, found=array.dtype, shape=array.shape, wanted=shape
            )
        if key.startswith("y") and array.max() >= CLASSES:
            return _("{key} holds the label {label}; labels go from 0 to 9.").format(
                key=key, label=array.max()
            )
    return None


def training_indices(
    recipe: Recipe, images: int | None = None
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Which training images a recipe trains on, and which it holds out to validate on.

    Both are int32 positions in `x_train`, of `recipe.train_images` and `recipe.validation_images`
    entries, with none in common. A subset or a validation share is drawn by `recipe.seed`; else
    the order is the data set's. `images`, the length of `x_train`, tells how many were added to
    the data set's own: those are all trained on.
    """
    if recipe.subset is None and recipe.validation != "split":
        order = np.arange(recipe.data.train, dtype=np.int32)
    else:
        shuffle = np.random.default_rng([recipe.seed, 1])
        order = shuffle.permutation(recipe.data.train).astype(np.int32)
    chosen = order[: recipe.selected_images]
    added = np.arange(recipe.data.train, images or 0, dtype=np.int32)
    trained = np.concatenate([chosen[: recipe.train_images], added])
    return trained, chosen[recipe.train_images :]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


@remember
def _sklearn_version() -> str:
    return version("scikit-learn")


def _open_folder(name: str, folder: Path) -> Arrays:
    meta = json.loads((folder / META).read_text("utf-8"))
    return Arrays.open(
        name, meta["fingerprint"], {key: folder / f"{key}.npy" for key in ARRAY_NAMES}
    )


def _convert(arrays: ByName, folder: Path) -> None:
    """Writes the arrays' files beside `folder` and renames them into place."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".making-", dir=folder.parent))
    try:
        digest = hashlib.sha256()
        for key in ARRAY_NAMES:
            array = np.ascontiguousarray(arrays[key])
            np.save(made / f"{key}.npy", array, allow_pickle=False)
            digest.update(array.tobytes())
        made.chmod(0o755)  # mkdtemp's folders are its owner's alone; workers may be another user's
        (made / META).write_text(json.dumps({"fingerprint": digest.hexdigest()}), "utf-8")
        _put_in_place(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _put_in_place(made: Path, folder: Path) -> None:
    try:
        made.replace(folder)
    except OSError:
        if not folder.is_dir():
            raise
        try:
            _open_folder(folder.name, folder)  # another process was first: theirs is as good
        except UNUSABLE:
            shutil.rmtree(folder, ignore_errors=True)
            made.replace(folder)


def _make_digits() -> ByName:
    """scikit-learn's 1,797 digits of 8x8, enlarged and normalised as a drawing is."""
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
    return {
        "x_train": images[train],
        "y_train": classes[train],
        "x_test": images[test],
        "y_test": classes[test],
    }


def _enlarge(image: NDArray[np.float64]) -> NDArray[np.uint8]:
    """An 8x8 image of ink 0 to 16 as uint8 [28, 28]."""
    from PIL import Image

    from training.images.preprocess import normalise

    small = Image.fromarray((image / 16).astype(np.float32))
    large = small.resize((ENLARGED_SIDE, ENLARGED_SIDE), Image.Resampling.BICUBIC)
    return normalise(np.clip(np.asarray(large), 0.0, 1.0))
