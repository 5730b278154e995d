"""The switches in the header of every page. Script thread.

Explain: the sentences for beginners. Projector: large type, and the navigation out of sight until
it is wanted.
"""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from pages.ui import browser
from pages.ui.state import selection


def display_options() -> None:
    """The switches and what they do to the look: on every page, once a run of the script."""
    with st.container(key="display_options", horizontal=True, gap="small"):
        st.toggle(_("Explain"), **selection.display_toggle("explain"))
        on = st.toggle(_("Projector"), **selection.display_toggle("projector"))
    if on:
        st.html(f"<style>{browser.read('projector.css')}</style>")
