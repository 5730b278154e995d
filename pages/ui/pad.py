"""The drawing pad: streamlit-drawable-canvas -> strokes; visible Undo and Clear. Script thread.

The component's own toolbar lies along the top of its canvas: above it for a mouse, upon it and
invisible on touch screens, where a tap would erase the drawing. So the canvas is a strip higher
than the pad, and the strip is covered: see `.st-key-pad` in style.css.
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

SIDE = 300  # CSS pixels of the square pad
STRIP = 28  # CSS pixels of canvas above it, covered
MAX_OBJECTS = 500
_CURVE_STEPS = 6


def pad(ink: str = "#ffffff", paper: str = "#000000", width: int = 22) -> tuple[Stroke, ...]:
    """Draw the pad and return what stands on it, oldest stroke first."""
    from streamlit_drawable_canvas import st_canvas  # raises outside a running app

    if state.take_arrival():
        state.next_pad(state.drawing())
    with st.container(key="pad"):
        result = st_canvas(
            stroke_width=width,
            stroke_color=ink,
            background_color=paper,
            width=SIDE,
            height=SIDE + STRIP,
            drawing_mode="freedraw",
            initial_drawing=state.pad_start(),
            key=f"pad_{state.pad_version()}",
        )
    drawing = result.json_data
    state.keep_drawing(drawing)
    objects = _objects(drawing)
    with st.container(horizontal=True):
        if st.button(_("Undo"), icon=":material/undo:", disabled=not objects, key="pad_undo"):
            _restart({"objects": objects[:-1]})
        if st.button(_("Clear"), icon=":material/delete:", disabled=not objects, key="pad_clear"):
            _restart(None)
    return tuple(_below_the_strip(stroke) for stroke in strokes_from_json(drawing))


def _below_the_strip(stroke: Stroke) -> Stroke:
    return Stroke(tuple((x, y - STRIP) for x, y in stroke.points), stroke.width)


def _restart(drawing: dict[str, Any] | None) -> None:
    state.keep_drawing(drawing)
    state.next_pad(drawing)
    st.rerun(scope="fragment")


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
        points = tuple(_placed(item, tuple(_points(item["path"]))))
        width = float(item.get("strokeWidth", 1)) * abs(float(item.get("scaleX", 1)))
    except (TypeError, ValueError, IndexError):
        return None
    good = points and all(math.isfinite(v) for point in points for v in point)
    return Stroke(points, width) if good and 0 < width < 1000 else None


def _points(path: list[Any]) -> Iterator[tuple[float, float]]:
    """Points along M, L, Q and C commands, curves in short lines."""
    at = (0.0, 0.0)
    for command in path:
        kind, numbers = command[0], [float(v) for v in command[1:]]
        pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
        if kind in ("M", "L"):
            yield pairs[0]
        elif kind in ("Q", "C"):
            yield from (_bezier([at, *pairs], i / _CURVE_STEPS) for i in range(1, _CURVE_STEPS + 1))
        else:
            continue
        at = pairs[-1]


def _bezier(points: list[tuple[float, float]], t: float) -> tuple[float, float]:
    while len(points) > 1:
        points = [
            ((1 - t) * a[0] + t * b[0], (1 - t) * a[1] + t * b[1]) for a, b in pairwise(points)
        ]
    return points[0]


def _placed(
    item: Mapping[str, Any], points: tuple[tuple[float, float], ...]
) -> Iterator[tuple[float, float]]:
    """The points after the toolbar's Edit mode has moved, scaled or turned the stroke."""
    sx, sy = float(item.get("scaleX", 1)), float(item.get("scaleY", 1))
    angle = math.radians(float(item.get("angle", 0)))
    left, top = item.get("left"), item.get("top")
    if left is None or top is None or not points:
        yield from points
        return
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    middle = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
    if item.get("originX") == "center" and item.get("originY") == "center":
        target = (float(left), float(top))
    else:
        pen = float(item.get("strokeWidth", 1))
        wide = (float(item.get("width", max(xs) - min(xs))) + pen) * sx / 2
        high = (float(item.get("height", max(ys) - min(ys))) + pen) * sy / 2
        target = (
            float(left) + wide * math.cos(angle) - high * math.sin(angle),
            float(top) + wide * math.sin(angle) + high * math.cos(angle),
        )
    if (sx, sy, angle) == (1.0, 1.0, 0.0):
        yield from points  # an untouched stroke's path is absolute already
        return
    for x, y in points:
        dx, dy = (x - middle[0]) * sx, (y - middle[1]) * sy
        yield (
            target[0] + dx * math.cos(angle) - dy * math.sin(angle),
            target[1] + dx * math.sin(angle) + dy * math.cos(angle),
        )
