"""Which runs the table shows and in what order, as the address says. Script thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from gettext import gettext as _

import streamlit as st

from model_store import Run, RunState
from model_store.analysis.run_query import ASCENDING, MAX_TEXT, Column, RunFilter, sort_runs
from model_store.recipe.choices import DATASETS
from pages.ui.frame.owners import owner_name
from pages.ui.runs.run_view import STATES
from pages.ui.services import model_cache, record_cache
from pages.ui.state import url, visitor

_ALL = ""
_MINE = "me"
_SINGLE = "single"


def filtered(runs: Sequence[Run]) -> list[Run]:
    """Draw the filter, and give the runs that it lets through, in the address's order."""
    text, dataset, run_state, whose = st.columns([4, 3, 3, 3])
    with text:
        find = st.text_input(
            _("Find"),
            placeholder=_("name, tag, note, network …"),
            max_chars=MAX_TEXT,
            type="search",
            live=True,
            **url.linked("find", url.param("find")[:MAX_TEXT], "page"),
        )
    names = {_ALL: _("all"), **{name: d.label for name, d in DATASETS.items()}}
    states = {_ALL: _("all"), **{str(s): _(STATES[s][0]) for s in RunState}}
    owners = {_ALL: _("everybody's"), _MINE: _("mine")}
    if any(run.sweep for run in runs):
        owners |= {_SINGLE: _("everybody's, no trials of sweeps")}
    with dataset:
        data = _choose(_("Data set"), "dataset", names)
    with run_state:
        wanted_state = _choose(_("State"), "state", states)
    with whose:
        owner = _choose(_("Whose"), "whose", owners)
    wanted = RunFilter(
        text=find or "",
        dataset=data,
        state=wanted_state,
        owner=visitor.visitor_id() if owner == _MINE else None,
        trials=owner != _SINGLE,
    )
    column, down = order()
    return sort_runs(
        [run for run in runs if wanted.matches(run)],
        column,
        down,
        record_cache.scores,
        model_cache.drawing_accuracy,
        owner_name,
    )


def _choose(label: str, name: str, options: Mapping[str, str]) -> str:
    given = url.param(name)
    chosen: str = st.selectbox(
        label,
        list(options),
        format_func=lambda key: options[key],
        **url.linked(name, given if given in options else _ALL, "page"),
    )
    return chosen


def order() -> tuple[Column, bool]:
    """The column that the address sorts by, and whether it descends; newest first by default."""
    given = url.param("sort")
    column = Column(given) if given in list(Column) else Column.WHEN
    way = url.param("order")
    return column, way == "down" if way in ("up", "down") else column not in ASCENDING


def set_order(column: Column, down: bool) -> None:
    """Callback of the table's heads."""
    url.set_params(sort=column.value, order="down" if down else "up", page=None)
