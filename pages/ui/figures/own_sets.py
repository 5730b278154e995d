"""Tables and HTML of the pictures that were read from a person's files. Any thread."""

from collections.abc import Sequence
from html import escape

import numpy as np

from model_store.text import _
from pages.ui.figures.pictures import data_url
from training.data.found_pictures import Found

MOST_REASONS = 20
MOST_DRAWN = 60  # pictures in a row


def samples_html(found: Found) -> str:
    """Return samples of each class before and after their preparation, side by side."""
    before, after = _("in the file"), _("as the network sees it")
    cells = (
        f'<figure class="lab-pair"><img src="{data_url(sample.before)}" alt="{escape(before)}">'
        f'<span aria-hidden="true">→</span>'
        f'<img src="{data_url(sample.after)}" alt="{escape(after)}">'
        f"<figcaption>{escape(found.names[sample.label])}</figcaption></figure>"
        for sample in found.samples
    )
    return (
        f'<div class="lab-pairs" role="group" aria-label="{escape(_("Samples"))}">'
        f"{''.join(cells)}</div>"
    )


def drawn_html(names: Sequence[str], drawn: Sequence[tuple[str, bytes]]) -> str:
    """Return the drawings of each class in a row; each is the bytes of uint8 [28, 28]."""
    rows = []
    for name in names:
        images = [np.frombuffer(pixels, np.uint8) for label, pixels in drawn if label == name]
        pictures = "".join(
            f'<img src="{data_url(image.reshape(28, 28))}" alt="">'
            for image in images[-MOST_DRAWN:]
        )
        title = _("{name}: {n}").format(name=name, n=len(images))
        rows.append(f"<dt>{escape(title)}</dt><dd>{pictures}</dd>")
    return f'<dl class="lab-drawn">{"".join(rows)}</dl>'


def class_table(found: Found) -> list[dict[str, object]]:
    """Return a row for each class: label, name, number of images."""
    return [
        {_("label"): label, _("name"): name, _("images"): f"{count:,}"}
        for label, (name, count) in enumerate(zip(found.names, found.counts(), strict=True))
    ]


def left_out_table(found: Found) -> list[dict[str, object]]:
    """Return a row for each reason: how many were left out, and the names of some."""
    return [
        {
            _("reason"): each.reason,
            _("how many"): f"{each.count:,}",
            _("for example"): ", ".join(each.examples),
        }
        for each in found.left_out[:MOST_REASONS]
    ]
