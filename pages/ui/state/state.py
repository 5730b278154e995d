"""The one owner of session keys and URL parameters.

Nothing else reads or writes `st.session_state` or `st.query_params`. Script thread only.
"""

from __future__ import annotations

import secrets
from collections.abc import Container, Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from pages.ui.server.visitor_cookie import COOKIE

_DRAWING = "lab_drawing"
_PAD = "lab_pad"
_PAD_START = "lab_pad_start"
_PHOTO = "lab_photo"
_PAGE = "lab_page"
_ARRIVED = "lab_arrived"
_ASKED = "lab_asked"
_VISITOR = "lab_visitor"
_DRAFT = "lab_draft"
_LABEL_TOLD = "lab_label_told"
_LOADED = "lab_loaded"
_CHOSEN_MODEL = "lab_chosen_model"
_CHOSEN_PANEL = "lab_chosen_panel"
_RUN_COLOURS = "lab_run_colours"
_BROUGHT = "lab_brought"
_DELETED = "lab_deleted"
_CODE = "lab_code"
_SWITCHED = "lab_switched_"
_STAGES_OFF = "lab_stages_off"
# For all pages: whether they are drawn for the back row, and whether they explain themselves.
SWITCHES = {"projector": False, "explain": True}
MODEL = "model"  # the key of the select box that says which model is asked
PAD_PEN = "lab_pad_pen"  # the key of the choice of the pen's width
PAD_PAPER = "lab_pad_paper"  # the key of the choice of light or dark paper
PANEL = "panel_models"  # the key of the multiselect that says which models answer side by side


def param(name: str, default: str = "") -> str:
    """A URL parameter as text."""
    return str(st.query_params.get(name, default))


def params(name: str) -> list[str]:
    """A URL parameter that may stand there several times, each value once."""
    return list(dict.fromkeys(st.query_params.get_all(name)))


def all_params() -> dict[str, list[str]]:
    """Every URL parameter with all its values."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def set_params(**values: str | list[str] | None) -> None:
    """Write URL parameters without a rerun; None or an empty list removes one."""
    for name, value in values.items():
        if value is None or value == []:
            st.query_params.pop(name, None)
        elif isinstance(value, list):
            if st.query_params.get_all(name) != value:
                st.query_params[name] = value
        elif st.query_params.get(name) != value:
            st.query_params[name] = value


def whole(name: str, low: int, high: int) -> int:
    """A URL parameter as a whole number from `low` to `high`, forced into them; else `low`."""
    number = index(name)
    return low if number is None else min(max(number, low), high)


def index(name: str) -> int | None:
    """A URL parameter as a whole number of at most 8 digits, at least 0; None if it is none."""
    text = param(name)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


def address(**changes: str | None) -> str:
    """The page's address with some parameters changed (None leaves one out), from the "?" on."""
    values = {**st.query_params.to_dict(), **changes}
    return "?" + urlencode({name: value for name, value in values.items() if value is not None})


def linked(name: str, shown: Any, *resets: str) -> dict[str, Any]:
    """`key`, `on_change` and `args` of a widget that stands for the URL parameter `name`.

    It shows `shown`; what a person chooses goes into the address, "" taking the parameter out, and
    the parameters `resets` go with it.
    """
    key = f"linked_{name}"
    st.session_state[key] = shown
    return {"key": key, "on_change": _to_address, "args": (name, key, resets)}


def linked_page(name: str, page: int, *about: str) -> dict[str, Any]:
    """As `linked`, for `st.pagination` at `page`; other pages (`about` what) are another widget."""
    key = f"linked_{name}_{'_'.join(about)}"
    if st.session_state.get(key, page) != page:  # gone back in the address
        st.session_state[key] = page
    return {"key": key, "default": page, "on_change": _to_address, "args": (name, key, ())}


def _to_address(name: str, key: str, resets: Sequence[str]) -> None:
    value = st.session_state[key]
    set_params(**dict.fromkeys(resets), **{name: str(value) if value else None})


