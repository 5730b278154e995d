"""Components that draw themselves in the browser: JavaScript of `pages.ui.browser`, JSON data."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import streamlit as st

from pages.ui import browser
from pages.ui.browser.bundle import bundle

_JSON = json.JSONEncoder(separators=(",", ":"))


def component(
    name: str,
    html: str,
    data: Mapping[str, Any],
    key: str,
    height: int | None = None,
    **on_change: Callable[[], None],
) -> None:
    """Draw a component in place: one element as long as `key` is on the page.

    Args:
        name: of its script `<name>.js`, which may import others, and, if there is one, its style
            `<name>.css`.
        html: its content before the script has run, always the same.
        data: plain JSON types. Sent as bytes: Streamlit would serialise a mapping twice.
        key: names the element.
        height: in CSS pixels; None fits the content.
        on_change: `on_<event>_change`, called before the script of the page runs again.
    """
    size: dict[str, Any] = {} if height is None else {"height": height}
    renderer(name, html)(data=json_bytes(data), key=key, **size, **on_change)


def json_bytes(data: Mapping[str, Any]) -> bytes:
    """Return JSON for `JSON.parse(new TextDecoder().decode(component.data))`."""
    return _JSON.encode(data).encode()


@cache
def renderer(name: str, html: str) -> Any:
    """Return Streamlit's function that mounts the component."""
    return st.components.v2.component(
        name,
        html=html,
        css=browser.read(f"{name}.css") if browser.has(f"{name}.css") else None,
        js=f"{bundle(name)}\nexport default ${name}.default;\n",
        isolate_styles=False,
    )
