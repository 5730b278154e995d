"""Header of every page: display options, the language, and a phone's menu. Script thread.

Explain shows the sentences for beginners. Projector enlarges everything.
"""

import streamlit as st

from model_store.text import _
from model_store.text.languages import LANGUAGES
from pages.ui import browser
from pages.ui.components.component import component
from pages.ui.frame.front_end_words import front_end_words
from pages.ui.state import language, selection


def display_options() -> None:
    """Show the options and apply them, once a script run."""
    with st.container(key="display_options", horizontal=True, gap="small"):
        st.toggle(_("Explain"), **selection.display_toggle("explain"))
        projector = st.toggle(_("Projector"), **selection.display_toggle("projector"))
        _menu()
    if projector:
        st.html(browser.path("projector.css"))


def _menu() -> None:
    data = {
        "name": _("Menu"),
        "label": _("Language"),
        "languages": dict(LANGUAGES),
        "language": language.current(),
        "percent": _("{number} %").format(number=""),
        "cookie": language.COOKIE,
        "modules": browser.modules_path(),
        "words": front_end_words(),
    }
    html = '<i class="lab-menu"></i><select class="lab-language"></select>'
    component("menu", html, data, "menu")
