"""What is drawn -> what the network sees: MNIST's own preparation, step by step.

The method is the one that MNIST's authors describe for their data: the digit is fitted into a box
of 20x20 pixels keeping its proportions, anti-aliased, and its centre of mass is put into the middle
of a field of 28x28. Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database".
Strokes get one step more, before all others: `even_pen` gives every digit, small or large, a line
as thick for its size as MNIST's are. NumPy and Pillow only; pure, any thread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from gettext import gettext as _

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from model_store.classroom.drawing import Stroke

SIDE = 28
BOX = 20
FINE = 16  # pixels drawn for each pixel of the box
COARSE = 8  # pixels drawn for each pixel of the whole canvas, which is shown more than read
MIDDLE = 14  # pixel index of MNIST's centre of mass
PEN = 0.11  # the line's width by the digit's longer side, as in MNIST
MAX_SIDE = 4096
MAX_POINTS = 20_000
MAX_COORDINATE = 10_000
MAX_WIDTH = 10_000
INK = 0.02  # less counts as paper

Ink = NDArray[np.float32]
Pixels = NDArray[np.uint8]


class BlankDrawing(ValueError):
    """There is no ink to look at."""

    def __init__(self) -> None:
        super().__init__(_("There is nothing drawn yet."))


@dataclass(frozen=True, slots=True)
class Steps:
    """Which steps of the preparation are on; one that is off hands on what it was given."""

    evened: bool = True
    cropped: bool = True
    scaled: bool = True
    centred: bool = True


ALL_STEPS = Steps()


@dataclass(frozen=True, slots=True)
class StepImages:
    """The preparation's steps, each uint8 [28, 28] that a network can be asked about; 255 is ink.

    `centred`, the last one, is what the network sees; with all steps on, what `normalise` returns.
    """

    raw: Pixels  # the whole canvas or photo as it came, shrunk
    evened: Pixels  # the same, light ink on dark, an even pen (a photo: even light as well)
    cropped: Pixels  # the ink's own rectangle, as large as fits
    scaled: Pixels  # fitted into 20x20, in the middle by its rectangle
    centred: Pixels  # centre of mass in the middle: what the network sees


@dataclass(frozen=True, slots=True)
class _Line:
    """A valid stroke: points float64 [n, 2] with n > 0, and half its width."""

    points: NDArray[np.float64]
    radius: float


def even_pen(strokes: Sequence[Stroke]) -> tuple[Stroke, ...]:
    """The strokes drawn with a pen that suits the digit's size, as MNIST's writers had.

    What is no larger than its pen is wide, such as a dot, stays as it is.

    Raises:
        BlankDrawing: without a stroke.
        ValueError: for coordinates that are no drawing.
    """
    lines = _lines(strokes)
    points = np.concatenate([line.points for line in lines])
    extent = float(np.ptp(points, axis=0).max())
    if extent <= 2 * max(line.radius for line in lines):
        return tuple(strokes)
    return tuple(replace(stroke, width=PEN * extent) for stroke in strokes)


def rasterise(strokes: Sequence[Stroke]) -> Ink:
    """The ink's own rectangle as float32 in [0, 1], 1 is ink; its long side is 320 pixels.

    Strokes that leave the canvas count whole. Round ends and joins; a tap is a dot.

    Raises:
        BlankDrawing, ValueError: as `even_pen`.
    """
    lines = _lines(strokes)
    low = np.min([line.points.min(axis=0) - line.radius for line in lines], axis=0)
    high = np.max([line.points.max(axis=0) + line.radius for line in lines], axis=0)
    scale = BOX * FINE / float(np.max(high - low))
    width, height = np.maximum(1, np.ceil((high - low) * scale)).astype(int)
    return _draw(lines, low, scale, int(width), int(height))


def shrink(strokes: Sequence[Stroke], width: float, height: float) -> Pixels:
    """The whole canvas as uint8 [28, 28], as it is: what a network would see without preparation.

    Raises:
        BlankDrawing, ValueError: as `even_pen`.
    """
    return _to_bytes(_resize(_canvas(strokes, width, height), SIDE, SIDE))


def normalise(ink: Ink) -> Pixels:
    """MNIST's preparation of one drawing.

    Args:
        ink: [height, width] of any size up to 4096, in [0, 1], 1 is ink.

    Returns:
        uint8 [28, 28], 255 is ink.

    Raises:
        BlankDrawing: if there is no ink.
        ValueError: if it is no such array.
    """
    pixels = _centre(_fit(_crop(_valid(ink)), BOX))
    if not pixels.any():  # specks, far apart
        raise BlankDrawing
    return pixels


def prepare(
    strokes: Sequence[Stroke],
    width: float,
    height: float,
    on: Steps = ALL_STEPS,
    dark_ink: bool = False,
) -> StepImages:
    """Every step of the preparation of strokes on a canvas of `width` x `height` units.

    With `dark_ink` they stand on light paper, which the first step turns round.

    Raises:
        BlankDrawing, ValueError: as `even_pen`.
    """
    raw = _canvas(strokes, width, height)
    if dark_ink:
        raw = 1 - raw
    if not on.evened:
        return _stages(raw, raw, rasterise(strokes) if on.cropped and not dark_ink else raw, on)
    drawn = even_pen(strokes)
    whole = _canvas(drawn, width, height)
    return _stages(raw, whole, rasterise(drawn) if on.cropped else whole, on)


def prepare_photo(grey: Ink, ink: Ink, on: Steps = ALL_STEPS) -> StepImages:
    """Every step of the preparation of a photo.

    Args:
        grey: the photo as it came, [height, width] of any size up to 4096, in [0, 1], 1 is white.
        ink: what was found to be ink in it, of the same shape, 1 is ink.
        on: the steps that are on.

    Raises:
        BlankDrawing: if there is no ink.
        ValueError: if these are no such arrays.
    """
    raw = _valid(grey)
    whole = _valid(ink) if on.evened else raw
    return _stages(raw, whole, whole, on)


def _stages(raw: Ink, whole: Ink, fine: Ink, on: Steps) -> StepImages:
    """`raw` and `whole` are the canvas before and after the first step, `fine` is to be cropped."""
    kept = _crop(fine) if on.cropped else whole
    fitted = _fit(kept, BOX if on.scaled else SIDE)
    shown = StepImages(
        raw=_in_the_middle(_fit(raw, SIDE)),
        evened=_in_the_middle(_fit(whole, SIDE)),
        cropped=_in_the_middle(_fit(kept, SIDE)),
        scaled=_in_the_middle(fitted),
        centred=_centre(fitted) if on.centred else _in_the_middle(fitted),
    )
    if on.cropped and not shown.centred.any():  # specks, far apart
        raise BlankDrawing
    return shown


def _lines(strokes: Sequence[Stroke]) -> list[_Line]:
    drawn = [stroke for stroke in strokes if len(stroke.points)]
    if not drawn:
        raise BlankDrawing
    if sum(len(stroke.points) for stroke in drawn) > MAX_POINTS:
        raise ValueError(_("The drawing has too many points."))
    return [_line(stroke) for stroke in drawn]


def _line(stroke: Stroke) -> _Line:
    try:
        points = np.asarray(stroke.points, np.float64).reshape(-1, 2)
        width = float(stroke.width)
    except (TypeError, ValueError, OverflowError):
        points, width = np.full((1, 2), np.nan), 1.0
    if not (np.abs(points) <= MAX_COORDINATE).all():
        raise ValueError(_("The drawing has coordinates that are no numbers, or too large."))
    if not 0 < width <= MAX_WIDTH:
        raise ValueError(_("The pen's width must be above zero, and no more than 10,000."))
    return _Line(points, width / 2)


def _canvas(strokes: Sequence[Stroke], width: float, height: float) -> Ink:
    """The whole canvas, float32 [224, 224]; what lies beyond it is cut off."""
    side = SIDE * COARSE
    return _draw(_lines(strokes), np.zeros(2), side / max(width, height), side, side)


def _draw(
    lines: Sequence[_Line], low: NDArray[np.float64], scale: float, width: int, height: int
) -> Ink:
    image = Image.new("L", (width, height))
    pen = ImageDraw.Draw(image)
    for line in lines:
        radius = line.radius * scale
        points = _thinned((line.points - low) * scale, max(1.0, radius / 8))
        if len(points) > 1:
            pen.line(points.ravel().tolist(), fill=255, width=max(1, round(2 * radius)))
        for box in np.hstack([points - radius, points + radius]).tolist():
            pen.ellipse(box, fill=255)
    return np.asarray(image, np.float32) / np.float32(255)


def _thinned(points: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """The first, the last, and between them those that have moved on by about `step`."""
    keep = np.ones(len(points), bool)
    keep[1:-1] = np.diff(np.rint(points[:-1] / step), axis=0).any(axis=1)
    return points[keep]


def _valid(ink: Ink) -> Ink:
    array = np.asarray(ink)
    if array.ndim != 2 or not 0 < array.shape[0] <= MAX_SIDE or not 0 < array.shape[1] <= MAX_SIDE:
        raise ValueError(_("A drawing is a grey picture of at most 4096 x 4096 pixels."))
    if array.dtype.kind not in "fiub" or not ((array >= 0) & (array <= 1)).all():
        raise ValueError(_("The picture has pixels that are no numbers from 0 to 1."))
    return array.astype(np.float32)


def _crop(ink: Ink) -> Ink:
    rows = np.flatnonzero((ink > INK).any(axis=1))
    columns = np.flatnonzero((ink > INK).any(axis=0))
    if not len(rows):
        raise BlankDrawing
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _fit(ink: Ink, side: int) -> Ink:
    """The long side `side` pixels, averaging what falls into a pixel."""
    height, width = ink.shape
    scale = side / max(height, width)
    return _resize(ink, max(1, round(width * scale)), max(1, round(height * scale)))


def _resize(ink: Ink, width: int, height: int) -> Ink:
    smaller = max(ink.shape) > max(width, height)
    how = Image.Resampling.BOX if smaller else Image.Resampling.BICUBIC
    image = Image.fromarray(ink).resize((width, height), how)
    return np.clip(np.asarray(image, np.float32), 0, 1)


def _centre(fitted: Ink) -> Pixels:
    """Centre of mass to the middle, by whole pixels, keeping all ink inside."""
    total = float(fitted.sum())
    if not total:
        return _in_the_middle(fitted)
    rows, columns = np.flatnonzero(fitted.any(axis=1)), np.flatnonzero(fitted.any(axis=0))
    fitted = fitted[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = fitted.shape
    row = float(fitted.sum(axis=1) @ np.arange(height)) / total
    column = float(fitted.sum(axis=0) @ np.arange(width)) / total
    top = min(max(math.floor(MIDDLE - row + 0.5), 0), SIDE - height)
    left = min(max(math.floor(MIDDLE - column + 0.5), 0), SIDE - width)
    return _paste(fitted, top, left)


def _in_the_middle(fitted: Ink) -> Pixels:
    return _paste(fitted, (SIDE - fitted.shape[0]) // 2, (SIDE - fitted.shape[1]) // 2)


def _paste(fitted: Ink, top: int, left: int) -> Pixels:
    out = np.zeros((SIDE, SIDE), np.float32)
    out[top : top + fitted.shape[0], left : left + fitted.shape[1]] = fitted
    return _to_bytes(out)


def _to_bytes(ink: Ink) -> Pixels:
    return np.rint(np.clip(ink, 0, 1) * 255).astype(np.uint8)
