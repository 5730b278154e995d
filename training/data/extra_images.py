"""Training images beside a recipe's data set, and the source of each.

A recipe names a data set that everybody can have. Images that only some people have, such as a
class's own drawings, are given with a training, and the run's folder keeps them in `EXTRA_FILE`.
The run's data hash covers them, and its manifest lists each source with its licence. They are
trained on in every epoch, even with a subset, but never validated or tested on. Any thread.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.choices import CLASSES, IMAGE_SIDE
from model_store.recipe.recipe import Recipe
from model_store.text import _
from training.data.datasets import Arrays, DataError, load
from training.data.own_sets import unpack as unpack_own

EXTRA_FILE = "added.npz"  # of a run's folder
MAX_IMAGES = 1_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """Source of training images; `images` counts copies too."""

    name: str
    licence: str
    images: int


@dataclass(frozen=True, slots=True)
class ExtraImages:
    """Training images uint8 [n, 28, 28] with labels uint8 [n] in [0, 9], and their source.

    Raises:
        DataError: on creation, if they are anything else, or empty.
    """

    source: Source
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def __post_init__(self) -> None:
        n = self.source.images
        if not (
            n > 0
            and self.images.shape == (n, IMAGE_SIDE, IMAGE_SIDE)
            and self.labels.shape == (n,)
            and self.images.dtype == self.labels.dtype == np.uint8
            and int(self.labels.max()) < CLASSES
        ):
            raise DataError(_("Training images must have 28 x 28 pixels and a label from 0 to 9."))

    @classmethod
    def of(
        cls, name: str, licence: str, images: NDArray[np.uint8], labels: NDArray[np.uint8]
    ) -> ExtraImages:
        """Return the images with their source's name and licence."""
        return cls(Source(name, licence, len(images)), images, labels)


@dataclass(frozen=True, slots=True)
class ExtendedData:
    """A data set with extra images after its own training images; else as `datasets.Arrays`.

    `fingerprint` is the sha256 of the data set's fingerprint and the extra images' bytes.
    """

    fingerprint: str
    x_train: NDArray[np.uint8]
    y_train: NDArray[np.uint8]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.uint8]
    sources: tuple[Source, ...]


AnyData = Arrays | ExtendedData


def sources(data: AnyData) -> tuple[Source, ...]:
    """Return the sources of all training images, the data set's first."""
    if isinstance(data, ExtendedData):
        return data.sources
    dataset = data.about
    return (Source(dataset.label, dataset.licence, len(data.x_train)),)


def as_extra_images(arrays: Arrays) -> ExtraImages:
    """Return a data set's training images as extra images for another."""
    return ExtraImages(sources(arrays)[0], arrays.x_train, arrays.y_train)


def extend(arrays: Arrays, extra: Sequence[ExtraImages]) -> ExtendedData:
    """Return the data set with the extra images after its training images.

    Raises:
        DataError: if an extra image has a label that the data set does not have.
    """
    classes = len(arrays.about.class_names)
    if any(int(part.labels.max()) >= classes for part in extra):
        sentence = _("The extra images have classes that {dataset} does not have.")
        raise DataError(sentence.format(dataset=arrays.about.title))
    digest = hashlib.sha256(arrays.fingerprint.encode())
    for part in extra:
        digest.update(np.ascontiguousarray(part.images).tobytes())
        digest.update(np.ascontiguousarray(part.labels).tobytes())
    return ExtendedData(
        digest.hexdigest(),
        np.concatenate([arrays.x_train, *(part.images for part in extra)]),
        np.concatenate([arrays.y_train, *(part.labels for part in extra)]),
        arrays.x_test,
        arrays.y_test,
        (*sources(arrays), *(part.source for part in extra)),
    )


def pack(extra: Sequence[ExtraImages]) -> bytes:
    """Return the content of `EXTRA_FILE`; `extra` has at least one entry."""
    file = io.BytesIO()
    np.savez_compressed(
        file,
        images=np.concatenate([part.images for part in extra]),
        labels=np.concatenate([part.labels for part in extra]),
        sources=np.array(json.dumps([asdict(part.source) for part in extra])),
    )
    return file.getvalue()


def unpack(content: bytes) -> list[ExtraImages]:
    """Return the extra images of an `EXTRA_FILE`.

    Raises:
        DataError: if the file is damaged.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            named = [Source(**raw) for raw in json.loads(str(archive["sources"]))]
            ends = np.cumsum([source.images for source in named])
            images, labels = archive["images"], archive["labels"]
        if not named or not len(images) == ends[-1] <= MAX_IMAGES:
            raise ValueError("numbers of images")
        parts = zip(named, np.split(images, ends[:-1]), np.split(labels, ends[:-1]), strict=True)
        return [ExtraImages(*part) for part in parts]
    except Exception as error:  # a damaged archive makes NumPy and zipfile raise nearly anything
        sentence = _("The extra training images are damaged ({why}). Start a new training.")
        raise DataError(sentence.format(why=type(error).__name__)) from error


def training_data(recipe: Recipe, extra: bytes | None, own: bytes | None = None) -> AnyData:
    """Return a run's data: the recipe's data set with the content of its `EXTRA_FILE`, if any.

    `own` is the content of the recipe's own data set's file.

    Raises:
        DataError: if either cannot be read.
    """
    described = recipe.own
    data = unpack_own(recipe.dataset, described, own) if described else load(recipe.dataset)
    return data if extra is None else extend(data, unpack(extra))
