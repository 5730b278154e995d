"""Table of runs: boxes choose, column heads sort. Script thread."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from model_store import Run
from model_store.analysis.setting_names import recipe_line
from model_store.storage.run_query import ASCENDING, Column
from model_store.text import N_, _, named
from pages.ui.compare.run_filter import table_order
from pages.ui.components.component import component
from pages.ui.figures.theme import duration, percent
from pages.ui.frame.owners import owner_name
from pages.ui.runs.run_marks import MOST, Mark
from pages.ui.runs.run_status import state_word
from pages.ui.services import model_cache, singletons
from pages.ui.state import selection, url

_KEY = "run_table"
_HTML = '<div class="lab-runs-box"><table class="lab-runs"></table></div>'
# Column -> head and help.
COLUMNS: Mapping[Column, tuple[str, str]] = {
    Column.NAME: (N_("Run"), N_("Sort by name, from A to Z.")),
    Column.STATE: (N_("State"), N_("Waiting first, then training, then finished.")),
    Column.TEST: (N_("Test"), N_("Accuracy on the test images after the training.")),
    Column.OURS: (N_("Drawings"), N_("Accuracy on the class drawings.")),
    Column.BEST: (N_("Best val."), N_("Highest validation accuracy of all epochs.")),
    Column.LAST: (N_("Last val."), N_("Validation accuracy after the last epoch.")),
    Column.SECONDS: (N_("Time"), N_("Training time without pauses.")),
    Column.PARAMETERS: (N_("Parameters"), N_("Number of weights and biases that it learns.")),
    Column.OWNER: (N_("Owner"), N_("The person who started it.")),
    Column.WHEN: (N_("When"), N_("Start of the training, newest first.")),
}


def run_table(runs: Sequence[Run], marks: Mapping[str, Mark]) -> None:
    """Draw `runs` in this order, once a page; `marks` are those of the chosen runs."""
    data = table_data(runs, marks)
    component("run_table", _HTML, data, _KEY, on_chosen_change=_choose, on_sorted_change=_sort)


def _choose() -> None:
    ids = selection.component_value(_KEY, "chosen")
    if isinstance(ids, list):
        url.set_params(run=[str(run_id) for run_id in ids][:MOST])


def _sort() -> None:
    order = selection.component_value(_KEY, "sorted")
    if isinstance(order, dict) and order.get("column") in list(Column):
        direction = "down" if order.get("down") else "up"
        url.set_params(sort=order["column"], order=direction, page=None)


def table_data(runs: Sequence[Run], marks: Mapping[str, Mark]) -> dict[str, Any]:
    """Return the table for `run_table.js` in plain types; drawings only if the class has some."""
    sort, descending = table_order()
    has_drawings = len(singletons.class_drawings().all()) > 0
    return {
        "label": _("Runs"),
        "choose": _("Choose"),
        "columns": [
            {"key": key, "label": _(label), "help": _(help_), "down": key not in ASCENDING}
            for key, (label, help_) in COLUMNS.items()
            if key is not Column.OURS or has_drawings
        ],
        "rows": [_row(run, marks.get(run.id)) for run in runs],
        "chosen": list(marks),
        "full": len(marks) >= MOST,
        "sort": sort,
        "down": descending,
    }


def _row(run: Run, mark: Mark | None) -> dict[str, Any]:
    return {
        "id": run.id,
        "title": named(run.title),
        "label": _("Choose {name}").format(name=named(run.title)),
        "line": recipe_line(run),
        "tags": list(run.label.tags),
        "mark": {"letter": mark.letter, "colour": mark.colour} if mark else None,
        "cells": _cells(run),
    }


def _cells(run: Run) -> dict[Column, dict[str, str]]:
    scores = run.scores
    word, colour = state_word(run)
    best_epoch = _("in epoch {n}").format(n=scores.best_epoch) if scores.best_epoch else ""
    started = datetime.fromtimestamp(run.created).strftime("%Y-%m-%d %H:%M")
    return {
        Column.STATE: {"text": word, "colour": colour, "help": _(run.message)},
        Column.TEST: {"text": percent(run.result.get("test_accuracy"), 2)},
        Column.OURS: {"text": percent(model_cache.drawing_accuracy(run))},
        Column.BEST: {"text": percent(scores.best, 2), "help": best_epoch},
        Column.LAST: {"text": percent(scores.last, 2)},
        Column.SECONDS: {"text": training_time(run.seconds)},
        Column.PARAMETERS: {"text": f"{run.recipe.parameters:,}"},
        Column.OWNER: {"text": owner_name(run)},
        Column.WHEN: {"text": "–" if run.shipped else started},
    }


def training_time(time: float | None) -> str:
    """Return a time with tenths of a second if it is short; None -> a dash."""
    is_short = time is not None and time < 10
    return _("{n} s").format(n=f"{time:.1f}") if is_short else duration(time)
