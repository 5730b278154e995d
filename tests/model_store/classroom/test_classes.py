"""Classes: codes, members, activities, entries; what is refused, and what outlives a server."""

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import text

from model_store import ModelStore
from model_store.classroom.activities import LATE, ActivityError
from model_store.classroom.classes import (
    LETTERS,
    MAX_ENTRIES,
    MAX_MEMBERS,
    MAX_OPEN,
    ClassError,
    ClassSettings,
    ClassStore,
    SchoolClass,
    WrongCode,
)
from model_store.storage.errors import StoreError
from tests.support.databases import OpenStore

STROKES = [{"points": [[10, 20], [30, 40]], "width": 20}]
DRAWING = {"label": 3, "strokes": STROKES, "ink": "light"}
QUESTION = {"text": "Why?", "options": ["a", "b"], "right": 0}


class SlowClock:
    """Seconds that stand still until they are set."""

    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> SlowClock:
    return SlowClock()


@pytest.fixture
def classes(store: ModelStore, time: SlowClock) -> ClassStore:
    return ClassStore(store.database, clock=time)


@pytest.fixture
def room(classes: ClassStore) -> SchoolClass:
    return classes.open("teacher", "Room 12")


def test_a_class_is_found_by_its_code_as_people_type_it(
    classes: ClassStore, room: SchoolClass
) -> None:
    assert set(room.code) <= set(LETTERS)
    spaced = f" {room.code[:3].lower()} - {room.code[3:]} "
    assert classes.find(spaced) == classes.get(room.id) == room
    assert classes.of_owner("teacher") == classes.all() == [room]
    assert classes.of_owner("another") == []


@pytest.mark.parametrize("code", ["", "AAAAAA", "'; drop table classes", "\0", "é" * 500, "\ud800"])
def test_no_class_has_such_a_code(classes: ClassStore, room: SchoolClass, code: str) -> None:
    assert classes.find(code) is None
    with pytest.raises(WrongCode):
        classes.join(code, "ann")


def test_a_visitor_stays_the_same_member(classes: ClassStore, room: SchoolClass) -> None:
    first = classes.join(room.code, "ann", " Ann\n B ")
    again = classes.join(room.code, "ann")
    renamed = classes.join(room.code, "ann", "Anna")
    assert first.id == again.id == renamed.id
    assert (first.nickname, again.nickname, renamed.nickname) == ("Ann B", "Ann B", "Anna")
    assert classes.size(room.id) == len(classes.members(room.id)) == 1


def test_a_personal_code_moves_a_place_to_another_phone(
    classes: ClassStore, room: SchoolClass
) -> None:
    first = classes.join(room.code, "old phone", "Ann")
    classes.join(room.code, "new phone", "mistake")
    moved = classes.join(room.code, "new phone", personal=first.personal_code.lower())
    assert (moved.id, moved.nickname) == (first.id, "Ann")
    assert classes.member(room.id, "old phone") is None
    assert [one.visitor for one in classes.members(room.id)] == ["new phone"]


def test_a_wrong_personal_code_changes_nothing(classes: ClassStore, room: SchoolClass) -> None:
    classes.join(room.code, "ann")
    with pytest.raises(WrongCode):
        classes.join(room.code, "bob", personal="AAAAA")
    assert classes.member(room.id, "bob") is None


def test_personal_codes_of_a_class_differ(classes: ClassStore, room: SchoolClass) -> None:
    members = [classes.join(room.code, f"visitor {n}") for n in range(30)]
    assert max(Counter(one.personal_code for one in members).values()) == 1


