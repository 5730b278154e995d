"""Deleting and undoing it, and what a person writes on a run."""

from pathlib import Path

import pytest

from model_store import ModelStore, RunNotFound, RunState, StoreError
from model_store.recipe.recipe import Recipe
from model_store.runs.events import Evaluated
from model_store.runs.label import MAX_TAGS, Label, LabelError
from model_store.storage.run_query import RunQuery
from model_store.storage.store import KEEP_SECONDS
from tests.support.databases import Clock, OpenStore

DAY = 24 * 3600.0


def finished(store: ModelStore, **changes: object) -> str:
    run = store.create(Recipe(**changes), "me")  # type: ignore[arg-type]
    store.append(run.id, Evaluated(0.3, 0.9, 0.2, 0.95, 2, 20, 1.5, 5.0))
    store.set_state(run.id, RunState.DONE)
    return run.id


def test_undo_brings_everything_back(store: ModelStore) -> None:
    run_id = finished(store)
    store.save(run_id, "weights.npz", b"weights")
    store.describe(run_id, Label.of("Best so far", "why?", "a, b"))
    before, said = store.open(run_id), store.events(run_id)
    store.delete(run_id)
    assert store.find().runs == []
    assert [(gone.run.id, gone.run.title) for gone in store.deleted()] == [(run_id, "Best so far")]
    assert store.restore(run_id) == before
    assert store.events(run_id) == said
    assert (before.folder / "weights.npz").read_bytes() == b"weights"
    assert store.deleted() == []


def test_only_what_is_in_the_bin_comes_back(store: ModelStore) -> None:
    here = finished(store)
    for run_id in (here, "20200101-000000-gone-000000", "../etc", ".bin-x", ""):
        with pytest.raises(RunNotFound):
            store.restore(run_id)
    assert store.open(here)


def test_a_run_deleted_while_it_trained_comes_back_as_interrupted(store: ModelStore) -> None:
    run = store.create(Recipe(), "me")
    store.set_state(run.id, RunState.RUNNING)
    store.delete(run.id)
    assert store.restore(run.id).state is RunState.INTERRUPTED


def test_the_bin_forgets_after_a_while(store: ModelStore, clock: Clock) -> None:
    old, new = finished(store), finished(store)
    store.delete(old)
    clock.now += KEEP_SECONDS - DAY
    assert [gone.run.id for gone in store.deleted()] == [old]
    clock.now += 2 * DAY
    assert store.deleted() == []
    store.delete(new)
    assert [gone.run.id for gone in store.deleted()] == [new]
    assert not (store.root / old).exists() and (store.root / new).is_dir()


def test_the_bin_is_bounded_in_runs_and_bytes(store: ModelStore) -> None:
    ids = [finished(store, seed=seed) for seed in range(4)]
    for run_id in ids:
        store.save(run_id, "weights.npz", bytes(10_000))
        store.delete(run_id)
    store.purge(keep=3)
    assert [gone.run.id for gone in store.deleted()] == ids[:0:-1]
    store.purge(size=25_000)
    assert [gone.run.id for gone in store.deleted()] == [ids[3], ids[2]]
    store.purge(size=1)
    assert [gone.run.id for gone in store.deleted()] == [ids[3]], "the last one can be undone"


def test_forgotten_is_gone_for_good(store: ModelStore) -> None:
    run_id = finished(store)
    store.delete(run_id)
    store.forget(run_id)
    assert not (store.root / run_id).exists()
    with pytest.raises(RunNotFound):
        store.forget("../../etc")


def test_what_is_not_deleted_is_not_forgotten(store: ModelStore) -> None:
    run_id = finished(store)
    store.forget(run_id)
    assert store.open(run_id).folder.is_dir()


def test_a_damaged_run_can_be_deleted(store: ModelStore) -> None:
    run_id = finished(store)
    (store.root / run_id / "run.json").unlink()
    store.delete(run_id)
    assert [gone.run.id for gone in store.deleted("me")] == [run_id]
    assert store.deleted("somebody else") == []


def test_a_label_is_shown_and_can_be_taken_off(open_store: OpenStore, store: ModelStore) -> None:
    run_id = finished(store)
    plain = store.open(run_id).title
    run = store.describe(
        run_id, Label.of("  Wide \n one ", "line 1\nline 2", "#fast,  wide ,fast,")
    )
    assert run.title == "Wide one"
    assert run.label == Label("Wide one", "line 1\nline 2", ("fast", "wide"))
    assert open_store().open(run_id).label == run.label
    assert store.find(RunQuery(tags=("fast", "wide"))).total == 1
    assert store.describe(run_id, Label()).title == plain
    assert store.find(RunQuery(tags=("fast",))).total == 0


@pytest.mark.parametrize(
    ("name", "note", "tags"),
    [("x" * 61, "", ""), ("", "x" * 2001, ""), ("", "", "x" * 25), ("", "", "a,b,c,d,e,f,g,h,i")],
)
def test_too_much_text_is_a_sentence(name: str, note: str, tags: str) -> None:
    with pytest.raises(LabelError, match="at most"):
        Label.of(name, note, tags)
    assert len(Label.of(tags=",".join("abcdefgh")).tags) == MAX_TAGS


def test_text_that_hides_or_turns_is_cleaned() -> None:
    label = Label.of("a\x00b\u202ec", "x\x1b[31m\r\ny", "\u200b, t\tu")
    assert label == Label("abc", "x[31m\ny", ("t u",))


def test_what_ships_with_the_app_is_nobodys_to_name(open_store: OpenStore, tmp_path: Path) -> None:
    maker = ModelStore(tmp_path / "starter", starter=None)
    shipped = finished(maker)
    store = open_store(starter=maker.root)
    with pytest.raises(StoreError, match="comes with the app"):
        store.describe(shipped, Label.of("mine"))
    assert not (tmp_path / "runs").exists()
