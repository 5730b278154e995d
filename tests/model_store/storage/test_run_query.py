"""Which runs a query finds, in what order and on which page, on each database."""

import random
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import pytest

from model_store import ModelStore, Run, RunState
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.events import EpochEnd, Evaluated
from model_store.runs.label import Label
from model_store.storage.run_query import Column, RunQuery, search_text
from tests.support.databases import BACKENDS, Clock, OpenStore, address_of
from tests.support.finished_runs import bare_run, finished_run


def epoch(accuracy: float) -> EpochEnd:
    return EpochEnd(1, 9, 0.5, 0.9, 0.4, accuracy, 2.0, 0.001, 5.0)


@pytest.fixture(scope="module", params=BACKENDS)
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield the address of a database that all questions to three runs share."""
    with address_of(request.param) as address:
        yield address


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, address: str) -> Iterator[ModelStore]:
    """Three runs: 'fresh', the newest, was not trained yet; 'large' is a trial of a sweep."""
    folder = tmp_path_factory.mktemp("runs") / "store"
    store = ModelStore(folder, starter=None, clock=Clock(), address=address)
    small = store.create(Recipe("small", "digits", (Hidden(8),)), "ann")
    store.append(small.id, epoch(0.9))
    store.append(small.id, Evaluated(0.5, 0.9, 0.4, 0.95, 3, 30, 1.5, 0.0))
    store.set_state(small.id, RunState.DONE)
    store.describe(small.id, Label.of("", "Straße after lunch", "lesson 2, [x], 100%"))
    large = store.create(
        Recipe("large", "mnist", (Hidden(512),), optimizer="sgd"), "ben", sweep="s"
    )
    store.append(large.id, epoch(0.8))
    store.create(Recipe("fresh", "mnist", ()), "ann", verifies=small.id)
    yield store
    store.close()


def names(runs: Sequence[Run]) -> list[str]:
    return [run.recipe.name for run in runs]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (RunQuery(), ["fresh", "small"]),
        (RunQuery(trials=True), ["fresh", "large", "small"]),
        (RunQuery(sweep="s"), ["large"]),
        (RunQuery(text="SGD 512", trials=True), ["large"]),
        (RunQuery(text="SGD 512"), []),
        (RunQuery(text="lesson"), ["small"]),
        (RunQuery(text="STRASSE lunch"), ["small"]),
        (RunQuery(text="  "), ["fresh", "small"]),
        (RunQuery(text="[x] .* \\"), []),
        (RunQuery(text="[x]"), ["small"]),
        (RunQuery(text="0%"), ["small"]),
        (RunQuery(text="%"), ["small"]),
        (RunQuery(text="_"), []),
        (RunQuery(text="' OR 1=1 --"), []),
        (RunQuery(text="z" * 10**6), []),
        (RunQuery(dataset="mnist"), ["fresh"]),
        (RunQuery(dataset="cats"), []),
        (RunQuery(recipe_hash=Recipe(dataset="digits", hidden=(Hidden(8),)).hash), ["small"]),
        (RunQuery(recipe_hash="nonsense"), []),
        (RunQuery(state="done"), ["small"]),
        (RunQuery(state="dancing"), []),
        (RunQuery(owner="ann"), ["fresh", "small"]),
        (RunQuery(owner=""), []),
        (RunQuery(tags=("[x]",)), ["small"]),
        (RunQuery(tags=("[x]", "other")), []),
        (RunQuery(has_model=True), []),
        (RunQuery(has_model=False, drawable=True), ["fresh", "small"]),
        (RunQuery(dataset="mnist", owner="ann", text="784-10"), ["fresh"]),
    ],
)
def test_what_is_asked_for_is_found(
    store: ModelStore, query: RunQuery, expected: list[str]
) -> None:
    page = store.find(query)
    assert (names(page.runs), page.total) == (expected, len(expected))
    assert store.count(query) == len(expected)


@pytest.mark.parametrize(
    ("column", "down", "expected"),
    [
        (Column.WHEN, None, ["fresh", "large", "small"]),
        (Column.WHEN, False, ["small", "large", "fresh"]),
        (Column.NAME, None, ["fresh", "large", "small"]),
        (Column.NAME, True, ["small", "large", "fresh"]),
        (Column.STATE, False, ["large", "fresh", "small"]),
        (Column.BEST, None, ["small", "large", "fresh"]),
        (Column.BEST, False, ["large", "small", "fresh"]),
        (Column.LAST, True, ["small", "large", "fresh"]),
        (Column.TEST, True, ["small", "fresh", "large"]),
        (Column.TEST, False, ["small", "large", "fresh"]),
        (Column.SECONDS, True, ["large", "small", "fresh"]),
        (Column.PARAMETERS, True, ["large", "fresh", "small"]),
    ],
)
def test_runs_without_a_figure_come_last(
    store: ModelStore, column: Column, down: bool | None, expected: list[str]
) -> None:
    found = names(store.find(RunQuery(trials=True), column, down).runs)
    assert found == expected


def test_verifications_and_trials_are_found_by_what_they_belong_to(store: ModelStore) -> None:
    small = store.find(RunQuery(text="small")).runs[0]
    assert names(store.verifications(small.id)) == ["fresh"]
    assert names(store.trials_of("s")) == ["large"]
    assert names(store.newest(1, but=store.find().runs[0].id)) == ["small"]
    assert {run.recipe.name for run in store.unfinished()} == {"fresh", "large"}


def test_many_are_opened_in_the_order_that_was_asked_for(store: ModelStore) -> None:
    ids = [run.id for run in store.find(RunQuery(trials=True)).runs]
    asked = [ids[2], "20260101-000000-gone-000000", "../x", ids[0]]
    assert list(store.open_many(asked)) == [ids[2], ids[0]]


def test_pages_are_parts_of_one_order_with_the_apps_models_among_them(
    open_store: OpenStore, tmp_path: Path
) -> None:
    """Whatever the size of a page; the filter is the same for rows and for the app's models."""
    choose = random.Random(7)
    maker = ModelStore(tmp_path / "starter", starter=None)
    store = open_store(starter=maker.root)
    for at in (*[maker] * 4, *[store] * 16):
        data = choose.choice(("digits", "mnist"))
        recipe = Recipe(f"run {choose.randrange(9)}", data, (Hidden(choose.choice((4, 8))),))
        if choose.random() < 0.3:
            at.create(recipe)
        elif choose.random() < 0.5:
            bare_run(at, recipe)
        else:
            finished_run(at, recipe, "me", validation=(choose.choice((0.7, choose.random())),))
    shipped = [run for run in store.find().runs if run.shipped]
    assert len(shipped) > 1
    columns = [column for column in Column if column is not Column.OURS]
    queries = (RunQuery(), RunQuery(dataset="mnist"), RunQuery(text="run", has_model=True))
    for column, down, query in product(columns, (True, False), queries):
        whole = store.find(query, column, down, limit=100)
        assert whole.total == len(whole.runs) == len({run.id for run in whole.runs})
        assert {r.id for r in whole.runs if r.shipped} == {
            r.id for r in shipped if query.matches(r)
        }
        for size in (2, 5):
            pages = range(0, whole.total + size, size)
            parts = [store.find(query, column, down, size, offset) for offset in pages]
            assert [run.id for part in parts for run in part.runs] == [r.id for r in whole.runs]
            assert {part.total for part in parts} == {whole.total}


