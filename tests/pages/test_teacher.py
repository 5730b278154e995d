"""Teacher page and permissions, with and without a code; the engine is not started."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from model_store import Run, RunState, StoreError
from model_store.classroom.limits import Limits
from model_store.recipe.recipe import Recipe
from pages.ui.classroom import dashboard
from pages.ui.frame import navigation
from pages.ui.server.login_throttle import TRIES
from pages.ui.services import singletons
from pages.ui.state.slot import Slot
from tests.support.components import basic_fields, press_start
from tests.support.engines import until
from tests.support.fault_tools import room
from tests.support.finished_runs import all_runs, finished_run
from training.sweeps.plan import Plan
from training.sweeps.search_space import Values

Visit = Callable[..., AppTest]
CODE = "open sesame"
SMALL = Recipe(dataset="digits", hidden=(), epochs=3)
BYSTANDER = "somebody else's id"


@pytest.fixture(autouse=True)
def me(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use one visitor's id for the whole test."""
    monkeypatch.setattr("pages.ui.state.visitor.visitor_id", lambda: "me")


@pytest.fixture
def code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give this server a code."""
    monkeypatch.setattr(singletons, "teacher_code", lambda: CODE)


@pytest.fixture
def unlocked(code: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unlock every session with the code."""
    monkeypatch.setattr("pages.ui.state.visitor.teacher_code", Slot("code", CODE))


def words(at: AppTest) -> str:
    elements = (*at.error, *at.info, *at.markdown, *at.caption, *at.header)
    return " ".join(str(each.value) for each in elements).replace("\\", "")


def keys(at: AppTest) -> set[str]:
    return {button.key for button in at.button if button.key}


def give(at: AppTest, given: str) -> AppTest:
    at.text_input(key="teacher_code_given").set_value(given)
    next(button for button in at.button if button.label == "Unlock").click().run()
    assert not at.exception
    return at


def own_runs() -> list[Run]:
    return [run for run in all_runs(singletons.store()) if not run.shipped]


# -- without a code ------------------------------------------------------------------------------


def test_without_a_code_there_is_no_page_no_field_and_no_limit(visit: Visit) -> None:
    singletons.limits().write(Limits(epochs=1, unfinished=1))
    at = visit("teacher")
    assert (len(at.text_input), len(at.button), len(at.get("html"))) == (0, 0, 0)
    assert "no such page" in words(at)
    assert singletons.engine().limits() == Limits()
    press_start(visit("train", recipe=SMALL.to_link()))
    assert len(own_runs()) == 1


@pytest.mark.parametrize(
    ("secrets", "found"),
    [
        ({}, ""),
        ({"teacher_code": ""}, ""),
        ({"teacher_code": "   "}, ""),
        ({"teacher_code": {"a": "table"}}, ""),
        ({"other": "x"}, ""),
        ({"teacher_code": CODE}, CODE),
        ({"teacher_code": f" {CODE}\n"}, CODE),
        ({"teacher_code": 123456}, "123456"),
    ],
)
def test_the_page_is_there_where_the_secrets_hold_a_code(
    secrets: dict[str, object], found: str
) -> None:
    at = AppTest.from_file(str(navigation.PAGES / "teacher.py"), default_timeout=20)
    at.secrets.update(secrets)
    at.run()
    assert not at.exception
    assert singletons.teacher_code() == found
    assert len(at.text_input) == bool(found)


