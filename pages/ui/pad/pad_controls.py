"""Controls below the pad: Undo, Clear, and behind a button the pen and the paper. Script thread."""

from collections.abc import Callable

from model_store.text import _
from pages.ui import browser
from pages.ui.components.component import component
from pages.ui.state import pad, selection

PENS = {"thin": 10, "medium": 20, "thick": 32}  # CSS pixels
PAPERS = {"dark": ("#ffffff", "#000000"), "light": ("#000000", "#ffffff")}  # ink, paper
_KEY = "pad_controls"
_HTML = """<div class="lab-controls">
<button class="lab-undo"><i aria-hidden="true">undo</i><span></span></button>
<button class="lab-clear"><i aria-hidden="true">delete</i><span></span></button>
<div class="lab-look"><button aria-expanded="false"><span></span>
<i aria-hidden="true">expand_more</i></button><div hidden></div></div>
</div>"""


def pen() -> str:
    """Return the chosen one of `PENS`."""
    return selection.choice(pad.PEN, PENS, "medium")


def paper() -> str:
    """Return the chosen one of `PAPERS`."""
    return selection.choice(pad.PAPER, PAPERS, "dark")


def pad_controls(
    blank: bool,
    on_undo: Callable[[], None],
    on_clear: Callable[[], None],
    on_paper: Callable[[], None],
) -> None:
    """Draw one row of controls, once a page; a `blank` pad has nothing to undo or clear.

    `on_paper` is called when another paper is chosen.
    """
    pens = {"thin": _("thin"), "medium": _("medium"), "thick": _("thick")}
    papers = {"dark": _("light on dark"), "light": _("dark on light")}
    choices = (("pen", _("Line"), pens, pen()), ("paper", _("Ink and paper"), papers, paper()))
    data = {
        "modules": browser.modules_path(),
        "blank": blank,
        "words": {"undo": _("Undo"), "clear": _("Clear"), "look": _("Pen")},
        "choices": [
            {"event": event, "label": label, "options": [*options.items()], "chosen": chosen}
            for event, label, options, chosen in choices
        ],
    }

    def choose_pen() -> None:
        if (value := selection.component_value(_KEY, "pen")) in list(pens):
            selection.choose(pad.PEN, value)

    def choose_paper() -> None:
        if (value := selection.component_value(_KEY, "paper")) in list(papers):
            selection.choose(pad.PAPER, value)
            on_paper()

    component(
        "pad_controls",
        _HTML,
        data,
        _KEY,
        on_undo_change=on_undo,
        on_clear_change=on_clear,
        on_pen_change=choose_pen,
        on_paper_change=choose_paper,
    )