def test_what_another_part_contains_is_searched_once(store: ModelStore) -> None:
    run = store.find(RunQuery(text="small")).runs[0]
    assert search_text(run).count("small") == 1
    assert "784-8-10" in search_text(run)


def test_runs_can_be_left_out_and_models_have_trials_last(
    open_store: OpenStore, tmp_path: Path
) -> None:
    maker = ModelStore(tmp_path / "starter", starter=None)
    shipped = bare_run(maker, Recipe(dataset="digits"))
    store = open_store(starter=maker.root)
    one, other = (bare_run(store, Recipe(dataset="digits", seed=seed)) for seed in (1, 2))
    trial = store.create(Recipe(dataset="digits"), sweep="s")
    for name in ("weights.npz", "model.keras", "summary.json"):
        store.save(trial.id, name, b"{}")
    store.finish(trial.id)
    assert [run.id for run in store.models(9)] == [other.id, one.id, shipped.id, trial.id]
    assert [run.id for run in store.models(1)] == [other.id, shipped.id, trial.id]
    linked = store.models(1, also=one.id)
    assert [run.id for run in linked] == [other.id, one.id, shipped.id, trial.id]
    found = store.find(RunQuery(but=(other.id, shipped.id)))
    assert ([run.id for run in found.runs], found.total) == ([one.id], 1)
