"""From ink to the 28x28 image that a network sees: MNIST's own preparation, step by step.

The method is the one that MNIST's authors describe: the digit is fitted into 20x20 pixels keeping
its proportions, anti-aliased, and its centre of mass is moved to the middle of 28x28 pixels.
Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database".
Strokes get one more step first: an even pen, as thick for the digit's size as in MNIST.
NumPy and Pillow only; pure, any thread.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from gettext import gettext as _

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from model_store.classroom.drawing import DrawingError, Stroke
from model_store.recipe.choices import IMAGE_SIDE

BOX = 20  # pixels of the digit's longer side
FINE = 16  # pixels drawn for each pixel of the box
COARSE = 8  # pixels drawn for each pixel of the whole canvas, which is only shown
MIDDLE = 14  # pixel index of MNIST's centre of mass
PEN = 0.11  # the line's width by the digit's longer side, as in MNIST
MOST_POINTS = 20_000
INK = 0.02  # less counts as paper

Ink = NDArray[np.float32]  # [height, width] in [0, 1], 1 is ink
Pixels = NDArray[np.uint8]  # [28, 28], 255 is ink


class BlankDrawing(DrawingError):
    """There is no ink."""

    def __init__(self) -> None:
        super().__init__(_("There is nothing drawn yet."))


@dataclass(frozen=True, slots=True)
class Steps:
    """The preparation steps that are on; one that is off passes on its input."""

    evened: bool = True
    cropped: bool = True
    scaled: bool = True
    centred: bool = True


ALL_STEPS = Steps()


@dataclass(frozen=True, slots=True)
class StepImages:
    """The image after each preparation step, uint8 [28, 28], 255 is ink."""

    raw: Pixels  # the whole canvas or photo, shrunk
    evened: Pixels  # light ink on dark, drawn with an even pen; a photo in even light
    cropped: Pixels  # the ink's bounding box, as large as fits
    scaled: Pixels  # fitted into 20x20, its bounding box in the middle
    centred: Pixels  # centre of mass in the middle: the network's input


def prepare(
    strokes: Sequence[Stroke],
    width: float,
    height: float,
    steps: Steps = ALL_STEPS,
    dark_ink: bool = False,
) -> StepImages:
    """Prepare the strokes on a canvas of `width` x `height` units.

    `dark_ink` is ink on light paper, which the first step inverts.

    Raises:
        BlankDrawing: if there is no ink.
        DrawingError: if there are too many points.
    """
    raw = _canvas(strokes, width, height)
    if dark_ink:
        raw = 1 - raw
    if steps.evened:
        strokes = even_pen(strokes)
        evened = _canvas(strokes, width, height)
    else:
        evened = raw
    light_ink = steps.evened or not dark_ink
    detail = rasterise(strokes) if steps.cropped and light_ink else evened
    return _prepare(raw, evened, detail, steps)


def prepare_photo(grey: Ink, ink: Ink, steps: Steps = ALL_STEPS) -> StepImages:
    """Prepare a photo.

    Args:
        grey: the whole photo; 1 is white.
        ink: the ink found in it, of the same shape.
        steps: the steps that are on.

    Raises:
        BlankDrawing: if there is no ink.
    """
    evened = ink if steps.evened else grey
    return _prepare(grey, evened, evened, steps)


def _prepare(raw: Ink, evened: Ink, detail: Ink, steps: Steps) -> StepImages:
    """Take the steps after `evened`; `detail` is the same ink, finer, to be cropped."""
    cropped = crop(detail) if steps.cropped else evened
    scaled = fit(cropped, BOX if steps.scaled else IMAGE_SIDE)
    images = StepImages(
        raw=place(fit(raw, IMAGE_SIDE)),
        evened=place(fit(evened, IMAGE_SIDE)),
        cropped=place(fit(cropped, IMAGE_SIDE)),
        scaled=place(scaled),
        centred=centre(scaled) if steps.centred else place(scaled),
    )
    if steps.cropped and not images.centred.any():  # specks, far apart
        raise BlankDrawing
    return images


def normalise(ink: Ink) -> Pixels:
    """Crop, scale and centre ink, light on dark, of any size.

    Raises:
        BlankDrawing: if there is no ink.
    """
    pixels = centre(fit(crop(ink), BOX))
    if not pixels.any():  # specks, far apart
        raise BlankDrawing
    return pixels


def even_pen(strokes: Sequence[Stroke]) -> Sequence[Stroke]:
    """Draw the strokes with a pen that suits the digit's size, as in MNIST.

    A drawing no larger than its pen is wide, such as a dot, stays as it is.

    Raises:
        BlankDrawing: if there is no stroke.
    """
    extent = float(np.ptp(_points(strokes), axis=0).max())
    if extent <= max(stroke.width for stroke in strokes):
        return strokes
    return [replace(stroke, width=PEN * extent) for stroke in strokes]


def rasterise(strokes: Sequence[Stroke]) -> Ink:
    """Draw the ink's bounding box; its longer side is 320 pixels.

    Strokes that leave the canvas are drawn in full. Ends and joins are round; a tap is a dot.

    Raises:
        BlankDrawing: if there is no stroke.
        DrawingError: if there are too many points.
    """
    points = _points(strokes)
    radius = np.repeat([s.width / 2 for s in strokes], [len(s.points) for s in strokes])[:, None]
    low, high = (points - radius).min(axis=0), (points + radius).max(axis=0)
    scale = BOX * FINE / float((high - low).max())
    width, height = np.maximum(1, np.ceil((high - low) * scale)).astype(int)
    return _draw(strokes, low, scale, (int(width), int(height)))


def crop(ink: Ink) -> Ink:
    """Cut out the ink's bounding box.

    Raises:
        BlankDrawing: if there is no ink.
    """
    if not (ink > INK).any():
        raise BlankDrawing
    return ink[_bounds(ink, INK)]


def fit(ink: Ink, side: int) -> Ink:
    """Resize to a longer side of `side` pixels, averaging the area of each pixel."""
    scale = side / max(ink.shape)
    height, width = (max(1, round(length * scale)) for length in ink.shape)
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    return np.clip(np.asarray(Image.fromarray(ink).resize((width, height), method)), 0, 1)


def centre(ink: Ink) -> Pixels:
    """Place ink, at most 28x28, with its centre of mass in the middle, by whole pixels."""
    total = float(ink.sum())
    if not total:
        return place(ink)
    ink = ink[_bounds(ink, 0)]
    height, width = ink.shape
    row = float(ink.sum(axis=1) @ np.arange(height)) / total
    column = float(ink.sum(axis=0) @ np.arange(width)) / total
    top = min(max(math.floor(MIDDLE - row + 0.5), 0), IMAGE_SIDE - height)
    left = min(max(math.floor(MIDDLE - column + 0.5), 0), IMAGE_SIDE - width)
    return place(ink, top, left)


def place(ink: Ink, top: int | None = None, left: int | None = None) -> Pixels:
    """Place ink, at most 28x28, on black, by default in the middle."""
    height, width = ink.shape
    top = (IMAGE_SIDE - height) // 2 if top is None else top
    left = (IMAGE_SIDE - width) // 2 if left is None else left
    image = np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    image[top : top + height, left : left + width] = np.rint(ink * 255)
    return image


def _bounds(ink: Ink, paper: float) -> tuple[slice, slice]:
    rows, columns = (np.flatnonzero((ink > paper).any(axis=axis)) for axis in (1, 0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _points(strokes: Sequence[Stroke]) -> NDArray[np.float64]:
    if not strokes:
        raise BlankDrawing
    points = np.array([point for stroke in strokes for point in stroke.points], np.float64)
    if len(points) > MOST_POINTS:
        raise DrawingError(_("The drawing has too many points."))
    return points


def _canvas(strokes: Sequence[Stroke], width: float, height: float) -> Ink:
    """Draw the whole canvas, float32 [224, 224]; strokes beyond it are cut off."""
    side = IMAGE_SIDE * COARSE
    return _draw(strokes, np.zeros(2), side / max(width, height), (side, side))


def _draw(
    strokes: Sequence[Stroke], low: NDArray[np.float64], scale: float, size: tuple[int, int]
) -> Ink:
    image = Image.new("L", size)
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        radius = stroke.width / 2 * scale
        points = _thinned((np.array(stroke.points) - low) * scale, max(1.0, radius / 8))
        if len(points) > 1:
            pen.line(points.ravel().tolist(), fill=255, width=max(1, round(2 * radius)))
        for box in np.hstack([points - radius, points + radius]).tolist():
            pen.ellipse(box, fill=255)
    return np.asarray(image, np.float32) / np.float32(255)


def _thinned(points: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Keep the first and last point, and between them those that moved on by about `step`."""
    keep = np.ones(len(points), bool)
    keep[1:-1] = np.diff(np.rint(points[:-1] / step), axis=0).any(axis=1)
    return points[keep]
