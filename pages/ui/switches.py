"""The switches in the header of every page. Script thread.

Explain: the sentences for beginners. Projector: large type, and the navigation out of sight until
it is wanted.
"""

from __future__ import annotations

from gettext import gettext as _
from pathlib import Path

import streamlit as st

from pages.ui import state

_STYLE = Path(__file__).with_name("projector.css")


def switches() -> None:
    """The switches and what they do to the look: on every page, once a run of the script."""
    with st.container(key="switches", horizontal=True, gap="small"):
        st.toggle(_("Explain"), **state.switch("explain"))
        on = st.toggle(_("Projector"), **state.switch("projector"))
    if on:
        st.html(_STYLE)
