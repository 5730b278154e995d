"""Other programs that train a recipe, written as their users do: `train(recipe) -> Result`.

All read the same arrays, train the same network from the same kind of initial weights (Glorot
uniform) and time each epoch, with shuffling.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.recipe import Recipe
from training.data.datasets import load

Floats = NDArray[np.float32]


@dataclass(slots=True)
class Result:
    """Seconds of each epoch, test accuracy in [0, 1] and notes."""

    seconds: list[float] = field(default_factory=list)
    accuracy: float = 0.0
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Images:
    """float32 [n, 784] in [0, 1], classes int64 [n], and the same one-hot, float32 [n, 10]."""

    x: Floats
    y: NDArray[np.int64]
    one_hot: Floats


def images(recipe: Recipe) -> tuple[Images, Images]:
    """Return the training and test images of the recipe's data set."""
    data = load(recipe.dataset)
    return _images(data.x_train, data.y_train), _images(data.x_test, data.y_test)


def _images(x: NDArray[np.uint8], y: NDArray[np.uint8]) -> Images:
    flat = np.asarray(x, np.float32).reshape(len(x), -1) / np.float32(255)
    classes = np.asarray(y, np.int64)
    return Images(flat, classes, np.eye(10, dtype=np.float32)[classes])


def epochs(recipe: Recipe, result: Result) -> Iterator[int]:
    """Yield each epoch's number and record the caller's seconds for it."""
    for epoch in range(recipe.epochs):
        began = time.perf_counter()
        yield epoch
        result.seconds.append(time.perf_counter() - began)


def batches(recipe: Recipe, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Yield the positions of each batch of one epoch, in a new order."""
    order = rng.permutation(recipe.data.train)
    for start in range(0, len(order), recipe.batch_size):
        yield order[start : start + recipe.batch_size]


def first_weights(recipe: Recipe, rng: np.random.Generator) -> list[Floats]:
    """Return kernel and bias of each layer, Glorot uniform and zeros."""
    widths = [784, *(layer.units for layer in recipe.hidden), 10]
    out: list[Floats] = []
    for rows, columns in pairwise(widths):
        limit = np.sqrt(6 / (rows + columns))
        out.append(rng.uniform(-limit, limit, (rows, columns)).astype(np.float32))
        out.append(np.zeros(columns, np.float32))
    return out


def options(recipe: Recipe) -> dict[str, float]:
    """Return the optimizer's options, with defaults."""
    from model_store.recipe.choices import OPTIMIZERS

    known = OPTIMIZERS[recipe.optimizer].options
    given = dict(recipe.optimizer_options)
    return {name: given.get(name, option.default) for name, option in known.items()}


def is_plain(recipe: Recipe) -> bool:
    """True if the rivals support the recipe: ReLU, and their optimizers and losses."""
    return (
        all(layer.activation == "relu" for layer in recipe.hidden)
        and recipe.optimizer in ("adam", "rmsprop", "sgd")
        and not (recipe.l1 or recipe.l2)
        and recipe.subset is None
    )
