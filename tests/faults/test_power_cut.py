"""The power fails: what was said to be finished is on the disk, not only in the system's memory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from model_store import ModelStore, files
from model_store.record import FILE
from tests.finished_runs import finished_run
from training.recipe import Recipe

BEFORE = {"model.keras", "weights.npz", "summary.json", "recipe.json", FILE}


def test_a_run_is_on_the_disk_before_its_manifest_says_that_it_is_finished(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, replace = files.sync, os.replace

    def noted_sync(path: Path) -> None:
        sync(path)
        done.append(path.name)

    def noted_replace(old: str | Path, new: str | Path) -> None:
        replace(old, new)
        if Path(new).name == "manifest.json":
            done.append("manifest there")

    monkeypatch.setattr(files, "sync", noted_sync)
    monkeypatch.setattr(os, "replace", noted_replace)
    run = finished_run(store, Recipe(dataset="digits"), "me")
    told = done.index("manifest there")
    assert set(done[:told]) == BEFORE
    assert done[told + 1 :] == ["manifest.json", run.id], "the manifest, then its folder's list"


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
