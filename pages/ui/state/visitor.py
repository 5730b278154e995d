"""Identity of this browser, and the teacher's code that it entered."""

import secrets

import streamlit as st

from pages.ui.server.visitor_cookie import COOKIE
from pages.ui.state.slot import Slot

teacher_code = Slot("lab_code", "")
_visitor = Slot("lab_visitor", "")


def visitor_id() -> str:
    """Return an unguessable id of this browser; a cookie keeps it across reloads."""
    if not (known := _visitor.get()):
        known = str(st.context.cookies.get(COOKIE) or secrets.token_urlsafe(16))
        _visitor.set(known)
    return known
