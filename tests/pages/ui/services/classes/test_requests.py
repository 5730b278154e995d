"""What phones ask of classes: the page, places in a class, entries, votes, races."""

import json
from typing import Any

import pytest

from model_store.classroom.activities import ActivityError
from model_store.classroom.classes import SchoolClass
from model_store.recipe.choices import CLASSES
from model_store.recipe.own_data import to_dict
from model_store.text.languages import speaking
from pages.ui.server.browser_routes import bundle_path
from pages.ui.server.class_routes import Refusal
from pages.ui.services import singletons
from pages.ui.services.classes import requests
from tests.support.finished_runs import all_runs
from tests.support.own_sets import stored
from tests.support.school_class import DRAWING, QUESTION, enter, join, start


@pytest.fixture
def room() -> SchoolClass:
    return singletons.classes().open("the teacher's id", "Room 12")


def refusal(call: Any, *args: Any) -> Refusal:
    with pytest.raises(Refusal) as error:
        call(*args)
    assert str(error.value)
    return error.value


def test_the_page_is_in_the_visitors_language_and_names_its_script() -> None:
    with speaking("zh"):
        chinese = requests.page()
    assert '<html lang="zh"' in chinese and "Drawing-ready" in chinese
    page = requests.page()
    assert '<html lang="en"' in page and bundle_path("class_page") in page
    data = json.loads(page.partition('id="class">')[2].partition("</script>")[0])
    assert len(data["names"]) == len(data["colours"]) == CLASSES
    assert data["optimizers"]["sgd"] == ["SGD", 0.01]


def test_a_member_comes_back_to_what_they_gave(room: SchoolClass) -> None:
    me = join(room, "ann", "Ann")
    assert (me["code"], me["name"], me["nickname"]) == (room.code, "Room 12", "Ann")
    assert me["activity"] == "" and me["given"] == {}
    activity = start(room, "question", QUESTION)
    enter(room, "ann", "answer", {"option": 0}, activity.id)
    again = requests.mine("ann", f" {room.code.lower()}")
    assert again is not None and again["personal"] == me["personal"]
    assert (again["activity"], again["given"]) == (activity.id, {"answer": {"option": 0}})
    moved = join(room, "another phone", personal=me["personal"])
    assert (moved["member"], moved["given"]) == (me["member"], again["given"])
    assert requests.mine("ann", room.code) is None
    assert requests.mine("ann", "nobody's") is None


@pytest.mark.parametrize("raw", [{}, {"code": None}, {"code": ["x"]}, {"code": "AAAAAA"}])
def test_a_wrong_code_is_not_found(room: SchoolClass, raw: Any) -> None:
    assert refusal(requests.join, "ann", "", raw).status == 404
    assert refusal(join, room, "ann", "\ud800").status == 409, "a nickname that cannot be kept"
    wrong = {"code": room.code, "personal": "AAAAA"}
    assert refusal(requests.join, "ann", "", wrong).status == 404
    assert singletons.classes().size(room.id) == 0


def test_strangers_give_nothing_and_learn_nothing(room: SchoolClass) -> None:
    start(room, "question", QUESTION)
    told = {
        str(refusal(call, "stranger", code, *more))
        for code in (room.code, "AAAAAA")
        for call, *more in (
            (requests.enter, {"slot": "answer", "content": {"option": 0}}),
            (requests.race, {"settings": {}}),
            (requests.others,),
        )
    }
    assert len(told) == 1, "the same with a right code and with a wrong one"


@pytest.mark.parametrize(
    ("slot", "content"),
    [("answer", {"option": 9}), ("answer", None), ("x", {"option": 0}), (None, {"option": 0})],
)
def test_what_does_not_belong_there_is_refused(room: SchoolClass, slot: Any, content: Any) -> None:
    join(room, "ann")
    activity = start(room, "question", QUESTION)
    sent = {"slot": slot, "content": content, "activity": activity.id}
    assert refusal(requests.enter, "ann", room.code, sent).status == 409
    late = {"slot": "answer", "content": {"option": 0}, "activity": "an older one"}
    assert refusal(requests.enter, "ann", room.code, late).status == 409


