"""Parameters of the page's address, and widgets that are bound to them."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from pages.ui.state.slot import Slot

_page = Slot[str | None]("lab_page", None)
_arrived = Slot("lab_arrived", False)
_params = Slot[dict[str, list[str]] | None]("lab_params", None)


def param(name: str, default: str = "") -> str:
    """Return a parameter as text."""
    return str(st.query_params.get(name, default))


def values(name: str) -> list[str]:
    """Return each value of a repeated parameter once."""
    return list(dict.fromkeys(st.query_params.get_all(name)))


def all_params() -> dict[str, list[str]]:
    """Return every parameter with all its values."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def set_params(**changes: str | list[str] | None) -> None:
    """Write parameters without a rerun; None or an empty list removes one."""
    for name, value in changes.items():
        wanted = [] if value is None else value if isinstance(value, list) else [value]
        if wanted and st.query_params.get_all(name) != wanted:
            st.query_params[name] = wanted
        elif not wanted:
            st.query_params.pop(name, None)


def bounded_integer(name: str, low: int, high: int) -> int:
    """Return a parameter as a number clamped to `low` to `high`; `low` if it is no number."""
    number = integer(name)
    return low if number is None else min(max(number, low), high)


def integer(name: str) -> int | None:
    """Return a parameter as a number of at most 8 digits, at least 0; None if it is no number."""
    text = param(name)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


def query_string(**changes: str | None) -> str:
    """Return the address from "?" on with some parameters changed; None leaves one out."""
    params = {**st.query_params.to_dict(), **changes}
    return "?" + urlencode({name: value for name, value in params.items() if value is not None})


def linked(name: str, shown: Any, *resets: str) -> dict[str, Any]:
    """Return `key`, `on_change` and `args` of a widget bound to the parameter `name`.

    The widget shows `shown`. A person's choice goes into the address; "" removes the parameter.
    The parameters `resets` are removed at each choice.
    """
    key = f"linked_{name}"
    st.session_state[key] = shown
    return {"key": key, "on_change": _to_address, "args": (name, key, resets)}


def linked_page(name: str, page: int, *about: str) -> dict[str, Any]:
    """Return the same as `linked` for `st.pagination`; another `about` is another widget."""
    key = f"linked_{name}_{'_'.join(about)}"
    if st.session_state.get(key, page) != page:  # the browser went back
        st.session_state[key] = page
    return {"key": key, "default": page, "on_change": _to_address, "args": (name, key, ())}


def _to_address(name: str, key: str, resets: Sequence[str]) -> None:
    value = st.session_state[key]
    set_params(**dict.fromkeys(resets), **{name: str(value) if value else None})


def enter_page(page: str) -> bool:
    """Note the page that this script run shows; True if it is another than before.

    A link from a page to itself brings parameters that the browser's address lacks: write them.
    """
    params = all_params()
    is_new = _page.get() != page
    if is_new:
        _page.set(page)
        _arrived.set(True)
    elif _params.get() != params:
        st.query_params.from_dict(params)
    _params.set(params)
    return is_new


def take_arrival() -> bool:
    """True once after the session entered the page."""
    return _arrived.take()
