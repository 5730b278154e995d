"""A clock that is set back or forward: ids stay unique, queue places stay, no time is negative."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from model_store import ModelStore, RunState
from model_store.analysis.curves import Axis, Split, curve
from model_store.runs.events import Chunk, EpochEnd, Started
from model_store.runs.history import History
from pages.ui.services import singletons
from tests.support.fault_tools import ME, SMALL, is_whole, problems
from tests.support.finished_runs import all_runs, finished_run
from training.engine.engine import Engine

Visit = Callable[..., AppTest]
HOUR, YEAR = 3600.0, 365 * 24 * 3600.0
NOW = 1_800_000_000.0
JUMPS = pytest.mark.parametrize("jump", [-HOUR, YEAR, -50 * YEAR], ids=["back", "ahead", "1977"])


class Clock:
    """Clock that stops until it is set: the hardest case for unique ids."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(store: ModelStore, clock: Clock) -> ModelStore:
    return ModelStore(store.root, starter=None, clock=clock)


@JUMPS
def test_names_are_unique_and_the_order_is_that_of_the_clock(
    store: ModelStore, clock: Clock, jump: float
) -> None:
    before = [store.create(SMALL).id for _ in range(20)]
    clock.now += jump
    after = [store.create(SMALL).id for _ in range(20)]
    assert len({*before, *after}) == 40
    listed = [run.id for run in all_runs(store)]
    later, earlier = (after, before) if jump > 0 else (before, after)
    assert (set(listed[:20]), set(listed[20:])) == (set(later), set(earlier))


@JUMPS
def test_waiting_runs_start_in_the_order_in_which_they_came(
    store: ModelStore, clock: Clock, jump: float
) -> None:
    engine = Engine(store, workers=1, address="")
    ids = []
    for seed in range(4):
        ids.append(engine.submit(SMALL.with_(seed=seed), ME).id)
        clock.now += jump * (-1) ** seed
    assert [engine.position(run_id) for run_id in ids] == [0, 1, 2, 3]
    engine.close()
    for run_id in ids:
        assert store.open(run_id).state is RunState.INTERRUPTED


@JUMPS
def test_who_lives_is_not_told_by_a_clock(store: ModelStore, clock: Clock, jump: float) -> None:
    """Nor is what they write half-way taken for litter, unless it is a day old."""
    theirs, gone = store.lease(), store.lease()
    trained = store.create(SMALL, ME, theirs.id)
    left = store.create(SMALL, ME, gone.id)
    gone.close()
    clock.now += jump
    engine = Engine(store, workers=1, address="")
    engine.recover()
    assert store.open(trained.id).state is RunState.QUEUED
    assert store.open(left.id).state is RunState.INTERRUPTED
    engine.close()
    theirs.close()


def record(jump: float) -> History:
    """Two epochs of ten chunks, one second each; the clock is set in mid-epoch 2."""
    said: list[object] = [Started(NOW, 40, 4)]
    for step in range(1, 21):
        time = NOW + step + (jump if step > 15 else 0.0)
        said.append(Chunk(4 * step, step / 10, 1.0, 0.9, 144.0, time))
        if step % 10 == 0:
            said.append(EpochEnd(step // 10, 4 * step, 1.0, 0.9, 1.0, 0.9, 10.0, 0.001, time))
    return History.from_events(said)  # type: ignore[arg-type]


@JUMPS
def test_no_duration_is_below_nothing_or_a_year(jump: float) -> None:
    seconds, _losses = curve(SMALL, record(jump), "loss", Axis.SECONDS, Split.TRAINING)
    assert seconds == sorted(seconds)
    assert seconds[0] > 0 and seconds[-1] < 60


@pytest.mark.parametrize("jump", [-HOUR, YEAR], ids=["back", "ahead"])
def test_a_deleted_run_can_be_restored(store: ModelStore, clock: Clock, jump: float) -> None:
    ada, bob = (finished_run(store, SMALL.with_(name=name), ME) for name in ("Ada", "Bob"))
    clock.now += jump
    store.delete(ada.id)
    assert [gone.run.id for gone in store.deleted()] == [ada.id]
    clock.now -= jump
    store.delete(bob.id)
    for run in (ada, bob):
        assert is_whole(store, store.restore(run.id))


def test_every_page_shows_runs_of_another_time(visit: Visit) -> None:
    """Runs from yesterday and from 200 years ahead: their server's clock was wrong."""
    here = singletons.store()
    clock = Clock()
    there = ModelStore(here.root, starter=None, clock=clock)
    runs = []
    for jump in (-HOUR, 200 * YEAR):
        clock.now = NOW + jump
        runs.append(finished_run(there, SMALL, ME))
    training = there.create(SMALL, ME)
    there.set_state(training.id, RunState.RUNNING)
    for event in (Started(clock(), 40, 4), Chunk(4, 0.1, 1.0, 0.9, 144.0, NOW)):
        there.append(training.id, event)
    for page, address in (
        ("compare", [*(run.id for run in runs), training.id]),
        ("train", training.id),
        ("draw", runs[1].id),
    ):
        at = visit(page, run=address)
        assert problems(at) == ""
        assert not [m.value for m in at.metric if str(m.value).startswith("-")]
    for run in runs:
        there.delete(run.id)
        assert is_whole(here, here.restore(run.id))
