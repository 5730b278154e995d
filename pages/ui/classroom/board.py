"""Board of a class, drawn by the browser from the topics of the class and of its runs."""

from collections.abc import Mapping, Sequence
from typing import Any

from model_store.classroom.activities import DRAW, FOOL, KINDS, PREDICT, QUESTION, RACE
from model_store.recipe.choices import CLASSES, DATASETS
from model_store.text import _
from pages.ui import browser
from pages.ui.components.component import component
from pages.ui.figures import theme
from pages.ui.figures.qr_code import qr_path

FONT_SIZE = 20  # of charts, in CSS pixels
_HTML = '<section class="lab-board"></section>'
_PROGRESS = """<div class="lab-class-progress"><b></b><progress max="1" value="0"></progress>
<span role="timer"></span></div>"""


def board(
    code: str,
    address: str,
    short: str,
    links: Sequence[tuple[str, str]],
    pages: Mapping[str, str],
    titles: Mapping[str, str],
) -> None:
    """Draw the board over the whole window.

    Args:
        code: of the class.
        address: where members join.
        short: what they type before the code.
        links: label and address of each way to another page.
        pages: titles of pages and lessons by path.
        titles: translated names of our recipes.
    """
    path, side = qr_path(address)
    data = {
        "modules": browser.modules_path(),
        "join": {"key": code, "code": code, "address": short, "qr": {"path": path, "side": side}},
        "links": list(links),
        "pages": dict(pages),
        "look": {
            "clickable": True,
            "size": FONT_SIZE,
            "zoom": 1,
            "axes": {
                "x": theme.axis(_("epoch")),
                "y": theme.axis(_("accuracy on training images"), **theme.PERCENTS),
            },
        },
        "colours": {
            "classes": theme.CLASS_COLOURS,
            "ours": theme.ORANGE,
            "test": theme.BLUE,
            "best": theme.YELLOW,
        },
        "words": _words(),
        "titles": dict(titles),
    }
    component("board", _HTML, data, f"board_{code}")


def class_progress(code: str) -> None:
    """Draw how many members have given something to the activity of now, and the time left."""
    data = {"modules": browser.modules_path(), "code": code, "words": given_words()}
    component("class_progress", _PROGRESS, data, f"progress_{code}")


def given_words() -> dict[str, str]:
    """Return the sentence that counts what members gave, by kind of activity."""
    drawn = _("{n} of {all} have drawn")
    return {
        DRAW: drawn,
        FOOL: drawn,
        RACE: _("{n} of {all} are in the race"),
        PREDICT: _("{n} of {all} have guessed"),
        QUESTION: _("{n} of {all} have answered"),
    }


def _words() -> dict[str, Any]:
    tested = _("Test images of {dataset}")
    return {
        "product": "Softmax Lab",
        "titles": {kind: _(name) for kind, name in KINDS.items()},
        "digits": [str(digit) for digit in range(CLASSES)],
        "drawDigit": _("Draw a {digit}"),
        "join": _("Join the class"),
        "scan": _("Scan the code with your phone, or open"),
        "type": _("and type the code"),
        "larger": _("Show the code in large"),
        "people": _("here"),
        "here": _("{n} here"),
        "nobody": _("Nobody has joined yet"),
        "somebody": _("somebody"),
        "steps": _("{done} of {all} steps are done."),
        "given": given_words(),
        "full": _("Full screen"),
        "close": _("Close"),
        "back": _("Back to the activity"),
        "paused": _("Paused. Look at your teacher."),
        "closed": _("This class is over. Thank you!"),
        "ended": _("Time is up."),
        "gone": _("This class was deleted."),
        "lost": _("No connection to the server. Trying again."),
        "drawing": _("Drawing"),
        "noDrawings": _("The drawings appear here."),
        "reads": _("reads {digit} · {percent}"),
        "readsShort": _("reads {digit}"),
        "secretLine": _("What does the network read?"),
        "seen": _("what the network sees"),
        "reader": _("Network: {title}"),
        "test": {name: tested.format(dataset=data.title) for name, data in DATASETS.items()},
        "testOf": tested,
        "ours": _("Drawings of our class"),
        "someOf": _("{n} of {all} drawings are read correctly"),
        "interval": _(
            "With so few drawings, the true accuracy may be anywhere from {low} to {high} "
            "(95 % confidence interval)."
        ),
        "mistake": _("is {label}, read as {read} · {percent}"),
        "mistakes": _("The network's mistakes: {n}"),
        "noMistakes": _("The network made no mistake."),
        "networkReads": _("network: {digit} · {percent}"),
        "voted": _("class: {digit} ({n} of {all})"),
        "noVote": _("class: no majority"),
        "fooled": _("{n} of {all} drawings fooled the network but not the class"),
        "curves": _("Accuracy of everybody's training by epoch"),
        "racer": _("Racer {n}"),
        "training": _("Training accuracy"),
        "ranking": _("Test accuracy"),
        "stillTraining": _("{n} are still training"),
        "equal": _(
            "Bars are 95 % confidence intervals. Those who share a place differ by no more than "
            "random variation may cause."
        ),
        "guess": _("How will the accuracy grow? Draw your guess on your phone."),
        "closest": _("Closest guesses"),
        "points": _("{n} points off"),
        "correct": _("{n} of {all} answered correctly"),
        "about": _("{title}, {epochs} epochs"),
        "trains": _("The training has begun: the guesses stay as they are."),
        "more": _("and {n} more"),
        "unnamed": _("{n} without a nickname"),
        "follow": _("Your phone shows: {page}"),
    }
