"""Drawing pad: streamlit-drawable-canvas, with visible Undo and Clear. Script thread.

The browser keeps the strokes while they are drawn (`pad.js`): the canvas itself sends nothing. The
server reads them from the pad's memory when a script needs them.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import chain, pairwise
from typing import Any

import streamlit as st

from model_store.classroom.drawing import DrawingError, Point, Stroke
from model_store.text import _
from pages.ui import browser
from pages.ui.components.component import component
from pages.ui.frame import layout
from pages.ui.pad import pad_controls, pad_keyboard
from pages.ui.pad.pad_controls import PAPERS, PENS, paper, pen
from pages.ui.server.browser_routes import pad_path
from pages.ui.services import singletons
from pages.ui.state import pad as pad_state
from pages.ui.state import selection, url, visitor
from training.images.preparation import prepare
from training.images.preprocess import ALL_STEPS, BlankDrawing, StepImages, Steps

SIDE = 280  # CSS pixels of the square pad
MAX_OBJECTS = 500
_KEY = "pad_pen"
_HTML = (
    '<div class="lab-pad-parts"><div class="lab-pad" aria-hidden="true"><svg></svg><p></p></div>'
    f"{pad_keyboard.HTML}{pad_controls.HTML}</div>"
)
# A three in units of the pad, drawn where somebody has not drawn yet.
SAMPLE = (
    ((82, 78), (96, 62), (118, 53), (142, 52), (166, 60), (180, 77), (180, 97), (166, 115)),
    ((166, 115), (146, 126), (124, 130)),
    ((124, 130), (152, 134), (176, 146), (190, 166), (190, 190), (176, 212), (150, 224)),
    ((150, 224), (122, 224), (96, 214), (80, 198)),
)


def pad(
    server_answers: bool = False, sample: bool = False, digits: bool = True
) -> tuple[Stroke, ...]:
    """Draw the pad and return its strokes, oldest first, in CSS pixels.

    Args:
        server_answers: the script runs again at each pen-up; else when something else asks.
        sample: a blank pad draws a digit by itself, once.
        digits: a blank pad asks for a digit.

    Raises:
        DrawingError: if a stroke is out of bounds; the pad is drawn all the same.
    """
    from streamlit_drawable_canvas import st_canvas  # raises outside a running app

    is_mounted = pad_state.take_fresh() or pad_state.is_mounted()
    if url.take_arrival() or not is_mounted:
        _mount()
        pad_state.take_fresh()
    known = drawing()
    width, (colour, background) = PENS[pen()], PAPERS[paper()]
    initial, _error = _read(pad_state.initial_strokes.get())
    strokes, error = _read(known)
    with st.container(key="pad"):
        st_canvas(
            stroke_width=width,
            stroke_color=colour,
            background_color=background,
            update_streamlit=False,
            width=SIDE,
            height=SIDE,
            drawing_mode="freedraw",
            initial_drawing={
                "objects": [canvas_object(s.points, s.width, colour) for s in initial]
            },
            key=pad_state.key(),
        )
        _parts(initial, error is not None, server_answers, sample, digits)
    if error is not None:
        raise error
    return strokes


def _parts(
    initial: Sequence[Stroke], unreadable: bool, server_answers: bool, sample: bool, digits: bool
) -> None:
    """Draw what lies over the canvas, which notes the strokes, and the controls below it."""
    pen_name, paper_name = pen(), paper()
    data = {
        "modules": browser.modules_path(),
        "url": pad_path(pad_state.tab()),
        "version": pad_state.key(),
        "n": pad_state.asked_mount.get(),
        "first": pad_state.is_first.get(),
        "strokes": [stroke_json(stroke) for stroke in initial],
        "unreadable": unreadable,
        "side": SIDE,
        "pen": PENS[pen_name],
        "pen_name": pen_name,
        "ink": PAPERS[paper_name][0],
        "paper": paper_name,
        "off": sorted(pad_state.disabled_steps.get()),
        "server": server_answers,
        "sample": SAMPLE if sample else (),
        "words": {
            "hint": _("Draw a digit here.") if digits else _("Draw here."),
            "after": _("An example. Draw your own digit here."),
            **pad_controls.control_words(),
        },
        "choices": pad_controls.choices(pen_name, paper_name),
        "keyboard": pad_keyboard.keyboard_data(),
    }
    component(
        "pad",
        _HTML,
        data,
        _KEY,
        on_drawn_change=_drawn,
        on_mount_change=_show,
        on_pen_change=_choose_pen,
        on_paper_change=_choose_paper,
    )


def read_pad(
    steps: Steps = ALL_STEPS,
    server_answers: bool = False,
    sample: bool = False,
    digits: bool = True,
) -> tuple[tuple[Stroke, ...], StepImages | None]:
    """Draw the pad and prepare its strokes; None for a blank or unreadable drawing.

    Arguments as for `pad`.
    """
    strokes: tuple[Stroke, ...] = ()
    try:
        strokes = pad(server_answers, sample, digits)
        return strokes, prepare(strokes, SIDE, steps, dark_ink=ink() == "dark")
    except BlankDrawing:
        pass
    except DrawingError as error:
        layout.problem(_("The drawing cannot be read."), str(error), _("Clear the pad."))
    return strokes, None


def ink() -> str:
    """Return "dark" on light paper, else "light"."""
    return "dark" if paper() == "light" else "light"


def drawing() -> list[Any]:
    """Return the strokes on the pad as JSON; the browser may have sent them since the last run."""
    posted = singletons.pad_memory().of_tab(pad_state.tab())
    if posted is not None:
        pad_state.strokes.set(_strokes(posted))
    return pad_state.strokes.get()


def keep(strokes: list[Any]) -> None:
    """Keep the strokes that are on the pad, for this session and for a reload."""
    pad_state.strokes.set(strokes)
    kept = {"strokes": strokes, "pen": pen(), "paper": paper()}
    singletons.pad_memory().put(pad_state.tab(), visitor.visitor_id(), kept)


def show(strokes: list[Any], asked: int | None = None, *, first: bool = False) -> None:
    """Mount a pad with strokes; call before the pad is drawn or in a callback.

    The `first` of a session gives way to what the browser has: it may have drawn for a server that
    is gone.
    """
    pad_state.remount(strokes, asked)
    pad_state.is_first.set(first)
    keep(strokes)


def clear() -> None:
    """Mount a blank pad."""
    show([])


def _mount() -> None:
    """Mount a pad with the last drawing of this session, else of this browser."""
    if pad_state.was_shown():
        show(drawing())
        return
    kept = singletons.pad_memory().of_visitor(visitor.visitor_id()) or {}
    pad_controls.choose_pen(kept.get("pen"))
    pad_controls.choose_paper(kept.get("paper"))
    show(_strokes(kept), first=True)


def _drawn() -> None:
    """Keep what was drawn; the canvas shows it already."""
    keep(_listed(selection.component_value(_KEY, "drawn")))


def _show() -> None:
    """Show what the browser holds, on a fresh canvas."""
    wish = selection.component_value(_KEY, "mount")
    asked = wish.get("n") if isinstance(wish, Mapping) else None
    show(_strokes(wish), asked if isinstance(asked, int) else None)


def _choose_pen() -> None:
    pad_controls.choose_pen(selection.component_value(_KEY, "pen"))


def _choose_paper() -> None:
    """Draw all strokes in the ink of the chosen paper."""
    if pad_controls.choose_paper(selection.component_value(_KEY, "paper")):
        show(drawing())


def _listed(value: object) -> list[Any]:
    return value[:MAX_OBJECTS] if isinstance(value, list) else []


def _strokes(kept: object) -> list[Any]:
    return _listed(kept.get("strokes")) if isinstance(kept, Mapping) else []


def _read(strokes: object) -> tuple[tuple[Stroke, ...], DrawingError | None]:
    """Return strokes; if one is out of bounds, none of them and the error."""
    try:
        return read_strokes(strokes), None
    except DrawingError as error:
        return (), error


def canvas_object(points: Sequence[Point], width: float, ink: str) -> dict[str, Any]:
    """Return a stroke, at least one point, in the canvas' own JSON, as smooth as it draws."""
    (x, y), (last_x, last_y) = points[0], points[-1]
    path: list[list[Any]] = [["M", x, y]]
    if len(points) == 1:  # a browser paints no line of length 0
        path, last_x = [["M", x - width / 1000, y]], x + width / 1000
    for (x, y), (next_x, next_y) in pairwise(points):
        path.append(["Q", x, y, (x + next_x) / 2, (y + next_y) / 2])
    return {
        "type": "Path",
        "path": [*path, ["L", last_x, last_y]],
        "stroke": ink,
        "strokeWidth": width,
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
        "fill": None,
    }


def stroke_json(stroke: Stroke) -> dict[str, Any]:
    """Return a stroke as the browser sends it."""
    return {"points": [list(point) for point in stroke.points], "width": stroke.width}


def read_strokes(strokes: object) -> tuple[Stroke, ...]:
    """Read strokes of the browser, at most `MAX_OBJECTS`; anything else is left out.

    Raises:
        DrawingError: if a stroke is out of bounds.
    """
    found = (_stroke(item) for item in _listed(strokes))
    return tuple(stroke for stroke in found if stroke is not None)


def _stroke(item: Any) -> Stroke | None:
    try:
        points = tuple((float(x), float(y)) for x, y in item["points"])
        width = float(item["width"])
    except (TypeError, ValueError, LookupError, OverflowError):
        return None
    good = points and width > 0 and all(map(math.isfinite, (width, *chain(*points))))
    return Stroke(points, width) if good else None
