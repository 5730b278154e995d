"""What is drawn -> what the network sees: MNIST's own preparation, step by step.

The method is the one that MNIST's authors describe for their data: the digit is fitted into a box
of 20x20 pixels keeping its proportions, anti-aliased, and its centre of mass is put into the middle
of a field of 28x28. Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database".
NumPy and Pillow only; pure, any thread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from gettext import gettext as _

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

SIDE = 28
BOX = 20
FINE = 16  # pixels drawn for each pixel of the box
MIDDLE = 14  # pixel index of MNIST's centre of mass
MAX_SIDE = 4096
MAX_POINTS = 50_000
INK = 0.02  # less counts as paper

Ink = NDArray[np.float32]


class BlankDrawing(ValueError):
    """There is no ink to look at."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line of the pen through `points` (x to the right, y downwards), `width` units thick."""

    points: tuple[tuple[float, float], ...]
    width: float


@dataclass(frozen=True, slots=True)
class Stages:
    """The preparation's steps, each uint8 [28, 28] except `cropped` (uint8, any size)."""

    raw: NDArray[np.uint8]  # the whole canvas, shrunk as it is
    cropped: NDArray[np.uint8]  # the ink's own rectangle
    scaled: NDArray[np.uint8]  # fitted into 20x20, in the middle by its rectangle
    centred: NDArray[np.uint8]  # centre of mass in the middle: what the network sees


def rasterise(strokes: Sequence[Stroke]) -> Ink:
    """The ink's own rectangle as float32 in [0, 1], 1 is ink; its long side is 320 pixels.

    Strokes that leave the canvas count whole. Round ends and joins; a tap is a dot.

    Raises:
        BlankDrawing: without a stroke.
        ValueError: for coordinates that are no drawing.
    """
    points = _checked(strokes)
    low = np.min([p - w for p, w in points], axis=0)
    high = np.max([p + w for p, w in points], axis=0)
    scale = BOX * FINE / float(np.max(high - low))
    return _draw(strokes, low, scale, np.ceil((high - low) * scale).astype(int))


def shrink(strokes: Sequence[Stroke], width: float, height: float) -> NDArray[np.uint8]:
    """The whole canvas as uint8 [28, 28], as it is: what a network would see without preparation.

    Raises:
        BlankDrawing, ValueError: as `rasterise`.
    """
    _checked(strokes)
    scale = SIDE * FINE / max(width, height)
    ink = _draw(strokes, np.zeros(2), scale, np.array([SIDE * FINE, SIDE * FINE]))
    return _to_bytes(_resize(ink, SIDE, SIDE))


def normalise(ink: Ink) -> NDArray[np.uint8]:
    """MNIST's preparation of one drawing.

    Args:
        ink: [height, width] of any size up to 4096, in [0, 1], 1 is ink.

    Returns:
        uint8 [28, 28], 255 is ink.

    Raises:
        BlankDrawing: if there is no ink.
        ValueError: if it is no such array.
    """
    return _centre(_fit(_crop(_valid(ink))))


def stages(strokes: Sequence[Stroke], width: float, height: float) -> Stages:
    """Every step of the preparation of strokes on a canvas of `width` x `height` units.

    Raises:
        BlankDrawing, ValueError: as `rasterise`.
    """
    cropped = _crop(rasterise(strokes))
    fitted = _fit(cropped)
    middle = _paste(fitted, (SIDE - fitted.shape[0]) // 2, (SIDE - fitted.shape[1]) // 2)
    return Stages(
        raw=shrink(strokes, width, height),
        cropped=_to_bytes(cropped),
        scaled=_to_bytes(middle),
        centred=_centre(fitted),
    )


def _checked(strokes: Sequence[Stroke]) -> list[tuple[NDArray[np.float64], float]]:
    if not any(stroke.points for stroke in strokes):
        raise BlankDrawing(_("There is nothing drawn yet."))
    if sum(len(stroke.points) for stroke in strokes) > MAX_POINTS:
        raise ValueError(_("The drawing has too many points."))
    out = []
    for stroke in strokes:
        points = np.asarray(stroke.points, np.float64).reshape(-1, 2)
        if not np.isfinite(points).all() or np.abs(points).max(initial=0) > 1e6:
            raise ValueError(_("The drawing has coordinates that are no numbers."))
        if not 0 < stroke.width <= 1e4:
            raise ValueError(_("The pen's width must be above zero."))
        out += [(point, stroke.width / 2) for point in points]
    return out


def _draw(
    strokes: Sequence[Stroke], low: NDArray[np.float64], scale: float, size: NDArray[np.int_]
) -> Ink:
    image = Image.new("L", (max(1, int(size[0])), max(1, int(size[1]))))
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        points = [
            (float((x - low[0]) * scale), float((y - low[1]) * scale)) for x, y in stroke.points
        ]
        radius = stroke.width * scale / 2
        if len(points) > 1:
            pen.line(points, fill=255, width=max(1, round(2 * radius)))
        for x, y in points:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(image, np.float32) / np.float32(255)


def _valid(ink: Ink) -> Ink:
    array = np.asarray(ink)
    if array.ndim != 2 or not 0 < array.shape[0] <= MAX_SIDE or not 0 < array.shape[1] <= MAX_SIDE:
        raise ValueError(_("A drawing is a grey picture of at most 4096 x 4096 pixels."))
    clean: Ink = array.astype(np.float32)
    if not np.isfinite(clean).all():
        raise ValueError(_("The picture has pixels that are no numbers."))
    return np.clip(clean, 0, 1)


def _crop(ink: Ink) -> Ink:
    rows = np.flatnonzero((ink > INK).any(axis=1))
    columns = np.flatnonzero((ink > INK).any(axis=0))
    if not len(rows):
        raise BlankDrawing(_("There is nothing drawn yet."))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _fit(ink: Ink) -> Ink:
    """Into 20x20, long side 20, averaging what falls into a pixel."""
    height, width = ink.shape
    scale = BOX / max(height, width)
    return _resize(ink, max(1, round(width * scale)), max(1, round(height * scale)))


def _resize(ink: Ink, width: int, height: int) -> Ink:
    how = Image.Resampling.BOX if ink.shape[1] > width else Image.Resampling.BICUBIC
    image = Image.fromarray(ink).resize((width, height), how)
    return np.clip(np.asarray(image, np.float32), 0, 1)


def _centre(fitted: Ink) -> NDArray[np.uint8]:
    """Centre of mass to the middle, by whole pixels, keeping all ink inside."""
    total = float(fitted.sum())
    height, width = fitted.shape
    row = float(fitted.sum(axis=1) @ np.arange(height)) / total
    column = float(fitted.sum(axis=0) @ np.arange(width)) / total
    top = min(max(math.floor(MIDDLE - row + 0.5), 0), SIDE - height)
    left = min(max(math.floor(MIDDLE - column + 0.5), 0), SIDE - width)
    return _to_bytes(_paste(fitted, top, left))


def _paste(fitted: Ink, top: int, left: int) -> Ink:
    out = np.zeros((SIDE, SIDE), np.float32)
    out[top : top + fitted.shape[0], left : left + fitted.shape[1]] = fitted
    return out


def _to_bytes(ink: Ink) -> NDArray[np.uint8]:
    return np.rint(np.clip(ink, 0, 1) * 255).astype(np.uint8)
