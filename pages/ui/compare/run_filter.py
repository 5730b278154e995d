"""Filter and order of the table of runs, kept in the address. Script thread."""

from collections.abc import Sequence
from gettext import gettext as _

import streamlit as st

from model_store import Run, RunState
from model_store.analysis.run_query import ASCENDING, MAX_TEXT, Column, RunFilter, sort_runs
from model_store.classroom.display_names import short_id
from model_store.recipe.choices import DATASETS
from pages.ui.frame.linked import linked_select
from pages.ui.frame.owners import owner_label, owner_name
from pages.ui.runs.run_view import STATES
from pages.ui.services import model_cache, record_cache, singletons
from pages.ui.state import url, visitor


def filter_runs(runs: Sequence[Run]) -> list[Run]:
    """Draw the filter and return the matching runs in the order of the address."""
    me = visitor.visitor_id()
    owners = {short_id(run.owner): run.owner for run in runs if not run.shipped}
    others = {sign: owner_label(owner) for sign, owner in owners.items() if owner != me}
    datasets = {"": "all", **{name: data.label for name, data in DATASETS.items()}}
    states = {"": "all", **{str(state): STATES[state][0] for state in RunState}}
    people = {"": "everybody's", "me": "mine", **dict(sorted(others.items(), key=lambda o: o[1]))}
    text, dataset, run_state, whose, trials = st.columns(
        [4, 3, 3, 3, 3], vertical_alignment="bottom"
    )
    with text:
        find = st.text_input(
            _("Find"),
            placeholder=_("name, owner, date, tag, network …"),
            max_chars=MAX_TEXT,
            type="search",
            live=True,
            **url.linked("find", url.param("find")[:MAX_TEXT], "page"),
        )
    with dataset:
        data = linked_select("dataset", _("Data set"), datasets, "page")
    with run_state:
        state = linked_select("state", _("State"), states, "page")
    with whose:
        owner = linked_select("whose", _("Whose"), people, "page")
    with trials:
        linked = url.linked("trials", bool(url.param("trials")), "page")
        with_trials = any(run.sweep for run in runs) and st.checkbox(
            _("Trials of sweeps"), **linked
        )
    wanted = RunFilter(find or "", data, state, {"": None, "me": me, **owners}[owner], with_trials)
    column, descending = table_order()
    return sort_runs(
        [run for run in runs if wanted.matches(run, _owner_words)],
        column,
        descending,
        record_cache.scores,
        model_cache.drawing_accuracy,
        owner_name,
    )


def _owner_words(run: Run) -> str:
    """Return the words that find a run by its owner: what the table shows and the chosen name."""
    return f"{owner_name(run)} {singletons.display_names().name(run.owner)}"


def table_order() -> tuple[Column, bool]:
    """Return the column that the address sorts by, and True if it descends; newest first else."""
    given, direction = url.param("sort"), url.param("order")
    column = Column(given) if given in list(Column) else Column.WHEN
    return column, direction == "down" if direction in ("up", "down") else column not in ASCENDING
