"""The drawing pad: streamlit-drawable-canvas -> strokes; visible Undo and Clear. Script thread.

The component's own toolbar lies along the top of its canvas: above it for a mouse, upon it and
invisible on touch screens, where a tap would erase the drawing. So the canvas is a strip higher
than the pad, and all above the pad is cut off: see `.st-key-pad` in style.css.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from gettext import gettext as _
from itertools import pairwise
from typing import Any

import streamlit as st

from pages.ui import state
from training.images import Stroke

SIDE = 280  # CSS pixels of the square pad
STRIP = 28  # CSS pixels of canvas above it, cut off
PEN = 20  # CSS pixels
INK, PAPER = "#ffffff", "#000000"
MAX_OBJECTS = 500
_CURVE_STEP = 4  # CSS pixels
_MOST_CURVE_STEPS = 24

Point = tuple[float, float]


def pad() -> tuple[Stroke, ...]:
    """Draw the pad and return what stands on it, oldest stroke first, in pixels of the pad."""
    from streamlit_drawable_canvas import st_canvas  # raises outside a running app

    if state.take_arrival() or not state.pad_is_mounted():
        state.next_pad(state.drawing())
    with st.container(key="pad"):
        result = st_canvas(
            stroke_width=PEN,
            stroke_color=INK,
            background_color=PAPER,
            width=SIDE,
            height=SIDE + STRIP,
            drawing_mode="freedraw",
            initial_drawing=state.pad_start(),
            key=state.pad_key(),
        )
    state.keep_drawing(result.json_data)
    blank = not _objects(result.json_data)
    with st.container(horizontal=True):
        st.button(_("Undo"), icon=":material/undo:", disabled=blank, key="pad_undo", on_click=_undo)
        st.button(
            _("Clear"), icon=":material/delete:", disabled=blank, key="pad_clear", on_click=_clear
        )
    return tuple(
        Stroke(tuple((x, y - STRIP) for x, y in stroke.points), stroke.width)
        for stroke in strokes_from_json(result.json_data)
    )


def _undo() -> None:
    state.next_pad({"objects": _objects(state.drawing())[:-1]})


def _clear() -> None:
    state.next_pad(None)


def strokes_from_json(drawing: object) -> tuple[Stroke, ...]:
    """The strokes of a canvas' JSON, in canvas units; what is no stroke is passed over."""
    strokes = (_stroke(item) for item in _objects(drawing)[:MAX_OBJECTS])
    return tuple(stroke for stroke in strokes if stroke is not None)


def _objects(drawing: object) -> list[Any]:
    objects = drawing.get("objects") if isinstance(drawing, Mapping) else None
    return objects if isinstance(objects, list) else []


def _stroke(item: object) -> Stroke | None:
    if not isinstance(item, Mapping) or not isinstance(item.get("path"), list):
        return None
    try:
        across, down = _scale(item, "X"), _scale(item, "Y")
        points = tuple(_placed(item, tuple(_points(item["path"])), across, down))
        width = float(item.get("strokeWidth", 1)) * math.sqrt(abs(across * down))
    except (TypeError, ValueError, LookupError, OverflowError):
        return None
    good = points and all(math.isfinite(v) for point in points for v in point)
    return Stroke(points, width) if good and 0 < width < 1000 else None


def _scale(item: Mapping[str, Any], axis: str) -> float:
    return float(item.get(f"scale{axis}", 1)) * (-1 if item.get(f"flip{axis}") else 1)


def _points(path: list[Any]) -> Iterator[Point]:
    """Points along M, L, Q and C commands, curves in short lines."""
    at = (0.0, 0.0)
    for command in path:
        kind, numbers = command[0], [float(v) for v in command[1:]]
        pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
        if kind in ("M", "L"):
            yield pairs[0]
        elif kind in ("Q", "C"):
            yield from _curve([at, *pairs])
        else:
            continue
        at = pairs[-1]


def _curve(points: list[Point]) -> Iterator[Point]:
    length = sum(math.dist(a, b) for a, b in pairwise(points))
    steps = max(1, min(_MOST_CURVE_STEPS, math.ceil(length / _CURVE_STEP)))
    yield from (_bezier(points, i / steps) for i in range(1, steps + 1))


def _bezier(points: list[Point], t: float) -> Point:
    while len(points) > 1:
        points = [
            ((1 - t) * a[0] + t * b[0], (1 - t) * a[1] + t * b[1]) for a, b in pairwise(points)
        ]
    return points[0]


def _placed(
    item: Mapping[str, Any], points: tuple[Point, ...], across: float, down: float
) -> Iterator[Point]:
    """The points where the stroke's middle is now, scaled and turned by the toolbar's Edit mode."""
    xs, ys = [x for x, _y in points], [y for _x, y in points]
    middle = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
    left, top = float(item.get("left", middle[0])), float(item.get("top", middle[1]))
    angle = math.radians(float(item.get("angle", 0)))
    cos, sin = math.cos(angle), math.sin(angle)
    for x, y in points:
        dx, dy = (x - middle[0]) * across, (y - middle[1]) * down
        yield left + dx * cos - dy * sin, top + dx * sin + dy * cos
