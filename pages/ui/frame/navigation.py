"""Pages by name: titles, icons, order, and links between them."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from model_store.text import N_, _
from pages.ui.services import singletons
from pages.ui.state import pad, selection, url

PAGES = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Entry:
    """A page's title and icon in the navigation."""

    title: str
    icon: str


ENTRIES = {
    "home": Entry(N_("Softmax Lab"), ":material/home:"),
    "learn": Entry(N_("Learn"), ":material/menu_book:"),
    "classroom": Entry(N_("Class"), ":material/groups:"),
    "data": Entry(N_("Data"), ":material/grid_view:"),
    "train": Entry(N_("Train"), ":material/show_chart:"),
    "draw": Entry(N_("Draw"), ":material/draw:"),
    "evaluate": Entry(N_("Evaluate"), ":material/fact_check:"),
    "compare": Entry(N_("Compare"), ":material/stacked_line_chart:"),
    "sweep": Entry(N_("Sweep"), ":material/tune:"),
}
TEACHER = {"teacher": Entry(N_("Teacher"), ":material/school:")}  # only where a code is set
MOVED = {"models": "compare"}  # old address -> page


def _page(name: str) -> st.Page:
    """Return a page that no other script has: Streamlit notes on it that it may run."""
    return copy(_original(name, _((ENTRIES | TEACHER)[name].title)))


@cache
def _original(name: str, title: str) -> st.Page:
    """Return a page of this title; Streamlit looks for its file here, so once is enough."""
    return st.Page(
        PAGES / f"{name}.py",
        title=title,
        icon=(ENTRIES | TEACHER)[name].icon,
        url_path="" if name == "home" else name,
        default=name == "home",
    )


def _moved(address: str) -> st.Page:
    """Return a hidden page that redirects an old address with its parameters."""

    def redirect() -> None:
        st.switch_page(_page(MOVED[address]), query_params=url.all_params())

    return st.Page(redirect, title=_("Moved"), url_path=address, visibility="hidden")


def current_page() -> st.Page:
    """Show the navigation and return the page of this session's address."""
    entries = ENTRIES | TEACHER if singletons.teacher_code() else ENTRIES
    page = st.navigation([*map(_page, entries), *map(_moved, MOVED)], position="top")
    if url.enter_page(page.url_path):
        pad.disabled_steps.clear()
        selection.start_wish.clear()  # somebody left before it was heard
    return page


def link(name: str, label: str, icon: str | None = None, **params: str | Sequence[str]) -> None:
    """Show a link to a page, with URL parameters; one may have several values."""
    st.page_link(_page(name), label=label, icon=icon, query_params=params or None)


def plain_link(name: str, label: str, **params: str) -> list[str]:
    """Return a link for a script of ours: address, the name of its icon, and label."""
    icon = ENTRIES[name].icon.removeprefix(":material/").removesuffix(":")
    return [f"./{name}{'?' if params else ''}{urlencode(params)}", icon, label]


def go(name: str, **params: str | Sequence[str]) -> None:
    """Switch to another page at once; a parameter may have several values."""
    st.switch_page(_page(name), query_params=params or None)
