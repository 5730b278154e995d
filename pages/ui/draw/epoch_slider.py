"""How the answer to this drawing moved while a run learned: a slider over epochs. Script thread."""

from __future__ import annotations

from gettext import gettext as _

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store import Run, StoreError
from model_store.inference.checkpoint_answers import CheckpointAnswers
from pages.ui.components.answer import answer
from pages.ui.components.live_plot import live_plot
from pages.ui.figures import run_curves, theme
from pages.ui.frame import layout, navigation
from pages.ui.services import model_cache


def epoch_slider(run: Run, image: NDArray[np.uint8] | None) -> None:
    """Ten lines over the epochs of `run` for `image`, uint8 [28, 28]; None is an empty pad."""
    try:
        timeline = model_cache.timeline(
            run, np.zeros((28, 28), np.uint8) if image is None else image
        )
    except StoreError as error:
        layout.problem(str(error))
        return
    if len(timeline.epochs) < 2:
        _nothing(run)
    elif image is None:
        layout.remark(_("Draw a digit: here stands how its ten bars moved from epoch to epoch."))
    else:
        with st.container(key="epoch_slider"):
            _scrub(run, timeline)
    if timeline.unreadable:
        layout.notice(
            _("The checkpoints of these epochs cannot be read and are left out: {epochs}.").format(
                epochs=", ".join(map(str, timeline.unreadable))
            )
        )


def _nothing(run: Run) -> None:
    layout.remark(
        _("This model comes with the app, without the steps on its way there.")
        if run.shipped
        else _("This run has kept no checkpoints.")
    )
    layout.remark(_("Train one yourself: every epoch is kept, and this slider goes through them."))
    navigation.link("train", _("Train one"), ":material/show_chart:", recipe="digits-quick")


@st.fragment
def _scrub(run: Run, timeline: CheckpointAnswers) -> None:
    """Moving the slider runs only this."""
    names = run.recipe.data.class_names
    epoch = st.select_slider(
        _("Epoch (0: before training)"),
        timeline.epochs,
        value=timeline.epochs[-1],
        key=f"epoch_{run.id}",
    )
    left, right = st.columns([3, 2])
    with left:
        shares = timeline.probabilities.tolist()
        figure = run_curves.probability_timeline(timeline.epochs, shares, names, epoch)
        title = _("Probability of each class for this picture, epoch by epoch")
        live_plot(figure, key="timeline", height=360, label=title)
    with right:
        answer(timeline.probabilities[timeline.epochs.index(epoch)], names, "epoch_bars")
    layout.remark(story(timeline, names))


def story(timeline: CheckpointAnswers, names: tuple[str, ...]) -> str:
    """How it came to its answer, in a sentence (Markdown)."""
    first, last = (int(row.argmax()) for row in timeline.probabilities[[0, -1]])
    before = theme.percent(float(timeline.probabilities[0, first]))
    after = theme.percent(float(timeline.probabilities[-1, last]))
    settled = timeline.stable_since()
    start = _("At epoch {epoch} it read {name}, with {percent}.").format(
        epoch=timeline.epochs[0], name=layout.plain(names[first]), percent=before
    )
    if settled == timeline.epochs[0]:
        end = _("It has read so ever since, and ended with {percent}.").format(percent=after)
    else:
        end = _("From epoch {epoch} on it reads {name}; it ended with {percent}.").format(
            epoch=settled, name=layout.plain(names[last]), percent=after
        )
    return f"{start} {end}"
