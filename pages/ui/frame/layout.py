"""The look of all pages: header, sections, explanations, errors, empty states."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from model_store.text import _
from pages.ui import browser
from pages.ui.state import selection

_ICON = browser.read("icon.svg")


def frame() -> None:
    """Set the window's title and width, before anything else of a script run."""
    st.set_page_config(page_title="Softmax Lab", page_icon=_ICON, layout="wide")


def header(title: str, intro: str = "") -> None:
    """Show a page's title and what it is for."""
    text = f"<p>{escape(intro)}</p>" if intro else ""
    st.html(f'<header class="lab-header"><h1>{escape(title)}</h1>{text}</header>')


def explain(text: str) -> None:
    """Show a sentence for beginners (Markdown) unless Explain is off."""
    if selection.is_on("explain"):
        remark(text)


def remark(text: str) -> None:
    """Show a fact or a next step (Markdown)."""
    st.caption(text)


def problem(what: str, why: str = "", next_step: str = "") -> None:
    """Show an error: what happened, why, what to do next. Plain text.

    What was raised in another thread is said in the language of this session.
    """
    sentences = " ".join(part for part in (f"**{plain(_(what))}**", plain(_(why))) if part)
    st.error(
        f"{sentences}\n\n{plain(next_step)}" if next_step else sentences, icon=":material/error:"
    )


@contextmanager
def problem_on(*errors: type[Exception], what: str = "") -> Iterator[None]:
    """Show one of `errors` as a problem instead of raising it; `what` could not be done."""
    try:
        yield
    except errors as error:
        problem(*filter(None, (what, str(error))))


def notice(text: str) -> None:
    """Show something worth knowing that is no error. Plain text."""
    st.info(plain(text), icon=":material/info:")


def facts(values: Mapping[str, str]) -> None:
    """Show short values under their labels, side by side, as `st.metric` does. Plain text.

    One element instead of one each: the first page is there sooner.
    """
    pairs = (
        f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>"
        for label, value in values.items()
    )
    st.html(f'<dl class="lab-facts">{"".join(pairs)}</dl>')


def empty(title: str, text: str) -> None:
    """Show why a place is empty and how to fill it. Plain text."""
    st.html(
        f'<div class="lab-empty" role="note"><h2>{escape(title)}</h2><p>{escape(text)}</p></div>'
    )


def section(title: str, text: str = "") -> None:
    """Begin a section of a page with a heading (level 2) and a sentence for beginners."""
    st.header(title, anchor=False)
    if text:
        explain(text)


def side_by_side() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Return a narrow place (280 px) and a wide one beside it, on a phone below. Once a page."""
    box = st.container(key="sides")
    return box.container(), box.container()


def narrow_wide_narrow() -> tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator]:
    """Return the places of `side_by_side` and one below the first; on a phone one by one."""
    box = st.container(key="sides")
    return box.container(), box.container(), box.container()


def cell(text: str) -> str:
    """Return a person's text for a cell of `st.table`, which reads Markdown."""
    return plain(text) if set(text) & set(r"\`*_[]<>#~$:|") else text


def plain(text: str) -> str:
    """Escape text for Markdown."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]<>()#+-!|~$:" else c for c in text)
