"""What a network is trained on beside the recipe's data set, and where all of it is from.

A recipe names a data set that everybody has or can fetch, so that it trains anywhere. Images that
only some people have, such as a file of pen strokes or a class's own drawings, are therefore no
setting of a recipe but given with the training that uses them:

- on the command line, `python -m training --recipe drawing-ready --strokes FILE`;
- in the app, `engine.submit(recipe, owner, added=[Addition.of(name, licence, images, labels)])`,
  with images as the network sees them (uint8 [n, 28, 28], 255 is ink) and labels uint8 [n].

Either way the run's folder keeps them (`ADDED`), so that it can be resumed, here or on another
machine. The run's data hash covers them and its card (`sources` in the manifest) names each source
with its licence, so that two models of one recipe can be told apart. Added images are trained on in
every epoch, whatever part of the data set the recipe takes; they are never tested or validated on,
so test figures stay comparable. Whoever has few of them adds them several times over.

NumPy only; any thread.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from gettext import gettext as _
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.choices import CLASSES, DATASETS, IMAGE_SIDE
from model_store.recipe.recipe import Recipe
from training.data.datasets import Arrays, DataError, load

EXTRA_FILE = "added.npz"  # of a run's folder
MAX_IMAGES = 1_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """Where training images are from; `images` is how many, copies included."""

    name: str
    licence: str
    images: int

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, as a manifest lists it."""
        return {"name": self.name, "licence": self.licence, "images": self.images}


@dataclass(frozen=True, slots=True)
class ExtraImages:
    """Training images uint8 [n, 28, 28] with labels uint8 [n] in [0, 9], and their source.

    Raises:
        DataError: on creation, if they are anything else or none.
    """

    source: Source
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def __post_init__(self) -> None:
        n = len(self.images) if self.images.ndim == 3 else 0
        right = (
            self.images.shape == (n, IMAGE_SIDE, IMAGE_SIDE)
            and self.labels.shape == (n,)
            and self.images.dtype == self.labels.dtype == np.uint8
            and 0 < n == self.source.images
            and int(self.labels.max()) < CLASSES
        )
        if not right:
            raise DataError(
                _("Images to train on are 28 x 28 pixels, each with a label from 0 to 9.")
            )

    @classmethod
    def of(
        cls, name: str, licence: str, images: NDArray[np.uint8], labels: NDArray[np.uint8]
    ) -> ExtraImages:
        """Images whose source has a name and a licence."""
        return cls(Source(name, licence, len(images)), images, labels)


@dataclass(frozen=True, slots=True)
class ExtendedData:
    """A data set with additions after its own training images; else as `datasets.Arrays`.

    `fingerprint` is the sha256 of the data set's fingerprint and the additions' bytes.
    """

    fingerprint: str
    x_train: NDArray[np.uint8]
    y_train: NDArray[np.uint8]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.uint8]
    sources: tuple[Source, ...]


def sources(data: Arrays | ExtendedData) -> tuple[Source, ...]:
    """Where all of the training images are from."""
    if isinstance(data, ExtendedData):
        return data.sources
    dataset = DATASETS[data.name]
    return (Source(dataset.label, dataset.licence, len(data.x_train)),)


def as_extra_images(arrays: Arrays) -> ExtraImages:
    """A data set's training images as an addition to another's; its test images stay apart."""
    return ExtraImages(sources(arrays)[0], arrays.x_train, arrays.y_train)


def extend(arrays: Arrays, additions: Sequence[ExtraImages]) -> ExtendedData:
    """The data set and, after its training images, the additions."""
    digest = hashlib.sha256(arrays.fingerprint.encode())
    for addition in additions:
        digest.update(np.ascontiguousarray(addition.images).tobytes())
        digest.update(np.ascontiguousarray(addition.labels).tobytes())
    return ExtendedData(
        digest.hexdigest(),
        np.concatenate([arrays.x_train, *(addition.images for addition in additions)]),
        np.concatenate([arrays.y_train, *(addition.labels for addition in additions)]),
        arrays.x_test,
        arrays.y_test,
        (*sources(arrays), *(addition.source for addition in additions)),
    )


def pack(additions: Sequence[ExtraImages]) -> bytes:
    """The additions as the file `ADDED` of a run; at least one."""
    file = io.BytesIO()
    np.savez_compressed(
        file,
        images=np.concatenate([addition.images for addition in additions]),
        labels=np.concatenate([addition.labels for addition in additions]),
        sources=np.array(json.dumps([a.source.to_dict() for a in additions])),
    )
    return file.getvalue()


def unpack(content: bytes) -> list[ExtraImages]:
    """What `pack` was given.

    Raises:
        DataError: if it is no such file.
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
        raise DataError(
            _("The images that were added to the training are damaged ({why}). Train anew.").format(
                why=type(error).__name__
            )
        ) from error


def training_data(recipe: Recipe, added: bytes | None) -> Arrays | ExtendedData:
    """What a run trains on: its recipe's data set and, where it has one, its file `ADDED`.

    Raises:
        DataError: if either cannot be read.
    """
    data = load(recipe.dataset)
    return data if added is None else extend(data, unpack(added))
