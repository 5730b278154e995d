"""Controls below the pad: Undo, Clear, and behind a button the pen and the paper. Script thread."""

from typing import Any

from model_store.text import _
from pages.ui.state import pad

PENS = {"thin": 10, "medium": 20, "thick": 32}  # CSS pixels
PAPERS = {"dark": ("#ffffff", "#000000"), "light": ("#000000", "#ffffff")}  # ink, paper
HTML = """<div class="lab-controls">
<button class="lab-undo"><i aria-hidden="true">undo</i><span></span></button>
<button class="lab-clear"><i aria-hidden="true">delete</i><span></span></button>
<div class="lab-look"><button aria-expanded="false"><span></span>
<i aria-hidden="true">expand_more</i></button><div hidden></div></div>
</div>"""


def pen() -> str:
    """Return the chosen one of `PENS`."""
    chosen = pad.pen.get()
    return chosen if chosen in PENS else "medium"


def paper() -> str:
    """Return the chosen one of `PAPERS`."""
    chosen = pad.paper.get()
    return chosen if chosen in PAPERS else "dark"


def choose_pen(name: object) -> None:
    """Choose one of `PENS`; any other name changes nothing."""
    if name in list(PENS):
        pad.pen.set(str(name))


def choose_paper(name: object) -> bool:
    """Choose one of `PAPERS`; False for any other name, which changes nothing."""
    if name not in list(PAPERS):
        return False
    pad.paper.set(str(name))
    return True


def control_words() -> dict[str, str]:
    """Return the names of the buttons."""
    return {"undo": _("Undo"), "clear": _("Clear"), "look": _("Pen")}


def choices(pen: str, paper: str) -> list[dict[str, Any]]:
    """Return what can be chosen behind the button, in plain types: events, words, chosen names."""
    pens = {"thin": _("thin"), "medium": _("medium"), "thick": _("thick")}
    papers = {"dark": _("light on dark"), "light": _("dark on light")}
    each = (("pen", _("Line"), pens, pen), ("paper", _("Ink and paper"), papers, paper))
    return [
        {"event": event, "label": label, "options": [*options.items()], "chosen": chosen}
        for event, label, options, chosen in each
    ]
