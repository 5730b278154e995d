"""One run at one worker: its messages are recorded, and timeouts end what takes too long."""

import errno
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from model_store import ModelStore, RunNotFound, RunState, StoreError
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs import events
from model_store.runs.events import Batch, Chunk, Event, StateChanged
from model_store.runs.provenance import Provenance
from model_store.storage import atomic_files
from tests.support.finished_runs import arrays
from training.engine.attempt import (
    FINISH_PATIENCE,
    KILL_PATIENCE,
    LOST_PATIENCE,
    OPEN_PATIENCE,
    PAUSE_PATIENCE,
    STOP_PATIENCE,
    Attempt,
    Overdue,
    Phase,
)
from training.engine.estimates import DurationModel

RECIPE = Recipe(dataset="digits", hidden=(Hidden(4),), epochs=2)
BEGUN = {"begun": True}
STOPS = {"stopping": True}


def event(event: Event) -> dict[str, Any]:
    return {"event": events.to_json(event)}


def chunk(epoch: float, images_per_second: float = 1000.0) -> dict[str, Any]:
    return event(Chunk(int(40 * epoch), epoch, 1.0, 0.5, images_per_second, 1.0))


PAUSED_AND_RESUMED = [event(StateChanged(state, "", 1.0)) for state in ("paused", "running")]


def end(state: str, message: str = "", **more: Any) -> dict[str, Any]:
    return {"state": state, "message": message, "facts": {}, "log": "", **more}


@dataclass
class Lab:
    """A store, an attempt, and a clock that the test sets."""

    store: ModelStore
    attempt: Attempt
    durations: DurationModel
    now: float = 100.0

    def receives(self, *messages: Mapping[str, Any], after: float = 0.0) -> None:
        for message in messages:
            self.now += after
            self.attempt.note(message, self.attempt.write(message, self.store), self.now)

    def check(
        self, after: float = 0.0, present: bool = True, others_wait: bool = False
    ) -> Overdue | None:
        self.now += after
        return self.attempt.check(self.now, worker_present=present, others_wait=others_wait)

    @property
    def state(self) -> RunState:
        return self.store.open(self.attempt.run.id).state


def make_lab(store: ModelStore, *, imported: bool = False, resumed: bool = False) -> Lab:
    run, durations = store.create(RECIPE, "ada"), DurationModel()
    if imported:
        run = replace(run, provenance=Provenance("", "net.keras", "0" * 64))
    return Lab(
        store, Attempt(run, "tcp://1", "an-attempt", durations, 100.0, resumed=resumed), durations
    )


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path, starter=None)


@pytest.fixture
def lab(store: ModelStore) -> Lab:
    return make_lab(store)


@pytest.fixture
def opening(store: ModelStore) -> Lab:
    """Attempt to import a file, before the worker opens it."""
    return make_lab(store, imported=True)


# -- messages ------------------------------------------------------------------------------------


def test_its_messages_are_in_the_store(lab: Lab) -> None:
    said = [Chunk(40, 1.0, 1.0, 0.5, 1000.0, 1.0), StateChanged("paused", "", 2.0)]
    lab.receives(BEGUN)
    assert lab.state is RunState.RUNNING
    lab.receives(*map(event, said))
    assert lab.state is RunState.PAUSED
    assert list(lab.store.events(lab.attempt.run.id))[1:] == said


def test_a_file_is_there_when_its_last_part_is(lab: Lab) -> None:
    path = lab.attempt.run.folder / "weights.npz"
    for part in (b"one ", b"two "):
        lab.receives({"file": "weights.npz", "part": part, "last": False})
    assert not path.exists()
    lab.receives({"file": "weights.npz", "part": b"three", "last": True})
    assert path.read_bytes() == b"one two three"
    lab.receives({"file": "summary.json", "part": b"{}", "last": True})
    assert (path.parent / "summary.json").read_bytes() == b"{}", "nothing is left of the first"


