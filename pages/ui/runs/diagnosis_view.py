"""Ask the curve: what a teacher would say of a run that has ended. Script thread."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from gettext import gettext as _
from html import escape

import streamlit as st

from model_store import Run, StoreError
from model_store.analysis.diagnosis import DeadUnits, Finding, FindingKind, diagnose
from model_store.runs.history import History
from pages.ui.frame import layout
from pages.ui.services import model_cache
from training.data.datasets import DataError

_ICONS = {
    FindingKind.DIVERGED: "↗",
    FindingKind.CHANCE: "?",
    FindingKind.DEAD: "0",
    FindingKind.OVERFITTING: "⤴",
    FindingKind.RISING: "▲",
    FindingKind.NOISY: "≈",
    FindingKind.PLATEAU: "—",
}


def diagnosis_view(run: Run, history: History) -> None:
    """The notes on an ended run, each with its evidence; nothing where nothing can be said."""
    trained = run.result.get("epochs", 0)
    if len(history.epochs) < trained:
        layout.notice(
            _(
                "Part of this run's record is lost: the curve has {n} of {all} epochs. Its model "
                "and its final figures are not affected."
            ).format(n=len(history.epochs), all=trained)
        )
    found = diagnosis_notes(run, history)
    if found:
        st.html(notes_html(found))


def diagnosis_notes(run: Run, history: History) -> list[Finding]:
    """The notes; dead units are looked for only where the network and its images are here."""
    if not run.state.is_finished():
        return []
    silent: Sequence[DeadUnits] = ()
    with suppress(DataError, StoreError):
        silent = model_cache.firing(run)
    return diagnose(run.recipe, History() if run.imported else history, silent)


def notes_html(found: Sequence[Finding]) -> str:
    """What is seen, the figures that show it, what to try."""
    items = (
        f'<li data-kind="{note.kind}"><i aria-hidden="true">{_ICONS[note.kind]}</i>'
        f"<p><b>{escape(note.observation)}</b> {escape(note.evidence)} "
        f"<em>{escape(note.advice)}</em></p></li>"
        for note in found
    )
    title = escape(_("What the curve says"))
    return f'<section class="lab-notes"><h4>{title}</h4><ul>{"".join(items)}</ul></section>'
