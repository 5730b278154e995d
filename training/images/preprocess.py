"""Preparation steps, and how they are taken for ink that is already a picture, such as a photo.

Strokes have their own definition of the same steps, `training.images.preparation`, which the
browser shares. NumPy and Pillow only; pure, any thread.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model_store.classroom.drawing import DrawingError
from model_store.recipe.choices import IMAGE_SIDE
from model_store.text import _

BOX = 20  # pixels of the digit's longer side
MIDDLE = 14  # pixel index of MNIST's centre of mass
PEN = 0.11  # the line's width by the digit's longer side, as in MNIST
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
    cropped = crop(evened) if steps.cropped else evened
    scaled = fit(cropped, BOX if steps.scaled else IMAGE_SIDE)
    images = StepImages(
        raw=place(fit(grey, IMAGE_SIDE)),
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
    return place(*middle(ink)) if ink.any() else place(ink)


def middle(ink: NDArray[Any]) -> tuple[NDArray[Any], int, int]:
    """Return ink's bounding box, and top and left where its centre of mass is in the middle.

    `ink` is not blank. Sums of integers are exact, so that `reader.js` finds the same place.
    """
    ink = ink[_bounds(ink, 0)]
    (height, width), total = ink.shape, float(ink.sum())
    row = float(ink.sum(axis=1) @ np.arange(height)) / total
    column = float(ink.sum(axis=0) @ np.arange(width)) / total
    top = min(max(math.floor(MIDDLE - row + 0.5), 0), IMAGE_SIDE - height)
    left = min(max(math.floor(MIDDLE - column + 0.5), 0), IMAGE_SIDE - width)
    return ink, top, left


def place(ink: Ink, top: int | None = None, left: int | None = None) -> Pixels:
    """Place ink, at most 28x28, on black, by default in the middle."""
    return paste(np.rint(ink * 255), top, left)


def paste(values: NDArray[Any], top: int | None = None, left: int | None = None) -> Pixels:
    """Place whole numbers from 0 to 255, at most 28x28, on black, by default in the middle."""
    height, width = values.shape
    top = (IMAGE_SIDE - height) // 2 if top is None else top
    left = (IMAGE_SIDE - width) // 2 if left is None else left
    image = np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    image[top : top + height, left : left + width] = values
    return image


def _bounds(ink: NDArray[Any], paper: float) -> tuple[slice, slice]:
    rows, columns = (np.flatnonzero((ink > paper).any(axis=axis)) for axis in (1, 0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
