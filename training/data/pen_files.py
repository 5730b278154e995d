"""Files of pen strokes as drawings and as training images. NumPy and Pillow only; any thread.

A file (gzip or not) is a JSON list of `{"label": 0-9, "strokes": [[[x, y], ...], ...]}`, in any
unit, y upwards, with `"writer"` where that is known; or UNIPEN text as digits from a pen tablet are
published: `.SEGMENT DIGIT 0-1 ? "7"`, `.COMMENT 7 12 224` (label, writer, number), and between each
`.PEN_DOWN` and `.PEN_UP` a stroke's points, a line `x y` each. Source: UCI Machine Learning
Repository, "Pen-Based Recognition of Handwritten Digits", pendigits-orig.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from gettext import gettext as _
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.classroom.drawing import Stroke
from model_store.recipe.choices import CLASSES
from training.data.datasets import DataDamaged, DataError
from training.images.preprocess import PEN, normalise, rasterise

MAX_BYTES = 200_000_000  # of a file's text
MAX_WRITER_NAME = 60  # characters of a writer's
SEGMENT = b".SEGMENT DIGIT"
COPIES = 20  # of each drawing, in a training
SIZE = 200.0  # units that a drawing's longer side is made, before it is drawn
ROTATION = 12.0  # degrees either way
SLANT = 0.25
WIDTH = 0.15  # share that it is made wider or narrower
LINE = 0.3  # natural logarithm of how much thicker or thinner than `PEN`


@dataclass(frozen=True, slots=True)
class PenDrawing:
    """One digit: its label, and strokes as arrays float64 [n, 2], y downwards, in any unit.

    `writer` tells one hand from another; it is empty where the file does not say.
    """

    label: int
    strokes: tuple[NDArray[np.float64], ...]
    writer: str = ""

    @property
    def points(self) -> NDArray[np.float64]:
        """The points of all strokes, float64 [n, 2]."""
        return np.concatenate(self.strokes)


def read_pen_file(path: Path) -> list[PenDrawing]:
    """The drawings of a file, in its order; strokes without a point are left out.

    Raises:
        DataError: if it cannot be read or is no such file; the message names the first mistake.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(
            _("The strokes {path} cannot be read: {why}.").format(path=path, why=error.strerror)
        ) from None
    try:
        text = _unpacked(content)
        raw = _from_unipen(text) if SEGMENT in text else json.loads(text)
    except (ValueError, RecursionError, OSError, EOFError, zlib.error):
        raise DataDamaged(path, _("it is no JSON or UNIPEN, or too much of it.")) from None
    if not isinstance(raw, list) or not raw:
        raise DataDamaged(path, _("it is no list of drawings."))
    return [_drawing(path, number, item) for number, item in enumerate(raw, 1)]


def _unpacked(content: bytes) -> bytes:
    if content[:2] != b"\x1f\x8b":
        return content
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        text = file.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise ValueError
    return text


def _from_unipen(text: bytes) -> list[dict[str, Any]]:
    """What the same drawings are in JSON."""
    drawings: list[dict[str, Any]] = []
    for line in text.decode("ascii", "replace").splitlines():
        words = line.split()
        if line.strip().startswith(SEGMENT.decode()):
            label = words[-1].strip('"')
            drawings.append({"label": int(label) if label.isdecimal() else label, "strokes": []})
        elif words and drawings:
            _take(drawings[-1], words)
    return drawings


def _take(drawing: dict[str, Any], words: list[str]) -> None:
    """One line of a segment."""
    if words[0] == ".COMMENT" and len(words) == 4:
        drawing["writer"] = words[2]
    elif words[0] == ".PEN_DOWN":
        drawing["strokes"].append([])
    elif not words[0].startswith(".") and drawing["strokes"]:
        drawing["strokes"][-1].append([float(word) for word in words])


def _points(stroke: Any) -> NDArray[np.float64]:
    points = np.asarray(stroke, np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError
    return points * (1, -1)


def _drawing(path: Path, number: int, item: Any) -> PenDrawing:
    try:
        label = item["label"]
        strokes = [_points(stroke) for stroke in item["strokes"] if stroke]
        writer = str(item.get("writer", ""))[:MAX_WRITER_NAME]
    except (TypeError, ValueError, KeyError, OverflowError, AttributeError):
        label, strokes, writer = None, [], ""
    if isinstance(label, bool) or not isinstance(label, int) or not 0 <= label < CLASSES:
        raise DataDamaged(path, _("drawing {n} has no label from 0 to 9.").format(n=number))
    if not strokes or not np.isfinite(np.concatenate(strokes)).all():
        raise DataDamaged(path, _("drawing {n} has no strokes of numbers.").format(n=number))
    return PenDrawing(label, tuple(strokes), writer)


def render(drawing: PenDrawing, rng: np.random.Generator | None = None) -> NDArray[np.uint8]:
    """A drawing as the page Draw prepares it, uint8 [28, 28]; with `rng`, as another hand would.

    That is turned, slanted, wider or narrower, and with a thicker or thinner pen, at random.
    """
    turn, pen = np.eye(2), PEN
    if rng is not None:
        angle, slant, width, line = rng.uniform(-1, 1, 4)
        angle *= math.radians(ROTATION)
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        turn = turn @ np.array([[1 + WIDTH * width, -SLANT * slant], [0, 1]])
        pen *= math.exp(LINE * line)
    points = drawing.points @ turn.T
    low, extent = points.min(axis=0), float(np.ptp(points, axis=0).max())
    scale = SIZE / extent if extent else 1.0
    lines = [(s @ turn.T - low) * scale for s in drawing.strokes]
    return normalise(rasterise([Stroke(tuple(map(tuple, p)), pen * SIZE) for p in lines]))


def render_copies(
    drawings: Sequence[PenDrawing], copies: int, seed: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images [n * copies, 28, 28] and labels: n as drawn, then as other hands would draw them.

    The same seed gives the same images. About half a millisecond each.
    """
    rng = np.random.default_rng([seed, 5])
    drawn = [
        render(drawing, rng if copy else None) for copy in range(copies) for drawing in drawings
    ]
    labels = np.array([drawing.label for drawing in drawings], np.uint8)
    return np.stack(drawn), np.tile(labels, copies)
