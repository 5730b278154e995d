"""What a classifier answers: in words, as ten bars, and the picture that it saw. Script thread."""

from __future__ import annotations

from collections.abc import Sequence
from gettext import gettext as _
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.choices import IMAGE_SIDE
from pages.ui.components.component import component
from pages.ui.figures import theme
from pages.ui.figures.pictures import data_url

Pixels = NDArray[np.uint8]
_HTML = """<section class="lab-answers">
<p class="lab-answer" role="status" aria-live="polite"><b></b> <small></small></p>
<ol class="lab-bars"></ol>
<figure class="lab-picture"><img width="168" height="168"><figcaption></figcaption></figure>
</section>"""


def answer(
    probabilities: NDArray[np.float32] | None,
    names: tuple[str, ...],
    key: str,
    image: Pixels | None = None,
    truth: str = "",
    colours: Sequence[str] = theme.CLASS_COLOURS,
    ask: str = "",
) -> None:
    """Draw the answer in place: the same elements as long as `key` is on the page.

    Args:
        probabilities: float32 [10]; None is an empty canvas.
        names: the classes' names.
        key: names the element.
        image: what the network sees, uint8 [28, 28]; None leaves it out.
        truth: the right class, where it is known.
        colours: of the ten bars, as CSS.
        ask: what an empty canvas says, if that is not to draw.
    """
    data = answer_data(probabilities, names, image, truth, colours)
    if ask and probabilities is None:
        data["status"] = ask
    component("answer", _HTML, data, key)


def answer_data(
    probabilities: NDArray[np.float32] | None,
    names: tuple[str, ...],
    image: Pixels | None = None,
    truth: str = "",
    colours: Sequence[str] = theme.CLASS_COLOURS,
) -> dict[str, Any]:
    """What `answer.js` shows, in plain types; arguments as `answer`.

    Tuples, no lists: Streamlit examines at length whether a list is a table.
    """
    data: dict[str, Any] = {
        "names": names,
        "colours": tuple(colours),
        "label": _("Probability of each class"),
        "caption": _("What the network sees: 28 x 28"),
        "seen": "" if image is None else data_url(image),
    }
    if probabilities is None:
        return data | {
            "answer": "",
            "status": _("Draw a digit: the ten bars answer here."),
            "colour": "transparent",
            "probabilities": (0.0,) * len(names),
            "percents": ("",) * len(names),
            "seen": data_url(np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)),
        }
    best = int(probabilities.argmax())
    return data | {
        "answer": names[best],
        "status": _told(float(probabilities[best]), names[best], truth),
        "colour": colours[best],
        "probabilities": tuple(round(float(share), 5) for share in probabilities),
        "percents": tuple(theme.percent(float(share)) for share in probabilities),
    }


def _told(share: float, name: str, truth: str) -> str:
    with_share = _("with {percent}").format(percent=theme.percent(share))
    if not truth:
        return with_share
    if truth == name:
        return _("{with_share}: right").format(with_share=with_share)
    return _("{with_share}: wrong, it is {truth}").format(with_share=with_share, truth=truth)


def image_html(image: Pixels, label: str, side: int = 168) -> str:
    """An image as HTML, enlarged with crisp pixels; `label` is its caption and alternative."""
    return (
        f'<figure class="lab-picture"><img src="{data_url(image)}" '
        f'alt="{escape(label)}" width="{side}" height="{side}">'
        f"<figcaption>{escape(label)}</figcaption></figure>"
    )