def test_votes_are_on_drawings_of_others(room: SchoolClass) -> None:
    members = [join(room, name)["member"] for name in ("ann", "bob", "cat")]
    activity = start(room, "fool", {"count": 1})
    assert requests.others("ann", room.code) == []
    for name in ("ann", "bob", "cat"):
        enter(room, name, "0", DRAWING)
    singletons.classes().change_activity(activity.id, {"count": 1, "votes": True})
    shown = requests.others("bob", room.code)
    assert [each["slot"] for each in shown] == [f"vote-{members[n]}-0" for n in (2, 0)]
    assert all(set(each) == {"slot", "strokes", "ink"} for each in shown), "not what it shall be"
    enter(room, "bob", shown[0]["slot"], {"digit": 8})
    assert refusal(enter, room, "bob", f"vote-{members[1]}-0", {"digit": 3}).status == 409
    singletons.classes().hide(room.id, members[2], True)
    assert [each["slot"] for each in requests.others("bob", room.code)] == [f"vote-{members[0]}-0"]


def test_a_racer_has_one_run(room: SchoolClass) -> None:
    member = join(room, "ann")["member"]
    activity = start(room, "race", {"dataset": "digits", "epochs": 3})
    settings = {"hidden": [{"units": 8}], "learning_rate": 0.01, "epochs": 100}
    first = requests.race("ann", room.code, {"settings": settings})["run"]
    run = singletons.store().open(first)
    assert (run.owner, run.recipe.epochs, run.recipe.hidden[0].units) == ("ann", 3, 8)
    second = requests.race("ann", room.code, {"settings": settings})["run"]
    assert singletons.store().open(first).state.is_finished(), "it gives its place away"
    assert singletons.classes().given(activity.id, member)["run"]["run"] == second
    foreign = {"run": first, "settings": settings}
    assert refusal(enter, room, "ann", "run", foreign).status == 409, "only by its own start"


def test_a_race_on_a_data_set_that_somebody_brought(room: SchoolClass) -> None:
    join(room, "ann")
    card = stored(singletons.store().root, 3)
    settings = {"dataset": card.name, "own": to_dict(card.about), "epochs": 3}
    activity = start(room, "race", settings)
    assert activity.settings == settings
    run_id = requests.race("ann", room.code, {"settings": {"hidden": [{"units": 8}]}})["run"]
    recipe = singletons.store().open(run_id).recipe
    assert (recipe.own, recipe.widths) == (card.about, (784, 8, 3))
    for hostile in (None, {}, {**settings["own"], "classes": ["one"]}):
        with pytest.raises(ActivityError):
            start(room, "race", {**settings, "own": hostile})


def test_a_drawing_for_an_earlier_activity_is_taken_for_some_seconds(room: SchoolClass) -> None:
    member = join(room, "ann")["member"]
    drawn = start(room, "draw", {"digit": 3, "count": 1})
    start(room, "race", {})
    enter(room, "ann", "0", DRAWING, drawn.id)
    assert singletons.classes().given(drawn.id, member)["0"]["label"] == 3


@pytest.mark.parametrize("settings", [None, [], {"hidden": 7}, {"learning_rate": -1}])
def test_a_race_without_a_network_starts_nothing(room: SchoolClass, settings: Any) -> None:
    join(room, "ann")
    start(room, "race", {})
    before = len(all_runs(singletons.store()))
    raw = {"settings": settings}
    assert refusal(requests.race, "ann", room.code, raw).status == 409
    singletons.classes().end_activity(room.id)
    late = {"settings": {"hidden": []}}
    assert refusal(requests.race, "ann", room.code, late).status == 409
    assert len(all_runs(singletons.store())) == before
