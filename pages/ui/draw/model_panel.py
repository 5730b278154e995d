"""One drawing, several models: their bars side by side, and who dissents. Script thread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from gettext import gettext as _
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store import Run, StoreError
from pages.ui.components.answer import answer_data
from pages.ui.components.component import component
from pages.ui.figures import theme
from pages.ui.frame import layout
from pages.ui.frame.model_picker import model_names
from pages.ui.services import model_cache
from pages.ui.state import selection

MOST = 8
AT_FIRST = 3
_HTML = """<section class="lab-panel">
<p class="lab-consensus" role="status" aria-live="polite"></p>
<div class="lab-models"></div>
</section>"""

Shares = NDArray[np.float32]


def model_panel(run: Run, models: Sequence[Run], image: NDArray[np.uint8] | None) -> None:
    """Let some of `models` be chosen, and draw what each reads in `image`, uint8 [28, 28].

    Only models of `run`'s classes can be chosen; `run` and others of other shapes are at first.
    """
    classes = run.recipe.data.class_names
    known = {model.id: model for model in models if model.recipe.data.class_names == classes}
    names = model_names(list(known.values()))
    selection.preset_panel(list(known), _first(run, list(known.values())))
    chosen = st.multiselect(
        _("Models that answer"),
        list(known),
        format_func=lambda run_id: names[run_id],
        max_selections=MOST,
        placeholder=_("Choose models"),
        help=_("Any finished training of this store, yours or a classmate's; up to eight."),
        key=selection.PANEL_KEY,
        on_change=selection.keep_panel,
    )
    answers: dict[str, Shares | None] = {}
    for run_id in chosen:
        try:
            classifier = model_cache.classifier(known[run_id])
        except StoreError as error:
            layout.problem(_("One model cannot be used."), str(error))
            continue
        answers[run_id] = None if image is None else classifier.probabilities(image)
    titles = {run_id: names[run_id] for run_id in answers}
    component("model_panel", _HTML, panel_data(answers, titles, classes), "panel")


def _first(run: Run, models: Sequence[Run]) -> list[str]:
    """`run` and the newest others, each of another shape, as far as they can be used."""
    chosen: dict[str, str] = {}
    for model in sorted(models, key=lambda model: model.id != run.id):
        if model.recipe.network not in chosen and len(chosen) < AT_FIRST:
            with suppress(StoreError):
                model_cache.classifier(model)
                chosen[model.recipe.network] = model.id
    return list(chosen.values())


def panel_data(
    answers: Mapping[str, Shares | None], titles: Mapping[str, str], names: tuple[str, ...]
) -> dict[str, Any]:
    """What `model_panel.js` shows, in plain types; `answers` are float32 [10], None not drawn.

    Tuples, no lists: see `answer_data`.
    """
    votes = {
        run_id: int(shares.argmax()) for run_id, shares in answers.items() if shares is not None
    }
    majority = _majority(list(votes.values()))
    cards = []
    for run_id, shares in answers.items():
        data = answer_data(shares, names)
        kept = {key: data[key] for key in ("answer", "colour", "probabilities", "percents")}
        dissent = majority is not None and votes.get(run_id) != majority
        told = "" if shares is None else data["status"]
        cards.append({**kept, "status": told, "title": titles[run_id], "dissent": dissent})
    return {
        "status": _told(votes, titles, names, bool(answers)),
        "models": tuple(cards),
        "names": names,
        "colours": theme.CLASS_COLOURS,
        "label": _("Probability of each class"),
    }


def _majority(votes: Sequence[int]) -> int | None:
    """The class that more than half of them read; None if there is none."""
    if not votes:
        return None
    best, count = Counter(votes).most_common(1)[0]
    return best if 2 * count > len(votes) else None


def _told(
    votes: Mapping[str, int], titles: Mapping[str, str], names: tuple[str, ...], chosen: bool
) -> str:
    """Who agrees, and who does not, in a sentence."""
    if not chosen:
        return _("Choose one model or more.")
    if not votes:
        return _("Draw a digit: every model answers here.")
    majority = _majority(list(votes.values()))
    if len(votes) == 1:
        (read,) = votes.values()
        return _("It reads {name}. Choose more models to compare.").format(name=names[read])
    if majority is None:
        counts = ", ".join(f"{names[c]} ({n})" for c, n in Counter(votes.values()).most_common())
        return _("No majority: {counts}.").format(counts=counts)
    agree = sum(vote == majority for vote in votes.values())
    if agree == len(votes):
        return _("All {n} models read {name}.").format(n=agree, name=names[majority])
    others = "; ".join(
        _("{model} reads {name}").format(model=titles[run_id], name=names[vote])
        for run_id, vote in votes.items()
        if vote != majority
    )
    return _("{n} of {all} models read {name}. {others}.").format(
        n=agree, all=len(votes), name=names[majority], others=others
    )
