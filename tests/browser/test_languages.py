"""Two languages at once on one server, in a real Chromium."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from model_store import ModelStore
from model_store.classroom.display_names import DisplayNames
from model_store.recipe.recipe import Hidden, Recipe
from tests.browser.conftest import stay
from tests.support.app_server import Server
from tests.support.browser_pad import THREE, draw
from tests.support.browser_page import settled, sideways, turn_to
from tests.support.finished_runs import finished_run
from tests.support.foreign_words import chinese_in_english, english_in_chinese

# Every page, and states of it, errors included. No page follows itself: see `turn_to`.
ADDRESSES = (
    *("", "data?dataset=digits", "train", "data?dataset=digits&view=numbers", "learn"),
    *("train?run=1", "draw", "evaluate", "learn?lesson=softmax&step=by-hand", "compare"),
    *(
        "evaluate?view=weights",
        "sweep",
        "evaluate?view=drawings",
        "classroom",
        "data?dataset=mnist",
    ),
    *("evaluate?view=take", "train?recipe=%7B%22dataset%22%3A1%7D", "compare?runs=1"),
    *("classroom?class=1", "data?dataset=digits&view=classes"),
)


def language(page: Page) -> str:
    return str(page.evaluate("document.documentElement.lang"))


def choose(page: Page, name: str) -> None:
    page.locator("select.lab-language").select_option(name)


@pytest.fixture
def chinese(request: pytest.FixtureRequest, lasting: Callable[..., Page]) -> Iterator[Page]:
    """A visitor whose browser asks for Chinese; the next test finds the app open."""
    page = lasting("chinese", locale="zh-CN", reduced_motion="reduce")
    yield from stay(request, page, width=1366, height=768)


def test_no_english_is_left_on_a_chinese_page(lab: Server, chinese: Page) -> None:
    for address in ADDRESSES:
        turn_to(chinese, f"{lab.url}/{address}")
        expect(chinese.locator("html")).to_have_attribute("lang", "zh")
        expect(chinese.get_by_role("link", name="对比").first).to_be_visible()
        expect_none(chinese, address)


def expect_drawn(page: Page) -> None:
    """Wait for the bars of the built-in model, which is sure of the drawn 3."""
    expect(page.get_by_text(re.compile(r"^100\.0 ?%$")).first).to_be_visible()


def expect_none(page: Page, address: str) -> None:
    """Wait until no English text is left; a page's parts come one by one."""
    for _ in range(20):
        found = english_in_chinese(page)
        if not found:
            return
        page.wait_for_function("new Promise(done => requestAnimationFrame(() => done(true)))")
    assert found == [], address


def test_no_chinese_is_on_an_english_page(lab: Server, page: Page) -> None:
    for address in ("", "learn", "train", "draw", "evaluate", "compare", "sweep"):
        turn_to(page, f"{lab.url}/{address}")
        assert language(page) == "en"
        assert chinese_in_english(page) == [], address


def test_two_visitors_speak_two_languages_at_once(lab: Server, page: Page, chinese: Page) -> None:
    for visitor in (page, chinese):
        turn_to(visitor, f"{lab.url}/draw")
        draw(visitor, THREE)
        expect_drawn(visitor)
    expect(page.get_by_role("heading", name="Draw", exact=True)).to_be_visible()
    expect(chinese.get_by_role("heading", name="手绘", exact=True)).to_be_visible()
    page.get_by_role("button", name="Clear", exact=True).click()
    chinese.get_by_role("button", name="清空", exact=True).click()


def test_the_language_is_chosen_in_the_header_and_stays(lab: Server, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{lab.url}/draw")
    settled(page)
    draw(page, THREE)
    expect_drawn(page)
    choose(page, "简体中文")
    expect(page.get_by_role("heading", name="手绘", exact=True)).to_be_visible()
    expect_drawn(page)
    assert sideways(page) <= 0
    page.goto(f"{lab.url}/train")  # a new session of the same browser
    settled(page)
    expect(page.get_by_role("button", name="开始训练")).to_be_visible()
    choose(page, "English")
    expect(page.get_by_role("button", name="Start training")).to_be_visible()
    page.wait_for_function("!document.querySelector('[aria-label^=帮助]')")
    assert language(page) == "en"
    assert chinese_in_english(page) == []


def test_a_link_sets_the_language(lab: Server, page: Page) -> None:
    page.goto(f"{lab.url}/train?lang=zh")
    settled(page)
    expect(page.get_by_role("button", name="开始训练")).to_be_visible()
    page.goto(f"{lab.url}/train")
    settled(page)
    expect(page.get_by_role("button", name="开始训练")).to_be_visible()
    page.goto(f"{lab.url}/train?lang=tlh")
    settled(page)
    expect(page.get_by_role("button", name="开始训练")).to_be_visible()


def test_what_people_typed_is_not_translated(
    lab: Server, records: ModelStore, chinese: Page
) -> None:
    """Each of these names is also a word of the app, or of Streamlit's front end."""
    recipe = Recipe("Stop", "digits", (Hidden(4),), epochs=1)
    finished_run(records, recipe, "visitor-of-train")
    DisplayNames(records.database).rename("visitor-of-train", "Train")
    turn_to(chinese, f"{lab.url}/compare")
    table = chinese.locator(".lab-runs")
    expect(table.get_by_role("rowheader").first).to_be_visible()
    expect(chinese.get_by_text("跳到主要内容")).to_be_attached()  # the front end is translated
    expect(table.get_by_text("Stop", exact=True)).to_be_visible()
    expect(table.get_by_text(re.compile("Train.* · ")).first).to_be_visible()
    chinese.get_by_role("combobox", name="谁的训练").click()
    expect(chinese.get_by_role("option", name=re.compile("Train"))).to_be_visible()
