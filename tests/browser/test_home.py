"""Home's links: to the lesson to begin with, and a card for each page."""

import re

from playwright.sync_api import Page, expect

from tests.support.app_server import Server
from tests.support.browser_page import settled, turn_to


def test_a_link_opens_in_place_and_back_leads_home(lab: Server, guest: Page) -> None:
    turn_to(guest, lab.url)
    guest.evaluate("window.notReloaded = true")
    cards = guest.locator(".lab-first-steps ul").last.get_by_role("link")
    expect(cards).to_have_count(6)
    guest.get_by_role("link", name="Begin with the lesson").click()
    guest.wait_for_url(f"{lab.url}/learn?lesson=softmax")
    expect(guest.get_by_role("heading", name="What does softmax do?")).to_be_visible()
    guest.go_back()
    expect(cards).to_have_count(6)
    guest.get_by_role("link", name=re.compile("2 Train your own.*Train now")).press("Enter")
    guest.wait_for_url(f"{lab.url}/train")
    settled(guest)
    expect(guest.get_by_role("button", name="Start training")).to_be_in_viewport()
    assert guest.evaluate("window.notReloaded")


def test_with_ctrl_a_link_opens_in_a_tab_of_its_own(lab: Server, page: Page) -> None:
    page.goto(lab.url)
    settled(page)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Look now").click(modifiers=["ControlOrMeta"])
    other = opened.value
    expect(other.get_by_role("heading", name="Data", exact=True)).to_be_visible()
    assert other.url == f"{lab.url}/data" and page.url == f"{lab.url}/"
    other.close()
