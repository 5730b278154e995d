"""Choices of this session: models, display options, recipe draft."""

from collections.abc import Container, Sequence
from typing import Any

import streamlit as st

from pages.ui.state import url
from pages.ui.state.slot import Slot, kept

MODEL_KEY = "model"  # select box of the model that answers
PANEL_KEY = "panel_models"  # multiselect of the models that answer side by side
DISPLAY_OPTIONS = {"projector": False, "explain": True}  # with their defaults, for all pages
all_settings: Slot[bool | None] = Slot("lab_all_settings", None)  # are open; None: never were
start_wish = Slot("lab_start", False)  # of a training, by this script run
own_name = Slot("lab_own_name", "")  # as this session has saved it
imported_run = Slot("lab_imported", "")  # the last one's id
prediction = Slot[list[Any]]("lab_prediction", [])  # of the next run's accuracy
found_data = Slot[Any]("lab_found_data", None)  # a data set before it is added
drawn_set = Slot[list[tuple[str, bytes]]]("lab_drawn_set", [])  # class and prepared image of each
load_result = Slot[tuple[str, str]]("lab_loaded", ("", ""))  # of a file, shown once
drawing_file = Slot[Any]("lab_drawing_file", None)  # a DrawingFile that was not added yet
_data_way = Slot("lab_data_way", "")
_shown_run = Slot("lab_shown_run", "")
_run_before = Slot("lab_run_before", "")
_chosen_model = Slot("lab_chosen_model", "")
_chosen_panel = Slot[list[str] | None]("lab_chosen_panel", None)
_display = {name: Slot(f"lab_display_{name}", on) for name, on in DISPLAY_OPTIONS.items()}


def run_colours() -> dict[str, int]:
    """Return the colour of each run; the caller may change it."""
    return kept().setdefault("lab_run_colours", {})


def run_before(run_id: str) -> str:
    """Note that this session looks at a run; return the one that it looked at before, or ""."""
    if _shown_run.get() != run_id:
        _run_before.set(_shown_run.get())
        _shown_run.set(run_id)
    return _run_before.get()


def deleted_runs() -> list[str]:
    """Return the runs deleted in this session, oldest first; the caller may change it."""
    return kept().setdefault("lab_deleted", [])


def came_from(way: str) -> bool:
    """Note the way that a data set is added; True if it is another than before."""
    before = _data_way.get()
    _data_way.set(way)
    return before not in ("", way)


def recipe_draft() -> dict[str, Any]:
    """Return the memory of the recipe form; the caller may change it."""
    return kept().setdefault("lab_draft", {})


def field_value(key: str, default: Any) -> Any:
    """Return the value of a form's field, drawn or not; `default` if nobody has seen it."""
    return st.session_state.get(key, default)


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


def display_option(name: str) -> bool:
    """Return whether a display option is on; once a script run.

    A person's or a link's choice holds for the session. Every address names what is not default.
    """
    if url.param(name):
        _display[name].set(url.param(name) == "1")
    on = is_on(name)
    url.set_params(**{name: None if on == DISPLAY_OPTIONS[name] else str(int(on))})
    return on


def choose_display(name: str, on: bool) -> None:
    """Switch a display option on or off. Also a callback."""
    _display[name].set(on)
    url.set_params(**{name: None})


def is_on(name: str) -> bool:
    """True if the display option is on."""
    return _display[name].get()


def preset_model(wanted: str, known: Sequence[str], default: str) -> None:
    """Before the select box: show the link's model, else the one chosen before, else `default`."""
    if wanted in known:
        _chosen_model.set(wanted)
    shown = (wanted, st.session_state.get(MODEL_KEY), _chosen_model.get())
    st.session_state[MODEL_KEY] = next((run_id for run_id in shown if run_id in known), default)


def link_to_model() -> None:
    """Put the chosen model into the address; a callback of the select box."""
    url.set_params(run=st.session_state[MODEL_KEY])


def preset_panel(known: Sequence[str], default: Sequence[str]) -> None:
    """Before the multiselect: show the models chosen in this session, else `default`."""
    chosen = _chosen_panel.get()
    shown = [run_id for run_id in chosen or () if run_id in known]
    if chosen is None or (chosen and not shown):
        shown = list(default)
    if st.session_state.get(PANEL_KEY) != shown:
        st.session_state[PANEL_KEY] = shown


def keep_panel() -> None:
    """Keep the chosen models; a callback of the multiselect."""
    _chosen_panel.set(list(st.session_state[PANEL_KEY]))
