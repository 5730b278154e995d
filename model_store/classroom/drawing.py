"""A drawing that somebody labelled: strokes or a picture, checked, with its content's own id."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from gettext import gettext as _
from typing import Any

from model_store.recipe.choices import CLASSES, IMAGE_SIDE
from model_store.storage.errors import StoreError

MOST_STROKES = 200
MOST_POINTS = 5_000
FURTHEST = 10_000.0  # from 0, of a coordinate
WIDEST = 1_000.0
PIXELS = IMAGE_SIDE**2
INKS = ("light", "dark")


class DrawingError(StoreError):
    """A sentence about a drawing, or a file of drawings, that cannot be used."""


@dataclass(frozen=True, slots=True)
class Line:
    """A stroke of the pen: its width and its points (x to the right, y downwards), one or more.

    All are rounded to 0.1, so that a drawing read from a file is the one that was written.
    """

    width: float
    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", round(float(self.width), 1))
        rounded = tuple(
            (round(float(x), 1) + 0.0, round(float(y), 1) + 0.0) for x, y in self.points
        )
        object.__setattr__(self, "points", rounded)


@dataclass(frozen=True)
class Drawing:
    """A digit and what it is. `strokes`, or where there are none `pixels`: 784 bytes, 255 is ink.

    Units are those of the pad, 280 to a side. `ink` is "light" on dark or "dark" on light, `owner`
    the visitor who labelled it, `time` when, in unix seconds.
    """

    label: int
    strokes: tuple[Line, ...] = ()
    pixels: bytes = b""
    ink: str = "light"
    owner: str = ""
    time: float = 0.0

    @cached_property
    def id(self) -> str:
        """16 hexadecimal digits that stand for strokes or pixels, whatever the label."""
        if self.pixels:
            return hashlib.sha256(self.pixels).hexdigest()[:16]
        drawn = [[line.width, line.points] for line in self.strokes]
        return hashlib.sha256(json.dumps(drawn).encode()).hexdigest()[:16]

    def labelled(self, label: int, owner: str) -> Drawing:
        """The same drawing with the label, in [0, 9], that `owner` gives it."""
        return replace(self, label=label, owner=owner)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, without the owner, whom nobody else shall know."""
        out: dict[str, Any] = {"label": self.label, "ink": self.ink, "time": self.time}
        if self.pixels:
            return out | {"pixels": base64.b64encode(self.pixels).decode()}
        drawn = [{"width": s.width, "points": [list(p) for p in s.points]} for s in self.strokes]
        return out | {"strokes": drawn}

    @classmethod
    def from_dict(cls, raw: object, owner: str = "") -> Drawing:
        """The drawing of a `to_dict`, of whatever came in its place.

        Raises:
            DrawingError: if it is none.
        """
        if not isinstance(raw, Mapping):
            raise DrawingError(_("A drawing is a set of named values."))
        label = raw.get("label")
        if not isinstance(label, int) or isinstance(label, bool) or not 0 <= label < CLASSES:
            raise DrawingError(_("Its label is none of 0 to 9."))
        time = raw.get("time", 0.0)
        ink = raw.get("ink", "light")
        return cls(
            label=label,
            strokes=() if "pixels" in raw else _strokes(raw.get("strokes")),
            pixels=_pixels(raw["pixels"]) if "pixels" in raw else b"",
            ink=ink if ink in INKS else "light",
            owner=owner,
            time=float(time) if _is_number(time, 1e12) else 0.0,
        )


def _strokes(raw: Any) -> tuple[Line, ...]:
    if not _is_list(raw, MOST_STROKES):
        raise DrawingError(_("It has no strokes, or more than {n}.").format(n=MOST_STROKES))
    strokes = tuple(_line(item) for item in raw)
    if sum(len(stroke.points) for stroke in strokes) > MOST_POINTS:
        raise DrawingError(_("It has more than {n} points.").format(n=f"{MOST_POINTS:,}"))
    return strokes


def _line(raw: Any) -> Line:
    if not isinstance(raw, Mapping) or not _is_list(raw.get("points"), MOST_POINTS):
        raise DrawingError(_("A stroke has a width and a list of points."))
    width: Any = raw.get("width")
    if not _is_number(width, WIDEST) or round(float(width), 1) <= 0:
        raise DrawingError(_("A stroke's width is a number above 0 and no more than 1,000."))
    return Line(width, tuple(_point(point) for point in raw["points"]))


def _point(raw: Any) -> tuple[float, float]:
    if not _is_list(raw, 2) or [_is_number(value, FURTHEST) for value in raw] != [True, True]:
        raise DrawingError(_("A point is two numbers from -10,000 to 10,000."))
    return raw[0], raw[1]


def _pixels(raw: object) -> bytes:
    try:
        data = base64.b64decode(raw, validate=True) if isinstance(raw, str) else b""
    except (binascii.Error, ValueError):
        data = b""
    if len(data) != PIXELS or not any(data):
        raise DrawingError(_("A picture is 28 x 28 bytes with some ink, in Base64."))
    return data


def _is_list(value: Any, most: int) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and 0 < len(value) <= most


def _is_number(value: Any, most: float) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) <= most  # neither infinite nor NaN
    )
