"""Strokes on a grid of pixels with 8x8 sample points each: which points are ink. NumPy only; pure.

The browser (`count` in `pages/ui/browser/reader.js`) tests every sample point. Here the ends of
each row's ink are computed, and the same test is done only for the points beside them: elsewhere
rounding cannot matter. Both give the same counts. Any thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_store.classroom.drawing import Stroke

FINE = 8  # sample points along a pixel's side
FULL = FINE * FINE
LEAST = 1e-9  # a shorter line is a dot
BLOCK = 512  # lines at a time, at most 1 MB an array
SLACK = 1e-6  # added to a squared radius, so that rounding loses no end of a row's ink

Whole = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class View:
    """Rectangle of the canvas, drawn as `cols` x `rows` pixels.

    The point (`x`, `y`) of the canvas is in the middle; a unit is `scale` sample points.
    """

    x: float
    y: float
    scale: float
    cols: int
    rows: int


def count_ink(strokes: Sequence[Stroke], view: View) -> Whole:
    """Return the number of sample points of each pixel that are ink: int64 [rows, cols], 0 to 64.

    A sample point is ink if it lies within the pen's radius of a stroke.
    """
    width, height = view.cols * FINE, view.rows * FINE
    changes = np.zeros(height * (width + 1), np.int64)  # +1 where ink begins in a row, -1 after it
    lines = _lines(strokes, view)
    for i in range(0, len(lines), BLOCK):
        crossings = _Crossings.of(lines[i : i + BLOCK], height)
        first, last = crossings.ink()
        begin, end = np.maximum(first, 0), np.minimum(last, width - 1) + 1
        inside = begin < end
        row = crossings.row[inside] * (width + 1)
        changes += np.bincount(row + begin[inside], minlength=changes.size)
        changes -= np.bincount(row + end[inside], minlength=changes.size)
    ink = changes.reshape(height, width + 1)[:, :width].cumsum(axis=1) > 0
    counts: Whole = ink.reshape(view.rows, FINE, view.cols, FINE).sum((1, 3), dtype=np.int64)
    return counts


def _lines(strokes: Sequence[Stroke], view: View) -> Floats:
    """Return the lines between points as float64 [n, 5]: ax, ay, bx, by, radius.

    All are in sample points. A stroke of one point is one line of length 0.
    """
    found = []
    for stroke in strokes:
        points = (np.array(stroke.points) - (view.x, view.y)) * view.scale
        points += (view.cols * FINE / 2, view.rows * FINE / 2)
        starts, ends = (points[:-1], points[1:]) if len(points) > 1 else (points, points)
        radius = np.full((len(starts), 1), stroke.width / 2 * view.scale)
        found.append(np.hstack([starts, ends, radius]))
    return np.concatenate(found)


@dataclass(frozen=True, slots=True)
class _Crossings:
    """Lines and the rows of sample points that each may touch, [n] each: a pair has an index."""

    row: Whole
    ax: Floats
    ay: Floats
    dx: Floats
    dy: Floats
    radius: Floats

    @classmethod
    def of(cls, lines: Floats, height: int) -> _Crossings:
        _ax, ay, _bx, by, radius = lines.T
        top = np.maximum(np.floor(np.minimum(ay, by) - radius), 0).astype(np.int64)
        bottom = np.minimum(np.ceil(np.maximum(ay, by) + radius) + 1, height).astype(np.int64)
        count = np.maximum(bottom - top, 0)
        row = np.arange(count.sum()) + np.repeat(top - (count.cumsum() - count), count)
        ax, ay, bx, by, radius = np.repeat(lines, count, axis=0).T
        return cls(row, ax, ay, bx - ax, by - ay, radius)

    def ink(self) -> tuple[Whole, Whole]:
        """Return the first and the last column of ink in each row; none if first > last."""
        left, right = self._ends()
        first, last = np.ceil(left - 0.5), np.floor(right - 0.5)
        first += np.where(self._is_ink(first - 1), -1, np.where(self._is_ink(first), 0, 1))
        last += np.where(self._is_ink(last + 1), 1, np.where(self._is_ink(last), 0, -1))
        found = self._is_ink(first) & self._is_ink(last)
        return first.astype(np.int64), np.where(found, last, first - 1).astype(np.int64)

    def _is_ink(self, column: Floats) -> NDArray[np.bool_]:
        """Test sample points as the browser does, operation for operation."""
        x, y = column + 0.5, self.row + 0.5
        length = self.dx * self.dx + self.dy * self.dy
        along = ((x - self.ax) * self.dx + (y - self.ay) * self.dy) / np.maximum(length, LEAST)
        along = np.where(length > LEAST, np.clip(along, 0.0, 1.0), 0.0)
        away_x = x - (self.ax + along * self.dx)
        away_y = y - (self.ay + along * self.dy)
        near: NDArray[np.bool_] = away_x * away_x + away_y * away_y <= self.radius * self.radius
        return near

    def _ends(self) -> tuple[Floats, Floats]:
        """Return where ink begins and ends in each row, to a thousandth; 0 and -2 for none.

        A line's ink is two discs and the rectangle between them.
        """
        y = self.row + 0.5
        radius = np.sqrt(self.radius * self.radius + SLACK)
        length = np.sqrt(np.maximum(self.dx * self.dx + self.dy * self.dy, LEAST))
        left, right = np.full((2, len(y)), ((np.inf,), (-np.inf,)))
        for x, down in ((self.ax, y - self.ay), (self.ax + self.dx, y - self.ay - self.dy)):
            half = np.sqrt(np.maximum(radius * radius - down * down, 0.0))
            hit = np.abs(down) <= radius
            np.minimum(left, x - half, out=left, where=hit)
            np.maximum(right, x + half, out=right, where=hit)
        slope = np.where(np.abs(self.dy) > LEAST, self.dy, np.nan)
        for side in (radius, -radius):
            along = (y - self.ay - side * self.dx / length) / slope
            x = self.ax - side * self.dy / length + along * self.dx
            hit = (along >= 0) & (along <= 1)
            np.minimum(left, x, out=left, where=hit)
            np.maximum(right, x, out=right, where=hit)
        none = left > right
        return np.where(none, 0.0, left), np.where(none, -2.0, right)
