"""A teacher's desk and the board of a class; a stand-in for students writes to the store."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from model_store import ModelStore
from model_store.classroom.classes import ClassStore, SchoolClass
from tests.support.accessibility import AXE, expect_nothing_serious, findings
from tests.support.app_server import Server
from tests.support.browser_page import screenshot, settled, sideways
from tests.support.drawings import seven

NewPage = Callable[..., Page]
HOSTILE = "<img src=x onerror=a()>"


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


def test_a_class_draws_and_the_board_shows_it(
    lab: Server, new_page: NewPage, classes: ClassStore
) -> None:
    desk, board = new_page(), new_page()
    found = opened(desk, lab, classes)
    on_the_board(board, lab, found)
    expect(board.locator(".lab-lobby-code")).to_have_text(found.code)
    expect(board.locator(".lab-board-lobby > svg")).to_be_visible()
    ada = classes.join(found.code, "visitor-ada", HOSTILE)
    ben = classes.join(found.code, "visitor-ben", "Ben")
    expect(board.locator(".lab-people li")).to_have_text([HOSTILE, "Ben"])

    desk.get_by_role("button", name="Start", exact=True).click()
    expect(board.get_by_role("timer")).to_have_text(re.compile(r"^[12]:\d\d$"))
    classes.enter(found, ada, "0", strokes())
    classes.enter(found, ben, "0", strokes(label=2))
    tiles = board.locator(".lab-tile")
    expect(tiles).to_have_count(2)
    read = board.locator(".lab-tile-full:visible")
    expect(read).to_have_text([re.compile(r"^reads 7 · \d+ %$")] * 2)
    expect(tiles.first).to_have_attribute("data-mark", "right")
    expect(tiles.last).to_have_attribute("data-mark", "wrong")
    expect(desk.get_by_text("2 of 2 have drawn")).to_be_visible()
    board.evaluate(AXE.read_text(encoding="utf-8"))
    assert findings(board) == []
    screenshot(board, "class-board-draw")

    tiles.last.click()
    large = board.get_by_role("dialog")
    expect(large.get_by_role("heading")).to_have_text("Ben")
    expect(large.locator(".lab-bars li[data-best=true] span").first).to_have_text("7")
    board.keyboard.press("Escape")
    expect(large).to_have_count(0)

    tiles.first.click()
    expect(large.get_by_role("heading")).to_have_text(HOSTILE)
    classes.hide(found.id, ada.id, True)
    expect(large).to_have_count(0)
    expect(tiles).to_have_count(1)
    expect(board.get_by_text(HOSTILE)).to_have_count(0)
    classes.hide(found.id, ada.id, False)
    expect(tiles).to_have_count(2)
    desk.get_by_role("button", name="Hide nicknames").click()
    expect(board.get_by_text("Ben")).to_have_count(0)
    expect(board.get_by_text(HOSTILE)).to_have_count(0)
    expect(tiles).to_have_count(2)

    desk.get_by_role("button", name="Pause all").click()
    expect(board.get_by_role("status")).to_have_text("Paused. Look at your teacher.")
    desk.get_by_role("button", name="Resume").click()
    expect(board.get_by_role("status")).to_have_text("")
    desk.get_by_role("button", name="Reveal on the board").click()
    expect(board.get_by_text("1 of 2 drawings are read correctly")).to_be_visible()
    expect(board.get_by_text(re.compile(r"is 2, read as 7"))).to_be_visible()
    screenshot(board, "class-board-drawn")
    classes.delete(found.id)
    expect(board.get_by_role("status")).to_have_text("This class was deleted.")


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
