"""A power failure: finished runs are on the disk, not only in the system's cache."""

import os
from pathlib import Path

import pytest

from model_store import ModelStore
from model_store.recipe.recipe import Recipe
from model_store.storage import atomic_files
from model_store.storage.event_log import FILE
from model_store.storage.sweep_store import SweepStore
from tests.support.finished_runs import finished_run


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


def test_a_sweeps_record_is_on_the_disk_before_it_replaces_the_last_one(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeps = SweepStore(store.root)
    sweep = sweeps.create({"space": []}, "me", "")
    done: list[str] = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (fsync(handle), done.append("disk")))
    monkeypatch.setattr(os, "replace", lambda old, new: (replace(old, new), done.append(new.name)))
    sweeps.save(sweep)
    assert done == ["disk", "sweep.json"]


def test_a_disk_that_refuses_is_a_sentence_and_the_run_is_not_finished(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_handle: int) -> None:
        raise OSError(5, "Input/output error")

    run = finished_run(store, Recipe(dataset="digits"), "me")
    (run.folder / "manifest.json").unlink()
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(Exception, match="cannot be written") as caught:
        store.finish(run.id)
    assert "Traceback" not in str(caught.value)
    assert not store.open(run.id).has_model
