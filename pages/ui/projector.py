"""Projector mode: large type, and the navigation out of sight until it is wanted. Script thread."""

from __future__ import annotations

from gettext import gettext as _
from pathlib import Path

import streamlit as st

from pages.ui import state

_STYLE = Path(__file__).with_name("projector.css")


def projector() -> None:
    """The switch in the header and what it does: on every page, once a run of the script."""
    with st.container(key="projector"):
        on = st.toggle(_("Projector"), **state.projector_switch())
    if on:
        st.html(_STYLE)