def told(key: str, name: str) -> Any:
    """In the run that a component asked for, its callback included: the value `name` it told."""
    return (st.session_state.get(key) or {}).get(name)


def switch(name: str) -> dict[str, Any]:
    """`key` and `on_change` of one of SWITCHES.

    What a person or a link chose holds for the session; unless it is as usual, every address says
    so.
    """
    if param(name):
        st.session_state[_SWITCHED + name] = param(name) == "1"
    on = switch_is_on(name)
    st.session_state[f"{name}_switch"] = on
    set_params(**{name: None if on == SWITCHES[name] else str(int(on))})
    return {"key": f"{name}_switch", "on_change": _switch, "args": (name,)}


def _switch(name: str) -> None:
    st.session_state[_SWITCHED + name] = st.session_state[f"{name}_switch"]
    set_params(**{name: None})


def switch_is_on(name: str) -> bool:
    """Whether one of SWITCHES is on."""
    return bool(st.session_state.get(_SWITCHED + name, SWITCHES[name]))


def visitor() -> str:
    """An unguessable id of this browser, kept across reloads by a cookie."""
    cookie = st.context.cookies.get(COOKIE)
    if cookie:
        return str(cookie)
    return str(st.session_state.setdefault(_VISITOR, secrets.token_urlsafe(16)))


def code() -> str:
    """The teacher's code that was given in this session; "" if none was."""
    return str(st.session_state.get(_CODE, ""))


def keep_code(given: str) -> None:
    """Keep a code that was found right, for this session; "" forgets it."""
    st.session_state[_CODE] = given


def preset_model(wanted: str, known: Sequence[str], default: str) -> None:
    """Before the select box: show the link's model, else the one chosen before, else `default`.

    What a link or a click has chosen is kept for the session, across page switches.
    """
    if wanted in known:
        st.session_state[_CHOSEN_MODEL] = wanted
    shown = (wanted, st.session_state.get(MODEL), st.session_state.get(_CHOSEN_MODEL))
    st.session_state[MODEL] = next((run_id for run_id in shown if run_id in known), default)


def link_to_model() -> None:
    """Callback of the select box: put the chosen model into the page's address."""
    set_params(run=st.session_state[MODEL])


def preset_panel(known: Sequence[str], default: Sequence[str]) -> None:
    """Before the multiselect: show the models chosen in this session, else `default`."""
    chosen = st.session_state.get(_CHOSEN_PANEL)
    shown = [run_id for run_id in chosen or () if run_id in known]
    if chosen is None or (chosen and not shown):
        shown = list(default)
    if st.session_state.get(PANEL) != shown:
        st.session_state[PANEL] = shown


def keep_panel() -> None:
    """Callback of the multiselect: keep the choice, across tabs and page switches."""
    st.session_state[_CHOSEN_PANEL] = list(st.session_state[PANEL])


def run_colours() -> dict[str, int]:
    """Which colour each run was given in this session: mutable, of this session alone."""
    return st.session_state.setdefault(_RUN_COLOURS, {})


def deleted_runs() -> list[str]:
    """The ids of the runs that were deleted in this session, the last one last: mutable."""
    return st.session_state.setdefault(_DELETED, [])


def drawing() -> dict[str, Any] | None:
    """The pad's last drawing as the canvas' JSON; the mounted pad knows it before the page does."""
    mounted = st.session_state.get(pad_key()) or {}
    return (mounted.get("drawing") or {}).get("raw") or st.session_state.get(_DRAWING)


def drawing_is_known() -> bool:
    """Whether this session has seen a pad, were it a blank one."""
    return _DRAWING in st.session_state


def keep_drawing(json: dict[str, Any] | None) -> None:
    """Keep the drawing for the session, across page switches."""
    st.session_state[_DRAWING] = json


def pad_version() -> int:
    """Which pad is on the page; another number is another, fresh pad."""
    return int(st.session_state.get(_PAD, 0))


