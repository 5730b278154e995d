"""Tabs below the answer: other models, attribution, checkpoints, fooling. Script thread."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store import Run
from model_store.text import _
from pages.ui.draw.attribution_view import attribution_view
from pages.ui.draw.epoch_slider import epoch_slider
from pages.ui.draw.model_panel import model_panel
from pages.ui.frame import layout
from pages.ui.runs.fool_view import fool_view
from pages.ui.services import model_cache
from pages.ui.state import pad


def server_answers() -> bool:
    """True if the tab that is open needs the server at each stroke."""
    return pad.open_tab() in (_("Why"), _("During training"))


def explanation_tabs(
    run: Run, models: Sequence[Run], image: NDArray[np.uint8] | None, live: bool = False
) -> None:
    """Explain the answer to `image`, uint8 [28, 28], or None for a blank pad.

    Only the open tab is computed. `models` may be asked beside `run`. With `live` they follow the
    pad.

    Raises:
        RunDamaged: if the run's weights cannot be used.
    """
    views = {
        _("Other models"): lambda: model_panel(run, models, image, live),
        _("Why"): lambda: attribution_view(model_cache.classifier(run), image),
        _("During training"): lambda: epoch_slider(run, image),
        _("Fool it"): lambda: _fool(run, image, live),
    }
    tabs = st.tabs(list(views), key=pad.TABS, on_change="rerun")
    for tab, view in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab:
                view()


def _fool(run: Run, image: NDArray[np.uint8] | None, live: bool) -> None:
    if live or image is not None:
        fool_view(run, None if live else image)
    else:
        layout.remark(_("Choose a photo: then you can try to fool the model here."))
