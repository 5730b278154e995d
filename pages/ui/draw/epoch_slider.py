"""Answers of a run's checkpoints to one drawing, with a slider over epochs. Script thread."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store import Run, StoreError
from model_store.inference.checkpoint_answers import CheckpointAnswers
from model_store.recipe.choices import IMAGE_SIDE
from model_store.text import _, named
from pages.ui.components.answer import answer
from pages.ui.components.live_plot import live_plot
from pages.ui.figures import theme
from pages.ui.figures.probability_timeline import probability_timeline
from pages.ui.frame import layout, navigation
from pages.ui.services import model_cache, singletons

WITH_CHECKPOINTS = "starter-mnist"  # the built-in model that has some


def epoch_slider(run: Run, image: NDArray[np.uint8] | None) -> None:
    """Draw the probabilities of `image`, uint8 [28, 28], by epoch; None is a blank pad."""
    blank = np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    try:
        timeline = model_cache.timeline(run, blank if image is None else image)
    except StoreError as error:
        layout.problem(str(error))
        return
    if len(timeline.epochs) < 2:
        if run.shipped and run.id != WITH_CHECKPOINTS and run.recipe.data.drawable:
            other = singletons.store().open(WITH_CHECKPOINTS)
            words = _("This model has no checkpoints. Here are those of {title}.")
            layout.remark(words.format(title=layout.plain(named(other.title))))
            epoch_slider(other, image)
            return
        layout.remark(_("This model has no checkpoints."))
        layout.remark(_("Train a model yourself: then you can go through its epochs here."))
        navigation.link("train", _("Train one"), ":material/show_chart:", recipe="digits-quick")
    elif image is None:
        layout.remark(_("Draw to see how the bars changed from epoch to epoch."))
    else:
        with st.container(key="epoch_slider"):
            _slider(run, timeline)
    if timeline.unreadable:
        layout.notice(
            _("The checkpoints of these epochs cannot be read and are left out: {epochs}.").format(
                epochs=", ".join(map(str, timeline.unreadable))
            )
        )


@st.fragment
def _slider(run: Run, timeline: CheckpointAnswers) -> None:
    """Draw slider, chart and bars; only this part runs again when the slider moves."""
    names = run.recipe.data.names
    epochs = timeline.epochs
    epoch = st.select_slider(
        _("Epoch (0: before training)"), epochs, value=epochs[-1], key=f"epoch_{run.id}"
    )
    left, right = st.columns([3, 2])
    with left:
        probabilities = timeline.probabilities.tolist()
        figure = probability_timeline(epochs, probabilities, names, epoch)
        label = _("Probability of each class for this drawing, epoch by epoch")
        live_plot(figure, key="timeline", height=360, label=label)
    with right:
        answer(timeline.probabilities[epochs.index(epoch)], names, "epoch_bars")
    layout.remark(summary(timeline, names))


def summary(timeline: CheckpointAnswers, names: tuple[str, ...]) -> str:
    """Say how the answer changed, in two sentences (Markdown)."""
    first, last = (int(row.argmax()) for row in timeline.probabilities[[0, -1]])
    stable_since = timeline.stable_since()
    begin = _("At epoch {epoch} the answer was {name}, with {percent}.").format(
        epoch=timeline.epochs[0],
        name=layout.plain(names[first]),
        percent=theme.percent(float(timeline.probabilities[0, first])),
    )
    end = _("It stayed the same, at the end with {percent}.")
    if stable_since != timeline.epochs[0]:
        end = _("From epoch {epoch} on it was {name}, at the end with {percent}.")
    return f"{begin} " + end.format(
        epoch=stable_since,
        name=layout.plain(names[last]),
        percent=theme.percent(float(timeline.probabilities[-1, last])),
    )
