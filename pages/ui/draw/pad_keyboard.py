"""What lies over the pad: drawing with the keyboard, lines from point to point. Script thread.

Its script also presses the canvas' own Send button at each pen-up: the canvas itself would wait for
200 ms before it sends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from gettext import gettext as _

from pages.ui.components.component import component
from pages.ui.state import selection

STEP = 14  # CSS pixels that an arrow key moves
MOST_POINTS = 400
_KEY = "pad_keys"
_HTML = """<div class="lab-keys" tabindex="0" role="application" aria-describedby="lab-keys-hint">
<svg aria-hidden="true"><polyline class="lab-keys-line"/><polyline class="lab-keys-next"/>
<g class="lab-keys-cross"><circle/><path d="M-9 0H9M0-9V9"/></g></svg>
<p class="lab-keys-hint" id="lab-keys-hint"></p>
<p class="lab-keys-status" aria-live="polite"></p></div>"""

Points = tuple[tuple[float, float], ...]


def pad_overlay(
    side: int,
    ink: str,
    pen: int,
    drawn: str,
    on_line: Callable[[Points], None],
    on_undo: Callable[[], None],
    on_clear: Callable[[], None],
) -> None:
    """Lay the keyboard's own pen over a pad of `side` x `side` pixels; the mouse passes through.

    Args:
        side: CSS pixels.
        ink: the pen's colour.
        pen: the pen's width, CSS pixels.
        drawn: names the pad; a line that was sent is shown until this changes.
        on_line: called with a finished line, at least one point from (0, 0) to (side, side).
        on_undo: called when the last stroke is to go.
        on_clear: called when all are to go.
    """

    def line() -> None:
        points = valid_points(selection.component_value(_KEY, "stroke"), side)
        if points:
            on_line(points)

    words = {
        "label": _("Drawing pad, for the keyboard"),
        "hint": _(
            "Arrows move, Home, End, Page Up and Page Down slantwise. Space starts a line and sets "
            "its corners, Enter lifts the pen. Backspace takes back, Delete clears."
        ),
        "place": _("{across} across, {down} down."),
        "down": _("Pen down."),
        "corner": _("Corner."),
        "up": _("Pen up."),
        "nothing": _("The pen is up: Space starts a line."),
        "point_gone": _("Point taken back."),
        "stroke_gone": _("Stroke taken back."),
        "cleared": _("Cleared."),
    }
    data = {"side": side, "step": STEP, "ink": ink, "pen": pen, "drawn": drawn, "words": words}
    component(
        "pad_keyboard",
        _HTML,
        data,
        _KEY,
        on_stroke_change=line,
        on_undo_change=on_undo,
        on_clear_change=on_clear,
    )


def valid_points(value: object, side: float) -> Points:
    """What the browser sent as points on the pad; () if it is anything else."""
    if not isinstance(value, Sequence) or not 0 < len(value) <= MOST_POINTS:
        return ()
    try:
        points = tuple((float(x), float(y)) for x, y in value)
    except (TypeError, ValueError, OverflowError):
        return ()
    on_pad = all(math.isfinite(v) and 0 <= v <= side for point in points for v in point)
    return points if on_pad else ()
