"""Keyboard drawing over the pad: lines from point to point. Script thread."""

from collections.abc import Callable, Sequence

from model_store.classroom.drawing import Point
from model_store.text import _
from pages.ui import browser
from pages.ui.components.component import component
from pages.ui.state import selection

STEP = 14  # CSS pixels that an arrow key moves
MOST_POINTS = 4000
_KEY = "pad_keys"
_HTML = """<div class="lab-keys" tabindex="0" role="application" aria-describedby="lab-keys-hint">
<svg aria-hidden="true"><polyline class="lab-keys-line"/><polyline class="lab-keys-next"/>
<g class="lab-keys-cross"><circle/><path d="M-9 0H9M0-9V9"/></g></svg>
<p class="lab-keys-hint" id="lab-keys-hint"></p>
<p class="lab-keys-status" aria-live="polite"></p></div>"""


def pad_keyboard(
    side: int,
    ink: str,
    pen: int,
    version: str,
    on_line: Callable[[Sequence[Point]], None],
    on_undo: Callable[[], None],
    on_clear: Callable[[], None],
) -> None:
    """Lay a pen for the keyboard over a pad of `side` x `side` pixels; the mouse passes through.

    Args:
        side: CSS pixels.
        ink: colour of the pen.
        pen: width of the pen, CSS pixels.
        version: changes with each fresh pad; a line that was sent is shown until then.
        on_line: called with a finished line, at least one point from (0, 0) to (side, side).
        on_undo: called to remove the last stroke.
        on_clear: called to remove all strokes.
    """

    def line() -> None:
        points = valid_points(selection.component_value(_KEY, "stroke"), side)
        if points:
            on_line(points)

    words = {
        "label": _("Drawing pad, for the keyboard"),
        "hint": _(
            "Arrow keys move, Home, End, Page Up and Page Down move diagonally. Space starts a "
            "line and sets its corners. Enter ends the line. Backspace undoes, Delete clears."
        ),
        "place": _("{across} across, {down} down."),
        "down": _("Pen down."),
        "corner": _("Corner."),
        "up": _("Pen up."),
        "nothing": _("The pen is up. Press Space to start a line."),
        "point_gone": _("Point removed."),
        "stroke_gone": _("Stroke removed."),
        "cleared": _("Cleared."),
    }
    data = {
        "modules": browser.modules_path(),
        "side": side,
        "step": STEP,
        "ink": ink,
        "pen": pen,
        "version": version,
        "words": words,
    }
    component(
        "pad_keyboard",
        _HTML,
        data,
        _KEY,
        on_stroke_change=line,
        on_undo_change=on_undo,
        on_clear_change=on_clear,
    )


def valid_points(value: object, side: float) -> tuple[Point, ...]:
    """Return points on the pad as the browser sent them; () for anything else."""
    if not isinstance(value, Sequence) or not 0 < len(value) <= MOST_POINTS:
        return ()
    try:
        points = tuple((float(x), float(y)) for x, y in value)
    except (TypeError, ValueError, OverflowError):
        return ()
    on_pad = all(0 <= v <= side for point in points for v in point)
    return points if on_pad else ()
