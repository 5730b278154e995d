"""The pages: shown content, clicks, and answers to invalid input."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from model_store import ModelStore
from model_store.recipe.presets import PRESETS
from pages.ui.frame.navigation import ENTRIES, PAGES
from pages.ui.services import singletons
from tests.support.components import component_data, send_event
from tests.support.page_text import address, errors
from tests.support.session import keep

Visit = Callable[..., AppTest]


@pytest.mark.parametrize("name", ["home", "data", "train", "draw", "sweep", "compare"])
def test_every_page_runs_alone_and_without_complaint(visit: Visit, name: str) -> None:
    assert errors(visit(name)) == ""


@pytest.mark.parametrize("run", ["../../etc", "x", "20260101-000000-gone-abcdef", "a" * 999])
def test_an_unknown_run_is_a_sentence(visit: Visit, run: str) -> None:
    assert "There is no run" in errors(visit("train", run=run))
    assert "not here" in errors(visit("draw", run=run))


def test_a_damaged_run_costs_only_itself(visit: Visit, tmp_path: Path) -> None:
    """It was in a store from before the database."""
    made = ModelStore(tmp_path / "made").create(PRESETS["digits-quick"].recipe)
    (made.folder / "run.json").write_text("{")
    shutil.copytree(made.folder, singletons.store().root / made.id)
    assert "not a readable run" in errors(visit("compare"))
    visit("train")
    assert errors(visit("draw")) == ""


def test_a_card_of_the_first_page_leads_to_each_of_the_others(visit: Visit) -> None:
    (steps,) = component_data(visit("home"), "first_steps")
    doors = {address: label for address, _icon, label in [*steps["first"], *steps["cards"]]}
    pages = {address.removeprefix("./").partition("?")[0] for address in doors}
    assert pages == ENTRIES.keys() - {"home"}
    assert doors["./train"].startswith("**2 Train your own** ")


@pytest.mark.parametrize("name", ["home", "data", "sweep"])
def test_an_expert_switches_the_explanations_off_but_keeps_the_facts(name: str) -> None:
    def switched(on: bool) -> list[str]:
        at = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=20)
        keep(at, "lab_display_explain", on)
        at.run()
        assert not at.exception
        return [caption.value for caption in at.caption]

    explained, bare = switched(True), switched(False)
    assert len(bare) < len(explained) and set(bare) <= set(explained)


def switches(at: AppTest) -> tuple[bool, ...]:
    (data,) = component_data(at, "menu")
    return tuple(on for _name, _label, on in data["switches"])


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
    assert switches(at) == on
    assert address(at) == kept
    send_event(at, "menu", "explain", not on[0])
    assert switches(at) == (not on[0], on[1])
