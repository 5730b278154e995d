"""Download of a data set that is not on this computer. Script thread."""

import streamlit as st

from model_store.recipe.choices import DATASETS
from model_store.text import _
from pages.ui import browser
from pages.ui.components.component import component
from pages.ui.components.live_refresh import refresh_on
from pages.ui.frame import layout, navigation
from pages.ui.services import live_topics
from training.data import download
from training.data.datasets import DataError
from training.data.download import Download

_HTML = """<label class="lab-progress-bar"><span></span><progress max="1"></progress></label>"""


def offer_download(name: str, error: DataError) -> None:
    """Draw why the data set is missing, a button that downloads it, and a link to Digits."""
    label = _(DATASETS[name].label)
    layout.problem(_("{name} cannot be shown.").format(name=label), str(error))
    with st.container(horizontal=True):
        button = _("Download {name}").format(name=label)
        if st.button(button, icon=":material/download:", type="primary"):
            download.start(name)
            st.rerun()
        navigation.link("data", _("Use Digits offline"), ":material/bolt:", dataset="digits")
    running = download.latest(name)
    if running is not None and (running.error or not running.finished):
        _progress(name, running)


def _progress(name: str, running: Download) -> None:
    if running.error:
        layout.problem(_("The download failed."), running.error)
        return
    topic = f"download:{name}"
    seen = live_topics.download_progress(name)
    refresh_on({topic: seen and seen["version"]}, key=f"refresh_{name}")
    words = {"text": _("{file}: {done} of {total} MB, {seconds} s"), "connecting": _("connecting")}
    data = {"modules": browser.modules_path(), "topic": topic, "words": words}
    component("download_progress", _HTML, data, key=f"download_{name}")
