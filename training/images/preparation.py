"""Strokes to 28x28 images as MNIST prepared its own: the definition that Python and browser share.

`pages/ui/browser/reader.js` does the same operations on the same numbers in the same order, so both
give the same bytes; `tests/browser/test_reader.py` compares them. The method is the one of MNIST's
authors: fit the ink into a box of 20x20 pixels, then move its centre of mass to the middle of 28x28
(Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database"). Each step rasterises the strokes anew:
a sample point of the grid is ink if it lies within the pen's radius of a stroke, and a pixel's
value is the number of its 8x8 sample points that are ink. Pure, any thread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.images.preprocess import (
    ALL_STEPS,
    BOX,
    MIDDLE,
    SIDE,
    BlankDrawing,
    StepImages,
    Steps,
    Stroke,
    even_pen,
)

FINE = 8  # sample points along a pixel's side
FULL = FINE * FINE

Counts = NDArray[np.int64]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _View:
    """A grid over the plane: x -> x * scale + left in sample points; `cols` x `rows` pixels."""

    scale: float
    left: float
    top: float
    cols: int
    rows: int


def prepare(
    strokes: Sequence[Stroke], side: float, on: Steps = ALL_STEPS, dark_ink: bool = False
) -> StepImages:
    """Return every step of the preparation of strokes on a square canvas of `side` units.

    `dark_ink` strokes stand on light paper; the first step inverts them.

    Raises:
        BlankDrawing: if there is no stroke, or no ink that a sample point meets.
        ValueError: for coordinates or widths that are no drawing.
    """
    even = even_pen(strokes)
    drawn = tuple(stroke for stroke in (even if on.evened else strokes) if stroke.points)
    inverted = dark_ink and not on.evened
    box = BOX if on.scaled else SIDE
    cropped = on.cropped and not inverted

    def pixels(lines: Sequence[Stroke], view: _View, invert: bool, centre: bool = False) -> Pixels:
        counts = _count(lines, view)
        return _paste(FULL - counts if invert else counts, centre)

    whole = _canvas(side, SIDE)
    rectangle = _ink(drawn, SIDE) if cropped else whole
    fitted = _ink(drawn, box) if cropped else _canvas(side, box)
    counts = _count(drawn, fitted)
    counts = FULL - counts if inverted else counts
    stages = StepImages(
        raw=pixels([s for s in strokes if s.points], whole, dark_ink),
        evened=pixels(drawn, whole, inverted),
        cropped=pixels(drawn, rectangle, inverted),
        scaled=_paste(counts, centre=False),
        centred=_paste(counts, centre=on.centred),
    )
    if on.cropped and not counts.any():
        raise BlankDrawing
    return stages


def _canvas(side: float, box: int) -> _View:
    """The whole canvas in `box` x `box` pixels."""
    return _View(box * FINE / side, 0.0, 0.0, box, box)


def _ink(strokes: Sequence[Stroke], box: int) -> _View:
    """The ink's own rectangle, its longer side `box` pixels."""
    x0 = min(x - s.width / 2 for s in strokes for x, _y in s.points)
    x1 = max(x + s.width / 2 for s in strokes for x, _y in s.points)
    y0 = min(y - s.width / 2 for s in strokes for _x, y in s.points)
    y1 = max(y + s.width / 2 for s in strokes for _x, y in s.points)
    scale = box * FINE / max(x1 - x0, y1 - y0)
    cols = max(1, math.floor((x1 - x0) * scale / FINE + 0.5))
    rows = max(1, math.floor((y1 - y0) * scale / FINE + 0.5))
    left = cols * FINE / 2 - (x0 + x1) / 2 * scale
    top = rows * FINE / 2 - (y0 + y1) / 2 * scale
    return _View(scale, left, top, cols, rows)


def _count(strokes: Sequence[Stroke], view: _View) -> Counts:
    """Sample points of each pixel that are ink: int64 [rows, cols], 0 to 64."""
    width, height = view.cols * FINE, view.rows * FINE
    ink = np.zeros((height, width), bool)
    for stroke in strokes:
        radius = stroke.width / 2 * view.scale
        points = [(x * view.scale + view.left, y * view.scale + view.top) for x, y in stroke.points]
        for (ax, ay), (bx, by) in zip(points, points[1:] or points, strict=False):
            left = max(0, math.floor(min(ax, bx) - radius))
            right = min(width, math.ceil(max(ax, bx) + radius) + 1)
            top = max(0, math.floor(min(ay, by) - radius))
            bottom = min(height, math.ceil(max(ay, by) + radius) + 1)
            if left >= right or top >= bottom:
                continue
            x = np.arange(left, right)[None, :] + 0.5
            y = np.arange(top, bottom)[:, None] + 0.5
            dx, dy = bx - ax, by - ay
            length = dx * dx + dy * dy
            along = ((x - ax) * dx + (y - ay) * dy) / length if length else np.zeros(())
            along = np.clip(along, 0.0, 1.0)
            away_x, away_y = x - (ax + along * dx), y - (ay + along * dy)
            near = away_x * away_x + away_y * away_y <= radius * radius
            ink[top:bottom, left:right] |= near
    return ink.reshape(view.rows, FINE, view.cols, FINE).sum((1, 3), dtype=np.int64)


def _paste(counts: Counts, centre: bool) -> Pixels:
    """Put the counts into 28x28 as bytes, centred by their mass or else by their rectangle."""
    total = int(counts.sum())
    rows, cols = counts.shape
    top, left = (SIDE - rows) // 2, (SIDE - cols) // 2
    if centre and total:
        filled_rows, filled_cols = (np.flatnonzero(counts.any(axis=axis)) for axis in (1, 0))
        counts = counts[filled_rows[0] : filled_rows[-1] + 1, filled_cols[0] : filled_cols[-1] + 1]
        rows, cols = counts.shape
        row = int(counts.sum(axis=1) @ np.arange(rows)) / total
        col = int(counts.sum(axis=0) @ np.arange(cols)) / total
        top = min(max(math.floor(MIDDLE - row + 0.5), 0), SIDE - rows)
        left = min(max(math.floor(MIDDLE - col + 0.5), 0), SIDE - cols)
    out = np.zeros((SIDE, SIDE), np.uint8)
    out[top : top + rows, left : left + cols] = (counts * 510 + FULL) // (2 * FULL)
    return out
