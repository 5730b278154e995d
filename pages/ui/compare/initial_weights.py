"""Whether runs began from the same weights, in sentences. Script thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from gettext import gettext as _
from gettext import ngettext

from model_store import Run
from model_store.analysis.data_diff import is_same
from model_store.analysis.initial_weights import StartComparison, WeightsCheck, compare_starts
from pages.ui.runs.run_marks import Mark
from pages.ui.services import model_cache

_WHY = {
    "seed": "seed",
    "kernel_initializer": "way that weights start",
    "bias_initializer": "way that biases start",
    "widths": "layer widths",
    "provenance": "not with random weights",
}


def initial_weights_text(runs: Sequence[Run], marks: Mapping[str, Mark]) -> list[str]:
    """One sentence for each way in which the others began compared with the first (Markdown)."""
    fingerprints = [model_cache.first_weights(run) for run in runs]
    first = marks[runs[0].id].letter
    groups: dict[str, list[str]] = {}
    for beginning in compare_starts(runs, fingerprints):
        words = _words(beginning, fingerprints[0] or "", is_same(runs[0], beginning.run))
        groups.setdefault(words, []).append(marks[beginning.run.id].letter)
    return [words.format(first=first, others=_list(letters)) for words, letters in groups.items()]


def _words(beginning: StartComparison, fingerprint: str, same_images: bool) -> str:
    """The sentence, with `{first}` and `{others}` still to be filled in."""
    start = beginning.diff
    if not start.same:
        reasons = _list([_(_WHY[name]) for name in start.why])
        text = _("**Other start:** {{others}} began from other weights than {{first}} ({why}).")
        text = text.format(why=reasons)
        if start.layers:
            text += ngettext(
                " Only the first layer began equal.",
                " Only the first {n} layers began equal.",
                start.layers,
            ).format(n=start.layers)
        if "seed" in start.why:
            text += _(" Part of any difference is the luck of the start: same seed, fairer test.")
        return text
    if beginning.check is WeightsCheck.UNEQUAL:
        return _(
            "**Other start:** {first} and {others} should have begun from the same weights, by "
            "their recipes, but those that were saved differ: another version or machine?"
        )
    text = _("**Same start:** {first} and {others} began from the same weights, a fair comparison")
    if beginning.check is WeightsCheck.EQUAL:
        text += _(" (checked: their saved first weights are equal, fingerprint {mark}).").format(
            mark=fingerprint
        )
    else:
        text += _(" (by seed, initialisers and widths; the first weights were not kept).")
    if start.same_order and same_images:
        text += _(" They saw the same images in the same order.")
    return text


def _list(words: Sequence[str]) -> str:
    """A, B and C."""
    if len(words) < 2:
        return "".join(words)
    return _("{some} and {last}").format(some=", ".join(words[:-1]), last=words[-1])
