"""Sixteen processes write, delete, restore, rename and read in one store; four are killed."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from model_store import ModelStore, Run, RunNotFound
from model_store.runs.events import Chunk
from model_store.storage import atomic_files, run_folder
from model_store.storage.maintenance.check import check
from model_store.storage.store import KEEP_SECONDS
from pages.ui.services import singletons
from tests.support.engines import CODE
from tests.support.fault_tools import ME, SMALL, is_whole, litter, problems
from tests.support.finished_runs import all_runs, arrays, finished_run
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
    listed = {run.id: run for run in all_runs(store)}
    gone = {deleted.run.id for deleted in store.deleted()}
    assert store.damaged() == []
    assert finished <= listed.keys() | gone
    assert not listed.keys() & gone
    assert len(gone) <= PATIENT
    begun = listed.keys() - finished
    assert len(begun) <= KILLED, "only who was killed leaves a run that is not finished"
    for run_id in gone:
        store.restore(run_id)
    assert all(is_whole(store, run) for run in all_runs(store) if run.has_model)
    assert problems(visit("compare")) == ""
    ModelStore(store.root, starter=None, clock=lambda: time.time() + DAYS).tidy()
    assert litter(store.root) == []
    assert finished <= {run.id for run in all_runs(singletons.store())}


def test_two_who_delete_the_same_run_leave_it_in_the_bin(
    store: ModelStore, finished: list[Run]
) -> None:
    """And two who bring it back bring it back once."""
    ada = finished[0]
    stores = [ModelStore(store.root, starter=None) for _n in range(8)]
    for verb in ("delete", "restore"):
        begin = threading.Barrier(len(stores))

        def ask(each: ModelStore, verb: str = verb, begin: threading.Barrier = begin) -> bool:
            begin.wait()
            try:
                getattr(each, verb)(ada.id)
            except RunNotFound:
                return False
            return True

        with ThreadPoolExecutor(len(stores)) as pool:
            assert list(pool.map(ask, stores)).count(True) == 1
    assert is_whole(store, store.open(ada.id))


@pytest.mark.parametrize("verb", ["forget", "purge"])
def test_what_is_on_its_way_out_cannot_come_back_in_part(
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

    monkeypatch.setattr(shutil, "rmtree", undone)
    if verb == "forget":
        store.forget(ada.id)
    else:
        late = ModelStore(store.root, starter=None, clock=lambda: time.time() + 10 * KEEP_SECONDS)
        late.purge()
    assert [run.id for run in all_runs(store)] == [finished[1].id]
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


def test_what_comes_late_does_not_bring_a_deleted_run_back(store: ModelStore) -> None:
    """A worker saves its weights just as somebody deletes the run for good."""
    run = finished_run(store, SMALL, ME)
    store.delete(run.id)
    run_folder.save(run.folder, "weights.npz", arrays(SMALL))  # a worker does not know
    with pytest.raises(RunNotFound):
        store.append(run.id, Chunk(1, 0.1, 1.0, 0.5, 10.0, 2.0))
    assert all_runs(store) == []
    assert is_whole(store, store.restore(run.id))
    store.delete(run.id)
    store.forget(run.id)
    with pytest.raises(RunNotFound):
        run_folder.save(run.folder, "weights.npz", arrays(SMALL))
    assert not run.folder.exists()


def test_killed_at_random_moments_nothing_that_returned_is_lost(
    store: ModelStore, tmp_path: Path
) -> None:
    """Thirty processes, one after the other, each killed a seeded moment after its beginning."""
    root, moments = store.root, 30
    words = [sys.executable, "-m", "tests.support.killed_writer", str(root), str(moments)]
    ended = subprocess.run(words, cwd=CODE, stdout=subprocess.PIPE, check=True)
    report = json.loads(ended.stdout)
    (CODE / "tests" / "artifacts").mkdir(exist_ok=True)
    (CODE / "tests" / "artifacts" / "kills.json").write_text(json.dumps(report["kills"]))
    assert len(report["kills"]) == moments and report["wrong"] == []
    again = ModelStore(root, starter=None)
    known = {run.id: run for run in all_runs(again)}
    assert report["finished"] and set(report["finished"]) <= known.keys()
    assert all(is_whole(again, run) for run in known.values() if run.has_model)
    assert all(len(again.events(run_id)) >= said for run_id, said in report["said"].items())
    left = [finding for finding in check(again) if "does not know" not in finding.what]
    assert left == [], "a folder that was to become a run is all that may be left"
