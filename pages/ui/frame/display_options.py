"""Header of every page: display options, and the name of a phone's menu. Script thread.

Explain shows the sentences for beginners. Projector enlarges everything.
"""

from gettext import gettext as _

import streamlit as st

from pages.ui import browser
from pages.ui.components.component import component
from pages.ui.state import selection


def display_options() -> None:
    """Show the options and apply them, once a script run."""
    with st.container(key="display_options", horizontal=True, gap="small"):
        st.toggle(_("Explain"), **selection.display_toggle("explain"))
        component("menu", '<i class="lab-menu"></i>', {"name": _("Menu")}, "menu")
        projector = st.toggle(_("Projector"), **selection.display_toggle("projector"))
    if projector:
        st.html(browser.path("projector.css"))
