"""Download of a data set that is not on this computer. Script thread."""

from gettext import gettext as _

import streamlit as st

from model_store.recipe.choices import DATASETS
from pages.ui.frame import layout, navigation
from training.data import download
from training.data.datasets import DataError


def offer_download(name: str, error: DataError) -> None:
    """Draw why the data set is missing, a button that downloads it, and a link to Digits."""
    label = DATASETS[name].label
    layout.problem(_("{name} cannot be shown.").format(name=label), str(error))
    with st.container(horizontal=True):
        button = _("Download {name}").format(name=label)
        if st.button(button, icon=":material/download:", type="primary"):
            download.start(name)
            st.rerun()
        navigation.link("data", _("Use Digits offline"), ":material/bolt:", dataset="digits")
    running = download.latest(name)
    if running is not None and (running.error or not running.finished):
        _progress(name)


@st.fragment(run_every=0.5)
def _progress(name: str) -> None:
    now = download.latest(name)
    if now is None:
        return
    if now.error:
        layout.problem(_("The download failed."), now.error)
        return
    if now.finished:
        st.rerun(scope="app")
    text = _("{file}: {done} of {total} MB, {seconds} s").format(
        file=now.file or _("connecting"),
        done=f"{now.done / 1e6:.1f}",
        total=f"{now.total / 1e6:.1f}",
        seconds=round(now.seconds),
    )
    st.progress(min(1.0, now.done / now.total) if now.total else 0.0, text=text)
