"""A run's network in NumPy: probabilities in a fraction of a millisecond, without TensorFlow.

Equal to Keras to 1e-5 for every layer of a recipe; dropout has no effect here. Instances are
read-only: any thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from model_store.recipe.choices import IMAGE_SIDE
from model_store.recipe.recipe import Recipe
from model_store.runs.run import Run
from model_store.storage.errors import RunDamaged
from model_store.text import _

Array = NDArray[np.float32]
BLOCK = 4096  # images at a time, so that activations stay small
Floats = NDArray[Any]  # float32 or float64: results have the precision of the arguments


def _special(name: str, x: Floats) -> Floats:
    """Return a function of `scipy.special`, which takes a tenth of the server's start to import."""
    found: Floats = getattr(import_module("scipy.special"), name)(x)
    return found


ACTIVATIONS: Mapping[str, Callable[[Floats], Floats]] = {
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "sigmoid": lambda x: _special("expit", x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "gelu": lambda x: x * 0.5 * (1 + _special("erf", x / np.float32(math.sqrt(2)))),
    "silu": lambda x: x * _special("expit", x),
    "linear": lambda x: x,
}


def softmax(logits: Array) -> Array:
    """Return probabilities along the last axis; they add up to 1."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def use_one_core() -> None:
    """Multiply matrices on one core in this process from now on. Call it once, from any thread.

    Beside trainings more cores are slower: BLAS' threads spin while they wait (10,000 images: 40 ms
    with one core, 200 ms with four on a busy machine).
    """
    threadpool_limits(limits=1, user_api="blas")


class Classifier:
    """A network: images in, ten probabilities out."""

    def __init__(self, recipe: Recipe, weights: Sequence[tuple[Array, Array]]) -> None:
        """`weights`: kernel float32 [in, out] and bias float32 [out] of each Dense layer."""
        self.recipe = recipe
        self.weights = tuple(weights)

    @classmethod
    def load(cls, run: Run, file: str = "weights.npz") -> Classifier:
        """Return a run's network; `file` can be one of its checkpoints, rounded to float16 or not.

        Raises:
            RunDamaged: if its weights are missing, damaged or another network's.
        """
        try:
            with np.load(run.folder / file, allow_pickle=False) as archive:
                count = len(run.recipe.hidden) + 1
                weights = [(archive[f"kernel_{i}"], archive[f"bias_{i}"]) for i in range(count)]
        except Exception as error:  # NumPy and zipfile raise nearly anything for a hostile archive
            text = _("The weights of run {id} cannot be read ({why}). Train it again.")
            raise RunDamaged(text.format(id=run.id, why=type(error).__name__)) from None
        arrays = list(chain.from_iterable(weights))
        wanted = chain.from_iterable((pair, pair[1:]) for pair in pairwise(run.recipe.widths))
        same = [array.shape for array in arrays] == list(wanted)
        floats = all(array.dtype in (np.float32, np.float16) for array in arrays)
        if not same or not floats or not all(np.isfinite(array).all() for array in arrays):
            text = _("The weights of run {id} are not those of its recipe. Train it again.")
            raise RunDamaged(text.format(id=run.id))
        return cls(run.recipe, [(k.astype(np.float32), b.astype(np.float32)) for k, b in weights])

    def activations(self, images: NDArray[np.uint8]) -> list[Array]:
        """Return each layer's output, float32 [N, units]: hidden activations, then the logits.

        `images` is uint8 [N, 28, 28], or one image [28, 28] (N is 1); ValueError for anything else.
        """
        if images.dtype != np.uint8 or images.shape[-2:] != (IMAGE_SIDE, IMAGE_SIDE):
            raise ValueError(_("A network reads images of 28 x 28 pixels from 0 to 255."))
        x: Array = images.reshape(-1, IMAGE_SIDE**2).astype(np.float32) / np.float32(255)
        out: list[Array] = []
        names = (*(layer.activation for layer in self.recipe.hidden), "linear")
        for (kernel, bias), name in zip(self.weights, names, strict=True):
            x = np.asarray(ACTIVATIONS[name](x @ kernel + bias), np.float32)
            out.append(x)
        return out

    def logits(self, images: NDArray[np.uint8]) -> Array:
        """Return float32 [N, 10], or [10] for one image; arguments as for `activations`."""
        if images.ndim == 2:
            return self.activations(images)[-1][0]
        starts = range(0, max(1, len(images)), BLOCK)
        return np.concatenate([self.activations(images[i : i + BLOCK])[-1] for i in starts])

    def probabilities(self, images: NDArray[np.uint8]) -> Array:
        """Return the softmax of `logits`: each row adds up to 1."""
        return softmax(self.logits(images))
