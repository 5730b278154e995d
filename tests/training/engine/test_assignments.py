"""Assignments: each run in one place, each worker with at most one run."""

from collections.abc import Callable
from pathlib import Path

import pytest

from model_store import ModelStore, RunState
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs import events
from model_store.runs.events import Chunk, StateChanged
from training.engine.assignments import MAX_TRIES, Assignments
from training.engine.attempt import PAUSE_PATIENCE, Attempt, Overdue
from training.engine.estimates import DurationModel

RECIPE = Recipe(dataset="digits", hidden=(Hidden(4),), epochs=2)
Begin = Callable[..., Attempt]


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path, starter=None)


@pytest.fixture
def runs() -> Assignments:
    return Assignments()


@pytest.fixture
def begin(store: ModelStore, runs: Assignments) -> Begin:
    """Accept a run and give it to a worker, at second 0."""

    def accept(worker: str, owner: str = "ada") -> Attempt:
        run = store.create(RECIPE, owner)
        runs.queue.add(run.id, owner)
        assert runs.queue.take() == (run.id, owner)
        attempt = Attempt(run, worker, f"{run.id}-at-{worker}", DurationModel(), 0.0)
        runs.begin(attempt)
        return attempt

    return accept


def hears(store: ModelStore, attempt: Attempt, said: events.Event, now: float = 0.0) -> None:
    message = {"event": events.to_json(said)}
    attempt.note(message, attempt.write(message, store), now)


def pauses(store: ModelStore, attempt: Attempt, now: float = 0.0) -> None:
    hears(store, attempt, StateChanged(RunState.PAUSED.value, "", 1.0), now)


def test_a_run_is_known_until_it_is_over(runs: Assignments, begin: Begin) -> None:
    attempt = begin("w1")
    run_id = attempt.run.id
    assert run_id in runs and runs.attempts.get(run_id) is attempt
    assert runs.end(attempt) is True
    assert runs.end(attempt) is False
    assert run_id not in runs and runs.attempts.get(run_id) is None


def test_an_old_attempt_does_not_end_the_new_one(runs: Assignments, begin: Begin) -> None:
    old = begin("w1")
    assert runs.retry(old)
    runs.queue.take()
    new = Attempt(old.run, "w2", "another", DurationModel(), 0.0)
    runs.begin(new)
    assert not runs.end(old)
    assert runs.attempts.get(old.run.id) is new
    assert (runs.find(new.id), runs.find(old.id)) == (new, None)


def test_each_worker_has_one_run(runs: Assignments, begin: Begin) -> None:
    attempt = begin("w2")
    assert runs.free({"w3", "w2", "w1"}) == ["w1", "w3"]
    runs.unusable.add("w1")
    assert runs.free({"w3", "w2", "w1"}) == ["w3"]
    runs.end(attempt)
    assert runs.free({"w3", "w2", "w1"}) == ["w2", "w3"]
    runs.unusable.clear()
    assert runs.free({"w1"}) == ["w1"]


def test_what_trains_and_what_waits_count_alike(runs: Assignments, begin: Begin) -> None:
    begin("w1")
    begin("w2", owner="bob")
    runs.queue.add("a-run", "ada")
    assert [runs.count(owner) for owner in ("ada", "bob", "eve")] == [2, 1, 0]


def test_a_run_waits_again_in_its_place_but_not_for_ever(runs: Assignments, begin: Begin) -> None:
    attempt = begin("w1")
    runs.queue.add("later", "ada")
    for _try in range(MAX_TRIES - 1):
        assert runs.retry(attempt)
        assert runs.queue.take() == (attempt.run.id, "ada")
        runs.begin(attempt)
    assert not runs.retry(attempt)
    assert runs.attempts.get(attempt.run.id) is attempt, "the engine reports its end"
    runs.end(attempt)
    runs.begin(attempt)
    assert runs.retry(attempt), "who resumes it has as many tries"


def test_a_hold_pauses_all_and_release_lets_go_on_what_it_paused(
    runs: Assignments, store: ModelStore, begin: Begin
) -> None:
    own, other = begin("w1"), begin("w2")
    runs.queue.add("a-run", "bob")
    pauses(store, own)
    assert runs.hold() == [own, other]
    assert runs.held
    pauses(store, other)
    assert runs.release(1.0) == [other], "its owner has paused the other"
    assert not runs.held


def test_a_hold_counts_as_no_time_of_a_pause(
    runs: Assignments, store: ModelStore, begin: Begin
) -> None:
    attempt = begin("w1")
    pauses(store, attempt)
    late = 2 * PAUSE_PATIENCE
    runs.hold()
    runs.release(late)
    assert attempt.check(late, worker_present=True, others_wait=True) is None
    late += PAUSE_PATIENCE + 1
    assert attempt.check(late, worker_present=True, others_wait=True) is Overdue.RESUME


def test_the_expected_start_is_measured_or_unknown(
    runs: Assignments, store: ModelStore, begin: Begin
) -> None:
    def expected(run_id: str, workers: int = 1) -> float | None:
        names = {f"w{number + 1}" for number in range(workers)}
        return runs.expected_start(run_id, names, {"first": 5.0}.get)

    running = begin("w1")
    for number, run_id in enumerate(("first", "second", "third")):
        runs.queue.add(run_id, f"user-{number}")
    assert expected("first") is None, "nothing was measured"
    for epoch in (0.5, 1.0):
        hears(store, running, Chunk(1, epoch, 1.0, 0.5, RECIPE.train_images / 10, 1.0))
    assert expected("first") == pytest.approx(10.0), "an epoch takes ten seconds"
    assert expected("second") == pytest.approx(15.0)
    assert expected("third") is None, "the second run's duration is unknown"
    assert expected("first", workers=2) == 0.0
    assert expected("second", workers=2) == 5.0
    assert expected(running.run.id) is expected("unknown") is None
    runs.hold()
    assert expected("first") is None
    runs.release(0.0)
    pauses(store, running)
    assert expected("first") is None, "the length of a pause is unknown"
