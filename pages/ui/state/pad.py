"""The drawing, photo and preparation steps of this session, kept across page switches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

PEN = "lab_pad_pen"  # key of the pen's width
PAPER = "lab_pad_paper"  # key of light or dark paper
_DRAWING = "lab_drawing"
_VERSION = "lab_pad"
_START = "lab_pad_start"
_PHOTO = "lab_photo"
_DISABLED_STEPS = "lab_disabled_steps"
_LABELLED = "lab_labelled"
_LABEL_ERROR = "lab_label_error"


def drawing() -> dict[str, Any] | None:
    """Return the last drawing as the canvas' JSON; the mounted pad knows it before the page."""
    sent = _sent()
    raw = sent.get("raw") if sent else None
    return raw if isinstance(raw, dict) and raw else st.session_state.get(_DRAWING)


def _sent() -> Mapping[str, Any] | None:
    """Return what the mounted pad sent; None before a pad, or if the canvas cannot have sent it."""
    mounted = st.session_state.get(key())
    if not isinstance(mounted, Mapping) or mounted.get("backgroundFit") is not None:
        return None
    sent = mounted.get("drawing") or {"raw": None}
    return sent if isinstance(sent, Mapping) and "raw" in sent else None


def was_shown() -> bool:
    """True if this session has shown a pad, even a blank one."""
    return _DRAWING in st.session_state


def keep_drawing(json: dict[str, Any] | None) -> None:
    """Keep the drawing for the session."""
    st.session_state[_DRAWING] = json


def _version() -> int:
    return int(st.session_state.get(_VERSION, 0))


def key() -> str:
    """Return the pad's widget key; another key is a fresh pad."""
    return f"{_VERSION}_{_version()}"


def is_mounted() -> bool:
    """True if the last script run showed the pad, and its state can be read."""
    return _sent() is not None


def remount(start: dict[str, Any] | None) -> None:
    """Mount a fresh pad that shows `start`; call before the pad is drawn or in a callback."""
    st.session_state[_VERSION] = _version() + 1
    st.session_state[_START] = start
    keep_drawing(start)


def initial_drawing() -> dict[str, Any] | None:
    """Return the drawing that the pad was mounted with."""
    return st.session_state.get(_START)


def photo() -> Any:
    """Return the result of reading this session's photo; None without a photo."""
    return st.session_state.get(_PHOTO, (None, None))[1]


def has_photo(file_id: str) -> bool:
    """True if the kept photo came from this upload."""
    return bool(st.session_state.get(_PHOTO, (None, None))[0] == file_id)


def keep_photo(file_id: str, result: Any) -> None:
    """Keep the result of reading an upload for the session."""
    st.session_state[_PHOTO] = (file_id, result)


def forget_photo() -> None:
    """Forget the photo; a callback for when another photo, or none, is chosen."""
    st.session_state.pop(_PHOTO, None)


def disabled_steps() -> frozenset[str]:
    """Return the preparation steps that are switched off."""
    return st.session_state.get(_DISABLED_STEPS, frozenset())


def toggle_step(name: str) -> None:
    """Switch a preparation step off, or on again."""
    st.session_state[_DISABLED_STEPS] = disabled_steps() ^ {name}


def enable_all_steps() -> None:
    """Switch every preparation step on."""
    st.session_state.pop(_DISABLED_STEPS, None)


def keep_labelled(drawing_id: str, json: dict[str, Any] | None) -> None:
    """Keep the id and canvas' JSON of a drawing that was labelled on this pad."""
    st.session_state[_LABELLED] = (drawing_id, json)


def labelled() -> tuple[str, dict[str, Any] | None]:
    """Return the id and canvas' JSON of the last labelled drawing; "" before the first."""
    last: tuple[str, dict[str, Any] | None] = st.session_state.get(_LABELLED, ("", None))
    return last


def keep_label_error(sentence: str) -> None:
    """Keep the reason why a drawing was not added, for the page to show once."""
    st.session_state[_LABEL_ERROR] = sentence


def take_label_error() -> str:
    """Return the reason of `keep_label_error` once; "" if there is none."""
    return str(st.session_state.pop(_LABEL_ERROR, ""))
