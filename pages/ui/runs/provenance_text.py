"""Provenance of a run in sentences. Script thread."""

from __future__ import annotations

from gettext import gettext as _

from model_store import Run
from pages.ui.frame import layout


def provenance_text(run: Run) -> str:
    """Say in Markdown which weights the run began with; "" if they were random."""
    origin = run.provenance
    if origin is None:
        return ""
    if origin.is_imported:
        return _(
            "It was brought in from the file **{title}** (sha256 {hash}), as one that reads pixels "
            "from {pixels}. It was not trained here: what it learned from is not known."
        ).format(
            title=layout.plain(origin.title),
            hash=origin.weights[:12],
            pixels=layout.plain(_(origin.pixels)),
        )
    began = _("It began with the weights of **{title}** (sha256 {hash}).").format(
        title=layout.plain(origin.title), hash=origin.weights[:12]
    )
    if origin.drawings:
        began += " " + _(
            "It learned from our drawings as well (hash {hash}), each {times} times."
        ).format(hash=origin.drawings[:12], times=origin.copies)
    return f"{began} " + _(
        "The recipe alone does not make it again: that takes the weights and the drawings, which "
        "the run's folder keeps."
    )
