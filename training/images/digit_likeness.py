"""Distance of a prepared image from the digits that networks learn from: is it a digit at all?

A network gives its ten probabilities to any picture, a cat's too. The measure is the squared
distance to the nearest of 300 prototypes, 30 a class, which k-means found among 30,000 training
images of MNIST. `python -m benchmarks.digit_likeness` makes them and prints what the limit does:
of MNIST's test images 1.1 % are farther away, of pen strokes 0.3 %; of letters and simple shapes a
quarter to a third, of scribbles two thirds, of faces and textures 85 %. NumPy only; any thread.
"""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.choices import CLASSES
from training.images.preprocess import Pixels

PROTOTYPES = Path(__file__).with_name("prototypes.npz")
LIMIT = 53.0  # of the distance, where pixels are from 0 to 1


def is_like_a_digit(image: Pixels) -> bool:
    """True if a prepared image is as near to known digits as nearly all digits are."""
    return float(distances(image[None])[0]) <= LIMIT


def distances(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the squared distance to the nearest prototype: uint8 [n, 28, 28] to float32 [n]."""
    return _to_all(images).min(axis=1)


def class_distances(images: NDArray[np.uint8], labels: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return the squared distance to the nearest prototype of each image's own class."""
    by_class = _to_all(images).reshape(len(images), CLASSES, -1).min(axis=2)
    return by_class[np.arange(len(images)), labels]


def _to_all(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the squared distances to the prototypes, float32 [n, 300], class by class."""
    known, squares = _prototypes()
    flat = images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
    own = (flat * flat).sum(axis=1, keepdims=True)
    return np.asarray(squares - 2 * flat @ known.T + own, np.float32)


@cache
def _prototypes() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the prototypes, float32 [300, 784] in [0, 1], and their squared lengths."""
    with np.load(PROTOTYPES, allow_pickle=False) as archive:
        known = archive["prototypes"].astype(np.float32) / np.float32(255)
    return known, (known * known).sum(axis=1)
