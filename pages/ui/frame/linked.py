"""Choices, indices and page numbers that the address keeps. Script thread."""

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from model_store.text import _
from pages.ui.frame import layout
from pages.ui.state import url


def translated(options: Mapping[str, str]) -> dict[str, str]:
    """Return constant labels by value in the language of this session."""
    return {value: _(label) for value, label in options.items()}


def linked_tabs(
    param: str, label: str, options: Mapping[str, str], *resets: str, default: str
) -> str:
    """Draw `options` (value -> label as it is shown) side by side and return the chosen value.

    A choice removes the parameters `resets` from the address.
    """
    how = _choice(param, options, default, resets)
    choice: str = st.segmented_control(label, required=True, label_visibility="collapsed", **how)
    return choice


def linked_select(
    param: str, label: str, options: Mapping[str, str], *resets: str, default: str = "", **how: Any
) -> str:
    """Draw the same as `linked_tabs` in a select box; `how` goes to `st.selectbox`."""
    choice: str = st.selectbox(label, **how, **_choice(param, options, default, resets))
    return choice


def _choice(
    param: str, options: Mapping[str, str], default: str, resets: tuple[str, ...]
) -> dict[str, Any]:
    given = url.param(param, default)
    shown = given if given in options else default
    labels = {"options": list(options), "format_func": options.__getitem__}
    return labels | url.linked(param, shown, *resets)


def linked_index(param: str, missing: str, last: int) -> int | None:
    """Return a parameter as a number from 0 to `last`; None if it is absent.

    If it is no such number, show the error `missing`, in which `{value}` is the parameter.
    """
    index, text = url.integer(param), url.param(param)
    if index is not None and index <= last:
        return index
    if text:
        layout.problem(
            missing.format(value=text[:20]),
            next_step=_("Choose one from 0 to {last}.").format(last=f"{last:,}"),
        )
    return None


def linked_pages(param: str, count: int, size: int, *about: str) -> tuple[DeltaGenerator, slice]:
    """Draw page numbers for `count` items, `size` a page; return the place above and a slice.

    The slice is that of the items on the page. Another `about` has a widget of its own.
    """
    pages = max(1, -(-count // size))
    page = url.bounded_integer(param, 1, pages)
    place = st.container()
    if pages > 1:
        st.pagination(pages, **url.linked_page(param, page, *about))
    return place, slice((page - 1) * size, min(page * size, count))
