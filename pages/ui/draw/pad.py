"""The drawing pad: streamlit-drawable-canvas -> strokes; visible Undo and Clear. Script thread.

The component's own toolbar lies along the top of its canvas: above it for a mouse, upon it and
invisible on touch screens, where a tap would erase the drawing. So the canvas is a strip higher
than the pad, and all above the pad is cut off: see `.st-key-pad` in style.css.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from gettext import gettext as _
from itertools import pairwise
from typing import Any

import streamlit as st

from model_store.classroom.drawing import Stroke
from pages.ui.draw.pad_controls import Choice, pad_controls
from pages.ui.draw.pad_keyboard import Points, pad_overlay
from pages.ui.frame import layout
from pages.ui.services import singletons
from pages.ui.state import pad as pad_state
from pages.ui.state import selection, url, visitor
from training.images.preprocess import (
    ALL_STEPS,
    BlankDrawing,
    StepImages,
    Steps,
    prepare,
)

SIDE = 280  # CSS pixels of the square pad
STRIP = 28  # CSS pixels of canvas above it, cut off
PENS = {"thin": 10, "medium": 20, "thick": 32}  # CSS pixels
PAPERS = {"dark": ("#ffffff", "#000000"), "light": ("#000000", "#ffffff")}  # ink, paper
MAX_OBJECTS = 500
_CURVE_STEP = 4  # CSS pixels
_MOST_CURVE_STEPS = 24

Point = tuple[float, float]


def pad() -> tuple[Stroke, ...]:
    """Draw the pad and return what stands on it, oldest stroke first, in pixels of the pad."""
    from streamlit_drawable_canvas import st_canvas  # raises outside a running app

    if url.take_arrival() or not pad_state.is_mounted():
        _mount()
    ink, paper = PAPERS[_paper()]
    with st.container(key="pad_box"):
        pad_overlay(SIDE, ink, PENS[_pen()], pad_state.key(), _write, _undo, _clear)
        with st.container(key="pad"):
            result = st_canvas(
                stroke_width=PENS[_pen()],
                stroke_color=ink,
                background_color=paper,
                width=SIDE,
                height=SIDE + STRIP,
                drawing_mode="freedraw",
                initial_drawing=pad_state.initial_drawing(),
                key=pad_state.key(),
            )
    pad_state.keep_drawing(result.json_data)
    objects = _objects(result.json_data)
    _remember(objects)
    _controls(blank=not objects)
    return strokes_on_pad(result.json_data)


def read_pad(on: Steps = ALL_STEPS) -> tuple[tuple[Stroke, ...], StepImages | None]:
    """Draw the pad and prepare what stands on it; None if that is nothing, or cannot be read."""
    strokes = pad()
    try:
        return strokes, prepare(strokes, SIDE, SIDE, on, ink_is_dark())
    except BlankDrawing:
        return strokes, None
    except ValueError as error:
        layout.problem(_("The drawing cannot be read."), str(error), _("Clear the pad."))
        return strokes, None


def ink_is_dark() -> bool:
    """Whether the pad is light paper, with dark ink."""
    return _paper() == "light"


def _mount() -> None:
    """A pad with what stood on the last one: of this session, else of this browser."""
    if pad_state.was_shown():
        pad_state.remount(pad_state.drawing())
        return
    kept = singletons.pad_memory().get(visitor.visitor_id()) or {}
    if kept.get("pen") in PENS:
        selection.choose(pad_state.PEN, kept["pen"])
    if kept.get("paper") in PAPERS:
        selection.choose(pad_state.PAPER, kept["paper"])
    pad_state.remount({"objects": _objects(kept)})


def _remember(objects: list[Any]) -> None:
    kept = {"objects": objects, "pen": _pen(), "paper": _paper()} if objects else None
    singletons.pad_memory().put(visitor.visitor_id(), kept)


def _pen() -> str:
    return selection.choice(pad_state.PEN, PENS, "medium")


def _paper() -> str:
    return selection.choice(pad_state.PAPER, PAPERS, "dark")


def _controls(blank: bool) -> None:
    pens = {"thin": _("thin"), "medium": _("medium"), "thick": _("thick")}
    papers = {"dark": _("light on dark"), "light": _("dark on light")}
    pad_controls(
        blank,
        Choice(_("Line"), pens, _pen(), partial(selection.choose, pad_state.PEN)),
        Choice(_("Ink and paper"), papers, _paper(), _choose_paper),
        _undo,
        _clear,
    )


def _undo() -> None:
    pad_state.remount({"objects": _objects(pad_state.drawing())[:-1]})


def _clear() -> None:
    pad_state.remount(None)


def _choose_paper(name: str) -> None:
    """Other paper: what is drawn turns light or dark with it."""
    selection.choose(pad_state.PAPER, name)
    ink, _ground = PAPERS[name]
    objects = _objects(pad_state.drawing())
    pad_state.remount(
        {"objects": [{**o, "stroke": ink} if isinstance(o, Mapping) else o for o in objects]}
    )


def _write(points: Points) -> None:
    """Put a line of the keyboard on the pad."""
    ink, _ground = PAPERS[_paper()]
    on_canvas = [(x, y + STRIP) for x, y in points]
    added = canvas_object(on_canvas, PENS[_pen()], ink)
    pad_state.remount({"objects": [*_objects(pad_state.drawing()), added][:MAX_OBJECTS]})


def canvas_object(points: Sequence[Point], width: float, ink: str) -> dict[str, Any]:
    """A line through `points` (canvas units, at least one) as the canvas itself would write it."""
    if len(points) == 1:  # a line of no length at all would not be painted
        ((x, y),) = points
        points = [(x - width / 1000, y), (x + width / 1000, y)]
    xs, ys = zip(*points, strict=True)
    return {
        "type": "Path",
        "path": [["M", *points[0]], *(["L", *point] for point in points[1:])],
        "left": (min(xs) + max(xs)) / 2,
        "top": (min(ys) + max(ys)) / 2,
        "originX": "center",
        "originY": "center",
        "stroke": ink,
        "strokeWidth": width,
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
        "fill": None,
    }


def strokes_on_pad(drawing: object) -> tuple[Stroke, ...]:
    """As `strokes_from_json`, measured from the pad's own corner."""
    return tuple(
        Stroke(tuple((x, y - STRIP) for x, y in stroke.points), stroke.width)
        for stroke in strokes_from_json(drawing)
    )


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
