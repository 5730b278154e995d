"""Sixteen processes write, delete, restore, rename and read in one store; four are killed."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from model_store import ModelStore, Run, RunNotFound
from model_store.storage import atomic_files
from model_store.storage import trash as bin_
from pages.ui.services import singletons
from tests.support.engines import CODE
from tests.support.fault_tools import ME, SMALL, is_whole, litter, problems
from tests.support.finished_runs import arrays, finished_run
from tests.support.writers import KILLED, PATIENT, ROUNDS

Visit = Callable[..., AppTest]
DAYS = 2 * 24 * 3600.0


def test_nothing_finished_is_lost_and_nothing_half_written_is_shown(
    visit: Visit, store: ModelStore
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.support.writers", str(store.root)],
        cwd=CODE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        check=True,
    )
    report = json.loads(ended.stdout)
    assert report["wrong"] == []
    finished = set(report["finished"])
    assert len(finished) >= PATIENT * (ROUNDS - 1)
    listed = {run.id: run for run in store.list()}
    gone = {deleted.run.id for deleted in store.deleted()}
    assert store.damaged() == []
    assert finished <= listed.keys() | gone
    assert not listed.keys() & gone
    assert len(gone) <= PATIENT
    begun = listed.keys() - finished
    assert len(begun) <= KILLED, "only who was killed leaves a run that is not finished"
    for run_id in gone:
        store.restore(run_id)
    assert all(is_whole(store, run) for run in store.list() if run.has_model)
    assert problems(visit("compare")) == ""
    ModelStore(store.root, starter=None, clock=lambda: time.time() + DAYS).tidy()
    assert litter(store.root) == []
    assert finished <= {run.id for run in singletons.store().list()}


def test_two_who_delete_the_same_run_leave_it_in_the_bin(
    store: ModelStore, finished: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second caller is in the middle when the first has finished."""
    ada = finished[0]
    set_time = os.utime

    def first(path: Path, times: tuple[float, float]) -> None:
        set_time(path, times)
        monkeypatch.undo()
        ModelStore(store.root, starter=None).delete(ada.id)

    monkeypatch.setattr(bin_.os, "utime", first)
    with pytest.raises(RunNotFound):
        store.delete(ada.id)
    assert is_whole(store, store.restore(ada.id))


@pytest.mark.parametrize("verb", ["forget", "prune"])
def test_a_run_being_purged_cannot_be_restored_in_part(
    store: ModelStore, finished: list[Run], monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """Undo comes while the files are being deleted."""
    ada = finished[0]
    store.delete(ada.id)
    remove = shutil.rmtree

    def undone(path: Path, ignore_errors: bool) -> None:
        with pytest.raises(RunNotFound):
            ModelStore(store.root, starter=None).restore(ada.id)
        remove(path, ignore_errors=ignore_errors)

    monkeypatch.setattr(bin_.shutil, "rmtree", undone)
    if verb == "forget":
        store.forget(ada.id)
    else:
        bin_.prune(store.root, time.time() + 10 * bin_.KEEP_SECONDS)
    assert [run.id for run in store.list()] == [finished[1].id]
    assert litter(store.root) == []


def test_a_run_that_is_deleted_as_it_is_finished_is_simply_gone(
    store: ModelStore, finished: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = finished[0]
    hashed = atomic_files.sha256

    def deleted_since(path: Path) -> str:
        monkeypatch.undo()
        ModelStore(store.root, starter=None).delete(ada.id)
        return hashed(path)

    monkeypatch.setattr(atomic_files, "sha256", deleted_since)
    with pytest.raises(RunNotFound):
        store.finish(ada.id)
    assert is_whole(store, store.restore(ada.id))


def test_what_comes_late_does_not_bring_a_deleted_run_back(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker saves its weights while a visitor deletes the run."""
    run = finished_run(store, SMALL, ME)
    is_dir = os.path.isdir

    def deleted_since(path: Path) -> bool:
        there = is_dir(path)
        if there and path == run.folder:
            monkeypatch.undo()
            ModelStore(store.root, starter=None).delete(run.id)
        return there

    monkeypatch.setattr(os.path, "isdir", deleted_since)
    with pytest.raises(RunNotFound):
        store.save(run.id, "weights.npz", arrays(SMALL))
    assert store.list() == []
    assert is_whole(store, store.restore(run.id))
