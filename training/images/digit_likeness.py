"""Likeness of a prepared image to a handwritten digit: is it one at all?

A network gives its ten probabilities to any picture, a cat's too. So a second, small one was
trained to tell digits from other pictures (outlier exposure, after D. Hendrycks, M. Mazeika, T.
Dietterich, "Deep anomaly detection with outlier exposure", 2019): MNIST's training images and pen
strokes, against letters, scribbles, shapes and spots. `python -m benchmarks.digit_likeness` makes
it and prints what it doubts. NumPy only; any thread.

`class_distances` is older and simpler: the squared distance to prototypes, 30 a digit, which
k-means found among training images of MNIST.
"""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model_store.inference.classifier import Classifier
from model_store.recipe.choices import CLASSES
from model_store.recipe.own_data import unnamed
from model_store.recipe.recipe import Hidden, Recipe
from training.images.preprocess import Pixels

DATASETS = ("mnist", "digits")  # whose digits it knows
NETWORK = Path(__file__).with_name("digit_likeness.npz")
PROTOTYPES = Path(__file__).with_name("prototypes.npz")


def is_like_a_digit(image: Pixels) -> bool:
    """True if a prepared image looks like a digit, as 99 of 100 digits do."""
    return float(likeness(image[None])[0]) >= 0.5


def likeness(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return how probably each is a digit, in [0, 1]: uint8 [n, 28, 28] to float32 [n]."""
    return network().probabilities(images)[:, 0]


@cache
def network() -> Classifier:
    """Return the network: its first class is a digit, its second anything else."""
    with np.load(NETWORK, allow_pickle=False) as archive:
        numbers = range(len(archive.files) // 2)
        weights = [
            tuple(archive[f"{kind}_{n}"].astype(np.float32) for kind in ("kernel", "bias"))
            for n in numbers
        ]
    name, two_classes = unnamed(2)
    hidden = tuple(Hidden(len(bias)) for _kernel, bias in weights[:-1])
    return Classifier(Recipe(dataset=name, own=two_classes, hidden=hidden), weights)


def class_distances(images: NDArray[np.uint8], labels: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return the squared distance to the nearest prototype of each image's own class.

    Images are uint8 [n, 28, 28], labels [n] in [0, 9]; float32 [n], where pixels are 0 to 1.
    """
    known, squares = _prototypes()
    flat = images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
    own = (flat * flat).sum(axis=1, keepdims=True)
    to_all = np.asarray(squares - 2 * flat @ known.T + own, np.float32)
    by_class = to_all.reshape(len(images), CLASSES, -1).min(axis=2)
    return by_class[np.arange(len(images)), labels]


@cache
def _prototypes() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the prototypes, float32 [300, 784] in [0, 1], class by class, and their squares."""
    with np.load(PROTOTYPES, allow_pickle=False) as archive:
        known = archive["prototypes"].astype(np.float32) / np.float32(255)
    return known, (known * known).sum(axis=1)
