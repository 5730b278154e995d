"""Parts of a page that draw themselves in the browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent
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
    _made(name, html)(data=as_bytes(data), key=key, **on_change)


def as_bytes(data: Mapping[str, Any]) -> bytes:
    """JSON, for a script to read with `JSON.parse(new TextDecoder().decode(component.data))`."""
    return _JSON.encode(data).encode()


@cache
def _made(name: str, html: str) -> Any:
    style = _HERE / f"{name}.css"
    return st.components.v2.component(
        name,
        html=html,
        css=style.read_text(encoding="utf-8") if style.exists() else None,
        js=(_HERE / f"{name}.js").read_text(encoding="utf-8"),
        isolate_styles=False,
    )
