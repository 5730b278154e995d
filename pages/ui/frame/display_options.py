"""Header of every page: style sheet, display options, language, a phone's menu. Script thread.

Explain shows the sentences for beginners. Projector enlarges everything.
"""

import streamlit as st

from model_store.text import _
from model_store.text.languages import LANGUAGES
from pages.ui import browser
from pages.ui.components.component import component
from pages.ui.frame.front_end_words import front_end_words
from pages.ui.state import language, selection

_KEY = "display_options"
_SWITCH = '<label class="lab-switch"><input type="checkbox" role="switch"><span></span></label>'
_HTML = (
    f"<style>@import url({browser.style_address()});</style>"  # a file that browsers keep
    f'<i class="lab-menu"></i><div class="lab-options">{_SWITCH}{_SWITCH}'
    '<select class="lab-language"></select></div>'
)


def display_options() -> None:
    """Show the options and apply them, once a script run.

    One element for all of them: a page's first answer is there sooner.
    """
    explain, projector = map(selection.display_option, ("explain", "projector"))
    data = {
        "name": _("Menu"),
        "switches": [["explain", _("Explain"), explain], ["projector", _("Projector"), projector]],
        "label": _("Language"),
        "languages": dict(LANGUAGES),
        "language": language.current(),
        "percent": _("{number} %").format(number=""),
        "cookie": language.COOKIE,
        "modules": browser.modules_path(),
        "words": front_end_words(),
    }
    component(
        "menu",
        _HTML,
        data,
        _KEY,
        on_explain_change=lambda: _choose("explain"),
        on_projector_change=lambda: _choose("projector"),
    )
    if projector:
        st.html(browser.path("projector.css"))


def _choose(option: str) -> None:
    selection.choose_display(option, selection.component_value(_KEY, option) is True)
