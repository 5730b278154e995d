"""What was found in a person's files, as tables and HTML. No Streamlit, any thread."""

from html import escape

from model_store.text import _
from pages.ui.figures.pictures import data_url
from training.data.found_pictures import Found

MOST_REASONS = 20


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
