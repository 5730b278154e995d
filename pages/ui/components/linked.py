"""Choices and page numbers that the address keeps. Script thread."""

from __future__ import annotations

from collections.abc import Mapping
from gettext import gettext as _
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.state import url


def linked_tabs(
    param: str, label: str, options: Mapping[str, str], *resets: str, default: str
) -> str:
    """Draw `options` (value -> label) side by side and return the chosen value.

    The parameters `resets` leave the address at each choice.
    """
    choice: str = st.segmented_control(
        label,
        list(options),
        format_func=lambda value: _(options[value]),
        required=True,
        label_visibility="collapsed",
        **url.linked(param, _given(param, options, default), *resets),
    )
    return choice


def linked_select(
    param: str, label: str, options: Mapping[str, str], *resets: str, default: str = "", **how: Any
) -> str:
    """Draw the same as `linked_tabs` as a select box; `how` goes to `st.selectbox`."""
    choice: str = st.selectbox(
        label,
        list(options),
        format_func=lambda value: _(options[value]),
        **how,
        **url.linked(param, _given(param, options, default), *resets),
    )
    return choice


def _given(param: str, options: Mapping[str, str], default: str) -> str:
    given = url.param(param, default)
    return given if given in options else default


def linked_pages(
    param: str, count: int, per_page: int, *about: str
) -> tuple[DeltaGenerator, slice]:
    """Draw page numbers for `count` items; return the place above them and the items' slice.

    Another `about` starts at its own first page.
    """
    pages = -(-count // per_page)
    page = url.bounded_integer(param, 1, max(1, pages))
    place = st.container()
    if pages > 1:
        st.pagination(pages, **url.linked_page(param, page, *about))
    return place, slice((page - 1) * per_page, min(page * per_page, count))
