"""Which runs a page asks for, and in what order: as a SELECT, and for the few models of the app."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, false, func, literal, or_, select

from model_store.runs.run import Run, RunState
from model_store.storage.database.schema import RUN, TRIAL, Words, run_tags, runs

MAX_TEXT = 100


class Column(StrEnum):
    """What runs can be ordered by."""

    WHEN = "when"
    NAME = "name"
    STATE = "state"
    BEST = "best"
    LAST = "last"
    TEST = "test"
    OURS = "ours"  # of no table: whoever asks works it out
    SECONDS = "seconds"
    PARAMETERS = "parameters"
    OWNER = "owner"


APP_LAST = (Column.WHEN, Column.OWNER)  # where the app's models come after all others
ASCENDING = (Column.NAME, Column.STATE, Column.OWNER)  # read from A to Z, figures from the highest
_COLUMNS: dict[Column, Any] = {
    Column.WHEN: runs.c.created,
    Column.NAME: runs.c.title_key,
    Column.STATE: runs.c.state_rank,
    Column.BEST: runs.c.best_validation,
    Column.LAST: runs.c.last_validation,
    Column.TEST: runs.c.test_accuracy,
    Column.SECONDS: runs.c.seconds,
    Column.PARAMETERS: runs.c.parameters,
    Column.OWNER: runs.c.owner_key,
}
_TEXTS = ("dataset", "sweep", "verifies", "recipe_hash")  # filters by the column of that name
RANKS = {state: rank for rank, state in enumerate(RunState)}


@dataclass(frozen=True, slots=True)
class RunQuery:
    """A filter; what is empty or None lets every run through.

    Every word of `text` must be in the run's name, note, tags, data set, network, optimizer, id,
    time of start ("2026-11-30 09:15"), or its owner's name or short id. Trials of sweeps are left
    out unless `trials` is true or `sweep` names theirs, models that come with the app if `shipped`
    is false, and runs whose ids are in `but`.
    """

    text: str = ""
    dataset: str = ""
    state: str = ""
    owner: str | None = None
    tags: tuple[str, ...] = ()
    sweep: str = ""
    trials: bool = False
    verifies: str = ""
    recipe_hash: str = ""
    has_model: bool | None = None
    drawable: bool | None = None
    shipped: bool = True
    but: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """The words of `text`, case-folded."""
        return self.text[:MAX_TEXT].casefold().split()

    def conditions(self, *, is_sqlite: bool) -> list[ColumnElement[bool]]:
        """Return what a row of `runs` must be like."""
        place = func.instr if is_sqlite else func.strpos
        with_trials = self.trials or bool(self.sweep)
        found = [runs.c.listed.in_((RUN, TRIAL)) if with_trials else runs.c.listed == RUN]
        if self.state:
            rank = RANKS.get(self.state)  # type: ignore[call-overload]
            found.append(false() if rank is None else runs.c.state_rank == rank)
        texts = {name: getattr(self, name) or None for name in _TEXTS}
        others = {name: getattr(self, name) for name in ("owner", "has_model", "drawable")}
        named = {name: value for name, value in {**texts, **others}.items() if value is not None}
        found += [runs.c[name] == value for name, value in named.items()]
        if self.but:
            found.append(runs.c.id.not_in(self.but))
        of = select(run_tags.c.run)
        found += [runs.c.id.in_(of.where(run_tags.c.tag == tag)) for tag in self.tags]
        searched = (runs.c.search, runs.c.owner_key)
        words = [literal(word, Words()) for word in self.words]
        found += [or_(*(place(each, word) > 0 for each in searched)) for word in words]
        return found

    def matches(self, run: Run) -> bool:
        """True if a model that comes with the app is asked for."""
        if not self.shipped or self.sweep or self.verifies or self.owner not in (None, run.owner):
            return False
        if run.id in self.but:
            return False
        if self.dataset not in ("", run.recipe.dataset) or self.state not in ("", run.state):
            return False
        if self.recipe_hash not in ("", run.recipe.hash):
            return False
        if self.has_model not in (None, run.has_model):
            return False
        if self.drawable not in (None, run.recipe.data.drawable):
            return False
        known = search_text(run) if self.text else ""
        return set(self.tags) <= set(run.label.tags) and all(word in known for word in self.words)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the runs that were asked for, in their order, and how many there are."""

    runs: Sequence[Run] = ()
    total: int = 0


def ordering(column: Column, descending: bool) -> list[Any]:
    """Return the ORDER BY; runs without such a figure come last, whichever way it goes."""
    by = (_COLUMNS[column], runs.c.created, runs.c.id)[column is Column.WHEN :]
    first, *others = [each.desc() if descending else each.asc() for each in by]
    return [first.nulls_last(), *others]


def sort_key(run: Run, column: Column) -> Any:
    """Return the figure or the words that runs are ordered by; None where there are none."""
    match column:
        case Column.NAME:
            return run.title.casefold()
        case Column.STATE:
            return RANKS[run.state]
        case Column.BEST:
            return run.scores.best
        case Column.LAST:
            return run.scores.last
        case Column.TEST:
            return run.result.get("test_accuracy")
        case Column.SECONDS:
            return run.seconds
        case Column.PARAMETERS:
            return run.recipe.parameters
        case _:
            return None  # the database alone knows


def owner_hash(owner: str) -> str:
    """Return what names are kept under: the id itself is known to nobody else."""
    return hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()


def search_text(run: Run) -> str:
    """Return all that is known of a run, case-folded; what another part contains is left out."""
    recipe, label = run.recipe, run.label
    texts = (run.title, label.note, *label.tags, recipe.title, recipe.data.label, recipe.network)
    started = f"{datetime.fromtimestamp(run.created):%Y-%m-%d %H:%M}"
    texts = (*texts, recipe.dataset, recipe.optimizer, run.id, run.sweep)
    if not run.shipped:
        texts = (*texts, started, owner_hash(run.owner)[:4])
    parts: list[str] = []
    for part in sorted({text.casefold() for text in texts}, key=len, reverse=True):
        if not any(part in longer for longer in parts):
            parts.append(part)
    return " ".join(parts)
