"""The look that all pages share: frame, header, explanations, errors, empty states, colours."""

from __future__ import annotations

from functools import cache
from gettext import gettext as _
from html import escape
from pathlib import Path

import streamlit as st
from PIL import Image, ImageDraw
from streamlit.delta_generator import DeltaGenerator

from pages.ui import state

# Ten colours for ten classes, told apart by colour-blind people as well, on white and on dark.
# Source: M. A. Petroff, "Accessible Color Sequences for Data Visualization" (2021), ten colours.
CLASS_COLOURS = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
_STYLE = Path(__file__).with_name("style.css")


def frame() -> None:
    """Once a run of the script, before anything else: title of the window, width, style sheet."""
    st.set_page_config(page_title="Softmax Lab", page_icon=_icon(), layout="wide")
    st.html(_STYLE)


@cache
def _icon() -> Image.Image:
    """Bars in class colours, drawn here: icons by name come from the network."""
    icon = Image.new("RGBA", (64, 64))
    pen = ImageDraw.Draw(icon)
    for i, height in enumerate((20, 34, 60, 28)):
        pen.rounded_rectangle((4 + 15 * i, 62 - height, 14 + 15 * i, 62), 3, CLASS_COLOURS[i])
    return icon


def header(title: str, intro: str) -> None:
    """A page's title and the one sentence that says what it is for."""
    st.html(f'<header class="lab-header"><h1>{escape(title)}</h1><p>{escape(intro)}</p></header>')


def explain(text: str) -> None:
    """A sentence where a beginner would ask (Markdown); an expert can switch all of them off."""
    if state.switch_is_on("explain"):
        remark(text)


def remark(text: str) -> None:
    """A fact or a next step, below what it speaks of (Markdown)."""
    st.caption(text)


def problem(what: str, why: str = "", next_step: str = "") -> None:
    """An error for a person: what happened, why, what to do next. Plain text."""
    sentences = " ".join(part for part in (f"**{plain(what)}**", plain(why)) if part)
    st.error(
        f"{sentences}\n\n{plain(next_step)}" if next_step else sentences, icon=":material/error:"
    )


def notice(text: str) -> None:
    """Something worth knowing that is no error. Plain text."""
    st.info(plain(text), icon=":material/info:")


def empty(title: str, text: str) -> None:
    """What a place without content shows: why it is empty and how to fill it. Plain text."""
    st.html(
        f'<div class="lab-empty" role="note"><h3>{escape(title)}</h3><p>{escape(text)}</p></div>'
    )


def section(title: str, text: str = "") -> None:
    """A heading inside a page, with a sentence."""
    st.subheader(title, anchor=False)
    if text:
        explain(text)


def side_by_side() -> tuple[DeltaGenerator, DeltaGenerator]:
    """A narrow place (280 px) and a wide one beside it, on a phone below it. Once a page."""
    box = st.container(key="sides")
    return box.container(), box.container()


def percent(share: float | None, digits: int = 1) -> str:
    """0.9776 -> "97.8 %"; None -> a dash."""
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def duration(seconds: float | None) -> str:
    """75 -> "1 min 15 s"; None -> a dash."""
    if seconds is None:
        return "–"
    whole = max(0, round(seconds))
    if whole < 60:
        return _("{n} s").format(n=whole)
    return _("{m} min {s} s").format(m=whole // 60, s=whole % 60)


def plain(text: str) -> str:
    """Text that Markdown leaves alone."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]<>()#+-!|~$:" else c for c in text)
