"""Images and labels of drawings, as networks take them. Any thread.

Loads no SciPy: the first page needs these.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model_store.classroom.drawing import Drawing
from model_store.recipe.choices import IMAGE_SIDE
from training.images.preparation import even_pen, normalise_strokes
from training.images.preprocess import BlankDrawing, Pixels

SHAPE = (IMAGE_SIDE, IMAGE_SIDE)


def prepared_image(drawing: Drawing) -> Pixels:
    """Return a network's input for a drawing, uint8 [28, 28]; all zeros without ink.

    Strokes take all preparation steps, whatever is switched off on the Draw page.
    """
    if drawing.pixels:
        return np.frombuffer(drawing.pixels, np.uint8).reshape(SHAPE)
    try:
        return normalise_strokes(even_pen(drawing.strokes))
    except BlankDrawing:
        return np.zeros(SHAPE, np.uint8)


def labels(drawings: Sequence[Drawing]) -> NDArray[np.uint8]:
    """Return the labels, uint8 [n] in [0, 9]."""
    return np.array([drawing.label for drawing in drawings], np.uint8)
