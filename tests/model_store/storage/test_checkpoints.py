"""Which checkpoints of a run stay on the disk."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from model_store import ModelStore, Run
from model_store.recipe.recipe import Recipe
from model_store.recipe.validation import MAX_EPOCHS
from model_store.storage import checkpoints
from model_store.storage.checkpoints import FEWEST_POINTS, MOST_POINTS, NEWEST, epoch_of


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "runs", starter=None)


def trained(store: ModelStore, epochs: int, until: int | None = None, sweep: str = "") -> Run:
    """A run that has saved a checkpoint of a byte before training and after each epoch."""
    run = store.create(Recipe(dataset="digits", epochs=epochs), "me", sweep=sweep)
    save(store, run, range((epochs if until is None else until) + 1))
    return run


def save(store: ModelStore, run: Run, epochs: Sequence[int]) -> None:
    for epoch in epochs:
        store.save(run.id, f"checkpoints/epoch-{epoch:04}.npz", b"x")


@pytest.mark.parametrize("epochs", [1, 2, 20, MOST_POINTS - 1])
def test_a_short_run_keeps_all(store: ModelStore, epochs: int) -> None:
    run = trained(store, epochs)
    assert list(store.checkpoints(run.id)) == list(range(epochs + 1))


@pytest.mark.parametrize("epochs", [MOST_POINTS, 99, MAX_EPOCHS])
def test_a_long_run_keeps_as_many_as_a_timeline_shows(store: ModelStore, epochs: int) -> None:
    kept = list(store.checkpoints(trained(store, epochs).id))
    assert len(kept) < MOST_POINTS + NEWEST
    assert kept[0] == 0 and kept[-NEWEST:] == [epochs - 1, epochs]
    gaps = {after - before for before, after in pairwise(kept)}
    assert max(gaps) <= -(-epochs // (MOST_POINTS - 1)), "evenly spread"


def test_wherever_a_run_ends_the_newest_two_are_there(store: ModelStore) -> None:
    run = trained(store, MAX_EPOCHS, until=0)
    for epoch in range(1, MAX_EPOCHS + 1):
        save(store, run, [epoch])
        assert list(store.checkpoints(run.id))[-NEWEST:] == [epoch - 1, epoch][-NEWEST:]


def test_large_checkpoints_are_fewer(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "ROOM", 11)  # bytes
    kept = store.checkpoints(trained(store, 20).id)
    assert sum(path.stat().st_size for path in kept.values()) <= 11 + NEWEST
    monkeypatch.setattr(checkpoints, "ROOM", 0)
    assert list(store.checkpoints(trained(store, 20).id)) == [0, 5, 10, 15, 19, 20]


def test_a_trial_of_a_sweep_keeps_the_fewest(store: ModelStore) -> None:
    kept = list(store.checkpoints(trained(store, 20, sweep="a-sweep").id))
    assert FEWEST_POINTS <= len(kept) < FEWEST_POINTS + NEWEST


def test_what_goes_on_from_a_checkpoint_thins_on(store: ModelStore) -> None:
    whole = trained(store, 90)
    broken_off = trained(store, 90, until=44)
    save(store, broken_off, range(44, 91))
    kept = [list(store.checkpoints(run.id)) for run in (whole, broken_off)]
    assert kept[0] == kept[1]


def test_one_that_cannot_be_removed_stays(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained(store, MAX_EPOCHS, until=2)

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(path)

    newest = run.folder / checkpoints.FOLDER / "epoch-0003.npz"
    newest.write_bytes(b"x")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        checkpoints.thin(newest, MAX_EPOCHS, trial=False)
    assert list(store.checkpoints(run.id)) == [0, 1, 2, 3]
    checkpoints.thin(newest, MAX_EPOCHS, trial=False)
    assert list(store.checkpoints(run.id)) == [0, 2, 3]


def test_an_empty_checkpoint_and_files_of_other_names_do_no_harm(store: ModelStore) -> None:
    run = trained(store, MAX_EPOCHS, until=2)
    store.save(run.id, "checkpoints/epoch-0003.npz", b"")
    store.save(run.id, "checkpoints/best.npz", b"x")
    assert list(store.checkpoints(run.id)) == [0, 2, 3]
    assert epoch_of(Path("epoch-0012.npz")) == 12
    assert epoch_of(Path("epoch-12.npz.bak")) is epoch_of(Path("best.npz")) is None
