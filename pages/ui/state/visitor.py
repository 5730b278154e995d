"""Identity of this browser, and the teacher's code that it entered."""

from __future__ import annotations

import secrets

import streamlit as st

from pages.ui.server.visitor_cookie import COOKIE

_VISITOR = "lab_visitor"
_CODE = "lab_code"


def visitor_id() -> str:
    """Return an unguessable id of this browser; a cookie keeps it across reloads."""
    cookie = st.context.cookies.get(COOKIE)
    if cookie:
        return str(cookie)
    return str(st.session_state.setdefault(_VISITOR, secrets.token_urlsafe(16)))


def entered_code() -> str:
    """Return the teacher's code entered in this session; "" if none."""
    return str(st.session_state.get(_CODE, ""))


def keep_code(code: str) -> None:
    """Keep a correct code for this session; "" forgets it."""
    st.session_state[_CODE] = code
