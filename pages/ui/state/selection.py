"""Choices of this session: models, display options, recipe draft. Kept across page switches."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

import streamlit as st

from pages.ui.state import url

MODEL_KEY = "model"  # select box of the model that answers
PANEL_KEY = "panel_models"  # multiselect of the models that answer side by side
DISPLAY_OPTIONS = {"projector": False, "explain": True}  # with their defaults, for all pages
_CHOSEN_MODEL = "lab_chosen_model"
_CHOSEN_PANEL = "lab_chosen_panel"
_DISPLAY = "lab_display_"
_RUN_COLOURS = "lab_run_colours"
_DELETED = "lab_deleted"
_DRAFT = "lab_draft"
_IMPORTED = "lab_imported"
_LOADED = "lab_loaded"


def component_value(key: str, name: str) -> Any:
    """Return the value `name` that a component sent, in the script run that it caused."""
    return (st.session_state.get(key) or {}).get(name)


def choice(key: str, known: Container[str], default: str) -> str:
    """Return the value chosen by `choose`; `default` if it is unknown."""
    chosen = st.session_state.get(key)
    return chosen if isinstance(chosen, str) and chosen in known else default


def choose(key: str, value: str) -> None:
    """Choose a value for this session."""
    st.session_state[key] = value


def display_toggle(name: str) -> dict[str, Any]:
    """Return `key`, `on_change` and `args` of the toggle of one display option.

    A person's or a link's choice holds for the session. Every address names what is not default.
    """
    if url.param(name):
        st.session_state[_DISPLAY + name] = url.param(name) == "1"
    on = is_on(name)
    st.session_state[f"{name}_switch"] = on
    url.set_params(**{name: None if on == DISPLAY_OPTIONS[name] else str(int(on))})
    return {"key": f"{name}_switch", "on_change": _keep_toggle, "args": (name,)}


def _keep_toggle(name: str) -> None:
    st.session_state[_DISPLAY + name] = st.session_state[f"{name}_switch"]
    url.set_params(**{name: None})


def is_on(name: str) -> bool:
    """True if the display option is on."""
    return bool(st.session_state.get(_DISPLAY + name, DISPLAY_OPTIONS[name]))


def preset_model(wanted: str, known: Sequence[str], default: str) -> None:
    """Before the select box: show the link's model, else the one chosen before, else `default`."""
    if wanted in known:
        st.session_state[_CHOSEN_MODEL] = wanted
    shown = (wanted, st.session_state.get(MODEL_KEY), st.session_state.get(_CHOSEN_MODEL))
    st.session_state[MODEL_KEY] = next((run_id for run_id in shown if run_id in known), default)


def link_to_model() -> None:
    """Put the chosen model into the address; a callback of the select box."""
    url.set_params(run=st.session_state[MODEL_KEY])


def preset_panel(known: Sequence[str], default: Sequence[str]) -> None:
    """Before the multiselect: show the models chosen in this session, else `default`."""
    chosen = st.session_state.get(_CHOSEN_PANEL)
    shown = [run_id for run_id in chosen or () if run_id in known]
    if chosen is None or (chosen and not shown):
        shown = list(default)
    if st.session_state.get(PANEL_KEY) != shown:
        st.session_state[PANEL_KEY] = shown


def keep_panel() -> None:
    """Keep the chosen models; a callback of the multiselect."""
    st.session_state[_CHOSEN_PANEL] = list(st.session_state[PANEL_KEY])


def run_colours() -> dict[str, int]:
    """Return the colour of each run in this session; the caller may change it."""
    return st.session_state.setdefault(_RUN_COLOURS, {})


def deleted_runs() -> list[str]:
    """Return the runs deleted in this session, oldest first; the caller may change it."""
    return st.session_state.setdefault(_DELETED, [])


def recipe_draft() -> dict[str, Any]:
    """Return the memory of the recipe form; the caller may change it."""
    return st.session_state.setdefault(_DRAFT, {})


def imported_run() -> str:
    """Return the run that this session imported last; "" if there is none."""
    return str(st.session_state.get(_IMPORTED, ""))


def keep_imported_run(run_id: str) -> None:
    """Note an imported run; "" to import another."""
    st.session_state[_IMPORTED] = run_id


def keep_load_result(result: tuple[str, str]) -> None:
    """Keep the result of loading a file, for the next script run to show."""
    st.session_state[_LOADED] = result


def take_load_result() -> tuple[str, str] | None:
    """Return the result of `keep_load_result` once."""
    result: tuple[str, str] | None = st.session_state.pop(_LOADED, None)
    return result
