"""Language of this session: of the address, the person's choice, the cookie, or the browser."""

from collections.abc import Mapping

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from model_store.text import languages
from pages.ui.state import url
from pages.ui.state.slot import Slot

COOKIE = "softmax_lab_language"
_language = Slot("lab_language", "")


def begin() -> str:
    """Set the language of this script run, and of this session's fragments and callbacks."""
    wanted = url.param("lang")
    if wanted in languages.LANGUAGES:
        _language.set(wanted)
    elif not _language.get():
        header = st.context.headers.get("Accept-Language", "")
        _language.set(of_browser(st.context.cookies, header))
    languages.speak(_language.get())
    return _language.get()


def current() -> str:
    """Return the language of this session, "" outside a session; also before the script runs."""
    return _language.get() if get_script_run_ctx(suppress_warning=True) else ""


def of_browser(cookies: Mapping[str, str], accept_language: str) -> str:
    """Return the language that a browser's cookie names, else the one that its header prefers."""
    chosen = cookies.get(COOKIE, "")
    return chosen if chosen in languages.LANGUAGES else languages.accepted(accept_language)


languages.ask_session(current)
