"""A data set that is not on this machine: how to get it, or how to do without. Script thread."""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from model_store.recipe.choices import DATASETS
from pages.ui.frame import layout, navigation
from training.data import download
from training.data.datasets import DataError


def offer_download(name: str, error: DataError) -> None:
    """Say what is wrong; download it with progress, or go on with Digits."""
    label = DATASETS[name].label
    layout.problem(_("{name} cannot be shown.").format(name=label), str(error))
    with st.container(horizontal=True):
        if st.button(
            _("Download {name}").format(name=label), icon=":material/download:", type="primary"
        ):
            download.start(name)
            st.rerun()
        navigation.link("data", _("Work offline with Digits"), ":material/bolt:", dataset="digits")
    if download.latest(name) is not None:
        _progress(name)


@st.fragment(run_every=0.5)
def _progress(name: str) -> None:
    running = download.latest(name)
    if running is None:
        return
    now = running.progress
    if now.finished and now.error is None:
        st.rerun(scope="app")
    if now.error:
        layout.problem(_("It could not be downloaded."), now.error)
        return
    share = now.done / now.total if now.total else 0.0
    st.progress(
        min(1.0, share),
        text=_("{file}: {done} of {total} MB, {seconds} s").format(
            file=now.file or _("connecting"),
            done=f"{now.done / 1e6:.1f}",
            total=f"{now.total / 1e6:.1f}",
            seconds=round(now.seconds),
        ),
    )
