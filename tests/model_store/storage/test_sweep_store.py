"""Sweeps in the database: read back as saved, claimed once, and never a traceback."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from sqlalchemy import update

from model_store import ModelStore, StoreError
from model_store.storage.database.database import Database
from model_store.storage.database.schema import trials
from model_store.storage.sweep_store import SweepNotFound, SweepState, SweepStore, Trial, TrialState
from tests.support.databases import OpenStore

PLAN = {"name": "a plan", "space": []}
TRIAL = Trial(
    *(0, {"units": 8, "optimizer": "adam", "dropout": 0.5}, "abc", "run-1", TrialState.COMPLETE),
    curve=(0.5, 0.75),
    value=0.75,
    test=0.7,
    seconds=1.5,
    parameters=100,
)
TRIAL_ROW = asdict(TRIAL)


@pytest.fixture
def sweeps(store: ModelStore) -> SweepStore:
    return SweepStore(store.database, clock=lambda: 1_000_000.0)


def test_what_was_saved_comes_back(open_store: OpenStore, sweeps: SweepStore) -> None:
    sweep = sweeps.create(PLAN, "ann", "lease")
    saved = sweeps.save(replace(sweep, trials=(TRIAL, Trial(1, {"units": 9})), spent=3.0))
    assert SweepStore(open_store().database).open(sweep.id) == saved == sweeps.open(sweep.id)
    assert (saved.state, saved.owner, saved.created) == (SweepState.RUNNING, "ann", 1_000_000.0)
    assert saved.finished is None
    assert saved.of(TrialState.COMPLETE) == [TRIAL]
    ended = sweeps.save(replace(saved, trials=(TRIAL, replace(TRIAL, number=1))))
    assert sweeps.open(sweep.id).trials == ended.trials
    assert sweeps.open(sweeps.save(replace(saved, trials=(TRIAL,))).id).trials == (TRIAL,)


def test_the_end_is_stamped_once_and_taken_off_when_it_goes_on(sweeps: SweepStore) -> None:
    sweep = sweeps.create(PLAN, "ann", "")
    ended = sweeps.save(replace(sweep, state=SweepState.STOPPED))
    assert ended.finished == 1_000_000.0
    assert sweeps.unfinished() == []
    assert sweeps.save(replace(ended, state=SweepState.RUNNING)).finished is None
    assert [each.id for each in sweeps.unfinished()] == [sweep.id]


def test_newest_first(store: ModelStore) -> None:
    times = iter([1.0, 2.0, 3.0])
    sweeps = SweepStore(store.database, clock=lambda: next(times))
    first, second, third = (sweeps.create(PLAN, "ann", "") for _ in range(3))
    assert [sweep.id for sweep in sweeps.newest(9)] == [third.id, second.id, first.id]
    assert [sweep.id for sweep in sweeps.newest(1, but=third.id)] == [second.id]


def test_sweeps_are_no_runs(store: ModelStore, sweeps: SweepStore) -> None:
    sweeps.create(PLAN, "ann", "")
    assert store.find().runs == [] and store.damaged() == []


def test_what_a_newer_version_wrote_stays_readable(store: ModelStore, sweeps: SweepStore) -> None:
    sweep = sweeps.save(replace(sweeps.create(PLAN, "ann", ""), trials=(TRIAL,)))
    with store.database.write() as connection:
        raw = {**TRIAL_ROW, "colour": "new"}
        connection.execute(update(trials).values(trial=raw))
    assert sweeps.open(sweep.id) == sweep


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "20260101-000000-abcdef", 7, None])
def test_an_id_that_is_none_finds_nothing(sweeps: SweepStore, name: object) -> None:
    with pytest.raises(SweepNotFound):
        sweeps.open(name)  # type: ignore[arg-type]
    with pytest.raises(SweepNotFound):
        sweeps.delete(name)  # type: ignore[arg-type]


def test_a_deleted_sweep_does_not_come_back(sweeps: SweepStore) -> None:
    sweep = sweeps.save(replace(sweeps.create(PLAN, "ann", ""), trials=(TRIAL,)))
    sweeps.delete(sweep.id)
    with pytest.raises(SweepNotFound):
        sweeps.save(sweep)
    with pytest.raises(SweepNotFound):
        sweeps.open(sweep.id)
    assert sweeps.newest(9) == []


def test_of_many_servers_one_takes_it_over(open_store: OpenStore, sweeps: SweepStore) -> None:
    sweep = sweeps.create(PLAN, "ann", "0123456789abcdef")
    stores = [SweepStore(open_store().database) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(lambda n: stores[n].claim(sweep, f"{n:016x}"), range(8)))
    winners = [each for each in claimed if each is not None]
    assert len(winners) == 1
    assert sweeps.open(sweep.id).lease == winners[0].lease


def test_a_store_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    sweeps = SweepStore(Database(tmp_path / "file"))
    with pytest.raises(StoreError, match="cannot be written"):
        sweeps.create(PLAN, "ann", "")
    assert isinstance(sweeps.newest(9), list), "Compare says why there are none"
