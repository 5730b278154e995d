"""Class page: opening, the desk, the board, and what others may not do."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from model_store.classroom.classes import SchoolClass
from model_store.lessons import library
from pages.ui.classroom import board as board_component
from pages.ui.classroom.rights import desk_key
from pages.ui.frame import navigation
from pages.ui.services import singletons
from pages.ui.services.classes.report import class_report
from pages.ui.state.slot import Slot
from tests.support.class_work import SMALL, a_class, draw, enter, join, start
from tests.support.finished_runs import finished_run
from tests.support.own_sets import stored

Visit = Callable[..., AppTest]
CODE = "open sesame"
HOSTILE = "<b>*W*</b>"


@pytest.fixture(autouse=True)
def me(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use one visitor's id for the whole test, at the server's own computer."""
    monkeypatch.setattr("pages.ui.state.visitor.visitor_id", lambda: "me")
    monkeypatch.setattr(ContextProxy, "ip_address", property(lambda _self: None))


@pytest.fixture
def code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give this server a teacher's code, which this session has not entered."""
    monkeypatch.setattr(singletons, "teacher_code", lambda: CODE)


@pytest.fixture
def went(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Note where pages lead."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(navigation, "go", lambda name, **params: found.append({name: params}))
    return found


def keys(at: AppTest) -> set[str]:
    return {button.key for button in at.button if button.key}


def words(at: AppTest) -> str:
    elements = (*at.error, *at.info, *at.markdown, *at.caption, *at.header, *at.get("html"))
    return " ".join(str(getattr(each, "value", "")) for each in elements).replace("\\", "")


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert not at.exception, at.exception
    return at


def submit(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click().run()
    assert not at.exception, at.exception
    return at


def again(found: SchoolClass) -> SchoolClass:
    now = singletons.classes().get(found.id)
    assert now is not None
    return now


# -- without a class -----------------------------------------------------------------------------


def test_a_class_is_opened_with_a_name(visit: Visit, went: list[dict[str, Any]]) -> None:
    at = visit("classroom")
    at.text_input(key="class_name").set_value("9b")
    submit(at, "Open a class")
    (found,) = singletons.classes().of_owner("me")
    assert found.name == "9b"
    assert went == [{"classroom": {"class": found.code}}]


def test_only_teachers_open_classes_where_there_is_a_code(visit: Visit, code: None) -> None:
    at = visit("classroom")
    assert [button.label for button in at.button] == ["Join"]
    assert "teacher's code" in words(at)


def test_a_teacher_sees_all_classes(
    visit: Visit, code: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_class("me", "mine"), a_class("another", "theirs")
    monkeypatch.setattr("pages.ui.state.visitor.teacher_code", Slot("code", CODE))
    assert {link.label for link in visit("classroom").get("page_link")} >= {
        *("**mine**", "**theirs**")
    }


@pytest.mark.parametrize("given", ["", "ABCDEF", "<script>", "é" * 20])
def test_a_wrong_code_joins_nothing(visit: Visit, given: str) -> None:
    at = visit("classroom")
    at.text_input(key="join_code").set_value(given)
    submit(at, "Join")
    assert "no open class with this code" in words(at)
    assert len(at.get("link_button")) == 0


def test_a_code_leads_to_the_class_as_people_type_it(visit: Visit) -> None:
    found = a_class("another")
    at = visit("classroom")
    at.text_input(key="join_code").set_value(f" {found.code.lower()} ")
    submit(at, "Join")
    (link,) = at.get("link_button")
    assert link.proto.url == f"/c/{found.code}"


def test_an_unknown_class_is_said_so(visit: Visit) -> None:
    assert "There is no class with this code" in words(visit("classroom", **{"class": "NOBODY"}))


def test_without_a_code_others_on_the_network_open_no_class(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, boards: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(ContextProxy, "ip_address", property(lambda _self: "192.168.1.7"))
    assert [button.label for button in visit("classroom").button] == ["Join"]
    found = a_class("another")
    assert len(visit("classroom", **{"class": found.code}).button) == 0
    assert len(boards) == 1


# -- the desk ------------------------------------------------------------------------------------


def test_the_desk_has_the_code_and_the_address(visit: Visit) -> None:
    found = a_class("me")
    text = words(visit("classroom", **{"class": found.code}))
    assert f"<b>{found.code}</b>" in text
    assert "data:image/svg+xml;base64," in text


def test_an_activity_is_started_ended_and_revealed(visit: Visit) -> None:
    found = a_class("me")
    at = visit("classroom", **{"class": found.code})
    at.selectbox(key="draw_digit").set_value("7")
    at.number_input(key="draw_count").set_value(2)
    submit(at, "Start")
    activity = singletons.classes().activity(found.id)
    assert activity is not None
    assert (activity.kind, dict(activity.settings)) == (
        *("draw", {"digit": 7, "count": 2, "model": ""}),
    )
    assert activity.ends is not None
    assert activity.ends - activity.started == pytest.approx(120)
    press(at, "desk_end")
    assert "desk_end" not in keys(at)
    press(at, "desk_reveal")
    assert "The board shows the result." in words(at)
    assert "desk_reveal" not in keys(at)


def test_a_question_marks_the_right_answer_with_a_star(visit: Visit) -> None:
    found = a_class("me")
    at = visit("classroom", **{"class": found.code})
    at.pills(key="activity_kind").set_value("question").run()
    at.text_area(key="question_text").set_value("2 + 2?")
    at.text_area(key="question_options").set_value("3\n\n* 4\n5")
    submit(at, "Start")
    activity = singletons.classes().activity(found.id)
    assert activity is not None
    assert dict(activity.settings) == {"text": "2 + 2?", "options": ["3", "4", "5"], "right": 1}


def test_settings_that_cannot_be_are_refused_with_a_reason(visit: Visit) -> None:
    found = a_class("me")
    at = visit("classroom", **{"class": found.code})
    at.pills(key="activity_kind").set_value("question").run()
    at.text_area(key="question_text").set_value("2 + 2?")
    submit(at, "Start")
    assert "A question needs a text and 2 to 8 answers." in words(at)
    assert singletons.classes().activity(found.id) is None


@pytest.mark.parametrize("kind", ["fool", "race", "predict", "follow"])
def test_every_activity_starts_as_it_is_offered(visit: Visit, kind: str) -> None:
    found = a_class("me")
    at = visit("classroom", **{"class": found.code})
    at.pills(key="activity_kind").set_value(kind).run()
    submit(at, "Start")
    activity = singletons.classes().activity(found.id)
    assert activity is not None
    assert activity.kind == kind


def test_a_race_on_a_data_set_of_ones_own(visit: Visit) -> None:
    found = a_class("me")
    card = stored(singletons.store().root, 3, "me")
    at = visit("classroom", **{"class": found.code})
    at.pills(key="activity_kind").set_value("race").run()
    at.selectbox(key="race_dataset").set_value(card.name)
    submit(at, "Start")
    activity = singletons.classes().activity(found.id)
    assert activity is not None
    assert activity.settings["dataset"] == card.name
    assert activity.settings["own"]["classes"] == ["cat", "dog", "a fish"]


def test_votes_open_and_the_training_begins(visit: Visit) -> None:
    found = a_class("me")
    fool = start(found, "fool")
    press(visit("classroom", **{"class": found.code}), "desk_vote")
    assert singletons.classes().activities(found.id)[0].settings["votes"] is True
    recipe = {"recipe": SMALL.to_link()}
    predict = start(found, "predict", recipe)
    at = press(visit("classroom", **{"class": found.code}), "desk_train")
    run = singletons.classes().activity(found.id).settings["run"]  # type: ignore[union-attr]
    assert singletons.store().open(run).owner == "me"
    assert "desk_train" not in keys(at)
    assert fool.id != predict.id


def test_switches_are_kept(visit: Visit) -> None:
    found = a_class("me")
    at = visit("classroom", **{"class": found.code})
    for key in ("desk_pause", "desk_nicknames", "desk_named_curves"):
        press(at, key)
    settings = again(found).settings
    assert (settings.paused, settings.nicknames, settings.named_curves) == (True, False, False)
    press(at, "desk_pause")
    assert not again(found).settings.paused


def test_the_teacher_chooses_who_reads(visit: Visit) -> None:
    found = a_class("me")
    activity = start(found, "draw")
    mine = finished_run(singletons.store(), SMALL, "a student")
    at = visit("classroom", **{"class": found.code})
    box = at.selectbox(key="desk_model")
    assert box.value == "starter-mnist"
    assert not any("Fashion" in option for option in box.options)
    box.set_value(mine.id).run()
    assert again(found).settings.model == mine.id
    assert singletons.classes().activity(found.id).settings["model"] == mine.id  # type: ignore[union-attr]
    submit(at, "Start")
    started = singletons.classes().activity(found.id)
    assert started is not None and started.id != activity.id
    assert started.settings["model"] == mine.id
    singletons.classes().set(found.id, replace(again(found).settings, model="gone"))
    other = visit("classroom", **{"class": found.code})
    assert other.selectbox(key="desk_model").value == "starter-mnist"


def test_members_are_hidden_and_removed(visit: Visit) -> None:
    found = a_class("me")
    ada, ben = join(found, "a", HOSTILE), join(found, "b")
    start(found, "draw")
    draw(found, ada)
    at = visit("classroom", **{"class": found.code})
    at.toggle(key="desk_members").set_value(True).run()
    assert HOSTILE in words(at)
    assert r"\<b\>\*W\*\</b\>" in " ".join(str(each.value) for each in at.markdown)
    press(at, f"hide_{ada.id}")
    assert [member.is_hidden for member in singletons.classes().members(found.id)] == [True, False]
    press(at, f"remove_yes_{ada.id}")
    assert [member.id for member in singletons.classes().members(found.id)] == [ben.id]


def test_a_closed_class_has_its_report_and_nothing_to_start(visit: Visit) -> None:
    found = a_class("me")
    at = press(visit("classroom", **{"class": found.code}), "close_class")
    assert again(found).closed is not None
    assert not {button.label for button in at.button} & {"Start", "Close the class"}
    assert "This class is closed" in words(at)


def test_a_class_is_deleted(visit: Visit, went: list[dict[str, Any]]) -> None:
    found = a_class("me")
    join(found, "a", "Ada")
    press(visit("classroom", **{"class": found.code}), "delete_class_yes")
    assert singletons.classes().get(found.id) is None
    assert went == [{"classroom": {}}]


def test_the_report_has_what_the_class_did() -> None:
    found = a_class("me", "9b")
    ada, ben = join(found, "a", "Ada"), join(found, "b")
    start(found, "draw")
    draw(found, ada, label=2)
    draw(found, ben, "1")
    start(found, "question", {"text": "Which?", "options": ["one", "two"], "right": 1})
    enter(found, ada, "answer", {"option": 1})
    start(found, "follow", {"path": "/learn"})
    report = class_report(found)
    page, table = report.html(), report.csv()
    for text in ("9b", "Ada: is 2, read as 7", "Which?", "two ✓", "1 of 2 drawings"):
        assert text in page
    assert "Ada,0,2,7" in table
    assert "Person 2,1,7,7" in table
    singletons.classes().hide(found.id, ada.id, True)
    assert "Ada" not in class_report(found).html() + class_report(found).csv()
    assert len(class_report(found).drawings) == 1


def test_a_lesson_is_followed_step_by_step(visit: Visit) -> None:
    found = a_class("me")
    start(found, "follow", {"path": "/learn?lesson=softmax"})
    ids = [step.id for step in library.lesson("softmax").steps]  # type: ignore[union-attr]
    at = visit("classroom", **{"class": found.code})
    assert "desk_step_before" not in keys(at)
    press(at, "desk_step_next")
    assert path_of(found) == f"/learn?lesson=softmax&step={ids[1]}"
    press(at, "desk_step_before")
    assert path_of(found) == f"/learn?lesson=softmax&step={ids[0]}"
    start(found, "follow", {"path": f"/learn?lesson=softmax&step={ids[-1]}"})
    assert "desk_step_next" not in keys(visit("classroom", **{"class": found.code}))
    start(found, "follow", {"path": "/draw?lesson=softmax"})
    assert "desk_step_next" not in keys(visit("classroom", **{"class": found.code}))


def path_of(found: SchoolClass) -> str:
    activity = singletons.classes().activity(found.id)
    return "" if activity is None else str(activity.settings["path"])


def test_the_desks_key_brings_it_to_another_browser(
    visit: Visit, code: None, boards: list[dict[str, Any]]
) -> None:
    found, other = a_class("another"), a_class("another")
    at = visit("classroom", desk=desk_key(found), **{"class": found.code})
    press(at, "desk_pause")
    assert again(found).settings.paused
    assert len(boards) == 0
    for wrong in ("", "0" * 32, desk_key(other), found.owner, "é"):
        assert len(visit("classroom", desk=wrong, **{"class": found.code}).button) == 0
    assert len(boards) == 5


def test_a_class_without_an_owner_has_no_key(visit: Visit, code: None) -> None:
    found = a_class("")
    at = visit("classroom", desk=desk_key(found), **{"class": found.code})
    assert len(at.button) == 0


# -- the board -----------------------------------------------------------------------------------


@pytest.fixture
def boards(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Note what boards are drawn with."""
    found: list[dict[str, Any]] = []

    def note(name: str, _html: str, data: dict[str, Any], _key: str) -> None:
        if name == "board":
            found.append(data)

    monkeypatch.setattr(board_component, "component", note)
    return found


def test_somebody_else_sees_only_the_board(
    visit: Visit, code: None, boards: list[dict[str, Any]]
) -> None:
    found = a_class("another")
    ada = join(found, "visitor-of-ada", "Ada")
    at = visit("classroom", **{"class": found.code})
    assert len(at.button) == 0
    (data,) = boards
    assert data["join"]["code"] == found.code
    assert [href for _label, href in data["links"]] == ["/"]
    sent = json.dumps(data)
    assert "visitor-of-ada" not in sent
    assert ada.personal_code not in sent


def test_the_owner_goes_to_the_board_and_back(
    visit: Visit, code: None, boards: list[dict[str, Any]]
) -> None:
    found = a_class("me")
    visit("classroom", view="board", **{"class": found.code})
    ((_label, href),) = boards[0]["links"]
    assert href == f"/classroom?class={found.code}"
    assert boards[0]["pages"]["/learn?lesson=softmax"]
