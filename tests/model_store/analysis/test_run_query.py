"""Filters and orders of the table of runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from model_store import ModelStore, Run, RunState
from model_store.analysis.run_query import Column, RunFilter, seconds, sort_runs
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.events import Evaluated
from model_store.runs.label import Label
from model_store.storage.score_cache import Scores

SCORES = {
    "small": Scores(3, 1.0, 0.8, 0.70, 0.90, 2),
    "large": Scores(3, 9.0, 0.9, 0.80, 0.80, 3),
    "fresh": Scores(),
}


@pytest.fixture
def runs(tmp_path: Path) -> list[Run]:
    """Return three runs, the newest first; 'fresh' was not trained yet."""
    ticks: Iterator[int] = iter(range(1, 100))
    store = ModelStore(tmp_path, starter=None, clock=lambda: float(next(ticks)))
    small = store.create(Recipe("small", "digits", (Hidden(8),)), "ann")
    store.append(small.id, Evaluated(0.5, 0.9, 0.4, 0.95, 3, 30, 1.5, 0.0))
    store.set_state(small.id, RunState.DONE)
    store.describe(small.id, Label.of("", "Straße after lunch", "lesson 2, [x]"))
    store.create(Recipe("large", "mnist", (Hidden(512),), optimizer="sgd"), "ben", sweep="s1")
    store.create(Recipe("fresh", "mnist", ()), "ann")
    return store.list()


def names(runs: list[Run]) -> list[str]:
    return [run.recipe.name for run in runs]


def by(runs: list[Run], column: Column, down: bool) -> list[str]:
    return names(sort_runs(runs, column, down, lambda run: SCORES[run.recipe.name]))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (RunFilter(), ["fresh", "large", "small"]),
        (RunFilter(text="SGD 512"), ["large"]),
        (RunFilter(text="lesson"), ["small"]),
        (RunFilter(text="ANA digits"), ["small"]),
        (RunFilter(text="1970-01-01"), ["fresh", "large", "small"]),
        (RunFilter(text="STRASSE lunch"), ["small"]),
        (RunFilter(text="  "), ["fresh", "large", "small"]),
        (RunFilter(text="[x] .* \\"), []),
        (RunFilter(text="[x]"), ["small"]),
        (RunFilter(text="z" * 10**6), []),
        (RunFilter(dataset="mnist"), ["fresh", "large"]),
        (RunFilter(state="done"), ["small"]),
        (RunFilter(owner="ann"), ["fresh", "small"]),
        (RunFilter(owner=""), []),
        (RunFilter(trials=False), ["fresh", "small"]),
        (RunFilter(dataset="mnist", owner="ann", text="fresh"), ["fresh"]),
    ],
)
def test_a_filter(runs: list[Run], wanted: RunFilter, expected: list[str]) -> None:
    words = {"ann": "Ana · 1a2b", "ben": "visitor 3c4d"}
    matching = [run for run in runs if wanted.matches(run, lambda run: words[run.owner])]
    assert names(matching) == expected


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (Column.WHEN, ["fresh", "large", "small"]),
        (Column.NAME, ["small", "large", "fresh"]),
        (Column.PARAMETERS, ["large", "fresh", "small"]),
        (Column.OWNER, ["large", "fresh", "small"]),
        (Column.STATE, ["small", "fresh", "large"]),
    ],
)
def test_an_order(runs: list[Run], column: Column, expected: list[str]) -> None:
    assert by(runs, column, down=True) == expected
    if column is not Column.STATE:
        distinct = column is not Column.OWNER
        assert by(runs, column, down=False) == (
            expected[::-1] if distinct else ["fresh", "small", "large"]
        )


@pytest.mark.parametrize(
    ("column", "down", "up"),
    [
        (Column.BEST, ["small", "large", "fresh"], ["large", "small", "fresh"]),
        (Column.LAST, ["large", "small", "fresh"], ["small", "large", "fresh"]),
        (Column.SECONDS, ["large", "small", "fresh"], ["small", "large", "fresh"]),
        (Column.TEST, ["small", "fresh", "large"], ["small", "fresh", "large"]),
    ],
)
def test_what_has_no_figure_comes_last(
    runs: list[Run], column: Column, down: list[str], up: list[str]
) -> None:
    assert by(runs, column, down=True) == down
    assert by(runs, column, down=False) == up


def test_records_are_read_only_where_they_are_needed(runs: list[Run]) -> None:
    def refuse(run: Run) -> Scores:
        raise AssertionError(run.id)

    for column in (Column.WHEN, Column.NAME, Column.TEST, Column.PARAMETERS):
        assert len(sort_runs(runs, column, True, refuse)) == 3


def test_models_that_come_with_the_app_are_the_oldest(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    mine = store.create(Recipe("mine", "digits"))
    for down in (True, False):
        assert sort_runs(store.list(), Column.WHEN, down, lambda _run: Scores())[0].id == mine.id


def test_the_time_that_a_training_took(runs: list[Run]) -> None:
    by_name = {run.recipe.name: run for run in runs}
    assert seconds(by_name["small"], SCORES["small"]) == 1.5, "the result's, where there is one"
    assert seconds(by_name["large"], SCORES["large"]) == 9.0
    assert seconds(by_name["fresh"], SCORES["fresh"]) is None