def pad_key() -> str:
    """The pad's widget key."""
    return f"{_PAD}_{pad_version()}"


def pad_is_mounted() -> bool:
    """Whether the last run of the script showed the pad."""
    return pad_key() in st.session_state


def next_pad(start: dict[str, Any] | None) -> None:
    """Mount a fresh pad with `start` already on it, before the pad is drawn or in a callback."""
    st.session_state[_PAD] = pad_version() + 1
    st.session_state[_PAD_START] = start
    keep_drawing(start)


def pad_start() -> dict[str, Any] | None:
    """What stood on the pad when it was mounted."""
    return st.session_state.get(_PAD_START)


def photo() -> Any:
    """What was read in the photo of this session; None if there is none."""
    return st.session_state.get(_PHOTO, (None, None))[1]


def photo_is(file_id: str) -> bool:
    """Whether the photo that is kept came from this upload."""
    return bool(st.session_state.get(_PHOTO, (None, None))[0] == file_id)


def keep_photo(file_id: str, read: Any) -> None:
    """Keep what was read in an upload for the session, across page switches."""
    st.session_state[_PHOTO] = (file_id, read)


def forget_photo() -> None:
    """Callback: another photo is chosen, or none."""
    st.session_state.pop(_PHOTO, None)


def choice(key: str, known: Container[str], default: str) -> str:
    """What was chosen for this session by `choose`."""
    chosen = st.session_state.get(key)
    return chosen if isinstance(chosen, str) and chosen in known else default


def choose(key: str, value: str) -> None:
    """Choose for this session, across page switches."""
    st.session_state[key] = value


def stages_off() -> frozenset[str]:
    """The steps of the preparation that are switched off; none on a page just come to."""
    return st.session_state.get(_STAGES_OFF, frozenset())


def switch_stage(name: str) -> None:
    """In a callback: switch a step of the preparation off or, if it is, on."""
    st.session_state[_STAGES_OFF] = stages_off() ^ {name}


def switch_stages_on() -> None:
    """Callback: switch all steps of the preparation on."""
    st.session_state.pop(_STAGES_OFF, None)


def visit(page: str) -> None:
    """Note which page this run of the script shows.

    A link from a page to itself brings its parameters but leaves the browser's address as it was:
    it is told again.
    """
    asked = all_params()
    if st.session_state.get(_PAGE) != page:
        st.session_state[_PAGE] = page
        st.session_state[_ARRIVED] = True
        switch_stages_on()
    elif st.session_state.get(_ASKED) != asked:
        st.query_params.from_dict(asked)
    st.session_state[_ASKED] = asked


def take_arrival() -> bool:
    """Whether the page was just come to; True once."""
    return bool(st.session_state.pop(_ARRIVED, False))


def draft() -> dict[str, Any]:
    """The recipe form's own memory: mutable, of this session alone."""
    return st.session_state.setdefault(_DRAFT, {})


def brought() -> str:
    """The run of the file that this session brought in last; "" if there is none."""
    return str(st.session_state.get(_BROUGHT, ""))


def keep_brought(run_id: str) -> None:
    """Note the run of a file that was brought in; "" to bring another."""
    st.session_state[_BROUGHT] = run_id


def tell_label(sentence: str) -> None:
    """In a callback: what kept a drawing from joining the test, for the page to say once."""
    st.session_state[_LABEL_TOLD] = sentence


def take_label_told() -> str:
    """What `tell_label` was told since the last time; "" if nothing."""
    return str(st.session_state.pop(_LABEL_TOLD, ""))


def tell_loaded(told: tuple[str, str]) -> None:
    """What became of a loaded file, for the next run of the script to say."""
    st.session_state[_LOADED] = told


def take_loaded() -> tuple[str, str] | None:
    """What `tell_loaded` was told since the last time."""
    told: tuple[str, str] | None = st.session_state.pop(_LOADED, None)
    return told
