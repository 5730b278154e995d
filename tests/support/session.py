"""Values that a session keeps in its slots, in AppTest."""

from typing import Any

from streamlit.testing.v1 import AppTest

from pages.ui.state.slot import ENTRY


def keep(at: AppTest, key: str, value: Any) -> None:
    """Let the session keep a value under the key of its slot."""
    if ENTRY not in at.session_state:
        at.session_state[ENTRY] = {}
    at.session_state[ENTRY][key] = value


def is_kept(at: AppTest, key: str) -> bool:
    """True if the session keeps a value under the key of a slot."""
    return ENTRY in at.session_state and key in at.session_state[ENTRY]
