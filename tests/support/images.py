"""Measures of prepared images."""

import numpy as np
from numpy.typing import NDArray


def centre_of_mass(image: NDArray[np.uint8]) -> tuple[float, float]:
    ink = image.astype(float)
    rows, columns = np.indices(ink.shape)
    return float((rows * ink).sum() / ink.sum()), float((columns * ink).sum() / ink.sum())


def extent(image: NDArray[np.uint8]) -> tuple[int, int]:
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
