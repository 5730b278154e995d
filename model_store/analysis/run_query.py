"""Filter and order of the table of runs. Pure, any thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

from model_store.runs.run import Run, RunState
from model_store.storage.score_cache import Scores

MAX_TEXT = 100


class Column(StrEnum):
    """Columns that can order the table."""

    WHEN = "when"
    NAME = "name"
    STATE = "state"
    BEST = "best"
    LAST = "last"
    TEST = "test"
    OURS = "ours"
    SECONDS = "seconds"
    PARAMETERS = "parameters"
    OWNER = "owner"


ASCENDING = (Column.NAME, Column.STATE, Column.OWNER)  # read from A to Z, figures from the highest
FROM_SCORES = (Column.BEST, Column.LAST, Column.SECONDS)


@dataclass(frozen=True, slots=True)
class RunFilter:
    """A filter; an empty field matches every run.

    Every word of `text` must be in the run's name, note, tags, data set, network, optimizer, id,
    time of start ("2026-11-30 09:15") or owner words.
    """

    text: str = ""
    dataset: str = ""
    state: str = ""
    owner: str | None = None
    trials: bool = True

    def matches(self, run: Run, owner_words: Callable[[Run], str] = lambda run: "") -> bool:
        """True if the run passes; `owner_words` names its owner and is called if there is text."""
        if self.dataset not in ("", run.recipe.dataset) or self.state not in ("", run.state):
            return False
        if self.owner is not None and run.owner != self.owner:
            return False
        if run.sweep and not self.trials:
            return False
        known = f"{_known(run)} {owner_words(run)}".casefold() if self.text else ""
        return all(word in known for word in self.text[:MAX_TEXT].casefold().split())


def sort_runs(
    runs: Sequence[Run],
    column: Column,
    descending: bool,
    scores: Callable[[Run], Scores],
    ours: Callable[[Run], float | None] = lambda run: None,
    owner: Callable[[Run], str] = lambda run: run.owner,
) -> list[Run]:
    """The runs by one column; those that have no such figure last, whichever way it goes.

    By time, the runs that come with the app are last as well. Equal ones stay as they came.
    `scores`, `ours` (the accuracy on labelled drawings) and `owner` (what the owner is called) are
    asked only where needed.
    """
    asked = {Column.OURS: ours, Column.OWNER: lambda run: owner(run).casefold()}
    key = asked.get(column) or partial(_key, column=column, scores=scores)
    keys: dict[str, Any] = {run.id: key(run) for run in runs}
    having = [run for run in runs if keys[run.id] is not None]
    without = [run for run in runs if keys[run.id] is None]
    return sorted(having, key=lambda run: keys[run.id], reverse=descending) + without


def seconds(run: Run, scores: Scores) -> float | None:
    """Return the seconds of training; None without a complete epoch or if imported."""
    if run.imported:
        return None
    if run.result:
        return float(run.result["seconds"])
    return scores.seconds if scores.epochs else None


def _key(run: Run, column: Column, scores: Callable[[Run], Scores]) -> float | str | None:
    if column in FROM_SCORES:
        found = scores(run)
        if column is Column.SECONDS:
            return seconds(run, found)
        return found.best if column is Column.BEST else found.last
    match column:
        case Column.WHEN:
            return None if run.shipped else run.created
        case Column.NAME:
            return run.title.casefold()
        case Column.STATE:
            return list(RunState).index(run.state)
        case Column.TEST:
            return run.result.get("test_accuracy")
        case _:
            return run.recipe.parameters


def _known(run: Run) -> str:
    recipe, label = run.recipe, run.label
    started = "" if run.shipped else f"{datetime.fromtimestamp(run.created):%Y-%m-%d %H:%M}"
    words = (run.title, label.note, *label.tags, recipe.title, recipe.data.label, recipe.network)
    return " ".join((*words, recipe.dataset, recipe.optimizer, run.id, run.sweep, started))
