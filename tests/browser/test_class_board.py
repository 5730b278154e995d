"""The board of a class, and its desk on a phone; a stand-in for students writes to the store."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from model_store import ModelStore
from model_store.classroom.classes import ClassStore, SchoolClass
from model_store.recipe.recipe import Recipe
from tests.support.accessibility import AXE, expect_nothing_serious, findings
from tests.support.app_server import Server
from tests.support.browser_page import screenshot, settled, sideways
from tests.support.drawings import seven
from tests.support.finished_runs import finished_run

NewPage = Callable[..., Page]
HOSTILE = "<img src=x onerror=a()>"
RACERS = 34  # more than in most classes


@pytest.fixture
def classes(records: ModelStore) -> ClassStore:
    """Open the classes of the shared app."""
    return ClassStore(records.database)


def strokes(label: int = 7) -> dict[str, Any]:
    raw = seven(label=label).to_dict()
    return {name: raw[name] for name in ("label", "strokes", "ink")}


def opened(page: Page, lab: Server, classes: ClassStore) -> SchoolClass:
    """Open a class on a page, which then shows its desk."""
    page.goto(f"{lab.url}/classroom")
    settled(page)
    page.get_by_label("Name of the class").fill("9b")
    page.get_by_role("button", name="Open a class").click()
    page.wait_for_url("**/classroom?class=*")
    expect(page.get_by_role("heading", name="Start something")).to_be_visible()
    found = classes.find(re.findall(r"class=(\w+)", page.url)[0])
    assert found is not None
    return found


def on_the_board(page: Page, lab: Server, found: SchoolClass) -> Page:
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(f"{lab.url}/classroom?class={found.code}&view=board")
    settled(page)
    expect(page.locator(".lab-board-stage > *").first).to_be_visible()
    return page


def test_what_the_teacher_hides_leaves_the_board_at_once(
    lab: Server, new_page: NewPage, classes: ClassStore
) -> None:
    board = new_page()
    found = classes.open("somebody", "9b")
    ada = classes.join(found.code, "visitor-ada", HOSTILE)
    ben = classes.join(found.code, "visitor-ben", "Ben")
    classes.start(found.id, "draw", {"digit": None, "count": 1})
    for member, label in ((ada, 7), (ben, 2)):
        classes.enter(found, member, "0", strokes(label))
    on_the_board(board, lab, found)
    tiles = board.locator(".lab-tile")
    expect(tiles).to_have_count(2)
    expect(board.locator(".lab-tile-full:visible")).to_have_text([re.compile("^reads 7")] * 2)
    board.evaluate(AXE.read_text(encoding="utf-8"))
    assert findings(board) == []
    screenshot(board, "class-board-draw")
    tiles.first.press("Enter")
    large = board.get_by_role("dialog")
    expect(large.get_by_role("heading")).to_have_text(HOSTILE)
    expect(large.locator(".lab-bars li[data-best=true] span").first).to_have_text("7")
    classes.hide(found.id, ada.id, True)
    expect(large).to_have_count(0)
    expect(tiles).to_have_count(1)
    expect(board.get_by_text(HOSTILE)).to_have_count(0)
    join_code = board.get_by_role("button", name=found.code)
    join_code.press("Enter")
    expect(board.locator(".lab-lobby-code")).to_have_text(found.code)
    expect(board.get_by_role("button", name="Back to the activity")).to_be_focused()
    board.keyboard.press("Escape")
    expect(join_code).to_be_focused()
    expect(tiles).to_have_count(1)
    classes.delete(found.id)


def test_a_race_of_a_full_class_is_on_the_board(
    lab: Server, new_page: NewPage, classes: ClassStore, records: ModelStore
) -> None:
    board = new_page()
    found = classes.open("somebody", "9d")
    activity = classes.start(found.id, "race", {"dataset": "digits", "epochs": 4})
    for number in range(RACERS):
        member = classes.join(found.code, f"visitor-{number}", f"Racer {number}")
        run = finished_run(records, Recipe(dataset="digits", hidden=(), epochs=4), "visitor")
        classes.enter(found, member, "run", {"run": run.id, "settings": {"hidden": []}})
    on_the_board(board, lab, found)
    curves = board.locator(".scatterlayer .trace")
    rows = board.locator(".lab-ranking button")
    expect(curves).to_have_count(RACERS)
    rows.first.press("Enter")
    classes.reveal(activity.id)
    expect(board.locator(".lab-rank-track u")).to_have_count(RACERS)
    expect(curves).to_have_count(RACERS)
    expect(board.get_by_role("status")).to_have_text("")
    rows.first.press("Enter")
    expect(rows.first).to_have_attribute("aria-pressed", "true")
    classes.hide(found.id, classes.members(found.id)[-1].id, True)
    expect(rows).to_have_count(RACERS - 1)
    expect(rows.first).to_be_focused()
    classes.delete(found.id)


def test_a_question_is_counted_and_revealed(
    lab: Server, new_page: NewPage, classes: ClassStore
) -> None:
    board = new_page()
    found = classes.open("somebody", "9c")
    options = ["It <b>sorts</b>", "Probabilities", *(f"Option {n}" for n in range(6))]
    settings = {"text": "What does softmax make?", "options": options, "right": 1}
    activity = classes.start(found.id, "question", settings)
    on_the_board(board, lab, found)
    for number, option in enumerate((1, 1, 0)):
        member = classes.join(found.code, f"visitor-{number}")
        classes.enter(found, member, "answer", {"option": option})
    expect(board.get_by_text("3 of 3 have answered")).to_be_visible()
    items = board.locator(".lab-options li")
    expect(items.first).to_have_text("AIt <b>sorts</b>")
    assert "right" not in json.dumps(board.locator(".lab-board").inner_html()).lower()
    classes.reveal(activity.id)
    expect(items.nth(1).locator(".lab-option-count")).to_have_text("2")
    expect(items.nth(1)).to_have_attribute("data-right", "true")
    expect(board.get_by_text("2 of 3 answered correctly")).to_be_in_viewport(ratio=1)
    classes.delete(found.id)


def test_the_desk_and_the_board_are_for_every_screen(
    lab: Server, new_page: NewPage, classes: ClassStore
) -> None:
    page = new_page(width=390)
    found = opened(page, lab, classes)
    classes.join(found.code, "visitor-ada", "W" * 24)
    expect(page.get_by_text("1 person")).to_be_visible()
    page.get_by_text("Hide or remove somebody").click()
    expect(page.get_by_role("button", name="Remove")).to_be_visible()
    assert sideways(page) <= 0
    expect_nothing_serious(page)
    screenshot(page, "class-desk-phone")
    page.goto(f"{lab.url}/classroom?class={found.code}&view=board")
    expect(page.locator(".lab-lobby-code")).to_have_text(found.code)
    assert sideways(page) <= 0
    classes.delete(found.id)
