"""Display options in the header of every page. Script thread.

Explain shows the sentences for beginners. Projector enlarges everything.
"""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from pages.ui import browser
from pages.ui.state import selection


def display_options() -> None:
    """Show the options and apply them, once a script run."""
    with st.container(key="display_options", horizontal=True, gap="small"):
        st.toggle(_("Explain"), **selection.display_toggle("explain"))
        projector = st.toggle(_("Projector"), **selection.display_toggle("projector"))
    if projector:
        st.html(f"<style>{browser.read('projector.css')}</style>")
