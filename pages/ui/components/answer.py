"""Answers of models as text and bars, and the image that the network sees. Script thread."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.choices import DIGITS, IMAGE_SIDE
from model_store.text import _
from pages.ui import browser
from pages.ui.components.component import component
from pages.ui.figures import theme
from pages.ui.figures.pictures import data_url

Pixels = NDArray[np.uint8]
_HTML = """<section><p class="lab-consensus" role="status" aria-live="polite"></p>
<div class="lab-models"></div>
<figure class="lab-picture" hidden><img width="168" height="168">
<canvas width="28" height="28" role="img" hidden></canvas><figcaption></figcaption></figure>
<p class="lab-fallback"></p></section>"""


def answer(
    probabilities: NDArray[np.float32] | None,
    names: Sequence[str],
    key: str,
    image: Pixels | None = None,
    truth: str = "",
    colours: Sequence[str] = theme.CLASS_COLOURS,
    hint: str = "",
    live: Mapping[str, Any] | None = None,
    doubt: str = "",
) -> None:
    """Draw one model's answer in place: the same elements as long as `key` is on the page.

    Args:
        probabilities: float32 [classes]; None for a blank pad.
        names: the classes' names.
        key: names the element.
        image: the network's input, uint8 [28, 28]; None leaves it out, but for a blank pad.
        truth: the right class, if it is known.
        colours: of the bars, as CSS.
        hint: shown with a blank pad instead of the usual sentence.
        live: the model as `pad_model` returns it: the answer follows the pad in the browser.
        doubt: why there is no answer in words; the bars are drawn all the same.
    """
    card = answer_card(probabilities, names, truth)
    if doubt:
        card |= {"answer": "?", "status": doubt}
    if probabilities is None:
        card["status"] = hint or drawing_hint(names)
        image = np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    models = None if live is None else [live]
    answers([card], names, key, image=image, colours=colours, single=True, live=models)


def learner_answer(names: Sequence[str], key: str, learner: Mapping[str, Any]) -> None:
    """Draw the answer of a network that trains to the drawing on the pad; it moves as it learns.

    Args:
        names: the classes' names.
        key: names the element.
        learner: "topic" of its weights, "layers" as `browser_model` has them.
    """
    card = answer_card(None, names)
    card["status"] = drawing_hint(names)
    blank = np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    answers([card], names, key, image=blank, single=True, live=[learner], learns=True)


def answers(
    cards: Sequence[dict[str, Any]],
    names: Sequence[str],
    key: str,
    summary: str = "",
    image: Pixels | None = None,
    colours: Sequence[str] = theme.CLASS_COLOURS,
    single: bool = False,
    live: Sequence[Mapping[str, Any]] | None = None,
    learns: bool = False,
) -> None:
    """Draw cards side by side below a `summary`; arguments as `answer`, `live` for each card.

    Above a network that `learns` stands how far it is.
    """
    data = {
        "models": cards,
        "names": names,
        "colours": colours,
        "summary": summary,
        "single": single,
        "learns": learns,
        "label": _("Probability of each class"),
        "caption": _("What the network sees: 28 x 28"),
        "image": "" if image is None else data_url(image),
        "live": live and {"modules": browser.modules_path(), "models": live},
        "words": words(single, names),
    }
    component("answer", _HTML, data, key)


def drawing_hint(names: Sequence[str]) -> str:
    """Return what a blank pad says beside the bars of a model with these classes."""
    if tuple(names) == DIGITS:
        return _("Draw a digit: the ten bars answer here.")
    return _("Draw one of the classes: the bars answer here.")


def unlike_digits() -> str:
    """Return the sentence beside the bars of a picture that does not look like a digit."""
    return _("I am not sure: it looks unlike the digits that the network knows.")


def words(single: bool, names: Sequence[str] = DIGITS) -> dict[str, str]:
    """Return the sentences with which the browser answers; places to fill are in braces."""
    return {
        "status": _("with {percent}"),
        "several": _("I see {n} digits. Draw one."),
        "unlike": unlike_digits(),
        "hint": drawing_hint(names) if single else "",
        "blank": _("Draw a digit: every model answers here.")
        if tuple(names) == DIGITS
        else _("Draw one of the classes: every model answers here."),
        "one": _("It reads {name}. Choose more models to compare."),
        "all": _("All {n} models read {name}."),
        "split": _("No majority: {counts}."),
        "most": _("{n} of {all} models read {name}. {others}."),
        "other": _("{model} reads {name}"),
        "unlearned": _("The network's answer appears when its training begins."),
        "learned": _("The network after {epoch} epochs"),
        "fallback": _(
            "This browser could not load the model. The server answers when you lift the pen."
        ),
    }


def answer_card(
    probabilities: NDArray[np.float32] | None,
    names: Sequence[str],
    truth: str = "",
    title: str = "",
    dissent: bool = False,
) -> dict[str, Any]:
    """Return one model's answer in plain types; a `dissent` from the other models is marked."""
    card = {"title": title, "answer": "", "status": "", "probabilities": [], "dissent": dissent}
    if probabilities is None:
        return card
    best = int(probabilities.argmax())
    percent = theme.percent(float(probabilities[best]))
    status = _("with {percent}")
    if truth:
        right = truth == names[best]
        status = _("with {percent}: right") if right else _("with {percent}: wrong, it is {truth}")
    return card | {
        "answer": names[best],
        "status": status.format(percent=percent, truth=truth),
        "probabilities": [round(float(p), 5) for p in probabilities],
    }


def image_html(image: Pixels, label: str, side: int = 168) -> str:
    """Return an image as HTML, enlarged with crisp pixels; `label` is its caption."""
    return (
        f'<figure class="lab-picture"><img src="{data_url(image)}" '
        f'alt="{escape(label)}" width="{side}" height="{side}">'
        f"<figcaption>{escape(label)}</figcaption></figure>"
    )
