"""Sentences that compare the initial weights of runs. Script thread."""

from collections.abc import Mapping, Sequence

from model_store import Run
from model_store.analysis.data_diff import is_same
from model_store.analysis.initial_weights import StartDiff, WeightsCheck, compare_starts
from model_store.text import N_, _, ngettext
from pages.ui.runs.run_marks import Mark
from pages.ui.services import model_cache

_REASONS = {
    "seed": N_("another seed"),
    "kernel_initializer": N_("another start for weights"),
    "bias_initializer": N_("another start for biases"),
    "widths": N_("other layer widths"),
    "provenance": N_("weights of another model"),
}


def initial_weights_text(runs: Sequence[Run], marks: Mapping[str, Mark]) -> list[str]:
    """Return a sentence (Markdown) for each way in which the others differ from the first run."""
    fingerprints = [model_cache.first_weights(run) for run in runs]
    groups: dict[tuple[StartDiff, WeightsCheck, bool], list[str]] = {}
    for run, diff, check in compare_starts(runs, fingerprints):
        case = (diff, check, is_same(runs[0], run))
        groups.setdefault(case, []).append(marks[run.id].letter)
    return [
        _sentence(*case).format(
            first=marks[runs[0].id].letter,
            others=_list(letters),
            layers=case[0].layers,
            fingerprint=fingerprints[0],
        )
        for case, letters in groups.items()
    ]


def _sentence(start: StartDiff, check: WeightsCheck, same_images: bool) -> str:
    """Return the text with `{first}`, `{others}` and other fields to be filled in."""
    if not start.same:
        reasons = _list([_(_REASONS[name]) for name in start.why])
        text = _("**Different initial weights:** {others} compared with {first}") + f" ({reasons})."
        if start.layers:
            text += ngettext(
                " Only the first layer started equal.",
                " Only the first {layers} layers started equal.",
                start.layers,
            )
        if "seed" in start.why:
            text += _(" Part of any difference is random. The same seed gives a fairer test.")
        return text
    if check is WeightsCheck.UNEQUAL:
        return _(
            "**Different initial weights:** by their recipes, {first} and {others} start from the "
            "same weights, but the saved ones differ. Another version or machine made them?"
        )
    text = _("**Same initial weights:** {others} compared with {first}, a fair comparison")
    if check is WeightsCheck.EQUAL:
        text += _(" (the saved weights are equal, fingerprint {fingerprint}).")
    else:
        text += _(" (by their recipes; the initial weights were not saved).")
    if start.same_order and same_images:
        text += _(" They learned from the same images in the same order.")
    return text


def _list(words: Sequence[str]) -> str:
    """Return "A, B and C"."""
    if len(words) < 2:
        return "".join(words)
    return _("{some} and {last}").format(some=", ".join(words[:-1]), last=words[-1])
