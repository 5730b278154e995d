"""Prepared images of several class drawings."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model_store.classroom.drawing import Drawing
from training.images.drawing_images import prepared_image


def prepared_images(drawings: Sequence[Drawing]) -> NDArray[np.uint8]:
    """Return the images of `prepared_image`, uint8 [n, 28, 28]."""
    return np.stack([prepared_image(drawing) for drawing in drawings])