@pytest.mark.parametrize("found", ["", CODE])
def test_the_navigation_names_the_page_only_where_there_is_a_code(
    found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses: list[str] = []
    navigation_of_streamlit = navigation.st.navigation

    def navigate(pages: list[Any], **options: Any) -> Any:
        addresses.extend(page.url_path for page in pages)
        return navigation_of_streamlit(pages, **options)

    monkeypatch.setattr(singletons, "teacher_code", lambda: found)
    monkeypatch.setattr(navigation.st, "navigation", navigate)
    at = AppTest.from_file(
        str(navigation.PAGES / "ui" / "frame" / "shell.py"), default_timeout=20
    ).run()
    assert not at.exception
    assert ("teacher" in addresses) == bool(found)
    assert "compare" in addresses


def test_a_session_cannot_keep_a_code_that_is_none(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.ui.state.visitor.teacher_code", Slot("code", ""))
    monkeypatch.setattr(singletons, "teacher_code", lambda: "")
    run = finished_run(singletons.store(), SMALL, BYSTANDER)
    assert f"delete_{run.id}" not in keys(visit("compare", run=run.id))


# -- the code ------------------------------------------------------------------------------------


def test_the_code_unlocks_and_stepping_back_locks(visit: Visit, code: None) -> None:
    at = visit("teacher")
    assert "hold" not in keys(at)
    assert "not the teacher's code" in words(give(at, "sesame"))
    assert "hold" not in keys(at)
    assert {"hold", "clear_yes", "leave"} <= keys(give(at, CODE))
    at.button(key="leave").click().run()
    assert "hold" not in keys(at)
    assert at.text_input(key="teacher_code_given").value == ""


def test_too_many_wrong_codes_say_how_long_to_wait(
    visit: Visit, code: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = visit("teacher")
    for _ in range(TRIES):
        give(at, "wrong")
    give(at, CODE)
    assert "too many wrong codes" in words(at)
    assert "Wait 1 min 0 s" in words(at) or "Wait 5" in words(at)
    assert "hold" not in keys(at)
    monkeypatch.setattr("pages.ui.state.visitor.visitor_id", lambda: "another")
    assert "hold" in keys(give(visit("teacher"), CODE))


@pytest.mark.parametrize("given", ["", "\x00", "a" * 10_000, "<script>", "öpen"])
def test_nonsense_is_a_wrong_code(visit: Visit, code: None, given: str) -> None:
    assert "not the teacher's code" in words(give(visit("teacher"), given))


# -- permissions ---------------------------------------------------------------------------------


def test_pause_all_is_shown_on_every_page_that_trains(visit: Visit, unlocked: None) -> None:
    at = visit("teacher")
    at.button(key="hold").click().run()
    assert singletons.engine().status().held
    assert "no new one starts" in words(at)
    run = singletons.engine().submit(SMALL, BYSTANDER)
    for page, params in (("train", {}), ("train", {"run": run.id}), ("sweep", {})):
        assert "Your teacher has paused all trainings" in words(visit(page, **params))
    assert singletons.limits().read().held, "the store's other servers pause as well"
    at.run()
    at.button(key="release").click().run()
    assert not singletons.engine().status().held
    assert "has paused" not in words(visit("train", run=run.id))


def test_a_failed_save_is_shown_and_nothing_pauses(visit: Visit, unlocked: None) -> None:
    at = visit("teacher")
    singletons.limits().write(Limits())
    with room(0):
        at.button(key="hold").click().run()
        assert "cannot be written" in words(at)
    assert not singletons.engine().status().held


def test_the_queue_is_seen_and_cleared_with_its_sweeps(visit: Visit, unlocked: None) -> None:
    engine = singletons.engine()
    named = engine.submit(SMALL.with_(name="<b>mine</b>"), BYSTANDER)
    singletons.display_names().rename(BYSTANDER, "*Eve*")
    others = [engine.submit(SMALL, f"visitor {n}") for n in range(dashboard.MOST_SHOWN + 3)]
    sweep = singletons.sweeps().submit(Plan(SMALL, (("seed", Values((0, 1))),)), BYSTANDER)
    at = visit("teacher")
    shown = " ".join(str(each.value) for each in at.markdown)
    assert r"\*Eve\*" in shown
    assert "and 4 more" in words(at)
    at.button(key=f"end_{others[0].id}").click().run()
    assert singletons.store().open(others[0].id).state is RunState.CANCELLED
    at.button(key="clear_yes").click().run()
    assert not at.exception
    assert engine.status().queued == 0
    assert singletons.store().open(named.id).state is RunState.CANCELLED
    singletons.sweeps().start()
    until(lambda: singletons.sweeps().open(sweep.id).state.is_finished())
    assert "The queue is empty" in words(at)


def test_limits_are_kept_and_seen_at_once(visit: Visit, unlocked: None) -> None:
    at = visit("teacher")
    at.number_input(key="limit_epochs").set_value(2)
    at.number_input(key="limit_unfinished").set_value(1)
    next(button for button in at.button if button.label == "Save the limits").click().run()
    assert not at.exception
    assert singletons.limits().read() == Limits(epochs=2, unfinished=1)
    at.button(key="hold").click().run()
    assert singletons.limits().read() == Limits(epochs=2, unfinished=1, held=True)
    assert visit("teacher").number_input(key="limit_epochs").value == 2

    at = visit("train", recipe=SMALL.to_link())
    assert "at most 2 epochs in a run. This one has 3" in basic_fields(at)["problems"]["epochs"]
    assert basic_fields(at)["start"] == "off"
    at = visit("sweep", recipe=SMALL.to_link())
    assert "at most 2 epochs in a run. This one has 3" in words(at)
    assert at.button(key="start_off").disabled

    at = visit("train", recipe=SMALL.with_(epochs=2).to_link())
    press_start(at)
    (run,) = own_runs()
    del at.query_params["run"]
    at.run()
    assert "at most 1 open runs. You have 1" in words(at), "before Start"
    press_start(at)
    assert "could not be started" in words(at)
    assert own_runs() == [run]


def test_any_run_can_be_stopped_and_deleted_but_no_shipped_one(
    visit: Visit, unlocked: None
) -> None:
    waiting = singletons.engine().submit(SMALL, BYSTANDER)
    at = visit("train", run=waiting.id)
    at.button(key=f"stop_{waiting.id}").click().run()
    cancelled = singletons.store().open(waiting.id)
    assert (cancelled.state, cancelled.message) == (RunState.CANCELLED, "Your teacher stopped it.")
    run = finished_run(singletons.store(), SMALL, BYSTANDER)
    at = visit("compare", run=run.id)
    at.button(key=f"delete_{run.id}").click().run()
    assert run.id not in {each.id for each in own_runs()}
    at.button(key="undo").click().run()
    assert run.id in {each.id for each in own_runs()}
    shipped = next(run for run in all_runs(singletons.store()) if run.shipped)
    assert f"delete_{shipped.id}" not in keys(visit("compare", run=shipped.id))
    with pytest.raises(StoreError, match="comes with the app"):
        singletons.store().delete(shipped.id)


def test_a_student_commands_nothing_of_others(visit: Visit, code: None) -> None:
    waiting = singletons.engine().submit(SMALL, BYSTANDER)
    assert f"stop_{waiting.id}" not in keys(visit("train", run=waiting.id))
    run = finished_run(singletons.store(), SMALL, BYSTANDER)
    assert f"delete_{run.id}" not in keys(visit("compare", run=run.id))
    singletons.store().delete(run.id)
    assert f"restore_{run.id}" not in keys(visit("compare"))
