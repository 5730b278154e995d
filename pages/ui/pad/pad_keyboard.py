"""Keyboard drawing on the pad: lines from point to point. Script thread."""

from typing import Any

from model_store.text import _

STEP = 14  # CSS pixels that an arrow key moves
HTML = """<div class="lab-keys" tabindex="0" role="application" aria-describedby="lab-keys-hint">
<svg aria-hidden="true"><polyline class="lab-keys-line"/><polyline class="lab-keys-next"/>
<g class="lab-keys-cross"><circle/><path d="M-9 0H9M0-9V9"/></g></svg>
<p class="lab-keys-hint" id="lab-keys-hint"></p>
<p class="lab-keys-status" aria-live="polite"></p></div>"""


def keyboard_data() -> dict[str, Any]:
    """Return what the pad's script needs for the keyboard, in plain types."""
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
    return {"step": STEP, "words": words}
