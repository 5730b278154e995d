"""Robustness: a network's accuracy on test images that are changed more and more. NumPy, pure.

Five kinds of change: noise, a change of the same size aimed at the network (fast gradient sign),
blur, shift and rotation. Images and changes are drawn by a fixed seed, the same for all networks.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_store.inference.adversarial import GREYS, fast_gradient_sign, loss_gradients
from model_store.inference.classifier import Classifier
from model_store.recipe.choices import IMAGE_SIDE

Images = NDArray[np.uint8]
Array = NDArray[np.float32]
SEED = 0
IMAGES = 2000  # drawn from the test set, at most
FEWEST = 200  # for a large network, so that it takes seconds
WEIGHTS = 1_000_000  # of a network that reads `IMAGES`; a larger one reads fewer
# Strengths of each kind: noise and aimed changes as a share of the way from black to white (noise:
# standard deviation), blur and shift in pixels (blur: standard deviation), rotation in degrees.
STRENGTHS: Mapping[str, tuple[float, ...]] = {
    "noise": (0.02, 0.05, 0.1, 0.2, 0.4),
    "aimed": (0.02, 0.05, 0.1, 0.2, 0.4),
    "blur": (0.5, 1, 1.5, 2, 3),
    "shift": (1, 2, 3, 4, 6),
    "rotation": (10, 20, 30, 45, 60),
}


@dataclass(frozen=True, slots=True)
class Robustness:
    """Accuracies, in [0, 1], by kind of change in the order of its `STRENGTHS`.

    `count` images were tried, `unchanged` is the accuracy on them as they are, `guess` the share of
    their most frequent class. `examples` is uint8 [6, 28, 28] by kind: an image as it is, then at
    each strength.
    """

    count: int
    unchanged: float
    guess: float
    accuracies: Mapping[str, tuple[float, ...]]
    examples: Mapping[str, Images]


def measure(classifier: Classifier, images: Images, labels: NDArray[np.integer]) -> Robustness:
    """Measure a network on some test images; it takes seconds.

    Args:
        classifier: a network.
        images: uint8 [N, 28, 28], N is 1 or more.
        labels: integers [N], from 0 to the network's number of classes - 1.
    """
    weights = sum(kernel.size for kernel, _bias in classifier.weights)
    count = max(FEWEST, min(IMAGES, IMAGES * WEIGHTS // weights))
    chosen = np.sort(np.random.default_rng(SEED).permutation(len(images))[:count])
    images, labels = np.asarray(images[chosen]), np.asarray(labels[chosen])

    def accuracy(changed: Images) -> float:
        return float((classifier.logits(changed).argmax(axis=1) == labels).mean())

    accuracies, examples = {}, {}
    gradient = loss_gradients(classifier, images, labels)
    for kind, strengths in STRENGTHS.items():
        found, shown = [], [images[0]]
        for strength in strengths:
            if kind == "aimed":
                changed = fast_gradient_sign(images, gradient, strength)
            else:
                changed = CHANGES[kind](images, strength, np.random.default_rng(SEED))
            found.append(accuracy(changed))
            shown.append(changed[0])
        accuracies[kind], examples[kind] = tuple(found), np.stack(shown)
    guess = float(np.bincount(labels).max() / len(labels))
    return Robustness(len(images), accuracy(images), guess, accuracies, examples)


def noisy(images: Images, strength: float, random: np.random.Generator) -> Images:
    """Add normally distributed noise to each pixel; `strength` is its standard deviation."""
    noise = random.standard_normal(images.shape, np.float32)
    noise *= np.float32(strength * GREYS)
    noise += images
    return _bytes(noise)


def blurred(images: Images, strength: float, random: np.random.Generator) -> Images:
    """Blur by a Gaussian of `strength` pixels; outside the image is black."""
    apart = np.subtract.outer(np.arange(IMAGE_SIDE), np.arange(IMAGE_SIDE))
    kernel = np.exp(-(np.arange(-IMAGE_SIDE, IMAGE_SIDE + 1) ** 2) / (2 * strength**2))
    one_way = (np.exp(-(apart**2) / (2 * strength**2)) / kernel.sum()).astype(np.float32)
    return _bytes(one_way @ images.astype(np.float32) @ one_way)


def shifted(images: Images, strength: float, random: np.random.Generator) -> Images:
    """Shift each image by `strength` whole pixels up, down, left or right; black comes in."""
    n, side = int(strength), IMAGE_SIDE
    padded = np.pad(images, ((0, 0), (n, n), (n, n)))
    ways = random.integers(0, 4, len(images))
    out = np.empty_like(images)
    for way, (top, left) in enumerate(((0, n), (2 * n, n), (n, 0), (n, 2 * n))):
        chosen = ways == way
        out[chosen] = padded[chosen, top : top + side, left : left + side]
    return out


def rotated(images: Images, strength: float, random: np.random.Generator) -> Images:
    """Rotate each image by `strength` degrees about its middle, left or right; bilinear."""
    left = random.integers(0, 2, len(images)) == 0
    out = np.empty_like(images)
    for chosen, degrees in ((left, strength), (~left, -strength)):
        out[chosen] = _turned(images[chosen], math.radians(degrees))
    return out


def _turned(images: Images, angle: float) -> Images:
    middle = (IMAGE_SIDE - 1) / 2
    y, x = (grid.ravel() - middle for grid in np.mgrid[:IMAGE_SIDE, :IMAGE_SIDE])
    from_x = x * math.cos(angle) - y * math.sin(angle) + middle + 1
    from_y = x * math.sin(angle) + y * math.cos(angle) + middle + 1
    wide = IMAGE_SIDE + 2  # with a black frame, which is all that is outside
    from_x, from_y = (np.clip(place, 0, wide - 1 - 1e-6) for place in (from_x, from_y))
    columns, rows = from_x.astype(np.intp), from_y.astype(np.intp)
    right, down = (from_x - columns).astype(np.float32), (from_y - rows).astype(np.float32)
    pixels = np.pad(images, ((0, 0), (1, 1), (1, 1))).reshape(len(images), wide * wide)
    out = np.zeros((len(images), IMAGE_SIDE**2), np.float32)
    for step, share in (
        (0, (1 - right) * (1 - down)),
        (1, right * (1 - down)),
        (wide, (1 - right) * down),
        (wide + 1, right * down),
    ):
        out += share * pixels[:, rows * wide + columns + step]
    return _bytes(out).reshape(images.shape)


def _bytes(values: Array) -> Images:
    return np.clip(np.rint(values), 0, GREYS).astype(np.uint8)


CHANGES = {"noise": noisy, "blur": blurred, "shift": shifted, "rotation": rotated}
