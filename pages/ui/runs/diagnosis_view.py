"""Diagnosis of an ended run: notes on its curve with evidence and advice. Script thread."""

from collections.abc import Sequence
from contextlib import suppress
from html import escape

import streamlit as st

from model_store import Run, StoreError
from model_store.analysis.diagnosis import FindingKind, diagnose
from model_store.analysis.failures import DeadUnits
from model_store.runs.history import History
from model_store.text import _
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


def diagnosis_view(run: Run, history: History, heading: str = "h2") -> None:
    """Draw the notes on an ended run below a `heading`; nothing if there are none."""
    trained = run.result.get("epochs", 0)
    if len(history.epochs) < trained:
        layout.notice(
            _(
                "Part of this run's record is lost: the curve has {n} of {all} epochs. Its model "
                "and its final figures are not affected."
            ).format(n=len(history.epochs), all=trained)
        )
    if not run.state.is_finished():
        return
    silent: Sequence[DeadUnits] = ()
    with suppress(DataError, StoreError):  # without the model or its images: no note on dead units
        silent = model_cache.firing(run)
    items = [
        f'<li data-kind="{note.kind}"><i aria-hidden="true">{_ICONS[note.kind]}</i>'
        f"<p><b>{escape(note.observation)}</b> {escape(note.evidence)} "
        f"<em>{escape(note.advice)}</em></p></li>"
        for note in diagnose(run.recipe, History() if run.imported else history, silent)
    ]
    if items:
        title = f"<{heading}>{escape(_('What the curve says'))}</{heading}>"
        st.html(f'<section class="lab-notes">{title}<ul>{"".join(items)}</ul></section>')
