"""A run's network in NumPy: probabilities in a fraction of a millisecond, without TensorFlow.

Equal to Keras to 1e-5 for every layer that a recipe can have; dropout does nothing here. Instances
are read-only: any thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from gettext import gettext as _
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf
from threadpoolctl import threadpool_limits

from model_store.recipe.choices import CLASSES, IMAGE_SIDE
from model_store.recipe.recipe import Recipe
from model_store.runs.run import Run
from model_store.storage.errors import RunDamaged

Array = NDArray[np.float32]
BLOCK = 4096  # images at a time, so that activations stay small
Floats = NDArray[Any]  # of 32 or 64 bits: what comes out is as precise as what goes in


def _sigmoid(x: Floats) -> Floats:
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + small), small / (1 + small))


ACTIVATIONS: Mapping[str, Callable[[Floats], Floats]] = {
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "sigmoid": _sigmoid,
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "gelu": lambda x: x * 0.5 * (1 + erf(x / np.float32(math.sqrt(2)))),
    "silu": lambda x: x * _sigmoid(x),
    "linear": lambda x: x,
}


def softmax(logits: Array) -> Array:
    """Probabilities along the last axis, adding up to 1."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def use_one_core() -> None:
    """From now on this process multiplies matrices on one core. Call it once, from any thread.

    More of them win little on an idle machine and lose much beside trainings: BLAS' threads wait
    for each other by spinning (10,000 images: 40 ms with one, 200 ms with four on a busy machine).
    """
    threadpool_limits(limits=1, user_api="blas")


class Classifier:
    """Images in, ten probabilities out."""

    def __init__(self, recipe: Recipe, weights: Sequence[tuple[Array, Array]]) -> None:
        """`weights`: kernel float32 [in, out] and bias float32 [out] of each Dense layer."""
        self.recipe = recipe
        self.weights = tuple(weights)
        self._activations = [ACTIVATIONS[layer.activation] for layer in recipe.hidden]

    @classmethod
    def load(cls, run: Run, file: str = "weights.npz") -> Classifier:
        """The network that a run has learned; `file` can be one of its checkpoints.

        Raises:
            RunDamaged: if its weights are missing, damaged or another network's.
        """
        path = run.folder / file
        widths = [IMAGE_SIDE**2, *(layer.units for layer in run.recipe.hidden), CLASSES]
        try:
            with np.load(path, allow_pickle=False) as archive:
                weights = [
                    (archive[f"kernel_{i}"], archive[f"bias_{i}"]) for i in range(len(widths) - 1)
                ]
        except (
            Exception
        ) as error:  # a hostile archive makes NumPy and zipfile raise nearly anything
            raise RunDamaged(
                _("The weights of run {id} cannot be read ({why}). Train it again.").format(
                    id=run.id, why=type(error).__name__
                )
            ) from None
        if not all(
            _are_weights(kernel, (widths[i], widths[i + 1]))
            and _are_weights(bias, kernel.shape[1:])
            for i, (kernel, bias) in enumerate(weights)
        ):
            raise RunDamaged(
                _("The weights of run {id} are not those of its recipe. Train it again.").format(
                    id=run.id
                )
            )
        return cls(run.recipe, weights)

    def activations(self, images: NDArray[np.uint8]) -> list[Array]:
        """What each layer puts out, float32 [N, units]: hidden activations, then the logits.

        Args:
            images: uint8 [N, 28, 28], or one image [28, 28] (N is 1).

        Raises:
            ValueError: for anything else.
        """
        if images.dtype != np.uint8 or images.shape[-2:] != (IMAGE_SIDE, IMAGE_SIDE):
            raise ValueError(_("A network reads pictures of 28 x 28 pixels from 0 to 255."))
        out: list[Array] = []
        x: Array = images.reshape(-1, IMAGE_SIDE**2).astype(np.float32) / np.float32(255)
        for (kernel, bias), activation in zip(self.weights, self._activations, strict=False):
            x = np.asarray(activation(x @ kernel + bias), np.float32)
            out.append(x)
        kernel, bias = self.weights[-1]
        out.append(np.asarray(x @ kernel + bias, np.float32))
        return out

    def logits(self, images: NDArray[np.uint8]) -> Array:
        """float32 [N, 10] for uint8 [N, 28, 28], or [10] for one image [28, 28].

        Raises:
            ValueError: as `activations`.
        """
        if images.ndim == 2:
            return self.activations(images)[-1][0]
        starts = range(0, max(1, len(images)), BLOCK)
        return np.concatenate([self.activations(images[i : i + BLOCK])[-1] for i in starts])

    def probabilities(self, images: NDArray[np.uint8]) -> Array:
        """As `logits`, through the softmax: each row adds up to 1."""
        return softmax(self.logits(images))


def _are_weights(array: NDArray[Any], shape: tuple[int, ...]) -> bool:
    return array.shape == shape and array.dtype == np.float32 and bool(np.isfinite(array).all())
