"""The drawing, photo and preparation steps of this session."""

import secrets
from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.ui.state.slot import Slot

Json = dict[str, Any]
pen = Slot("lab_pad_pen", "")  # name of its width
paper = Slot("lab_pad_paper", "")  # light or dark
strokes = Slot[list[Json]]("lab_drawing", [])  # as JSON, oldest first
initial_strokes = Slot[list[Json]]("lab_pad_start", [])  # of the mounted pad
photo = Slot[tuple[str, Any]]("lab_photo", ("", None))  # id of the upload, result of reading it
disabled_steps = Slot[frozenset[str]]("lab_disabled_steps", frozenset())
labelled = Slot[tuple[str, list[Json]]]("lab_labelled", ("", []))  # id, its strokes
label_error = Slot("lab_label_error", "")  # why a drawing was not added, shown once
is_first = Slot("lab_pad_first", False)  # no script of this session had mounted a pad before
asked_mount = Slot[int | None]("lab_pad_asked", None)  # number of the mount that the pad asked for
_version = Slot("lab_pad", 0)
_is_fresh = Slot("lab_pad_fresh", False)  # remounted since the last script run
_tab = Slot("lab_pad_tab", "")
TABS = "explanation_tabs"  # key of the tabs below the answer


def tab() -> str:
    """Return an unguessable id of this session's pad."""
    if not _tab.get():
        _tab.set(secrets.token_urlsafe(16))
    return _tab.get()


def was_shown() -> bool:
    """True if this session has shown a pad, even a blank one."""
    return strokes.is_kept()


def key() -> str:
    """Return the pad's widget key; another key is a fresh pad."""
    return f"{_version.key}_{_version.get()}"


def is_mounted() -> bool:
    """True if the last script run showed the pad, and the canvas accepts its own state."""
    mounted = st.session_state.get(key())
    if not isinstance(mounted, Mapping) or mounted.get("backgroundFit") is not None:
        return False
    sent = mounted.get("drawing") or {"raw": None}
    return isinstance(sent, Mapping) and "raw" in sent


def take_fresh() -> bool:
    """True once after `remount`."""
    return _is_fresh.take()


def remount(start: list[Json], asked: int | None = None) -> None:
    """Mount a fresh pad that shows strokes; call before the pad is drawn or in a callback.

    `asked` is the number that the pad in the browser gave its wish for it.
    """
    _version.set(_version.get() + 1)
    initial_strokes.set(start)
    strokes.set(start)
    asked_mount.set(asked)
    _is_fresh.set(True)


def toggle_step(name: str) -> None:
    """Switch a preparation step off, or on again."""
    disabled_steps.set(disabled_steps.get() ^ {name})


def open_tab() -> str:
    """Return the label of the open tab below the answer; "" before the first."""
    return str(st.session_state.get(TABS) or "")
