"""Parts of a page that draw themselves in the browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import streamlit as st

from pages.ui import browser

_JSON = json.JSONEncoder(separators=(",", ":"))


def component(
    name: str, html: str, data: Mapping[str, Any], key: str, **on_change: Callable[[], None]
) -> None:
    """Draw the part `name` in place: one element as long as `key` is on the page.

    Args:
        name: its script is `<name>.js`; its style, if there is one, `<name>.css`.
        html: what stands there before the script has run, always the same.
        data: what the script shows, in plain JSON types. It goes as bytes of JSON, which Streamlit
            passes on as they are; it would write a mapping twice, and look for tables in it.
        key: names the element.
        on_change: `on_<event>_change`, called before the script of the page runs again.
    """
    _made(name, html)(data=json_bytes(data), key=key, **on_change)


def json_bytes(data: Mapping[str, Any]) -> bytes:
    """JSON, for a script to read with `JSON.parse(new TextDecoder().decode(component.data))`."""
    return _JSON.encode(data).encode()


@cache
def _made(name: str, html: str) -> Any:
    return st.components.v2.component(
        name,
        html=html,
        css=browser.read(f"{name}.css") if browser.has(f"{name}.css") else None,
        js=browser.read(f"{name}.js"),
        isolate_styles=False,
    )
