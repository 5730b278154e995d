"""Below the pad: Undo, Clear, and behind a button the pen's width and the paper. Script thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from gettext import gettext as _

from pages.ui.components.component import component
from pages.ui.state import selection

_KEY = "pad_controls"
_HTML = """<div class="lab-controls">
<button class="lab-undo"><i aria-hidden="true">undo</i><span></span></button>
<button class="lab-clear"><i aria-hidden="true">delete</i><span></span></button>
<div class="lab-look"><button aria-expanded="false"><span></span>
<i aria-hidden="true">expand_more</i></button><div hidden></div></div>
</div>"""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several: its label, what can be chosen with its words, what is, and what to call."""

    label: str
    options: Mapping[str, str]
    chosen: str
    on_choose: Callable[[str], None]


def pad_controls(
    blank: bool,
    pen: Choice,
    paper: Choice,
    on_undo: Callable[[], None],
    on_clear: Callable[[], None],
) -> None:
    """One row of controls; with a `blank` pad there is nothing to undo or clear. Once a page."""
    choices = {"pen": pen, "paper": paper}
    data = {
        "blank": blank,
        "words": {"undo": _("Undo"), "clear": _("Clear"), "look": _("Pen")},
        "choices": [
            {"event": event, "label": c.label, "options": [*c.options.items()], "chosen": c.chosen}
            for event, c in choices.items()
        ],
    }
    component(
        "pad_controls",
        _HTML,
        data,
        _KEY,
        on_undo_change=on_undo,
        on_clear_change=on_clear,
        on_pen_change=partial(_choose, "pen", pen),
        on_paper_change=partial(_choose, "paper", paper),
    )


def _choose(event: str, choice: Choice) -> None:
    told = selection.component_value(_KEY, event)
    if isinstance(told, str) and told in choice.options:
        choice.on_choose(told)
