"""Drawing pad: streamlit-drawable-canvas, with visible Undo and Clear. Script thread."""

import math
from collections.abc import Iterator, Mapping, Sequence
from gettext import gettext as _
from itertools import chain
from typing import Any

import streamlit as st

from model_store.classroom.drawing import DrawingError, Point, Stroke
from pages.ui.draw.pad_controls import PAPERS, PENS, pad_controls, paper, pen
from pages.ui.draw.pad_keyboard import pad_keyboard
from pages.ui.frame import layout
from pages.ui.services import singletons
from pages.ui.state import pad as pad_state
from pages.ui.state import selection, url, visitor
from training.images.preparation import prepare
from training.images.preprocess import ALL_STEPS, BlankDrawing, StepImages, Steps

SIDE = 280  # CSS pixels of the square pad
MAX_OBJECTS = 500
_CURVE_STEP = 4  # CSS pixels
_MAX_CURVE_STEPS = 24


def pad() -> tuple[Stroke, ...]:
    """Draw the pad and return its strokes, oldest first, in CSS pixels.

    Raises:
        DrawingError: if a stroke is out of bounds; the pad is drawn all the same.
    """
    from streamlit_drawable_canvas import st_canvas  # raises outside a running app

    if url.take_arrival() or not pad_state.is_mounted():
        _mount()
    colour, background = PAPERS[paper()]
    with st.container(key="pad_box"):
        pad_keyboard(SIDE, colour, PENS[pen()], pad_state.key(), _write, _undo, clear)
        with st.container(key="pad"):
            result = st_canvas(
                stroke_width=PENS[pen()],
                stroke_color=colour,
                background_color=background,
                width=SIDE,
                height=SIDE,
                drawing_mode="freedraw",
                initial_drawing=pad_state.initial_drawing.get(),
                key=pad_state.key(),
            )
    pad_state.kept_drawing.set(result.json_data)
    objects = _objects(result.json_data)
    kept = {"objects": objects, "pen": pen(), "paper": paper()} if objects else None
    singletons.pad_memory().put(visitor.visitor_id(), kept)
    pad_controls(not objects, _undo, clear, _recolour)
    return read_strokes(result.json_data)


def read_pad(steps: Steps = ALL_STEPS) -> tuple[tuple[Stroke, ...], StepImages | None]:
    """Draw the pad and prepare its strokes; None for a blank or unreadable drawing."""
    strokes: tuple[Stroke, ...] = ()
    try:
        strokes = pad()
        return strokes, prepare(strokes, SIDE, steps, dark_ink=ink() == "dark")
    except BlankDrawing:
        pass
    except DrawingError as error:
        layout.problem(_("The drawing cannot be read."), str(error), _("Clear the pad."))
    return strokes, None


def ink() -> str:
    """Return "dark" on light paper, else "light"."""
    return "dark" if paper() == "light" else "light"


def clear() -> None:
    """Mount a blank pad."""
    pad_state.remount(None)


def _mount() -> None:
    """Mount a pad with the last drawing of this session, else of this browser."""
    if pad_state.was_shown():
        pad_state.remount(pad_state.drawing())
        return
    kept = singletons.pad_memory().get(visitor.visitor_id()) or {}
    selection.choose(pad_state.PEN, kept.get("pen", ""))
    selection.choose(pad_state.PAPER, kept.get("paper", ""))
    pad_state.remount({"objects": _objects(kept)})


def _undo() -> None:
    pad_state.remount({"objects": _objects(pad_state.drawing())[:-1]})


def _recolour() -> None:
    """Draw all strokes in the ink of the chosen paper."""
    colour, _paper = PAPERS[paper()]
    strokes = [item for item in _objects(pad_state.drawing()) if isinstance(item, Mapping)]
    pad_state.remount({"objects": [{**stroke, "stroke": colour} for stroke in strokes]})


def _write(points: Sequence[Point]) -> None:
    """Add a line of the keyboard."""
    added = canvas_object(points, PENS[pen()], PAPERS[paper()][0])
    pad_state.remount({"objects": [*_objects(pad_state.drawing()), added][:MAX_OBJECTS]})


def canvas_object(points: Sequence[Point], width: float, ink: str) -> dict[str, Any]:
    """Return a line through `points` on the pad, at least one, in the canvas' own JSON."""
    xs, ys = zip(*points, strict=True)
    if len(points) == 1:  # a browser paints no line of length 0
        xs, ys = (xs[0] - width / 1000, xs[0] + width / 1000), 2 * ys
    return {
        "type": "Path",
        "path": [["L" if i else "M", x, y] for i, (x, y) in enumerate(zip(xs, ys, strict=True))],
        "stroke": ink,
        "strokeWidth": width,
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
        "fill": None,
    }


def read_strokes(drawing: object) -> tuple[Stroke, ...]:
    """Read the canvas' JSON, at most `MAX_OBJECTS` strokes; anything else in it is left out.

    Raises:
        DrawingError: if a stroke is out of bounds.
    """
    strokes = (_stroke(item) for item in _objects(drawing)[:MAX_OBJECTS])
    return tuple(stroke for stroke in strokes if stroke is not None)


def _objects(drawing: object) -> list[Any]:
    objects = drawing.get("objects") if isinstance(drawing, Mapping) else None
    return objects if isinstance(objects, list) else []


def _stroke(item: Any) -> Stroke | None:
    try:
        points = tuple(_points(item["path"]))
        width = float(item.get("strokeWidth", 1))
    except (TypeError, ValueError, LookupError, OverflowError, AttributeError):
        return None
    good = points and width > 0 and all(map(math.isfinite, chain(*points)))
    return Stroke(points, width) if good else None


def _points(path: list[Any]) -> Iterator[Point]:
    """Yield the points of lines (M, L) and of curves (Q), which become short lines."""
    start = (0.0, 0.0)
    for _command, *values in path:
        numbers = [float(value) for value in values]
        *control, end = zip(numbers[::2], numbers[1::2], strict=True)
        yield from _curve(start, control[0], end) if control else [end]
        start = end


def _curve(start: Point, control: Point, end: Point) -> Iterator[Point]:
    length = math.dist(start, control) + math.dist(control, end)
    steps = max(1, min(_MAX_CURVE_STEPS, math.ceil(length / _CURVE_STEP)))
    for t in (i / steps for i in range(1, steps + 1)):
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
        x, y = (a * p + b * q + c * r for p, q, r in zip(start, control, end, strict=True))
        yield x, y
