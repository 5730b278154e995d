"""A run's network in NumPy: probabilities in a fraction of a millisecond, without TensorFlow.

Equal to Keras to 1e-5 for every layer of a recipe; dropout has no effect here, and batch
normalisation is part of the weights. Instances are read-only: any thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from model_store.inference.folding import dense_layers
from model_store.recipe.choices import IMAGE_SIDE, sloped_activation
from model_store.recipe.recipe import Recipe
from model_store.runs.run import Run
from model_store.storage.errors import RunDamaged
from model_store.text import _

Array = NDArray[np.float32]
SELU, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
BLOCK = 4096  # images at a time, so that activations stay small
Floats = NDArray[Any]  # float32 or float64: results have the precision of the arguments


def _special(name: str, x: Floats) -> Floats:
    """Return a function of `scipy.special`, which takes a tenth of the server's start to import."""
    found: Floats = getattr(import_module("scipy.special"), name)(x)
    return found


def _softplus(x: Floats) -> Floats:
    return np.logaddexp(x, x.dtype.type(0))


# In pages/ui/browser/reader.js as well.
ACTIVATIONS: Mapping[str, Callable[[Floats], Floats]] = {
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "sigmoid": lambda x: _special("expit", x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "gelu": lambda x: x * 0.5 * (1 + _special("erf", x / np.float32(math.sqrt(2)))),
    "silu": lambda x: x * _special("expit", x),
    "linear": lambda x: x,
    "selu": lambda x: SELU * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0))),
    "softplus": _softplus,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "exponential": np.exp,
    "mish": lambda x: x * np.tanh(_softplus(x)),
    "relu6": lambda x: np.clip(x, 0, 6),
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hard_silu": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "log_sigmoid": lambda x: -_softplus(-x),
    "squareplus": lambda x: (x + np.sqrt(x * x + 4)) / 2,
    "sparse_plus": lambda x: np.where(x < 1, np.maximum(x + 1, 0) ** 2 / 4, x),
    "sparse_sigmoid": lambda x: np.clip((x + 1) / 2, 0, 1),
    "soft_shrink": lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0),
    "hard_shrink": lambda x: np.where(np.abs(x) > 0.5, x, 0),
    "tanh_shrink": lambda x: x - np.tanh(x),
}


def activation(name: str) -> Callable[[Floats], Floats]:
    """Return the function of a layer's activation."""
    found = sloped_activation(name)
    if found is None:
        return ACTIVATIONS[name]
    kind, slope = found
    if kind == "elu":
        return lambda x: np.where(x > 0, x, slope * np.expm1(np.minimum(x, 0)))
    return lambda x: np.where(x > 0, x, slope * x)


def unit_pixels(images: NDArray[np.uint8], pixel_norm: str) -> Array:
    """Return uint8 [N, 28, 28] as the first layer reads it: float32 [N, 784].

    Pixels from 0 to 1, divided as a recipe's `pixel_norm` says; what is all 0 stays so.
    """
    x: Array = images.reshape(-1, IMAGE_SIDE, IMAGE_SIDE).astype(np.float32) / np.float32(255)
    if pixel_norm != "none":
        axes = (1,) if pixel_norm == "columns" else (1, 2)
        lengths = np.sqrt((x * x).sum(axis=axes, keepdims=True))
        x /= np.where(lengths == 0, np.float32(1), lengths)
    return x.reshape(-1, IMAGE_SIDE**2)


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


def read_arrays(run: Run, file: str = "weights.npz") -> dict[str, Array]:
    """Return the arrays of `recipe.weight_shapes`, float32 and finite; no variance is below 0.

    `file` as for `Classifier.load`.

    Raises:
        RunDamaged: if they are missing, damaged or another network's.
    """
    shapes = run.recipe.weight_shapes
    try:
        with np.load(run.folder / file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in shapes}
    except Exception as error:  # NumPy and zipfile raise nearly anything for a hostile archive
        text = _("The weights of run {id} cannot be read ({why}). Train it again.")
        raise RunDamaged(text.format(id=run.id, why=type(error).__name__)) from None
    same = {name: array.shape for name, array in arrays.items()} == shapes
    floats = all(array.dtype in (np.float32, np.float16) for array in arrays.values())
    if not same or not floats or not all(np.isfinite(array).all() for array in arrays.values()):
        raise _other_weights(run)
    if any((arrays[name] < 0).any() for name in shapes if name.startswith("variance")):
        raise _other_weights(run)
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def _other_weights(run: Run) -> RunDamaged:
    text = _("The weights of run {id} are not those of its recipe. Train it again.")
    return RunDamaged(text.format(id=run.id))


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
        layers = dense_layers(run.recipe, read_arrays(run, file))
        if not all(np.isfinite(array).all() for array in chain.from_iterable(layers)):
            raise _other_weights(run)
        return cls(run.recipe, layers)

    def activations(self, images: NDArray[np.uint8]) -> list[Array]:
        """Return each layer's output, float32 [N, units]: hidden activations, then the logits.

        `images` is uint8 [N, 28, 28], or one image [28, 28] (N is 1); ValueError for anything else.
        """
        if images.dtype != np.uint8 or images.shape[-2:] != (IMAGE_SIDE, IMAGE_SIDE):
            raise ValueError(_("A network reads images of 28 x 28 pixels from 0 to 255."))
        x = unit_pixels(images, self.recipe.pixel_norm)
        out: list[Array] = []
        names = (*(layer.activation for layer in self.recipe.hidden), "linear")
        for (kernel, bias), name in zip(self.weights, names, strict=True):
            x = np.asarray(activation(name)(x @ kernel + bias), np.float32)
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
