"""Topics of a class: what they tell everybody, when, and what they keep to themselves."""

import json

import pytest

from model_store import RunState
from model_store.classroom.classes import ClassSettings, Member, SchoolClass
from model_store.recipe.recipe import Recipe
from pages.ui.services import live_topics, singletons
from pages.ui.services.classes import requests
from tests.support.finished_runs import finished_run
from tests.support.school_class import DRAWING, QUESTION, RECIPE, Followed, enter, join, start


@pytest.fixture
def room() -> SchoolClass:
    return singletons.classes().open("the teacher's id", "Room 12")


def test_the_right_answer_is_told_when_it_is_revealed(room: SchoolClass) -> None:
    join(room, "ann")
    followed = Followed("class", room)
    value = followed.news()["value"]
    assert value == {
        "name": "Room 12",
        "code": room.code,
        "closed": False,
        "paused": False,
        "members": 1,
        "activity": None,
    }
    assert followed.news() is None
    activity = start(room, "question", QUESTION)
    enter(room, "ann", "answer", {"option": 1})
    told = followed.news()["value"]["activity"]
    assert told["settings"] == {"text": "Why <b>?", "options": ["a", "b"]}
    assert (told["open"], told["revealed"], told["result"]) == (True, False, None)
    singletons.classes().reveal(activity.id)
    told = followed.news()["value"]["activity"]
    assert (told["open"], told["revealed"], told["settings"]["right"]) == (False, True, 1)
    assert (told["result"]["given"], told["result"]["correct"]) == (1, 1)


def test_a_pause_and_the_end_are_told(room: SchoolClass) -> None:
    followed = Followed("class", room)
    followed.news()
    singletons.classes().set(room.id, ClassSettings(paused=True))
    assert followed.news()["value"]["paused"] is True
    singletons.classes().close(room.id)
    assert followed.news()["value"]["closed"] is True
    singletons.classes().delete(room.id)
    assert followed.news()["value"] is None
    assert live_topics.KINDS["class"](room.code) is live_topics.KINDS["board"](room.code) is None


def test_a_curve_has_the_length_of_its_training(room: SchoolClass) -> None:
    start(room, "predict", {"recipe": RECIPE})
    told = Followed("class", room).news()["value"]["activity"]["settings"]
    assert (told["epochs"], told["title"], told["run"]) == (4, "A curve", "")


def test_the_board_shows_what_has_come(room: SchoolClass) -> None:
    ann = join(room, "ann", "Ann <i>")["member"]
    bob = join(room, "bob")["member"]
    activity = start(room, "draw", {"digit": 3, "count": 2})
    board = Followed("board", room)
    first = board.news()
    assert first["value"] == {"nicknames": True, "named_curves": True, "activity": activity.id}
    assert [(part["id"], part["name"]) for part in first["parts"]] == [(ann, "Ann <i>"), (bob, "")]
    enter(room, "bob", "1", DRAWING)
    news = board.news()
    assert not news["snapshot"] and [part["id"] for part in news["parts"]] == [bob]
    drawn = news["parts"][0]["drawings"]["1"]
    assert drawn["label"] == 3 and drawn["strokes"][0]["width"] == 20
    assert news["parts"][0]["given"] == 1
    enter(room, "bob", "1", {**DRAWING, "strokes": [{"points": [[1, 2]], "width": 9}]})
    assert board.news()["parts"][0]["drawings"]["1"]["strokes"][0]["width"] == 9
    assert board.news() is None
    start(room, "question", QUESTION)
    assert {part["given"] for part in board.news()["parts"]} == {0}, "of the current activity"


def test_whoever_is_hidden_or_removed_is_not_on_the_board(room: SchoolClass) -> None:
    members = [join(room, name, name)["member"] for name in ("ann", "bob", "cat")]
    board = Followed("board", room)
    board.news()
    singletons.classes().hide(room.id, members[0], True)
    news = board.news()
    assert news["snapshot"] and [part["id"] for part in news["parts"]] == members[1:]
    # One goes and another comes between two looks.
    singletons.classes().remove(room.id, members[1])
    new = join(room, "dan")["member"]
    news = board.news()
    assert news["snapshot"] and [part["id"] for part in news["parts"]] == [members[2], new]
    singletons.classes().set(room.id, ClassSettings(nicknames=False))
    news = board.news()
    assert [part["name"] for part in news["parts"]] == [""] and not news["value"]["nicknames"]


