"""From strokes to the 28x28 image that a network sees: MNIST's own preparation, step by step.

Python and the browser share this definition. `pages/ui/browser/reader.js` does the same operations
on the same numbers in the same order, so both give the same bytes; `tests/browser/test_reader.py`
compares them.

The method is the one that MNIST's authors describe: the digit is fitted into 20x20 pixels keeping
its proportions, anti-aliased, and its centre of mass is moved to the middle of 28x28 pixels
(Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database"). Before that, strokes get an even pen,
as thick for the digit's size as in MNIST. Each image is drawn from the strokes themselves, never
from another image: a pixel has 8x8 sample points, and its value is the number of those that lie
within the pen's radius of a stroke. NumPy only; pure, any thread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from model_store.classroom.drawing import DrawingError, Stroke
from model_store.recipe.choices import IMAGE_SIDE
from model_store.text import _
from training.images.preprocess import (
    ALL_STEPS,
    BOX,
    PEN,
    BlankDrawing,
    Pixels,
    StepImages,
    Steps,
    middle,
    paste,
)
from training.images.sampling import FINE, FULL, View, Whole, count_ink

LEAST = 1e-9  # units of the ink's longer side; less is no ink
MOST_POINTS = 20_000


def prepare(
    strokes: Sequence[Stroke], side: float, steps: Steps = ALL_STEPS, dark_ink: bool = False
) -> StepImages:
    """Prepare the strokes on a square canvas of `side` units.

    `dark_ink` is ink on light paper, which the first step inverts.

    Raises:
        BlankDrawing: if there is no ink.
        DrawingError: if there are too many points.
    """
    even = even_pen(strokes)
    drawn = even if steps.evened else strokes
    inverted = dark_ink and not steps.evened
    cropped = steps.cropped and not inverted  # inverted paper is ink: there is nothing to crop
    box = BOX if steps.scaled else IMAGE_SIDE
    pad = _canvas(side, IMAGE_SIDE)
    ink = _count(drawn, _around(drawn, box) if cropped else _canvas(side, box), inverted)
    if steps.cropped and not ink.any():
        raise BlankDrawing
    return StepImages(
        raw=_place(_count(strokes, pad, dark_ink)),
        evened=_place(_count(drawn, pad, inverted)),
        cropped=_place(_count(drawn, _around(drawn, IMAGE_SIDE) if cropped else pad, inverted)),
        scaled=_place(ink),
        centred=_centre(ink) if steps.centred else _place(ink),
    )


def normalise_strokes(strokes: Sequence[Stroke]) -> Pixels:
    """Crop, scale and centre strokes, drawn with the pen that they have.

    Strokes that leave the canvas are drawn in full. Ends and joins are round; a tap is a dot.

    Raises:
        BlankDrawing: if there is no ink.
        DrawingError: if there are too many points.
    """
    ink = _count(strokes, _around(strokes, BOX))
    if not ink.any():  # thinner than the distance of two sample points
        raise BlankDrawing
    return _centre(ink)


def even_pen(strokes: Sequence[Stroke]) -> Sequence[Stroke]:
    """Draw the strokes with a pen that suits the digit's size, as in MNIST.

    A drawing no larger than its pen is wide, such as a dot, stays as it is.

    Raises:
        BlankDrawing: if there is no stroke.
        DrawingError: if there are too many points.
    """
    extent = float(np.ptp(_points(strokes), axis=0).max())
    if extent <= max(stroke.width for stroke in strokes):
        return strokes
    return [replace(stroke, width=PEN * extent) for stroke in strokes]


def _points(strokes: Sequence[Stroke]) -> NDArray[np.float64]:
    """Return the points of all strokes, float64 [n, 2]."""
    if not strokes:
        raise BlankDrawing
    points = np.array([point for stroke in strokes for point in stroke.points], np.float64)
    if len(points) > MOST_POINTS:
        raise DrawingError(_("The drawing has too many points."))
    return points


def _canvas(side: float, box: int) -> View:
    """Return the view of the whole canvas in `box` x `box` pixels."""
    return View(side / 2, side / 2, box * FINE / side, box, box)


def _around(strokes: Sequence[Stroke], box: int) -> View:
    """Return the view of the ink's bounding box; its longer side has `box` pixels."""
    points = _points(strokes)
    radius = np.repeat([s.width / 2 for s in strokes], [len(s.points) for s in strokes])[:, None]
    (x0, y0), (x1, y1) = (points - radius).min(0).tolist(), (points + radius).max(0).tolist()
    extent = max(x1 - x0, y1 - y0)
    if extent < LEAST:
        raise BlankDrawing
    scale = box * FINE / extent
    cols = max(1, math.floor((x1 - x0) * scale / FINE + 0.5))
    rows = max(1, math.floor((y1 - y0) * scale / FINE + 0.5))
    return View((x0 + x1) / 2, (y0 + y1) / 2, scale, cols, rows)


def _count(strokes: Sequence[Stroke], view: View, inverted: bool = False) -> Whole:
    """Count the sample points of each pixel that are ink, or paper if `inverted`."""
    counts = count_ink(strokes, view)
    return FULL - counts if inverted else counts


def _place(counts: Whole, top: int | None = None, left: int | None = None) -> Pixels:
    """Return counts, at most 28x28, as bytes on black, by default in the middle."""
    return paste((counts * 510 + FULL) // (2 * FULL), top, left)


def _centre(counts: Whole) -> Pixels:
    """Return counts as bytes, the centre of mass in the middle, moved by whole pixels."""
    return _place(*middle(counts)) if counts.any() else _place(counts)
