"""Test images that excite a unit of a network most. Any thread."""

import base64
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store import Run, StoreError
from pages.ui.services import model_cache, singletons
from pages.ui.services.shared import shared
from training.data.datasets import DataError

IMAGES = 2000  # of the test set
MOST = 8  # images of a unit

Strongest = tuple[NDArray[np.intp], NDArray[np.float32]]


def exciting_images(run_id: str, digest: str, layer: int, unit: int) -> list[dict[str, Any]] | None:
    """Return at most `MOST` images with "pixels" (base64 of 784 bytes), "label" and "activation".

    The strongest comes first. Images with the unit's lowest activation are left out, so that a dead
    unit has none. The last layer's activations are the scores.

    Args:
        run_id: as in an address of `model_cache.browser_model`, like `digest`.
        digest: of the run's weights.
        layer: 0 is the first hidden layer.
        unit: in its layer, from 0.

    Returns:
        None if there are no such weights, no such unit, or no data set.
    """
    with suppress(StoreError, DataError):
        run = model_cache.run_of_weights(run_id, digest)
        if run is None or not (0 <= layer < len(run.recipe.widths) - 1):
            return None
        if not 0 <= unit < run.recipe.widths[layer + 1]:
            return None
        places, values = _strongest(run)[layer]
        data = singletons.dataset(run.recipe.dataset)
        return [
            {
                "pixels": base64.b64encode(data.x_test[at].tobytes()).decode(),
                "label": int(data.y_test[at]),
                "activation": float(value),
            }
            for at, value in zip(places[unit], values[unit], strict=True)
            if np.isfinite(value)
        ]
    return None


@shared(64, key=model_cache.weights_key)  # 0.1 MB each for 784-512-512-10
def _strongest(run: Run) -> tuple[Strongest, ...]:
    """Return for each layer the places of images, intp [units, MOST], and float32 activations.

    An activation that is no higher than the unit's lowest is NaN.
    """
    images = singletons.dataset(run.recipe.dataset).x_test[:IMAGES]
    found = []
    for values in model_cache.classifier(run).activations(images):
        places = np.argpartition(-values, MOST, axis=0)[:MOST]
        most = np.take_along_axis(values, places, axis=0)
        order = np.argsort(-most, axis=0, kind="stable")
        places = np.take_along_axis(places, order, axis=0)
        most = np.take_along_axis(most, order, axis=0)
        most[most <= values.min(axis=0)] = np.nan
        found.append((places.T, most.T))
    return tuple(found)