def test_nobody_is_told_what_a_drawing_is_before_the_reveal(room: SchoolClass) -> None:
    join(room, "ann")
    activity = start(room, "fool", {"count": 1})
    enter(room, "ann", "0", DRAWING)
    board = Followed("board", room)
    assert set(board.news()["parts"][0]["drawings"]["0"]) == {"strokes", "ink"}
    singletons.classes().change_activity(activity.id, {**activity.settings, "votes": True})
    news = board.news()
    assert news is None or "label" not in json.dumps(news)
    singletons.classes().reveal(activity.id)
    assert board.news()["parts"][0]["drawings"]["0"]["label"] == 3


def test_everybody_is_told_which_network_reads(room: SchoolClass) -> None:
    activity = start(room, "draw", {})
    followed = Followed("class", room)
    model = followed.news()["value"]["activity"]["settings"]["model"]
    assert (
        model["url"].startswith("/models/starter-mnist/")
        and model["title"] == "MNIST MLP 128, augmented"
    )
    chosen = {**activity.settings, "model": "starter-drawing"}
    singletons.classes().change_activity(activity.id, chosen)
    model = followed.news()["value"]["activity"]["settings"]["model"]
    assert model["url"].startswith("/models/starter-drawing/")
    assert [layer["units"] for layer in model["layers"]] == [512, 512, 10]


def test_a_late_drawing_is_in_the_result(room: SchoolClass) -> None:
    for name in ("ann", "bob"):
        join(room, name)
    activity = start(room, "draw", {"digit": 3, "count": 1})
    enter(room, "ann", "0", DRAWING, activity.id)
    singletons.classes().reveal(activity.id)
    followed = Followed("class", room)
    assert followed.news()["value"]["activity"]["result"]["all"] == 1
    enter(room, "bob", "0", DRAWING, activity.id)
    assert followed.news()["value"]["activity"]["result"]["all"] == 2


def test_the_servers_time_comes_with_the_news(
    room: SchoolClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(singletons.classes(), "_clock", lambda: 1234.5)
    followed = Followed("class", room)
    assert followed.news()["now"] == 1234.5
    assert followed.news() is None, "time alone is no news"


def test_answers_and_curves_are_shown_when_they_are_revealed(room: SchoolClass) -> None:
    join(room, "ann")
    join(room, "bob")
    board = Followed("board", room)
    for kind, settings, slot, content, name, shown in (
        ("question", QUESTION, "answer", {"option": 1}, "option", 1),
        ("predict", {"recipe": RECIPE}, "curve", {"points": [0, 1]}, "points", [0, 1]),
    ):
        activity = start(room, kind, settings)
        enter(room, "ann", slot, content)
        parts = board.news()["parts"]
        assert [part["given"] for part in parts] == [1, 0]
        assert all(name not in part for part in parts)
        singletons.classes().reveal(activity.id)
        parts = board.news()["parts"]
        assert [part.get(name) for part in parts] == [shown, None]


def test_the_board_shows_how_far_each_is_in_a_lesson(room: SchoolClass) -> None:
    join(room, "ann")
    start(room, "follow", {"path": "/learn?lesson=softmax&step=by-hand"})
    board = Followed("board", room)
    done, steps = board.news()["parts"][0]["lesson"]
    assert done == 0 and steps > 3
    start(room, "follow", {"path": "/learn?lesson=none"})
    start(room, "follow", {"path": "/draw?lesson=softmax"})
    assert board.news()["parts"][0]["lesson"] is None


def test_nothing_private_is_told(room: SchoolClass) -> None:
    me = join(room, "visitor-of-ann", "Ann")
    start(room, "race", {"dataset": "digits", "epochs": 1})
    run = requests.race("visitor-of-ann", room.code, {"settings": {}})["run"]
    board, told = (json.dumps(Followed(kind, room).news()) for kind in ("board", "class"))
    for text in (board, told, json.dumps(me)):
        assert "visitor-of-ann" not in text and "the teacher's id" not in text
    assert me["personal"] not in board + told
    assert run in board


def test_the_result_of_a_race_follows_its_runs(room: SchoolClass) -> None:
    member = join(room, "ann")["member"]
    activity = start(room, "race", {"dataset": "digits", "epochs": 1})
    run = finished_run(singletons.store(), Recipe(dataset="digits", hidden=()), "ann")
    assert run.state is RunState.DONE
    classes = singletons.classes()
    found = classes.member(room.id, "ann")
    assert isinstance(found, Member)
    classes.enter(room, found, "run", {"run": run.id, "settings": {"hidden": []}})
    classes.reveal(activity.id)
    result = Followed("class", room).news()["value"]["activity"]["result"]
    assert [(each["member"], each["place"]) for each in result["places"]] == [(member, 1)]


@pytest.mark.parametrize("code", ["", "x", "../../etc/passwd", "'; drop table", "a" * 99, "\0"])
def test_a_hostile_code_is_no_topic(code: str) -> None:
    assert live_topics.KINDS["class"](code) is live_topics.KINDS["board"](code) is None
