"""Spoiled training images: set in the form, trained, and seen beside the clean twin."""

import re
from urllib.parse import quote

from playwright.sync_api import Page, expect

from model_store.recipe.recipe import Recipe
from tests.support.app_server import Server
from tests.support.browser_page import screenshot, settled, sideways, turn_to

QUICK = Recipe(dataset="digits", hidden=(), epochs=4, seed=19)


def test_wrong_labels_are_set_trained_and_seen_beside_the_clean_twin(
    lab: Server, page: Page
) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"{lab.url}/train?recipe={quote(QUICK.to_link())}")
    settled(page)
    page.get_by_text("All settings", exact=True).click()
    share = page.get_by_role("spinbutton", name="Wrong labels")
    share.fill("0.6")
    share.press("Enter")
    expect(page.get_by_role("combobox", name="become")).to_be_visible()
    settled(page)
    become = page.get_by_role("combobox", name="become")
    become.fill("1")
    become.press("Enter")
    expect(become).to_have_value("1")
    settled(page)
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("What came out")).to_be_visible(timeout=60_000)
    turn_to(page, page.url.replace("/train?", "/evaluate?"))
    page.get_by_text("Spoiled data", exact=True).click()
    expect(page.get_by_text("No clean twin yet")).to_be_visible()
    expect(page.get_by_text(re.compile(r"1 \(truly \d\)")).first).to_be_visible()
    spoiled = page.url
    page.get_by_role("button", name="Train the clean twin").click()
    expect(page.get_by_text("What came out")).to_be_visible(timeout=60_000)
    turn_to(page, spoiled)
    expect(page.get_by_text("Hurt most is")).to_be_visible(timeout=30_000)
    expect(page.get_by_label(re.compile("Confusion matrix"))).to_have_count(2)
    page.set_viewport_size({"width": 390, "height": 844})
    settled(page)
    assert not sideways(page)
    screenshot(page, "spoiled")
