"""What this machine has to train and draw with, as it is. Script thread."""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from model_store.recipe.choices import DATASETS
from pages.ui.frame import layout
from pages.ui.services import singletons
from training.data import datasets


def server_status() -> None:
    """Data, models, workers and network, as they are."""
    layout.section(_("What this machine has"))
    status = singletons.engine().status()
    ready = [d.label for name, d in DATASETS.items() if datasets.available(name)]
    absent = [d.label for d in DATASETS.values() if d.label not in ready]
    models = [run for run in singletons.store().list() if run.has_model]
    with st.container(horizontal=True):
        st.metric(_("Data sets"), _("{n} of {all}").format(n=len(ready), all=len(DATASETS)))
        st.metric(_("Models to draw against"), str(len(models)))
        st.metric(_("Trainings side by side"), str(status.workers))
        st.metric(_("Internet"), _("to download data") if absent else _("not needed"))
        st.metric(_("Open to"), _("this computer") if _is_private() else _("the network"))
    if status.state == "starting":
        layout.remark(_("The training engine is warming up; you can already draw and browse."))
    elif status.state == "broken":
        layout.problem(_("The training engine is not running."), status.message)
    if absent:
        layout.remark(
            _("{names} can be downloaded on the Data page. Digits works without a network.").format(
                names=_(" and ").join(absent)
            )
        )
    if _is_private():
        layout.explain(_("To let a class in: make run ADDRESS=0.0.0.0"))


def _is_private() -> bool:
    """Whether the server answers this computer alone."""
    return st.get_option("server.address") in ("localhost", "127.0.0.1", "::1")
