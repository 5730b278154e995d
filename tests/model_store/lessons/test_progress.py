"""Progress of learners: kept, changed, damaged."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import update

from model_store import ModelStore
from model_store.lessons.parser import parse
from model_store.lessons.progress import MOST, Progress, ProgressStore, key
from model_store.storage.database.schema import lesson_progress
from model_store.storage.maintenance.rebuild import SAVED
from tests.model_store.lessons.test_parser import GOOD
from tests.support.databases import Clock, OpenStore

LESSON = parse(GOOD, "a-lesson", "en")
(STEP,) = LESSON.steps


def test_a_record_outlives_the_server_and_belongs_to_its_owner(
    open_store: OpenStore, clock: Clock
) -> None:
    records = ProgressStore(open_store().database, clock=clock)
    assert records.read("me", "a") == Progress()
    answered = clock.now + 1
    records.answer("me", "a", key("one", "number"), "784", True)
    records.change("me", "a", lambda p: replace(p.with_seen("one"), dataset="digits"))
    later = ProgressStore(open_store().database)
    found = later.read("me", "a")
    assert (found.dataset, found.at, found.seen) == ("digits", "one", ("one",))
    answer = found.answers["one/number"]
    assert (answer.given, answer.right, answer.tries, answer.time) == ("784", True, 1, answered)
    assert later.read("other", "a") == Progress() == later.read("me", "b")
    assert later.all("me").keys() == {"a"}


def test_tries_are_counted_and_a_shown_answer_stays_shown() -> None:
    progress = Progress().with_answer("one/number", "1", False, 0.0)
    progress = progress.with_shown("one/number").with_answer("one/number", "784", True, 1.0)
    answer = progress.answers["one/number"]
    assert (answer.tries, answer.shown, answer.right) == (2, True, True)
    unseen = Progress().with_shown("one/word").answers["one/word"]
    assert (unseen.given, unseen.tries, unseen.shown) == ("", 0, True)


def test_a_step_is_done_when_every_question_is_settled() -> None:
    progress = Progress()
    for question in STEP.questions:
        assert not progress.is_done(STEP)
        right = True if question.marked else None
        progress = progress.with_answer(key("one", question.id), "x", right, 0.0)
    assert progress.is_done(STEP) and progress.done(LESSON) == 1
    waits = progress.with_answer(key("one", "own"), "91.8", None, 0.0)
    assert not waits.is_done(STEP) and waits.with_mark("one/own", True).is_done(STEP)
    wrong = progress.with_answer(key("one", "number"), "1", False, 0.0)
    assert not wrong.is_done(STEP)
    assert wrong.with_shown(key("one", "number")).is_done(STEP)


def test_long_and_hostile_answers_are_kept_harmless(store: ModelStore) -> None:
    records = ProgressStore(store.database)
    records.answer("me", "a", "one/word", "\ud800\x00" + "x" * 9999, False)
    given = records.read("me", "a").answers["one/word"].given
    assert len(given) <= 500 and given.startswith("?")


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {"answers": [], "runs": 3, "seen": {}},
        {"answers": {"x": 1, "y": {"given": 5}, "z": {"given": "a", "right": "yes"}}},
        {"dataset": 5, "at": [], "runs": {"a": 1}, "sweeps": {"b": None}},
    ],
)
def test_a_damaged_record_is_an_empty_one(store: ModelStore, raw: object) -> None:
    records = ProgressStore(store.database)
    records.change("me", "a", lambda p: p)
    with store.database.write() as connection:
        connection.execute(update(lesson_progress).values(progress=raw))
    assert records.read("me", "a") == Progress()


def test_what_can_be_read_of_a_damaged_record_is_kept() -> None:
    raw = {"answers": {"x": 1, "y": {"given": "a", "right": True, "tries": -1, "time": "now"}}}
    raw["seen"] = ["step"] * (MOST + 5)  # type: ignore[assignment]
    found = Progress.from_dict(raw)
    assert list(found.answers) == ["y"] and found.answers["y"].tries == 1
    assert len(found.seen) == MOST
    assert Progress.from_dict(found.to_dict()) == found


def test_two_windows_lose_no_answer(store: ModelStore) -> None:
    records = ProgressStore(store.database)

    def answer(window: int) -> None:
        for n in range(10):
            records.answer("me", "a", f"one/{window}-{n}", "x", True)

    threads = [threading.Thread(target=answer, args=(window,)) for window in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(records.read("me", "a").answers) == 40


def test_a_rebuild_saves_the_records() -> None:
    assert lesson_progress in SAVED
