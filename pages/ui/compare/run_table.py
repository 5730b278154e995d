"""The table of runs: boxes choose, column heads sort. Script thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from gettext import gettext as _
from typing import Any

from model_store import Run
from model_store.analysis.run_query import ASCENDING, Column, seconds
from model_store.storage.score_cache import Scores
from pages.ui.components.component import component
from pages.ui.figures import theme
from pages.ui.figures.setting_names import recipe_line
from pages.ui.frame.owners import owner_name
from pages.ui.runs.run_marks import MOST, Mark
from pages.ui.runs.run_view import state_word
from pages.ui.services import model_cache, record_cache, singletons
from pages.ui.state import selection

_KEY = "run_table"
_HTML = '<div class="lab-runs-box"><table class="lab-runs"></table></div>'
# Column -> head and what it says at a pointer's rest.
COLUMNS: Mapping[Column, tuple[str, str]] = {
    Column.NAME: ("Run", "By name, from A to Z."),
    Column.STATE: ("State", "Waiting first, then training, then ended."),
    Column.TEST: ("Test", "Share of the test images that it gets right at the end."),
    Column.OURS: ("Ours", "Share of our own labelled drawings that it gets right."),
    Column.BEST: ("Best val.", "Highest validation accuracy of its epochs."),
    Column.LAST: ("Last val.", "Validation accuracy after its last epoch."),
    Column.SECONDS: ("Time", "Time spent training, pauses left out."),
    Column.PARAMETERS: ("Parameters", "Weights and biases that are trained."),
    Column.OWNER: ("Owner", "Who started it."),
    Column.WHEN: ("When", "When it was started, newest first."),
}


def run_table(
    runs: Sequence[Run],
    marks: Mapping[str, Mark],
    sort: Column,
    down: bool,
    on_choose: Callable[[list[str]], None],
    on_sort: Callable[[Column, bool], None],
) -> None:
    """Draw `runs`, in this order; `marks` are those of the chosen ones. Once a page.

    `on_choose` gets the ids of all chosen runs, `on_sort` a column and whether it descends; both
    are called before the script runs again.
    """

    def chosen() -> None:
        ids = selection.component_value(_KEY, "chosen")
        if isinstance(ids, list):
            on_choose([str(run_id) for run_id in ids][:MOST])

    def sorted_() -> None:
        wish = selection.component_value(_KEY, "sorted")
        if isinstance(wish, dict) and wish.get("column") in list(Column):
            on_sort(Column(wish["column"]), bool(wish.get("down")))

    component(
        "run_table",
        _HTML,
        table_data(runs, marks, sort, down),
        _KEY,
        on_chosen_change=chosen,
        on_sorted_change=sorted_,
    )


def table_data(
    runs: Sequence[Run], marks: Mapping[str, Mark], sort: Column, down: bool
) -> dict[str, Any]:
    """What `run_table.js` shows, in plain types; "Ours" only where there are drawings."""
    shown = [key for key in COLUMNS if key is not Column.OURS or _ours()]
    return {
        "label": _("Runs"),
        "choose": _("Choose"),
        "columns": [
            {"key": key, "label": _(label), "help": _(words), "down": key not in ASCENDING}
            for key, (label, words) in ((key, COLUMNS[key]) for key in shown)
        ],
        "rows": [_row(run, record_cache.scores(run), marks.get(run.id)) for run in runs],
        "chosen": list(marks),
        "full": len(marks) >= MOST,
        "sort": sort,
        "down": down,
    }


def _row(run: Run, scores: Scores, mark: Mark | None) -> dict[str, Any]:
    return {
        "id": run.id,
        "title": run.title,
        "told": _("Choose {name}").format(name=run.title),
        "line": recipe_line(run),
        "tags": list(run.label.tags),
        "mark": {"letter": mark.letter, "colour": mark.colour} if mark else None,
        "cells": _cells(run, scores),
    }


def _cells(run: Run, scores: Scores) -> dict[Column, dict[str, str]]:
    word, colour = state_word(run)
    ours = (
        {Column.OURS: {"text": theme.percent(model_cache.drawing_accuracy(run))}} if _ours() else {}
    )
    best_help = _("in epoch {n}").format(n=scores.best_epoch) if scores.best_epoch else ""
    return {
        Column.STATE: {"text": word, "colour": colour, "help": run.message},
        Column.TEST: {"text": theme.percent(run.result.get("test_accuracy"), 2)},
        **ours,
        Column.BEST: {"text": theme.percent(scores.best, 2), "help": best_help},
        Column.LAST: {"text": theme.percent(scores.last, 2)},
        Column.SECONDS: {"text": took(seconds(run, scores))},
        Column.PARAMETERS: {"text": f"{run.recipe.parameters:,}"},
        Column.OWNER: {"text": owner_name(run)},
        Column.WHEN: {"text": "–" if run.shipped else _when(run.created)},
    }


def _ours() -> bool:
    """Whether there are labelled drawings, and so a column for them."""
    return len(singletons.class_drawings().all()) > 0


def took(time: float | None) -> str:
    """A training's time: tenths of a second where it is short; None -> a dash."""
    short = time is not None and time < 10
    return _("{n} s").format(n=f"{time:.1f}") if short else theme.duration(time)


def _when(created: float) -> str:
    return datetime.fromtimestamp(created).strftime("%Y-%m-%d %H:%M")