@pytest.mark.parametrize("name", ["live.bin", "batch.bin"])
def test_what_is_of_a_moment_arrives_in_parts_and_a_write_that_fails_is_harmless(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = lab.attempt.run.folder / name
    parts = [{"file": name, "part": b"abc", "last": last} for last in (False, True)]
    lab.receives(parts[0])
    assert not path.exists()
    lab.receives(parts[1])
    assert path.read_bytes() == b"abcabc"
    with monkeypatch.context() as patch:
        patch.setattr(atomic_files.os, "replace", _full)
        lab.receives(*parts)
    assert not lab.attempt.write_error
    lab.receives(parts[1])
    assert path.read_bytes() == b"abc", "nothing is left of what could not be written"
    lab.store.delete(lab.attempt.run.id)
    with pytest.raises(RunNotFound):
        lab.receives(parts[1])
    assert not path.exists()


def _full(*_paths: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_what_cannot_be_written_is_the_engines_to_act_on(lab: Lab) -> None:
    lab.store.delete(lab.attempt.run.id)
    with pytest.raises(RunNotFound):
        lab.receives(chunk(1.0))
    with pytest.raises(StoreError):
        lab.receives(BEGUN)


def test_the_last_word_completes_the_run(lab: Lab) -> None:
    for name, data in (
        ("weights.npz", arrays(RECIPE)),
        ("model.keras", b"-"),
        ("summary.json", b"{}"),
    ):
        lab.receives({"file": name, "part": data, "last": True})
    word = end("done", facts={"data": "abc"})
    assert lab.attempt.finish(word, lab.store, lab.now) == (RunState.DONE, "")
    assert lab.store.open(lab.attempt.run.id).manifest["data"] == "abc"


def test_a_run_that_cannot_be_completed_has_failed(lab: Lab) -> None:
    state, sentence = lab.attempt.finish(end("done", facts={"a": 1}), lab.store, lab.now)
    assert state is RunState.FAILED
    assert "has no model.keras" in sentence
    lab.attempt.write_error = "The disk is full."
    word = end("done", facts={"a": 1})
    assert lab.attempt.finish(word, lab.store, lab.now) == (RunState.FAILED, "The disk is full.")


def test_a_stop_says_why_unless_the_run_knows_better(lab: Lab) -> None:
    lab.attempt.stop("Time is up.", lab.now)
    lab.attempt.stop("Another reason.", lab.now)
    ended = lab.attempt.finish
    assert ended(end("stopped"), lab.store, 1.0) == (RunState.STOPPED, "Time is up.")
    assert ended(end("stopped", "So."), lab.store, 1.0) == (RunState.STOPPED, "So.")
    assert ended(end("failed", "It broke."), lab.store, 1.0) == (RunState.FAILED, "It broke.")


def test_single_steps_are_no_change_of_state_and_prolong_the_pause(lab: Lab) -> None:
    lab.receives(BEGUN, PAUSED_AND_RESUMED[0])
    single = event(Batch(1, 0.01, 2.0, 1.0, 1.0))
    lab.receives(single, after=PAUSE_PATIENCE)
    assert (lab.state, lab.attempt.phase) == (RunState.PAUSED, Phase.PAUSED)
    assert lab.check(PAUSE_PATIENCE - 1, others_wait=True) is None
    assert lab.check(2, others_wait=True) is Overdue.RESUME


# -- durations -----------------------------------------------------------------------------------


def test_the_first_figures_are_the_compilers(lab: Lab) -> None:
    assert lab.attempt.seconds_left() is None
    lab.receives(chunk(0.5, images_per_second=1.0))
    assert lab.attempt.seconds_left() is None
    lab.receives(chunk(1.0), chunk(1.5, 3000.0), chunk(1.5, 2000.0))
    assert lab.attempt.seconds_left() == pytest.approx(0.5 * RECIPE.train_images / 2000.0)
    assert lab.durations.seconds(RECIPE) is not None


def test_the_length_of_a_pause_is_unknown(lab: Lab) -> None:
    lab.receives(chunk(0.5), chunk(1.0), event(StateChanged("paused", "", 1.0)))
    assert lab.attempt.seconds_left() is None
    lab.receives(event(StateChanged("running", "", 1.0)))
    assert lab.attempt.seconds_left() is not None


@pytest.mark.parametrize(
    ("said", "resumed", "learned"),
    [([], False, True), ([], True, False), (PAUSED_AND_RESUMED, False, False)],
)
def test_only_a_whole_training_says_how_long_one_takes(
    store: ModelStore, said: list[dict[str, Any]], resumed: bool, learned: bool
) -> None:
    lab = make_lab(store, resumed=resumed)
    lab.receives(chunk(1.0), *said, chunk(2.0))
    before = lab.durations.overhead
    lab.attempt.finish(end("done"), lab.store, lab.now + 60.0)
    assert (lab.durations.overhead != before) == learned
    assert not learned or lab.durations.overhead == pytest.approx(
        60.0 - 2 * RECIPE.train_images / 1000.0
    )


# -- timeouts ------------------------------------------------------------------------------------


def test_a_run_may_be_silent_until_it_shall_stop(lab: Lab) -> None:
    lab.receives(BEGUN)
    assert lab.check(after=3600.0) is None
    lab.attempt.stop("", lab.now)
    assert lab.check(after=STOP_PATIENCE) is None
    assert lab.check(after=0.1) is Overdue.ANSWER
    assert lab.check(after=KILL_PATIENCE) is None
    assert lab.check(after=0.1) is Overdue.DEATH


def test_one_that_was_always_slow_to_answer_is_given_more_time(lab: Lab) -> None:
    lab.receives(BEGUN, chunk(1.0), after=4.0)
    lab.attempt.stop("", lab.now)
    assert lab.check(after=12.0) is None
    assert lab.check(after=0.1) is Overdue.ANSWER


def test_a_second_stop_gives_no_more_time(lab: Lab) -> None:
    lab.attempt.stop("", lab.now)
    lab.now += STOP_PATIENCE
    lab.attempt.stop("", lab.now)
    assert lab.check(after=0.1) is Overdue.ANSWER


def test_a_stopped_run_has_time_to_evaluate(lab: Lab) -> None:
    lab.attempt.stop("", lab.now)
    lab.receives(STOPS, after=1.0)
    assert lab.check(after=FINISH_PATIENCE) is None
    lab.receives(chunk(1.0))
    assert lab.check(after=FINISH_PATIENCE) is None
    assert lab.check(after=0.1) is Overdue.ANSWER


def test_a_file_from_elsewhere_is_not_opened_for_ever(opening: Lab) -> None:
    assert opening.check(after=3600.0) is None, "the worker loads its libraries"
    opening.receives(BEGUN)
    assert opening.check(after=OPEN_PATIENCE) is None
    assert opening.check(after=0.1) is Overdue.ANSWER
    assert "not open after 120 seconds" in opening.attempt.died()[1]


def test_a_pause_lasts_while_the_queue_is_empty(lab: Lab) -> None:
    lab.receives(BEGUN, event(StateChanged("paused", "", 1.0)))
    assert lab.check(after=PAUSE_PATIENCE + 1) is None
    assert lab.check(others_wait=True) is Overdue.RESUME
    lab.attempt.stop("", lab.now)
    assert lab.check(others_wait=True) is None, "it is stopping"


def test_a_short_pause_takes_nothing_from_others(lab: Lab) -> None:
    lab.receives(BEGUN, event(StateChanged("paused", "", 1.0)))
    assert lab.check(after=PAUSE_PATIENCE, others_wait=True) is None
    lab.receives(event(StateChanged("running", "", 1.0)))
    assert lab.check(after=PAUSE_PATIENCE, others_wait=True) is None


def test_a_worker_that_is_missing_for_a_moment_is_not_lost(lab: Lab) -> None:
    assert lab.check(present=False) is None
    assert lab.check(after=LOST_PATIENCE, present=False) is None
    assert lab.check(after=0.1, present=True) is None
    assert lab.check(after=0.1, present=False) is None
    assert lab.check(after=LOST_PATIENCE + 0.1, present=False) is Overdue.RETURN


def test_a_worker_that_was_ended_and_is_gone_is_lost_and_does_not_hang(lab: Lab) -> None:
    lab.attempt.stop("", lab.now)
    assert lab.check(after=STOP_PATIENCE + 0.1) is Overdue.ANSWER
    assert lab.check(after=0.1, present=False) is None
    found = lab.check(after=KILL_PATIENCE + 0.1, present=False)
    assert found is Overdue.RETURN


# -- death of its worker -------------------------------------------------------------------------


def test_a_run_that_had_not_begun_is_retried(lab: Lab) -> None:
    assert lab.attempt.may_retry
    lab.receives(BEGUN)
    assert not lab.attempt.may_retry
    state, sentence = lab.attempt.died()
    assert state is RunState.INTERRUPTED
    assert "ended unexpectedly" in sentence


def test_a_run_out_of_memory_or_stopping_is_not_retried(store: ModelStore) -> None:
    hungry, stopping = make_lab(store), make_lab(store)
    hungry.attempt.out_of_memory = True
    assert not hungry.attempt.may_retry
    assert hungry.attempt.died()[0] is RunState.FAILED
    assert "ran out of memory" in hungry.attempt.died()[1]
    stopping.attempt.stop("", stopping.now)
    assert not stopping.attempt.may_retry
    assert stopping.attempt.died() == (RunState.STOPPED, ""), "it ended as commanded"
    stopping.check(after=STOP_PATIENCE + 0.1)
    state, sentence = stopping.attempt.died()
    assert state is RunState.STOPPED
    assert "did not answer to Stop" in sentence


def test_a_file_that_takes_its_worker_down_is_not_used(opening: Lab) -> None:
    assert opening.attempt.may_retry, "it was not opened yet"
    opening.receives(BEGUN)
    state, sentence = opening.attempt.died()
    assert state is RunState.FAILED
    assert "ended its worker unexpectedly" in sentence
    opening.attempt.out_of_memory = True
    assert "more memory than a worker has" in opening.attempt.died()[1]


def test_nothing_is_learned_from_the_speed_of_single_steps(lab: Lab) -> None:
    lab.receives(BEGUN, chunk(0.1), PAUSED_AND_RESUMED[0], chunk(0.2, 1.0), chunk(0.3, 1.0))
    assert lab.durations.seconds(RECIPE) is None
    lab.receives(PAUSED_AND_RESUMED[1], chunk(0.4))
    assert lab.durations.seconds(RECIPE) is not None
