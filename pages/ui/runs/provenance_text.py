"""Provenance of a run in sentences. Script thread."""

from gettext import gettext as _

from model_store import Run
from pages.ui.frame import layout


def provenance_text(run: Run) -> str:
    """Say in Markdown which weights the run began with; "" if they were random."""
    origin = run.provenance
    if origin is None:
        return ""
    sentences = [_("It began with the weights of **{title}** (sha256 {hash}).")]
    if origin.is_imported:
        sentences = [
            _("It was imported from the file **{title}** (sha256 {hash})."),
            _("Its input is pixels from {pixels}."),
            _("It was trained elsewhere, so its training images are not known."),
        ]
    else:
        if origin.drawings:
            sentences += [_("It also learned from class drawings (hash {drawings}).")]
            sentences += [_("Each drawing was used {times} times.")]
        sentences += [
            _("Training the recipe again needs these weights and drawings: the run keeps them.")
        ]
    return " ".join(sentences).format(
        title=layout.plain(origin.title),
        hash=origin.weights[:12],
        pixels=layout.plain(_(origin.pixels)),
        drawings=origin.drawings[:12],
        times=origin.copies,
    )
