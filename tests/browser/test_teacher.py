"""A class and its teacher, each in their own browser."""

import re
from collections.abc import Callable
from urllib.parse import quote

from playwright.sync_api import Page, expect

from model_store.recipe.recipe import Hidden, Recipe
from tests.support.accessibility import (
    AXE,
    expect_nothing_serious,
    expect_the_keyboard_to_reach_everything,
    findings,
)
from tests.support.app_server import TEACHERS_CODE, Server
from tests.support.browser_page import screenshot, settled, sideways

LASTING = Recipe("obedient", "digits", (Hidden(16),))  # made up: runs until stopped
HOSTILE = "<b onclick=x>WWWWWWWWWWW"  # longest allowed name
NewPage = Callable[..., Page]


def start(page: Page, made_up: Server, name: str) -> None:
    """Enter a student's name and start a training that lasts."""
    page.goto(f"{made_up.url}/train?recipe={quote(LASTING.to_link())}")
    settled(page)
    page.get_by_role("button", name="Your name").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name=f"Your name: {name}")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("started by you")).to_be_visible()


def unlock(page: Page, made_up: Server) -> None:
    page.goto(f"{made_up.url}/teacher")
    settled(page)
    page.get_by_label("Teacher's code").fill(TEACHERS_CODE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pause all")).to_be_visible()


def test_a_teacher_pauses_and_clears_and_students_see_it(
    made_up: Server, new_page: NewPage
) -> None:
    ada, eve, teacher = new_page(), new_page(), new_page()
    teacher.goto(f"{made_up.url}/teacher")
    settled(teacher)
    teacher.get_by_label("Teacher's code").fill("guess")
    teacher.get_by_role("button", name="Unlock").click()
    expect(teacher.get_by_text("This is not the teacher's code")).to_be_visible()
    expect(teacher.get_by_role("button", name="Pause all")).to_have_count(0)
    unlock(teacher, made_up)

    start(ada, made_up, "Ada")
    expect(ada.get_by_role("button", name="Pause", exact=True)).to_be_visible(timeout=120_000)
    start(eve, made_up, HOSTILE)
    expect(eve.get_by_text("Place 1 in the queue")).to_be_visible()
    expect(teacher.get_by_text(re.compile(r"Ada\W+· [0-9a-f]{4}$"))).to_be_visible()
    expect(teacher.get_by_text(HOSTILE)).to_be_visible()

    teacher.get_by_role("button", name="Pause all").click()
    for student in (ada, eve):
        expect(student.get_by_text("Your teacher has paused all trainings")).to_be_visible()
    expect(ada.locator(".stMarkdownBadge", has_text="paused")).to_be_visible()
    expect(ada.get_by_role("button", name="Resume")).to_have_count(0)
    teacher.get_by_role("button", name="Clear the queue").click()
    teacher.get_by_role("button", name="Yes, clear it").click()
    expect(teacher.get_by_text("The queue is empty")).to_be_visible()
    expect(eve.get_by_text("Your teacher stopped it.")).to_be_visible()
    teacher.get_by_role("button", name="Resume all").click()
    expect(ada.locator(".stMarkdownBadge", has_text="training")).to_be_visible()
    expect(ada.get_by_text("Your teacher has paused all trainings")).to_have_count(0)
    ada.get_by_role("button", name="Stop and save").click()
    expect(ada.get_by_text("What came out")).to_be_visible()


def test_the_teachers_page_is_for_every_screen_and_for_the_keyboard(
    made_up: Server, new_page: NewPage
) -> None:
    page = new_page(width=390)
    page.goto(f"{made_up.url}/compare")
    settled(page)
    assert sideways(page) <= 0, "with long names in the table"
    page.goto(f"{made_up.url}/teacher")
    settled(page)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert findings(page) == [], "locked"
    unlock(page, made_up)
    settled(page)
    assert sideways(page) <= 0, "the page scrolls sideways"
    expect_nothing_serious(page)
    screenshot(page, "teacher-phone-dark")
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(page.get_by_role("link", name="Compare")).to_be_visible()
    expect_the_keyboard_to_reach_everything(page)
    page.get_by_role("button", name="Leave teacher mode").press("Enter")
    expect(page.get_by_label("Teacher's code")).to_be_visible()
    expect(page.get_by_role("button", name="Pause all")).to_have_count(0)
