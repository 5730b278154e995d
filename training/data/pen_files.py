"""Files of pen strokes as drawings and as training images. NumPy only; any thread.

A file, gzipped or not, is a JSON list of `{"label": 0-9, "strokes": [[[x, y], ...], ...]}` in any
unit, y upwards, with an optional `"writer"`. Or it is UNIPEN text, as pen tablets write digits:
`.SEGMENT DIGIT 0-1 ? "7"`, `.COMMENT 7 12 224` (label, writer, number), and a line `x y` for each
point between `.PEN_DOWN` and `.PEN_UP`. Source: UCI Machine Learning Repository, "Pen-Based
Recognition of Handwritten Digits", pendigits-orig.
"""

import gzip
import io
import json
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.classroom.drawing import Stroke
from model_store.recipe.choices import CLASSES
from model_store.text import _
from training.data.datasets import DataError, read_file
from training.images.preparation import normalise_strokes
from training.images.preprocess import PEN

MAX_BYTES = 200_000_000  # of a file's text
MAX_COORDINATE = 1e6  # in any unit
MAX_WRITER_NAME = 60  # characters of a writer's
SEGMENT = b".SEGMENT DIGIT"
COPIES = 20  # of each drawing in a training
SIZE = 200.0  # units of a drawing's longer side, before it is rendered
ROTATION = 12.0  # degrees either way
SLANT = 0.25
WIDTH = 0.15  # fraction that it becomes wider or narrower
LINE = 0.3  # natural logarithm of how much thicker or thinner than `PEN`


@dataclass(frozen=True, slots=True)
class PenDrawing:
    """One digit: its label, and strokes as arrays float64 [n, 2], y downwards, in any unit.

    `writer` is empty where the file names none.
    """

    label: int
    strokes: tuple[NDArray[np.float64], ...]
    writer: str = ""

    @property
    def points(self) -> NDArray[np.float64]:
        """Points of all strokes, float64 [n, 2]."""
        return np.concatenate(self.strokes)


def read_pen_file(path: Path) -> list[PenDrawing]:
    """Return the drawings of a file, in its order, without empty strokes.

    Raises:
        DataError: if the file cannot be read; the message names the first mistake.
    """
    content = read_file(path)
    try:
        text = _unpacked(content)
        raw = _from_unipen(text) if SEGMENT in text else json.loads(text)
    except (ValueError, RecursionError, OSError, EOFError, zlib.error):
        raise _refused(path, _("It is not JSON or UNIPEN, or it is too large.")) from None
    if not isinstance(raw, list) or not raw:
        raise _refused(path, _("It is not a list of drawings."))
    return [_drawing(path, number, item) for number, item in enumerate(raw, 1)]


def _refused(path: Path, reason: str) -> DataError:
    return DataError(_("{path} cannot be used. {reason}").format(path=path, reason=reason))


def _unpacked(content: bytes) -> bytes:
    if content[:2] != b"\x1f\x8b":
        return content
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        text = file.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise ValueError
    return text


def _from_unipen(text: bytes) -> list[dict[str, Any]]:
    """Return the drawings of a UNIPEN text as in a JSON file."""
    drawings: list[dict[str, Any]] = []
    for line in text.decode("ascii", "replace").splitlines():
        words = line.split()
        if line.strip().startswith(SEGMENT.decode()):
            label = words[-1].strip('"')
            drawings.append({"label": int(label) if label.isdecimal() else label, "strokes": []})
        elif not words or not drawings:
            continue
        elif words[0] == ".COMMENT" and len(words) == 4:
            drawings[-1]["writer"] = words[2]
        elif words[0] == ".PEN_DOWN":
            drawings[-1]["strokes"].append([])
        elif not words[0].startswith(".") and drawings[-1]["strokes"]:
            drawings[-1]["strokes"][-1].append([float(word) for word in words])
    return drawings


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
        raise _refused(path, _("Drawing {n} has no label from 0 to 9.").format(n=number))
    if not strokes or not (np.abs(np.concatenate(strokes)) <= MAX_COORDINATE).all():
        sentence = _("Drawing {n} has no strokes of numbers up to 1,000,000.")
        raise _refused(path, sentence.format(n=number))
    return PenDrawing(label, tuple(strokes), writer)


def render(drawing: PenDrawing, rng: np.random.Generator | None = None) -> NDArray[np.uint8]:
    """Return a drawing as the Draw page prepares it, uint8 [28, 28].

    With `rng` it varies like another hand's: rotation, slant, width and pen are random.
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
    scale = SIZE / extent if extent > 1 / MAX_COORDINATE else 1.0
    lines = [(s @ turn.T - low) * scale for s in drawing.strokes]
    return normalise_strokes([Stroke(tuple(map(tuple, p)), pen * SIZE) for p in lines])


def render_copies(
    drawings: Sequence[PenDrawing], copies: int, seed: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return images uint8 [n * copies, 28, 28] and labels: n as drawn, the rest as by other hands.

    The same seed gives the same images. Each takes about half a millisecond.
    """
    rng = np.random.default_rng([seed, 5])
    drawn = [
        render(drawing, rng if copy else None) for copy in range(copies) for drawing in drawings
    ]
    labels = np.array([drawing.label for drawing in drawings], np.uint8)
    return np.stack(drawn), np.tile(labels, copies)