def test_a_class_can_be_full(
    classes: ClassStore, room: SchoolClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_MEMBERS >= 120
    monkeypatch.setattr("model_store.classroom.classes.MAX_MEMBERS", 1)
    classes.join(room.code, "ann")
    with pytest.raises(ClassError, match="full"):
        classes.join(room.code, "bob")
    assert classes.join(room.code, "ann").visitor == "ann"


def test_only_so_many_classes_are_open(classes: ClassStore) -> None:
    opened = [classes.open("teacher") for _ in range(MAX_OPEN)]
    with pytest.raises(ClassError):
        classes.open("teacher")
    classes.close(opened[0].id)
    assert classes.open("teacher").closed is None


def test_nobody_joins_a_closed_class(classes: ClassStore, room: SchoolClass) -> None:
    classes.join(room.code, "ann")
    classes.close(room.id)
    with pytest.raises(WrongCode):
        classes.join(room.code, "bob")
    assert classes.size(room.id) == 1


def test_the_last_entry_of_a_slot_counts(
    classes: ClassStore, room: SchoolClass, time: SlowClock
) -> None:
    ann, bob = classes.join(room.code, "ann"), classes.join(room.code, "bob")
    activity = classes.start(room.id, "question", QUESTION)
    classes.enter(room, ann, "answer", {"option": 0})
    time.now += 1
    classes.enter(room, bob, "answer", {"option": 0})
    time.now += 1
    classes.enter(room, ann, "answer", {"option": 1})
    found = classes.entries(activity.id)
    assert [(e.member, e.content["option"]) for e in found] == [(bob.id, 0), (ann.id, 1)]
    assert classes.entries(activity.id, time.now - 0.5) == found[1:]
    assert classes.given(activity.id, ann.id) == {"answer": {"option": 1}}


def test_nothing_is_taken_before_after_or_in_a_pause(
    classes: ClassStore, room: SchoolClass, time: SlowClock
) -> None:
    ann = classes.join(room.code, "ann")

    def gives(activity_id: str = "") -> bool:
        current = classes.get(room.id)
        assert current is not None
        try:
            classes.enter(current, ann, "answer", {"option": 0}, activity_id)
        except ClassError:
            return False
        return True

    assert not gives()
    first = classes.start(room.id, "question", QUESTION, seconds=10)
    assert gives() and gives(first.id) and not gives("another")
    classes.set(room.id, ClassSettings(paused=True))
    assert not gives()
    classes.set(room.id, ClassSettings())
    time.now += 10
    assert not gives()
    time.now += 1
    second = classes.start(room.id, "question", QUESTION)
    assert gives(second.id) and not gives(first.id), "what comes late belongs to no other"
    classes.reveal(second.id)
    assert not gives()


@pytest.mark.parametrize(
    "content", [None, [], "x", {}, {"option": 2}, {"option": True}, {"option": -1}, {"option": 0.5}]
)
def test_what_is_no_answer_is_refused(classes: ClassStore, room: SchoolClass, content: Any) -> None:
    ann = classes.join(room.code, "ann")
    activity = classes.start(room.id, "question", QUESTION)
    with pytest.raises(ActivityError):
        classes.enter(room, ann, "answer", content)
    assert classes.entries(activity.id) == []


def test_one_member_cannot_fill_the_store(classes: ClassStore, room: SchoolClass) -> None:
    ann = classes.join(room.code, "ann")
    classes.start(room.id, "fool", {"count": 1, "votes": True})
    for n in range(MAX_ENTRIES):
        classes.enter(room, ann, f"vote-{n:08x}-0", {"digit": 1})
    with pytest.raises(ClassError):
        classes.enter(room, ann, "vote-ffffffff-0", {"digit": 1})
    classes.enter(room, ann, "vote-00000000-0", {"digit": 2})


@pytest.mark.parametrize("ends", [None, 10.0])
def test_a_drawing_comes_a_little_late(
    classes: ClassStore, room: SchoolClass, time: SlowClock, ends: float | None
) -> None:
    ann = classes.join(room.code, "ann")
    drawn = classes.start(room.id, "draw", {"digit": 3, "count": 2}, ends)
    time.now += 10
    classes.start(room.id, "race", {})  # ends it, if its time has not
    time.now += LATE - 0.1
    classes.enter(room, ann, "0", DRAWING, drawn.id)
    assert len(classes.entries(drawn.id)) == 1
    refused = [("0", ""), ("0", "another"), ("run", drawn.id), ("answer", drawn.id)]
    for slot, activity in refused:
        with pytest.raises(StoreError):
            classes.enter(room, ann, slot, DRAWING, activity)
    time.now += 0.2
    with pytest.raises(ClassError, match="Time was up"):
        classes.enter(room, ann, "1", DRAWING, drawn.id)
    assert len(classes.entries(drawn.id)) == 1


def test_an_answer_is_never_late(classes: ClassStore, room: SchoolClass) -> None:
    ann = classes.join(room.code, "ann")
    asked = classes.start(room.id, "question", QUESTION)
    classes.reveal(asked.id)
    with pytest.raises(ClassError, match="Time was up"):
        classes.enter(room, ann, "answer", {"option": 0}, asked.id)


def test_damaged_settings_have_their_defaults() -> None:
    kept = ClassSettings.from_dict({"paused": True, "model": "m", "nicknames": "no", "x": 1})
    assert kept == ClassSettings(paused=True, model="m")
    assert ClassSettings.from_dict({"model": 3}) == ClassSettings.from_dict(None)
    assert ClassSettings.from_dict(kept.to_dict()) == kept


def test_a_removed_member_leaves_nothing(classes: ClassStore, room: SchoolClass) -> None:
    ann = classes.join(room.code, "ann")
    activity = classes.start(room.id, "draw", {"digit": 3, "count": 1})
    classes.enter(room, ann, "0", DRAWING)
    classes.remove(room.id, ann.id)
    assert classes.members(room.id) == [] and classes.entries(activity.id) == []


def test_everything_outlives_the_server(
    classes: ClassStore, room: SchoolClass, open_store: OpenStore
) -> None:
    ann = classes.join(room.code, "ann", "Ann")
    activity = classes.start(room.id, "draw", {"digit": 3, "count": 1})
    classes.enter(room, ann, "0", DRAWING)
    classes.set(room.id, ClassSettings(nicknames=False))
    other = ClassStore(open_store().database)
    found = other.find(room.code)
    assert found is not None and not found.settings.nicknames
    assert other.member(room.id, "ann") == ann
    assert other.activity(room.id) == activity
    assert other.given(activity.id, ann.id)["0"]["strokes"][0]["width"] == 20
    other.delete(room.id)
    assert classes.find(room.code) is None and classes.entries(activity.id) == []


def stored_bytes(store: ModelStore) -> bytes:
    """Return the files of the database: the store's, or those of a server's tables and indexes."""
    database = store.database
    if database.is_sqlite:
        return b"".join(path.read_bytes() for path in store.root.iterdir() if path.is_file())
    with database.write() as connection:
        connection.execute(text("CHECKPOINT"))
        files = (
            "WITH ours AS (SELECT oid, reltoastrelid FROM pg_class"
            " WHERE relnamespace = current_schema::regnamespace AND relkind IN ('r', 'i'))"
            " SELECT pg_read_binary_file(pg_relation_filepath(oid)) FROM"
            " (SELECT oid FROM ours UNION SELECT reltoastrelid FROM ours WHERE reltoastrelid > 0) f"
        )
        return b"".join(connection.execute(text(files)).scalars())


def test_nothing_of_a_deleted_class_is_left_in_the_database(
    classes: ClassStore, room: SchoolClass, store: ModelStore
) -> None:
    kept = classes.open("teacher", "Class-that-stays")
    classes.join(kept.code, "visitor-ben", "Nickname-Ben")
    ada = classes.join(room.code, "visitor-ada", "Nickname-Ada")
    classes.start(room.id, "question", {**QUESTION, "text": f"Question-of-Ada {'long ' * 100}"})
    classes.enter(room, ada, "answer", {"option": 1})
    words = {b"visitor-ada", b"Nickname-Ada", b"Question-of-Ada", ada.personal_code.encode()}
    others = {b"visitor-ben", b"Nickname-Ben", b"Class-that-stays"}
    before = stored_bytes(store)
    assert {word for word in words | others if word in before} == words | others
    classes.delete(room.id)
    store.database.scrub()
    after = stored_bytes(store)
    assert {word for word in words | others if word in after} == others
