"""Compare: every run of the store; those that are chosen side by side, with what they teach."""

from __future__ import annotations

from collections.abc import Sequence
from gettext import gettext as _

import streamlit as st

from model_store import Run, StoreError
from model_store.recipe.recipe import Hidden, Recipe
from pages.ui.compare import comparison
from pages.ui.compare.deleted_runs import deleted_runs, undo_bar
from pages.ui.compare.import_form import import_form
from pages.ui.compare.run_card import run_card
from pages.ui.compare.run_filter import filtered, order, set_order
from pages.ui.compare.run_table import run_table
from pages.ui.frame import layout, navigation
from pages.ui.runs.run_marks import MOST, Mark, run_marks
from pages.ui.runs.verification import verify_receipt
from pages.ui.services import record_cache, singletons
from pages.ui.state import url

PER_PAGE = 10
REFRESH_SECONDS = 2.0
FIRST = Recipe("Digits, careful steps", "digits", (Hidden(32),), epochs=20, validation="test")
SECOND = FIRST.with_(name="Digits, bold steps", learning_rate=0.03)


def table(runs: Sequence[Run], marked: dict[str, Mark]) -> None:
    """Filter, a page of runs, and the other pages."""
    shown = filtered(runs)
    if not shown:
        layout.empty(_("No run is like that"), _("Change or empty the filter above."))
        return
    pages = -(-len(shown) // PER_PAGE)
    page = url.bounded_integer("page", 1, pages)
    rows = shown[(page - 1) * PER_PAGE : page * PER_PAGE]
    run_table(rows, marked, *order(), lambda ids: url.set_params(run=ids), set_order)
    if pages > 1:
        st.pagination(pages, **url.linked_page("page", page, f"of_{pages}"))


def teach() -> None:
    """How to get two runs that are worth comparing."""
    layout.empty(
        _("No run of your own yet"),
        _(
            "Train two that differ in one setting, here the learning rate: seconds each. Then "
            "choose both in the table: what they did differently, that setting did."
        ),
    )
    with st.container(horizontal=True):
        for recipe, icon in ((FIRST, ":material/looks_one:"), (SECOND, ":material/looks_two:")):
            navigation.link("train", recipe.name, icon, recipe=recipe.to_link())


def chosen_bar(chosen: Sequence[Run], marked: dict[str, Mark]) -> None:
    """Which runs are chosen, the way down to them, and none."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(comparison.chosen_line(chosen, marked))
        st.button(_("Choose none"), on_click=url.set_params, kwargs={"run": None}, key="none")


def side_by_side(chosen: Sequence[Run], marked: dict[str, Mark]) -> None:
    """Curves, differences, and a card for each chosen run."""
    histories = {run.id: record_cache.history(run) for run in chosen}
    comparison.curves(chosen, marked, histories)
    if len(chosen) > 1:
        comparison.compared(chosen, marked)
    else:
        layout.remark(_("Choose another run to see what differs between them."))
    layout.section(_("Run by run"))
    places = [place for _run in chosen[::2] for place in st.columns(min(2, len(chosen)))]
    for run, place in zip(chosen, places, strict=False):
        with place:
            run_card(run, marked[run.id], histories[run.id])


def is_training(run_id: str) -> bool:
    """Whether the page is to be drawn anew until this run ends."""
    try:
        return not singletons.store().open(run_id).state.is_finished()
    except StoreError:
        return False


def compare(live: bool) -> None:
    """The page; while a chosen run trains it refreshes itself in place."""
    runs = singletons.store().list()
    by_id = {run.id: run for run in runs}
    wanted = url.values("run")
    chosen = [by_id[run_id] for run_id in wanted if run_id in by_id][:MOST]
    if live and all(run.state.is_finished() for run in chosen):
        st.rerun(scope="app")
    if len(chosen) < len(wanted):
        url.set_params(run=[run.id for run in chosen])
        why = _("It may have been deleted; at most {n} are compared.").format(n=MOST)
        layout.problem(_("Not all runs of this link are shown."), why)
    marked = run_marks(chosen)
    undo_bar()
    if chosen:
        chosen_bar(chosen, marked)
    table(runs, marked)
    if all(run.shipped for run in runs):
        teach()
    deleted_runs()
    if chosen:
        side_by_side(chosen, marked)
    elif not all(run.shipped for run in runs):
        layout.remark(_("Choose runs in the table: their curves and differences appear here."))


layout.header(
    _("Compare"),
    _("Every run, newest first. Choose some: their curves overlaid, what differs, what to try."),
)
for damaged in singletons.store().damaged():
    layout.problem(str(damaged), "", _("It is left as it is; the other runs are not affected."))
training = any(is_training(run_id) for run_id in url.values("run"))
st.fragment(compare, run_every=REFRESH_SECONDS if training else None, key="compare")(training)
import_form()
verify_receipt()
