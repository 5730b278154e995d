"""Spoil training images and labels by a seed: the app's own functions, and those of a script.

`spoil` has the fields of `model_store.recipe.spoil.Spoil`. NumPy only; any thread.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.spoil import Spoil

Array: TypeAlias = NDArray[Any]

STREAM = 7  # of random numbers from the seed
AT_ONCE = 1000  # images
DOT = 2  # pixels
FIRST_DOT = 4  # column of the dot of class 0


def kept_images(labels: Array, spoil: Spoil, seed: int) -> Array:
    """Return bool [n]: False for images of the rare class that are taken away."""
    kept = np.ones(len(labels), dtype=bool)
    if spoil.rare_class is not None:
        rows = np.flatnonzero(labels == spoil.rare_class)
        rows = np.random.default_rng([seed, STREAM, 0]).permutation(rows)
        kept[rows[round(spoil.rare_share * len(rows)) :]] = False
    return kept


def spoiled_labels(labels: Array, spoil: Spoil, seed: int, classes: int) -> Array:
    """Return the labels, each below `classes`, with a share of wrong ones."""
    rng = np.random.default_rng([seed, STREAM, 1])
    rows = rng.permutation(len(labels))
    if spoil.wrong_from is not None:
        rows = rows[labels[rows] == spoil.wrong_from]
    elif spoil.wrong_to is not None:
        rows = rows[labels[rows] != spoil.wrong_to]
    wrong = rows[: round(spoil.wrong_labels * len(rows))]
    other = (labels[wrong] + rng.integers(1, classes, len(wrong))) % classes
    out = labels.copy()
    out[wrong] = other if spoil.wrong_to is None else spoil.wrong_to
    return out


def spoiled_images(images: Array, labels: Array, spoil: Spoil, seed: int) -> Array:
    """Return the images, uint8 [n, 28, 28], with noise and with dots that tell the labels."""
    out = images.copy()
    if spoil.noise:
        rng = np.random.default_rng([seed, STREAM, 2])
        for first in range(0, len(out), AT_ONCE):
            part = out[first : first + AT_ONCE]
            noise = rng.standard_normal(part.shape, dtype="float32")
            noisy = part + np.float32(255 * spoil.noise) * noise
            part[:] = np.clip(np.rint(noisy), 0, 255).astype("uint8")
    dotted = np.random.default_rng([seed, STREAM, 3]).random(len(out)) < spoil.patch
    for label in np.unique(labels):
        left = FIRST_DOT + DOT * int(label)
        out[dotted & (labels == label), 1 : 1 + DOT, left : left + DOT] = 255
    return out
