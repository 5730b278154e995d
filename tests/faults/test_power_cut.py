"""A power failure: finished runs are on the disk, not only in the system's cache."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from model_store import ModelStore, RunState, StoreError
from model_store.recipe.recipe import Recipe
from model_store.runs.events import EpochEnd, Evaluated
from model_store.storage import atomic_files
from model_store.storage.database.database import FILE as DATABASE
from model_store.storage.event_log import FILE
from model_store.storage.maintenance.check import check
from model_store.storage.maintenance.rebuild import rebuild
from model_store.storage.sweep_store import SweepStore
from tests.support.finished_runs import all_runs, finished_run


def test_what_is_replaced_and_what_a_finished_run_needs_is_on_the_disk_first(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, fsync, replace = atomic_files.sync, os.fsync, os.replace

    def noted_sync(path: Path) -> None:
        sync(path)
        done.append(f"synced {path.name}")

    def noted_fsync(handle: int) -> None:
        fsync(handle)
        done.append("disk")

    def noted_replace(old: str | Path, new: str | Path) -> None:
        assert done[-1] == "disk", f"{new} was replaced by what may be half"
        replace(old, new)
        done.append(Path(new).name)

    monkeypatch.setattr(atomic_files, "sync", noted_sync)
    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    run = finished_run(store, Recipe(dataset="digits"), "me")
    manifest = done.index("manifest.json")
    assert {"weights.npz", "model.keras", "summary.json", f"synced {FILE}"} <= set(done[:manifest])
    folders = [what for what in done[manifest:] if what.startswith("synced")]
    assert folders == [f"synced {run.id}", f"synced {store.root.name}"]


def test_a_row_is_on_the_disk_when_its_transaction_returns(
    store: ModelStore, tmp_path: Path
) -> None:
    """A copy of what the disk has after an fsync: the database and its log, without the rest.

    SQLite reports each fsync to nobody, so the files are copied once a write has returned: with
    `synchronous=FULL` (a test of the database says so) that is what a power cut leaves at least.
    """
    run = finished_run(store, Recipe(dataset="digits"), "me")
    sweep = SweepStore(store.database).create({"space": []}, "me", "")
    left = tmp_path / "left"
    left.mkdir()
    for path in store.root.glob(f"{DATABASE}*"):
        if not path.name.endswith("-shm"):
            shutil.copy(path, left / path.name)
    shutil.copytree(run.folder, left / run.id)
    again = ModelStore(left, starter=None)
    assert again.open(run.id) == replace(store.open(run.id), folder=left / run.id)
    assert SweepStore(again.database).open(sweep.id) == sweep
    assert list(check(again)) == []


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9])
def test_a_log_that_the_power_cut_short_costs_only_its_end(
    store: ModelStore, tmp_path: Path, cut: float
) -> None:
    """What was written without an fsync may be lost; what is left is a whole database."""
    runs = [finished_run(store, Recipe(dataset="digits", seed=seed), "me") for seed in range(4)]
    left = tmp_path / "left"
    shutil.copytree(store.root, left)
    log = left / f"{DATABASE}-wal"
    with log.open("rb+") as file:
        file.truncate(int(cut * log.stat().st_size))
    again = ModelStore(left, starter=None)
    known = {run.id for run in all_runs(again)}
    assert known <= {run.id for run in runs}
    again.close()
    rebuild(left)
    whole = ModelStore(left, starter=None)
    assert {run.id for run in all_runs(whole)} == {run.id for run in runs}, "the folders have all"
    assert all(run.state is RunState.DONE for run in all_runs(whole))


def test_an_epochs_end_is_on_the_disk_with_its_checkpoint(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most once a second; of an epoch that was cut off, its checkpoint is gone as well."""
    run = store.create(Recipe(dataset="digits"))
    synced: list[int] = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (fsync(handle), synced.append(handle)))
    for number in range(1, 30):
        store.append(run.id, EpochEnd(number, number, 0.5, 0.9, 0.4, 0.9, 1.0, 0.001, 5.0))
    assert 1 <= len(synced) < 10
    synced.clear()
    store.append(run.id, Evaluated(0.3, 0.9, 0.2, 0.95, 2, 20, 1.5, 5.0))
    assert len(synced) == 1


def test_a_disk_that_refuses_is_a_sentence_and_the_run_is_not_finished(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_handle: int) -> None:
        raise OSError(5, "Input/output error")

    run = finished_run(store, Recipe(dataset="digits"), "me")
    (run.folder / "manifest.json").unlink()
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StoreError, match="cannot be written") as caught:
        store.finish(run.id)
    assert "Traceback" not in str(caught.value)
    assert not (run.folder / "manifest.json").exists()
