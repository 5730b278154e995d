"""Compare: a table of all runs, and the chosen ones side by side."""

from collections.abc import Sequence

import streamlit as st

from model_store import Run
from model_store.recipe.recipe import Hidden, Recipe
from model_store.text import NAME_, _, named
from pages.ui.compare import comparison
from pages.ui.compare.deleted_runs import deleted_runs, undo_bar
from pages.ui.compare.import_form import import_form
from pages.ui.compare.run_card import run_card
from pages.ui.compare.run_filter import filter_form, find_runs
from pages.ui.compare.run_table import run_table
from pages.ui.components.live_refresh import refresh_on
from pages.ui.frame import layout, navigation
from pages.ui.frame.linked import linked_pages
from pages.ui.runs.run_marks import MOST, Mark, run_marks
from pages.ui.runs.verification import verify_receipt
from pages.ui.services import live_topics, records, singletons
from pages.ui.state import url

PER_PAGE = 10
REFRESH_SECONDS = 2.0  # at least, from one redraw to the next while a chosen run trains
FIRST = Recipe(NAME_("Digits, small steps"), "digits", (Hidden(32),), epochs=20, validation="test")
SECOND = FIRST.with_(name=NAME_("Digits, large steps"), learning_rate=0.03)


def table(marks: dict[str, Mark]) -> None:
    """Draw the filter, one page of runs, and the page numbers."""
    query, start = filter_form(), ((url.integer("page") or 1) - 1) * PER_PAGE
    shown = find_runs(query, PER_PAGE, max(0, start))
    if not shown.total:
        layout.empty(_("No run found"), _("Change or clear the filter above."))
        return
    place, part = linked_pages("page", shown.total, PER_PAGE, f"of_{shown.total}")
    if part.start != start:
        shown = find_runs(query, PER_PAGE, part.start)
    with place:
        run_table(shown.runs, marks)


def first_runs() -> None:
    """Draw two recipes that are worth comparing."""
    layout.empty(
        _("No run of your own yet"),
        _(
            "Train these two: they take seconds and differ in one setting, the learning rate. Then "
            "choose both in the table. The learning rate causes every difference that you see."
        ),
    )
    with st.container(horizontal=True):
        for recipe, icon in ((FIRST, ":material/looks_one:"), (SECOND, ":material/looks_two:")):
            navigation.link("train", named(recipe.name), icon, recipe=recipe.to_link())


def side_by_side(chosen: Sequence[Run], marks: dict[str, Mark]) -> None:
    """Draw curves, differences, and a card for each chosen run."""
    histories = {run.id: records.history(run) for run in chosen}
    comparison.curves_view(chosen, marks, histories)
    if len(chosen) > 1:
        comparison.differences_view(chosen, marks)
    else:
        layout.remark(_("Choose another run to see the differences."))
    layout.section(_("Run by run"))
    places = [place for _run in chosen[::2] for place in st.columns(min(2, len(chosen)))]
    for run, place in zip(chosen, places, strict=False):
        with place:
            run_card(run, marks[run.id], histories[run.id])


def compare() -> None:
    """Draw the page; it is drawn again when an epoch or a training of a chosen run ends."""
    store, linked = singletons.store(), url.values("run")
    chosen = list(store.open_many(linked).values())[:MOST]
    if unfinished := [run for run in chosen if not run.state.is_finished()]:
        seen = {f"epochs:{run.id}": live_topics.epochs(run) for run in unfinished}
        refresh_on(seen, key="compare_refresh", every=REFRESH_SECONDS)
    if len(chosen) < len(linked):
        url.set_params(run=[run.id for run in chosen])
        why = _("A run may be deleted. You can compare at most {n} runs.").format(n=MOST)
        layout.problem(_("Some runs of this link are not shown."), why)
    marks = run_marks(chosen)
    undo_bar()
    if chosen:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(comparison.chosen_runs_html(chosen, marks))
            st.button(_("Choose none"), on_click=url.set_params, kwargs={"run": None}, key="none")
    table(marks)
    only_shipped = store.is_empty()
    if only_shipped:
        first_runs()
    deleted_runs()
    if chosen:
        side_by_side(chosen, marks)
    elif not only_shipped:
        layout.remark(_("Choose runs in the table to see their curves and differences here."))


layout.header(
    _("Compare"), _("All runs, newest first. Choose some to compare their curves and settings.")
)
for damaged in singletons.store().damaged():
    layout.problem(str(damaged), next_step=_("Its files are not changed. Other runs are fine."))
st.fragment(compare, key="compare")()
import_form()
verify_receipt()
