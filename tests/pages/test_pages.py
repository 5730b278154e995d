"""The pages' wiring: what is shown, what a click does, what nonsense gets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from model_store import RunState
from model_store.recipe.presets import PRESETS
from pages.ui.frame.navigation import ENTRIES, PAGES
from pages.ui.services import singletons

Visit = Callable[..., AppTest]


def errors(at: AppTest) -> str:
    return " ".join(e.value for e in at.error)


@pytest.mark.parametrize("name", ["home", "data", "train", "draw", "sweep", "compare"])
def test_every_page_runs_alone_and_without_complaint(visit: Visit, name: str) -> None:
    assert errors(visit(name)) == ""


@pytest.mark.parametrize("run", ["../../etc", "x", "20260101-000000-gone-abcdef", "a" * 999])
def test_an_unknown_run_is_a_sentence(visit: Visit, run: str) -> None:
    assert "There is no run" in errors(visit("train", run=run)).replace("\\", "")
    assert "not here" in errors(visit("draw", run=run))


def test_a_damaged_run_costs_only_itself(visit: Visit) -> None:
    run = singletons.store().create(PRESETS["digits-quick"].recipe)
    (run.folder / "run.json").write_text("{")
    assert "not a readable run" in errors(visit("compare"))
    visit("train")
    assert errors(visit("draw")) == ""


def test_missing_data_offers_a_way_on(visit: Visit) -> None:
    at = visit("data", dataset="mnist")
    assert "cannot be shown" in errors(at)
    assert any("Download" in button.label for button in at.button)


def test_a_damaged_file_is_a_sentence(visit: Visit, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mnist.npz").write_bytes(b"PK\x03\x04 not an archive")
    assert "cannot be shown" in errors(visit("data", dataset="mnist"))


@pytest.mark.parametrize("view", ["image", "grid", "classes", "means", "numbers"])
def test_every_view_of_the_data(visit: Visit, view: str) -> None:
    at = visit("data", dataset="digits", split="test", index="7")
    chooser = next(g for g in at.get("button_group") if g.key == "linked_view")
    chooser.set_value(view).run()
    assert not at.exception
    assert errors(at) == ""
    assert address(at).get("view", "image") == view


def address(at: AppTest) -> dict[str, str]:
    """The page's parameters; the tester gives what was written as text, what was given in lists."""
    return {k: v if isinstance(v, str) else v[0] for k, v in at.query_params.items()}


def chosen(at: AppTest) -> dict[str, object]:
    """What the controls of the Data page stand at."""
    groups = {group.key: group.value for group in at.get("button_group")}
    boxes = {box.key: box.value for box in at.selectbox}
    return {**groups, **boxes, **{number.key: number.value for number in at.number_input}}


def test_a_card_of_the_first_page_leads_to_each_of_the_others(visit: Visit) -> None:
    doors = {link.proto.page: link.proto.label for link in visit("home").get("page_link")}
    assert doors.keys() == ENTRIES.keys() - {"home"}
    assert doors["train"].startswith("**Train your own** ")


def test_what_is_chosen_in_the_data_is_in_the_address(visit: Visit) -> None:
    at = visit("data", dataset="digits")
    at.selectbox(key="linked_split").set_value("test").run()
    at.selectbox(key="linked_class").set_value("0").run()
    at.number_input(key="linked_index").set_value(34).run()
    expected = {"dataset": "digits", "split": "test", "class": "0", "index": "34"}
    assert address(at) == expected
    elsewhere = visit("data", **expected)
    assert chosen(elsewhere) == chosen(at)
    told = [text.value for text in elsewhere.markdown]
    assert "Test image **34**: label **0**" in told, "a digit is not named twice"
    elsewhere.selectbox(key="linked_split").set_value("train").run()
    assert "index" not in elsewhere.query_params, "another split has other images"


def test_the_grid_opens_at_its_page_and_pages_that_are_not_there_at_the_last(visit: Visit) -> None:
    at = visit("data", dataset="digits", view="grid")
    at.number_input(key="linked_page").set_value(3).run()
    assert address(at)["page"] == "3"
    again = visit("data", dataset="digits", view="grid", page="3")
    assert [text.proto.body for text in again.get("html")] == [
        text.proto.body for text in at.get("html")
    ]
    last = visit("data", dataset="digits", view="grid", page="9999999")
    assert last.number_input(key="linked_page").value == last.number_input(key="linked_page").max


@pytest.mark.parametrize("name", ["home", "data", "train", "sweep"])
def test_an_expert_switches_the_explanations_off_but_keeps_the_facts(
    name: str,
) -> None:
    def switched(on: bool) -> list[str]:
        at = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=20)
        at.session_state["lab_display_explain"] = on
        at.run()
        assert not at.exception
        return [caption.value for caption in at.caption]

    explained, bare = switched(True), switched(False)
    assert len(bare) < len(explained) and set(bare) <= set(explained)


@pytest.mark.parametrize(
    ("given", "on", "kept"),
    [
        ({}, (True, False), {}),
        ({"explain": "0"}, (False, False), {"explain": "0"}),
        ({"projector": "1"}, (True, True), {"projector": "1"}),
        ({"explain": "1", "projector": "0"}, (True, False), {}),
        ({"explain": "<b>"}, (False, False), {"explain": "0"}),
    ],
)
def test_the_switches_follow_the_address_and_say_what_is_unusual(
    given: dict[str, str], on: tuple[bool, bool], kept: dict[str, str]
) -> None:
    at = AppTest.from_string(
        "from pages.ui.frame.display_options import display_options\ndisplay_options()"
    )
    for name, value in given.items():
        at.query_params[name] = value
    at.run()
    assert tuple(toggle.value for toggle in at.toggle) == on
    assert address(at) == kept
    at.toggle[0].set_value(not on[0]).run()
    assert at.toggle[0].value is not on[0]


@pytest.mark.parametrize("index", ["-1", "99999", "seven", "1e3"])
def test_an_impossible_image_is_a_sentence(visit: Visit, index: str) -> None:
    assert "There is no image" in errors(visit("data", dataset="digits", index=index))


def test_a_foreign_run_cannot_be_deleted_and_ones_own_can(visit: Visit) -> None:
    store = singletons.store()
    theirs = store.create(PRESETS["digits-quick"].recipe, "somebody")
    store.set_state(theirs.id, RunState.CANCELLED)
    at = visit("compare")
    assert not [b for b in at.button if b.key == f"delete_{theirs.id}"]
