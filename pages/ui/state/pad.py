"""The drawing, photo and preparation steps of this session."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.ui.state.slot import Slot

Json = dict[str, Any]
PEN = "lab_pad_pen"  # key of the pen's width
PAPER = "lab_pad_paper"  # key of light or dark paper
kept_drawing = Slot[Json | None]("lab_drawing", None)  # as the canvas' JSON
initial_drawing = Slot[Json | None]("lab_pad_start", None)  # of the mounted pad
photo = Slot[tuple[str, Any]]("lab_photo", ("", None))  # id of the upload, result of reading it
disabled_steps = Slot[frozenset[str]]("lab_disabled_steps", frozenset())
labelled = Slot[tuple[str, Json | None]]("lab_labelled", ("", None))  # id, canvas' JSON
label_error = Slot("lab_label_error", "")  # why a drawing was not added, shown once
_version = Slot("lab_pad", 0)


def drawing() -> Json | None:
    """Return the last drawing; the mounted pad knows it before the page."""
    sent = _sent()
    raw = sent.get("raw") if sent else None
    return raw if isinstance(raw, dict) and raw else kept_drawing.get()


def _sent() -> Mapping[str, Any] | None:
    """Return what the mounted pad sent; None before a pad, or if the canvas cannot have sent it."""
    mounted = st.session_state.get(key())
    if not isinstance(mounted, Mapping) or mounted.get("backgroundFit") is not None:
        return None
    sent = mounted.get("drawing") or {"raw": None}
    return sent if isinstance(sent, Mapping) and "raw" in sent else None


def was_shown() -> bool:
    """True if this session has shown a pad, even a blank one."""
    return kept_drawing.key in st.session_state


def key() -> str:
    """Return the pad's widget key; another key is a fresh pad."""
    return f"{_version.key}_{_version.get()}"


def is_mounted() -> bool:
    """True if the last script run showed the pad, and its state can be read."""
    return _sent() is not None


def remount(start: Json | None) -> None:
    """Mount a fresh pad that shows `start`; call before the pad is drawn or in a callback."""
    _version.set(_version.get() + 1)
    initial_drawing.set(start)
    kept_drawing.set(start)


def toggle_step(name: str) -> None:
    """Switch a preparation step off, or on again."""
    disabled_steps.set(disabled_steps.get() ^ {name})
