"""Filter and order of the table of runs, kept in the address. Script thread."""

from dataclasses import replace

import streamlit as st

from model_store import Run, RunState
from model_store.classroom.display_names import short_id
from model_store.storage.run_query import ASCENDING, MAX_TEXT, Column, Page, RunQuery
from model_store.text import _
from pages.ui.frame.dataset_choices import dataset_choices, titles
from pages.ui.frame.linked import linked_select
from pages.ui.frame.owners import owner_labels
from pages.ui.runs.run_status import STATES
from pages.ui.services import model_cache, singletons
from pages.ui.state import url, visitor

MAX_TESTED = 200  # models that read all class drawings for one order


def filter_form() -> RunQuery:
    """Draw the filter and return what it asks for.

    Of all owners those can be chosen who gave themselves a name, and the one of the address.
    """
    store, me = singletons.store(), visitor.visitor_id()
    owners = {short_id(owner): owner for owner in store.owners() if owner != me}
    named = singletons.display_names().names(owners.values())
    linked_owner = owners.get(url.param("whose"), me)
    labels = owner_labels({linked_owner, *named} - {me})
    others = {short_id(owner): label for owner, label in labels.items()}
    datasets = {"": _("all"), **titles(dataset_choices())}
    states = {"": _("all"), **{str(state): _(STATES[state][0]) for state in RunState}}
    people = {
        "": _("everybody's"),
        "me": _("mine"),
        **dict(sorted(others.items(), key=lambda o: o[1])),
    }
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
        with_trials = store.has_trials() and st.checkbox(_("Trials of sweeps"), **linked)
    chosen = {"": None, "me": me, **owners}[owner]
    return RunQuery(find or "", data, state, chosen, trials=with_trials)


def find_runs(query: RunQuery, limit: int, offset: int) -> Page:
    """Return the runs of a page of the table, in the order of the address.

    By class drawings only the newest `MAX_TESTED` models are ordered; all other runs follow.
    """
    column, descending = table_order()
    if column is not Column.OURS:
        return singletons.store().find(query, column, descending, limit, offset)
    asked = replace(query, has_model=True, drawable=True)
    models = singletons.store().newest(MAX_TESTED, asked)
    accuracies = {run.id: model_cache.drawing_accuracy(run) for run in models}

    def accuracy(run: Run) -> tuple[bool, float]:
        found = accuracies[run.id]
        return (found is None) != descending, found or 0.0

    ordered = sorted(models, key=accuracy, reverse=descending)
    first = ordered[offset : offset + limit]
    others = replace(query, but=tuple(accuracies))
    rest = singletons.store().find(
        others, limit=limit - len(first), offset=max(0, offset - len(ordered))
    )
    return Page([*first, *rest.runs], len(ordered) + rest.total)


def table_order() -> tuple[Column, bool]:
    """Return the column that the address sorts by, and True if it descends; newest first else."""
    given, direction = url.param("sort"), url.param("order")
    column = Column(given) if given in list(Column) else Column.WHEN
    return column, direction == "down" if direction in ("up", "down") else column not in ASCENDING
