"""Labelled drawings: strokes or pixels, checked, with an id made from their content. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from model_store.recipe.choices import CLASSES, IMAGE_SIDE
from model_store.recipe.validation import is_number, is_whole
from model_store.storage.errors import StoreError
from model_store.text import _

MAX_STROKES = 200
MAX_POINTS = 5_000
MAX_COORDINATE = 10_000.0  # and the widest pen
PIXELS = IMAGE_SIDE**2
INKS = ("light", "dark")
Point = tuple[float, float]


class DrawingError(StoreError):
    """A drawing, or a file of drawings, that cannot be used; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line of the pen through `points` (x to the right, y downwards), `width` units thick.

    Raises:
        DrawingError: if it has no point, or a number is NaN or out of bounds.
    """

    points: tuple[Point, ...]
    width: float

    def __post_init__(self) -> None:
        inside = (abs(x) <= MAX_COORDINATE and abs(y) <= MAX_COORDINATE for x, y in self.points)
        if not self.points or not all(inside):
            raise _bad_point()
        if not 0 < self.width <= MAX_COORDINATE:
            raise _bad_width()


@dataclass(frozen=True)
class Drawing:
    """A digit and its label in [0, 9]: `strokes`, or without them `pixels`: 784 bytes, 255 is ink.

    Units are those of the pad, 280 to a side, rounded to 0.1: a drawing read from a file equals
    the one that was written. `ink` is "light" on dark or "dark" on light. `owner` is the visitor
    who labelled the drawing at `time`, in unix seconds.

    Raises:
        DrawingError: if it has too many strokes or points, or a stroke thinner than 0.05.
    """

    label: int
    strokes: tuple[Stroke, ...] = ()
    pixels: bytes = b""
    ink: str = "light"
    owner: str = ""
    time: float = 0.0

    def __post_init__(self) -> None:
        if len(self.strokes) > MAX_STROKES:
            raise DrawingError(_("A drawing has 1 to {n} strokes.").format(n=MAX_STROKES))
        if sum(len(stroke.points) for stroke in self.strokes) > MAX_POINTS:
            raise DrawingError(_("A drawing has at most {n:,} points.").format(n=MAX_POINTS))
        object.__setattr__(self, "strokes", tuple(map(_rounded, self.strokes)))

    @cached_property
    def id(self) -> str:
        """16 hexadecimal digits made from strokes or pixels, not from the label."""
        drawn = self.pixels or json.dumps([[s.width, s.points] for s in self.strokes]).encode()
        return hashlib.sha256(drawn).hexdigest()[:16]

    def labelled(self, label: int, owner: str) -> Drawing:
        """Return the drawing with another label, in [0, 9], given by `owner`."""
        return replace(self, label=label, owner=owner)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types, without the owner, who stays private."""
        out: dict[str, Any] = {"label": self.label, "ink": self.ink, "time": self.time}
        if self.pixels:
            return out | {"pixels": base64.b64encode(self.pixels).decode()}
        return out | {"strokes": [asdict(stroke) for stroke in self.strokes]}

    @classmethod
    def from_dict(cls, raw: object, owner: str = "") -> Drawing:
        """Return the drawing of a `to_dict`; DrawingError for any other value."""
        if not isinstance(raw, Mapping):
            raise DrawingError(_("A drawing is a set of named values."))
        label, time, ink = raw.get("label"), raw.get("time"), raw.get("ink")
        if not is_whole(label, 0, CLASSES - 1):
            raise DrawingError(_("The label must be a digit from 0 to 9."))
        return cls(
            label=label,
            strokes=() if "pixels" in raw else _strokes(raw.get("strokes")),
            pixels=_pixels(raw["pixels"]) if "pixels" in raw else b"",
            ink=ink if ink in INKS else "light",
            owner=owner,
            time=float(time) if is_number(time, -1e12, 1e12) else 0.0,
        )


def _rounded(stroke: Stroke) -> Stroke:
    points = ((round(float(x), 1) + 0.0, round(float(y), 1) + 0.0) for x, y in stroke.points)
    return Stroke(tuple(points), round(float(stroke.width), 1))  # `+ 0.0` turns -0.0 into 0.0


def _strokes(raw: object) -> tuple[Stroke, ...]:
    listed = _list(raw, MAX_STROKES)
    if not listed:
        raise DrawingError(_("A drawing has 1 to {n} strokes.").format(n=MAX_STROKES))
    return tuple(_stroke(number, item) for number, item in enumerate(listed, 1))


def _stroke(number: int, raw: object) -> Stroke:
    values = raw if isinstance(raw, Mapping) else {}
    points, width = _list(values.get("points"), MAX_POINTS), values.get("width")
    if not points:
        raise _at(number, 0, DrawingError(_("A stroke has a width and a list of points.")))
    if not is_number(width, 0.05, MAX_COORDINATE):
        raise _at(number, 0, _bad_width())
    for place, point in enumerate(points, 1):
        if not _is_point(point):
            raise _at(number, place, _bad_point())
    return Stroke(tuple((x, y) for x, y, *_rest in points), width)


def _is_point(raw: Any) -> bool:
    """True for two numbers; what follows, such as pressure, is not looked at."""
    numbers = raw[:2] if isinstance(raw, list | tuple) else ()
    return len(numbers) == 2 and all(is_number(v, -MAX_COORDINATE, MAX_COORDINATE) for v in numbers)


def _at(stroke: int, point: int, error: DrawingError) -> DrawingError:
    """Return the error with its place in the drawing; point 0 is none."""
    text = _("Stroke {stroke}, point {point}: {why}") if point else _("Stroke {stroke}: {why}")
    return DrawingError(text.format(stroke=stroke, point=point, why=error))


def _bad_point() -> DrawingError:
    return DrawingError(_("A point is two numbers from -10,000 to 10,000."))


def _bad_width() -> DrawingError:
    return DrawingError(_("The width of a stroke is a number above 0, at most 10,000."))


def _pixels(raw: object) -> bytes:
    try:
        data = base64.b64decode(raw, validate=True) if isinstance(raw, str) else b""
    except (binascii.Error, ValueError):
        data = b""
    if len(data) != PIXELS or not any(data):
        raise DrawingError(_("A picture is 28 x 28 bytes with some ink, in Base64."))
    return data


def _list(raw: object, longest: int) -> Sequence[Any]:
    """Return a list as it is; an empty one for a longer list or for anything else."""
    if isinstance(raw, Sequence) and not isinstance(raw, str) and len(raw) <= longest:
        return raw
    return ()
