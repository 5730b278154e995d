"""Sweeps on disk: written whole, read back, claimed once, and never a traceback."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from model_store import ModelStore, StoreError
from model_store.storage.sweep_store import (
    FOLDER,
    Sweep,
    SweepNotFound,
    SweepState,
    SweepStore,
    Trial,
    TrialState,
)

PLAN = {"name": "a plan", "space": []}
TRIAL = Trial(
    *(0, {"units": 8, "optimizer": "adam", "dropout": 0.5}, "abc", "run-1", TrialState.COMPLETE),
    curve=(0.5, 0.75),
    value=0.75,
    test=0.7,
    seconds=1.5,
    parameters=100,
)


@pytest.fixture
def store(tmp_path: Path) -> SweepStore:
    return SweepStore(tmp_path, clock=lambda: 1_000_000.0)


def file_of(root: Path, sweep: Sweep) -> Path:
    return root / FOLDER / sweep.id / "sweep.json"


def test_what_was_saved_comes_back(store: SweepStore, tmp_path: Path) -> None:
    sweep = store.create(PLAN, "ann", "lease")
    saved = store.save(replace(sweep, trials=(TRIAL, Trial(1, {"units": 9})), spent=3.0))
    assert SweepStore(tmp_path).open(sweep.id) == saved == store.open(sweep.id)
    assert (saved.state, saved.owner, saved.created) == (SweepState.RUNNING, "ann", 1_000_000.0)
    assert saved.finished is None
    assert saved.of(TrialState.COMPLETE) == [TRIAL]


def test_the_end_is_stamped_once_and_taken_off_when_it_goes_on(store: SweepStore) -> None:
    sweep = store.create(PLAN, "ann", "")
    ended = store.save(replace(sweep, state=SweepState.STOPPED))
    assert ended.finished == 1_000_000.0
    assert store.save(replace(ended, state=SweepState.RUNNING)).finished is None


def test_newest_first_and_what_is_no_sweep_is_passed_over(tmp_path: Path) -> None:
    times = iter([1.0, 2.0, 3.0])
    store = SweepStore(tmp_path, clock=lambda: next(times))
    first, second, third = (store.create(PLAN, "ann", "") for _ in range(3))
    (tmp_path / FOLDER / "no-sweep").mkdir()
    (tmp_path / FOLDER / "stray").write_text("x")
    file_of(tmp_path, second).write_text("{")
    assert [sweep.id for sweep in store.list()] == [third.id, first.id]
    assert SweepStore(tmp_path / "nowhere").list() == []


def test_sweeps_are_no_runs(store: SweepStore, tmp_path: Path) -> None:
    store.create(PLAN, "ann", "")
    runs = ModelStore(tmp_path, starter=None)
    assert runs.list() == []
    assert runs.damaged() == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        "[" * 100_000,
        '{"id": 3}',
        json.dumps({"id": "x", "owner": "a", "plan": {}, "state": "running", "trials": []}),
    ],
)
def test_a_damaged_sweep_is_a_sentence(store: SweepStore, tmp_path: Path, text: str) -> None:
    sweep = store.create(PLAN, "ann", "")
    file_of(tmp_path, sweep).write_text(text)
    with pytest.raises(StoreError, match="damaged"):
        SweepStore(tmp_path).open(sweep.id)


def test_what_a_newer_version_wrote_stays_readable(store: SweepStore, tmp_path: Path) -> None:
    sweep = store.save(replace(store.create(PLAN, "ann", ""), trials=(TRIAL,)))
    raw = json.loads(file_of(tmp_path, sweep).read_text())
    raw["mood"] = raw["trials"][0]["colour"] = "new"
    file_of(tmp_path, sweep).write_text(json.dumps(raw))
    assert SweepStore(tmp_path).open(sweep.id) == sweep


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "20260101-000000-abcdef", 7, None])
def test_an_id_that_is_none_finds_nothing(store: SweepStore, name: object) -> None:
    with pytest.raises(SweepNotFound):
        store.open(name)  # type: ignore[arg-type]
    with pytest.raises(SweepNotFound):
        store.delete(name)  # type: ignore[arg-type]


def test_a_deleted_sweep_does_not_come_back(store: SweepStore) -> None:
    sweep = store.create(PLAN, "ann", "")
    store.delete(sweep.id)
    with pytest.raises(SweepNotFound):
        store.save(sweep)
    with pytest.raises(SweepNotFound):
        store.open(sweep.id)
    assert store.list() == []


def test_of_many_servers_one_takes_it_over(store: SweepStore, tmp_path: Path) -> None:
    sweep = store.create(PLAN, "ann", "0123456789abcdef")
    stores = [SweepStore(tmp_path) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(lambda n: stores[n].claim(sweep, f"{n:016x}"), range(8)))
    winners = [each for each in claimed if each is not None]
    assert len(winners) == 1
    assert store.open(sweep.id).lease == winners[0].lease


def test_a_store_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        SweepStore(tmp_path / "file").create(PLAN, "ann", "")
