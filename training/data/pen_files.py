"""Files of pen strokes as drawings and as training images. NumPy only; any thread.

A file, gzipped or not, is a JSON list of `{"label": 0-9, "strokes": [[[x, y], ...], ...]}` in any
unit, y upwards, with an optional `"writer"`; `{"y": "down", "drawings": [...]}` is such a list with
y downwards. What a point has after x and y, such as pressure, is left out. The page's own
`drawings.json` is read too. Or it is UNIPEN text, as pen tablets write digits:
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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.classroom.drawing import Stroke
from model_store.recipe.choices import CLASSES
from model_store.recipe.validation import is_number
from model_store.text import _
from training.data.datasets import DataError, read_file
from training.images.digit_likeness import class_distances
from training.images.drawing_files import FORMAT
from training.images.preparation import normalise_strokes
from training.images.preprocess import PEN

MAX_BYTES = 200_000_000  # of a file's text
MAX_COORDINATE = 1e6  # in any unit
MAX_WRITER_NAME = 60  # characters of a writer's
SEGMENT = b".SEGMENT DIGIT"
COPIES = 8  # of each drawing in a training
LOOKED_AT = 200  # drawings, to see whether a file is upside down
STANDING = (2, 4, 5, 6, 7, 9)  # digits that look different when they are turned over
ENOUGH = 10  # of these
SIZE = 200.0  # units of a drawing's longer side, before it is rendered
ROTATION = 12.0  # degrees either way
SLANT = 0.5
WIDTH = 0.3  # natural logarithm of how much wider or narrower
LINE = 0.45  # the same of how much thicker or thinner than `PEN`
BEND = 0.035  # standard deviation of each of a bent drawing's waves, in parts of its longer side
WAVES = 3  # cosines each way, the first of them constant


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
        DataError: if the file cannot be read; the message names the first mistake and its place.
    """
    content = read_file(path)
    try:
        text = _unpacked(content)
        raw = _from_unipen(text) if SEGMENT in text else json.loads(text)
    except (ValueError, RecursionError, OSError, EOFError, zlib.error):
        raise _refused(path, _("It is not JSON or UNIPEN, or it is too large.")) from None
    listed, up = raw, -1
    if isinstance(raw, dict) and isinstance(raw.get("drawings"), list):
        listed = raw["drawings"]
        is_ours = raw.get("format") == FORMAT
        if raw.get("y", "down" if is_ours else "up") not in ("up", "down"):
            raise _refused(path, _('"y" is "up" or "down".'))
        up = 1 if is_ours or raw.get("y") == "down" else -1
    if not isinstance(listed, list) or not listed:
        raise _refused(path, _("It is not a list of drawings."))
    drawings = []
    for number, item in enumerate(listed, 1):
        try:
            drawings.append(_drawing(item, up))
        except _Mistake as mistake:
            sentence = _("Drawing {n}: {mistake}").format(n=number, mistake=mistake)
            raise _refused(path, sentence) from None
    if _is_upside_down(drawings):
        raise _refused(
            path,
            _(
                "The digits are upside down, since y grows downwards in it. Write it as {example}."
            ).format(example='{"y": "down", "drawings": [...]}'),
        )
    return drawings


def _is_upside_down(drawings: Sequence[PenDrawing]) -> bool:
    """True if most of the first drawings look more like their digits when they are turned over."""
    some = [drawing for drawing in drawings[:LOOKED_AT] if drawing.label in STANDING]
    if len(some) < ENOUGH:
        return False
    over = [replace(each, strokes=tuple(s * (1, -1) for s in each.strokes)) for each in some]
    labels = np.array([drawing.label for drawing in some])
    far, near = (class_distances(np.stack([*map(render, all_)]), labels) for all_ in (some, over))
    return float((near < far).mean()) > 0.75


class _Mistake(ValueError):
    """Something in a drawing that cannot be read; the message says what and where."""


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


