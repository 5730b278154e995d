"""One run at one worker: what it says is written down, and nothing that lasts too long does so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from model_store import ModelStore, RunNotFound, RunState, StoreError
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs import events
from model_store.runs.events import Chunk, Event, StateChanged
from model_store.runs.provenance import Provenance
from tests.support.finished_runs import arrays
from training.engine.attempt import (
    FINISH_PATIENCE,
    KILL_PATIENCE,
    LOST_PATIENCE,
    OPEN_PATIENCE,
    PAUSE_PATIENCE,
    STOP_PATIENCE,
    Attempt,
    Late,
    others_waited,
)
from training.engine.estimates import DurationModel

RECIPE = Recipe(dataset="digits", hidden=(Hidden(4),), epochs=2)
BEGUN = {"begun": True}
HEEDED = {"heeded": True}


def event(event: Event) -> dict[str, Any]:
    return {"event": events.to_dict(event)}


def chunk(epoch: float, images_per_second: float = 1000.0) -> dict[str, Any]:
    return event(Chunk(int(40 * epoch), epoch, 1.0, 0.5, images_per_second, 1.0))


PAUSED_AND_RESUMED = [event(StateChanged(state, "", 1.0)) for state in ("paused", "running")]


def end(state: str, message: str = "", **more: Any) -> dict[str, Any]:
    return {"state": state, "message": message, "facts": {}, "log": "", **more}


@dataclass
class Desk:
    """A store, an attempt at its run, and a clock that is set by hand."""

    store: ModelStore
    attempt: Attempt
    pace: DurationModel
    now: float = 100.0

    def hears(self, *messages: Mapping[str, Any], after: float = 0.0) -> None:
        for message in messages:
            self.now += after
            self.attempt.hear(message, self.store, self.now)

    def looks(
        self, after: float = 0.0, there: bool = True, others_wait: bool = False
    ) -> list[Late]:
        self.now += after
        return list(self.attempt.look(self.now, there=there, others_wait=others_wait))

    @property
    def state(self) -> RunState:
        return self.store.open(self.attempt.run.id).state


def desk_of(store: ModelStore, *, brought: bool = False, resumed: bool = False) -> Desk:
    run, pace = store.create(RECIPE, "ada"), DurationModel()
    if brought:
        run = replace(run, provenance=Provenance("", "net.keras", "0" * 64))
    return Desk(store, Attempt(run, "tcp://1", "an-attempt", pace, 100.0, resumed=resumed), pace)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path, starter=None)


@pytest.fixture
def desk(store: ModelStore) -> Desk:
    return desk_of(store)


@pytest.fixture
def opening(store: ModelStore) -> Desk:
    """A file from elsewhere that a worker is about to open."""
    return desk_of(store, brought=True)


# -- what it says --------------------------------------------------------------------------------


def test_what_it_says_stands_in_the_store(desk: Desk) -> None:
    said = [Chunk(40, 1.0, 1.0, 0.5, 1000.0, 1.0), StateChanged("paused", "", 2.0)]
    desk.hears(BEGUN)
    assert desk.state is RunState.RUNNING
    desk.hears(*map(event, said))
    assert desk.state is RunState.PAUSED
    assert list(desk.store.events(desk.attempt.run.id))[1:] == said


def test_a_file_is_there_when_its_last_part_is(desk: Desk) -> None:
    path = desk.attempt.run.folder / "weights.npz"
    for part in (b"one ", b"two "):
        desk.hears({"file": "weights.npz", "part": part, "last": False})
    assert not path.exists()
    desk.hears({"file": "weights.npz", "part": b"three", "last": True})
    assert path.read_bytes() == b"one two three"
    desk.hears({"file": "summary.json", "part": b"{}", "last": True})
    assert (path.parent / "summary.json").read_bytes() == b"{}", "nothing is left of the first"


def test_what_cannot_be_written_is_the_engines_to_act_on(desk: Desk) -> None:
    desk.store.delete(desk.attempt.run.id)
    with pytest.raises(RunNotFound):
        desk.hears(chunk(1.0))
    with pytest.raises(StoreError):
        desk.hears(BEGUN)


def test_the_last_word_completes_the_run(desk: Desk) -> None:
    for name, data in (
        ("weights.npz", arrays(RECIPE)),
        ("model.keras", b"-"),
        ("summary.json", b"{}"),
    ):
        desk.hears({"file": name, "part": data, "last": True})
    word = end("done", facts={"data": "abc"})
    assert desk.attempt.ended(word, desk.store, desk.now) == (RunState.DONE, "")
    assert desk.store.open(desk.attempt.run.id).manifest["data"] == "abc"


def test_a_run_that_cannot_be_completed_has_failed(desk: Desk) -> None:
    state, sentence = desk.attempt.ended(end("done", facts={"a": 1}), desk.store, desk.now)
    assert state is RunState.FAILED
    assert "has no model.keras" in sentence
    desk.attempt.problem = "The disk is full."
    word = end("done", facts={"a": 1})
    assert desk.attempt.ended(word, desk.store, desk.now) == (RunState.FAILED, "The disk is full.")


def test_a_stop_says_why_unless_the_run_knows_better(desk: Desk) -> None:
    desk.attempt.stop("Time is up.", desk.now)
    desk.attempt.stop("Another reason.", desk.now)
    ended = desk.attempt.ended
    assert ended(end("stopped"), desk.store, 1.0) == (RunState.STOPPED, "Time is up.")
    assert ended(end("stopped", "So."), desk.store, 1.0) == (RunState.STOPPED, "So.")
    assert ended(end("failed", "It broke."), desk.store, 1.0) == (RunState.FAILED, "It broke.")


# -- how long it takes ---------------------------------------------------------------------------


def test_the_first_figures_are_the_compilers(desk: Desk) -> None:
    assert desk.attempt.left() is None
    desk.hears(chunk(0.5, images_per_second=1.0))
    assert desk.attempt.left() is None
    desk.hears(chunk(1.0), chunk(1.5, 3000.0), chunk(1.5, 2000.0))
    assert desk.attempt.left() == pytest.approx(0.5 * RECIPE.train_images / 2000.0)
    assert desk.pace.seconds(RECIPE) is not None


def test_nobody_knows_how_long_a_pause_is(desk: Desk) -> None:
    desk.hears(chunk(0.5), chunk(1.0), event(StateChanged("paused", "", 1.0)))
    assert desk.attempt.left() is None
    desk.hears(event(StateChanged("running", "", 1.0)))
    assert desk.attempt.left() is not None


@pytest.mark.parametrize(
    ("said", "resumed", "learned"),
    [
        ([], False, True),
        ([], True, False),
        (PAUSED_AND_RESUMED, False, False),
    ],
)
def test_only_a_whole_training_says_how_long_one_takes(
    store: ModelStore, said: list[dict[str, Any]], resumed: bool, learned: bool
) -> None:
    desk = desk_of(store, resumed=resumed)
    desk.hears(chunk(1.0), *said, chunk(2.0))
    before = desk.pace.overhead
    desk.attempt.ended(end("done"), desk.store, desk.now + 60.0)
    assert (desk.pace.overhead != before) == learned
    assert not learned or desk.pace.overhead == pytest.approx(
        60.0 - 2 * RECIPE.train_images / 1000.0
    )


# -- what lasts too long -------------------------------------------------------------------------


def test_a_run_may_be_silent_until_it_shall_stop(desk: Desk) -> None:
    desk.hears(BEGUN)
    assert desk.looks(after=3600.0) == []
    desk.attempt.stop("", desk.now)
    assert desk.looks(after=STOP_PATIENCE) == []
    assert desk.looks(after=0.1) == [Late.SILENT]
    assert desk.looks(after=KILL_PATIENCE) == []
    assert desk.looks(after=0.1) == [Late.HANGS]


def test_one_that_was_always_slow_to_answer_is_given_more_time(desk: Desk) -> None:
    desk.hears(BEGUN, chunk(1.0), after=4.0)
    desk.attempt.stop("", desk.now)
    assert desk.looks(after=12.0) == []
    assert desk.looks(after=0.1) == [Late.SILENT]


def test_a_second_stop_gives_no_more_time(desk: Desk) -> None:
    desk.attempt.stop("", desk.now)
    desk.now += STOP_PATIENCE
    desk.attempt.stop("", desk.now)
    assert desk.looks(after=0.1) == [Late.SILENT]


def test_whoever_has_seen_the_stop_may_take_time_to_evaluate(desk: Desk) -> None:
    desk.attempt.stop("", desk.now)
    desk.hears(HEEDED, after=1.0)
    assert desk.looks(after=FINISH_PATIENCE) == []
    desk.hears(chunk(1.0))
    assert desk.looks(after=FINISH_PATIENCE) == []
    assert desk.looks(after=0.1) == [Late.SILENT]


def test_a_file_from_elsewhere_is_not_opened_for_ever(opening: Desk) -> None:
    assert opening.looks(after=3600.0) == [], "the worker loads its libraries"
    opening.hears(BEGUN)
    assert opening.looks(after=OPEN_PATIENCE) == []
    assert opening.looks(after=0.1) == [Late.SILENT]
    assert "not open after 120 seconds" in opening.attempt.died()[1]


def test_a_pause_lasts_while_nobody_waits(desk: Desk) -> None:
    desk.hears(BEGUN, event(StateChanged("paused", "", 1.0)))
    assert desk.looks(after=PAUSE_PATIENCE + 1) == []
    assert desk.looks(others_wait=True) == [Late.PAUSED]
    assert "10 minutes while others waited" in others_waited()
    desk.attempt.stop("", desk.now)
    assert desk.looks(others_wait=True) == [], "it is stopping"


def test_a_short_pause_takes_nothing_from_others(desk: Desk) -> None:
    desk.hears(BEGUN, event(StateChanged("paused", "", 1.0)))
    assert desk.looks(after=PAUSE_PATIENCE, others_wait=True) == []
    desk.hears(event(StateChanged("running", "", 1.0)))
    assert desk.looks(after=PAUSE_PATIENCE, others_wait=True) == []


def test_a_worker_that_is_missing_for_a_moment_is_not_lost(desk: Desk) -> None:
    assert desk.looks(there=False) == []
    assert desk.looks(after=LOST_PATIENCE, there=False) == []
    assert desk.looks(after=0.1, there=True) == []
    assert desk.looks(after=0.1, there=False) == []
    assert desk.looks(after=LOST_PATIENCE + 0.1, there=False) == [Late.LOST]


def test_a_worker_that_was_ended_and_is_gone_is_lost_and_does_not_hang(desk: Desk) -> None:
    desk.attempt.stop("", desk.now)
    assert desk.looks(after=STOP_PATIENCE + 0.1) == [Late.SILENT]
    assert Late.HANGS not in desk.looks(after=0.1, there=False)
    found = desk.looks(after=KILL_PATIENCE + 0.1, there=False)
    assert Late.LOST in found and Late.HANGS not in found


# -- what the death of its worker means ----------------------------------------------------------


def test_who_had_not_begun_is_blameless(desk: Desk) -> None:
    assert desk.attempt.blameless
    desk.hears(BEGUN)
    assert not desk.attempt.blameless
    state, sentence = desk.attempt.died()
    assert state is RunState.FAILED
    assert "ended unexpectedly" in sentence


def test_who_is_hungry_or_stopping_is_not(store: ModelStore) -> None:
    hungry, stopping = desk_of(store), desk_of(store)
    hungry.attempt.hungry = True
    assert not hungry.attempt.blameless
    assert hungry.attempt.died()[0] is RunState.FAILED
    assert "ran out of memory" in hungry.attempt.died()[1]
    stopping.attempt.stop("", stopping.now)
    assert not stopping.attempt.blameless
    assert stopping.attempt.died() == (RunState.STOPPED, ""), "it ended as it was told to"
    stopping.looks(after=STOP_PATIENCE + 0.1)
    state, sentence = stopping.attempt.died()
    assert state is RunState.STOPPED
    assert "did not answer to Stop" in sentence


def test_a_file_that_takes_its_worker_down_is_not_used(opening: Desk) -> None:
    assert opening.attempt.blameless, "it was not opened yet"
    opening.hears(BEGUN)
    state, sentence = opening.attempt.died()
    assert state is RunState.FAILED
    assert "ended its worker process unexpectedly" in sentence
    opening.attempt.hungry = True
    assert "more memory than a worker has" in opening.attempt.died()[1]
