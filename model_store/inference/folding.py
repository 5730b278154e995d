"""Batch normalisation folded into the Dense layer before it. NumPy; any thread.

After the training it only scales and shifts weighted sums, so that a kernel and a bias of other
numbers compute the same. All but the training itself reads a network in this form.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.choices import BATCH_NORM_EPSILON
from model_store.recipe.recipe import Recipe

Array = NDArray[np.float32]


def dense_layers(recipe: Recipe, arrays: Mapping[str, Array]) -> list[tuple[Array, Array]]:
    """Return kernel float32 [in, out] and bias float32 [out] of each Dense layer, input to output.

    `arrays` are those of `recipe.weight_shapes`, float32, with variances of at least 0. Without
    batch normalisation they are returned themselves, not copies. Too large numbers become infinite.
    """
    return [_dense(arrays, index) for index in range(len(recipe.hidden) + 1)]


def _dense(arrays: Mapping[str, Array], index: int) -> tuple[Array, Array]:
    kernel, bias = arrays[f"kernel_{index}"], arrays[f"bias_{index}"]
    if f"gamma_{index}" not in arrays:
        return kernel, bias
    gamma, beta, mean, variance = (
        arrays[f"{name}_{index}"].astype(np.float64)
        for name in ("gamma", "beta", "mean", "variance")
    )
    factor = gamma / np.sqrt(variance + BATCH_NORM_EPSILON)
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = (kernel * factor).astype(np.float32)
        return scaled, ((bias - mean) * factor + beta).astype(np.float32)
