"""Parts of a page that draw themselves in the browser."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent


@cache
def component(name: str, html: str) -> Any:
    """The part `name`: its script `<name>.js` and, if there is one, its style `<name>.css`."""
    style = _HERE / f"{name}.css"
    return st.components.v2.component(
        name,
        html=html,
        css=style.read_text(encoding="utf-8") if style.exists() else None,
        js=(_HERE / f"{name}.js").read_text(encoding="utf-8"),
        isolate_styles=False,
    )