def _drawing(item: Any, up: int) -> PenDrawing:
    """Read a drawing whose y grows upwards, if `up` is -1, or downwards."""
    if not isinstance(item, dict):
        raise _Mistake(_("it is not a set of named values."))
    label, strokes = item.get("label"), item.get("strokes")
    if isinstance(label, bool) or not isinstance(label, int) or not 0 <= label < CLASSES:
        raise _Mistake(_("its label is not a digit from 0 to 9."))
    if strokes is None and "pixels" in item:
        raise _Mistake(_("it is a picture: only strokes can be read here."))
    if not isinstance(strokes, list):
        raise _Mistake(_('its "strokes" are not a list.'))
    read = [_points(number, stroke, up) for number, stroke in enumerate(strokes, 1)]
    read = [points for points in read if len(points)]
    if not read:
        raise _Mistake(_("it has no strokes."))
    return PenDrawing(label, tuple(read), str(item.get("writer", ""))[:MAX_WRITER_NAME])


def _points(number: int, stroke: Any, up: int) -> NDArray[np.float64]:
    """Return the points of a stroke: a list of points, or the page's own kind of stroke."""
    listed = stroke.get("points") if isinstance(stroke, dict) else stroke
    if not isinstance(listed, list):
        raise _Mistake(_("stroke {n} is not a list of points.").format(n=number))
    for place, point in enumerate(listed, 1):
        numbers = point[:2] if isinstance(point, list) else []
        if len(numbers) < 2 or not all(
            is_number(value, -MAX_COORDINATE, MAX_COORDINATE) for value in numbers
        ):
            text = _("stroke {n}, point {place} is not two numbers up to 1,000,000.")
            raise _Mistake(text.format(n=number, place=place))
    return np.array([point[:2] for point in listed], np.float64).reshape(-1, 2) * (1, up)


def render(drawing: PenDrawing, rng: np.random.Generator | None = None) -> NDArray[np.uint8]:
    """Return a drawing as the Draw page prepares it, uint8 [28, 28].

    With `rng` it varies like another hand's: bend, rotation, slant, width and pen are random.
    """
    strokes, pen = list(drawing.strokes), PEN
    if rng is not None:
        strokes, thicker = _by_another_hand(_scaled(strokes, 1.0), rng)
        pen *= thicker
    lines = _scaled(strokes, SIZE)
    return normalise_strokes([Stroke(tuple(map(tuple, p)), pen * SIZE) for p in lines])


def _scaled(strokes: Sequence[NDArray[np.float64]], size: float) -> list[NDArray[np.float64]]:
    """Return strokes that begin at (0, 0), the longer side `size`; a dot is only moved."""
    points = np.concatenate(strokes)
    low, extent = points.min(axis=0), float(np.ptp(points, axis=0).max())
    scale = size / extent if extent > 1 / MAX_COORDINATE else 1.0
    return [(stroke - low) * scale for stroke in strokes]


def _by_another_hand(
    strokes: Sequence[NDArray[np.float64]], rng: np.random.Generator
) -> tuple[list[NDArray[np.float64]], float]:
    """Return changed strokes of a drawing of side 1, and the factor of the pen's width."""
    angle, slant, width, line = rng.uniform(-1, 1, 4)
    angle *= math.radians(ROTATION)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    turn = turn @ np.array([[math.exp(WIDTH * width), -SLANT * slant], [0, 1]])
    waves = rng.normal(0, BEND, (WAVES**2 - 1, 2))

    def bent(points: NDArray[np.float64]) -> NDArray[np.float64]:
        across, down = np.cos(np.pi * points[:, :, None] * np.arange(WAVES)).transpose(1, 0, 2)
        both = (across[:, :, None] * down[:, None, :]).reshape(len(points), WAVES**2)
        return points + both[:, 1:] @ waves

    return [bent(stroke) @ turn.T for stroke in strokes], math.exp(LINE * line)


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
