"""Several models answer one drawing side by side. Script thread."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store import Run, StoreError
from model_store.text import _
from pages.ui.components.answer import answer_card, answers, words
from pages.ui.frame import layout
from pages.ui.frame.model_picker import model_names
from pages.ui.services import model_cache
from pages.ui.state import selection

MAX_MODELS = 8
DEFAULT_MODELS = 3


def model_panel(
    run: Run, models: Sequence[Run], image: NDArray[np.uint8] | None, live: bool = False
) -> None:
    """Let some of `models` be chosen, and draw their answers to `image`, uint8 [28, 28].

    With `live` they follow the pad.
    Only models of `run`'s classes can be chosen; at first `run` and others of other shapes are.
    """
    classes = run.recipe.data.names
    known = {model.id: model for model in models if model.recipe.data.names == classes}
    names = model_names(list(known.values()))
    selection.preset_panel(list(known), _default(run, list(known.values())))
    chosen = st.multiselect(
        _("Models that answer"),
        list(known),
        format_func=lambda run_id: names[run_id],
        max_selections=MAX_MODELS,
        placeholder=_("Choose models"),
        help=_("Any finished training of this store, yours or a classmate's; up to eight."),
        key=selection.PANEL_KEY,
        on_change=selection.keep_panel,
    )
    probabilities: dict[str, NDArray[np.float32] | None] = {}
    for run_id in chosen:
        try:
            classifier = model_cache.classifier(known[run_id])
        except StoreError as error:
            layout.problem(_("One model cannot be used."), str(error))
            continue
        probabilities[run_id] = None if image is None else classifier.probabilities(image)
    cards, summary = compare(probabilities, names, classes)
    followed = [model_cache.browser_model(known[run_id]) for run_id in probabilities]
    answers(cards, classes, "panel", summary, live=followed if live else None)


def compare(
    probabilities: Mapping[str, NDArray[np.float32] | None],
    titles: Mapping[str, str],
    names: Sequence[str],
) -> tuple[list[dict[str, Any]], str]:
    """Return a card for each model, and a sentence that says which of them agree.

    Args:
        probabilities: float32 [10] by run id; None for a blank pad.
        titles: of the runs, by id.
        names: the classes' names.
    """
    votes = {i: names[int(p.argmax())] for i, p in probabilities.items() if p is not None}
    counts = Counter(votes.values()).most_common()
    majority = counts[0][0] if counts and 2 * counts[0][1] > len(votes) else None
    cards = [
        answer_card(p, names, title=titles[i], dissent=bool(majority and votes[i] != majority))
        for i, p in probabilities.items()
    ]
    texts = words(single=False)
    if not cards:
        return [], _("Choose one model or more.")
    if not counts:
        return cards, texts["blank"]
    if len(votes) == 1:
        return cards, texts["one"].format(name=majority)
    if majority is None:
        listed = ", ".join(f"{name} ({n})" for name, n in counts)
        return cards, texts["split"].format(counts=listed)
    if len(counts) == 1:
        return cards, texts["all"].format(n=len(votes), name=majority)
    others = "; ".join(
        texts["other"].format(model=titles[i], name=name)
        for i, name in votes.items()
        if name != majority
    )
    values = {"n": counts[0][1], "all": len(votes), "name": majority, "others": others}
    return cards, texts["most"].format(**values)


def _default(run: Run, models: Sequence[Run]) -> list[str]:
    """Return the ids of `run` and the newest usable others, each of another shape."""
    chosen: dict[str, str] = {}
    for model in sorted(models, key=lambda model: model.id != run.id):
        if model.recipe.network not in chosen and len(chosen) < DEFAULT_MODELS:
            with suppress(StoreError):
                model_cache.classifier(model)
                chosen[model.recipe.network] = model.id
    return list(chosen.values())
