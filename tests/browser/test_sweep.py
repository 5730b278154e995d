"""A small sweep in a real Chromium, from its question to its findings."""

import re

from playwright.sync_api import Page, expect

from tests.support.accessibility import (
    expect_nothing_serious,
    expect_the_keyboard_to_reach_everything,
)
from tests.support.app_server import Server
from tests.support.browser_page import screenshot, settled

WIDE = "document.documentElement.scrollWidth - window.innerWidth"
COVERED = """[...document.querySelectorAll(".lab-live-plot")].some((plot) => {
  const [tools, legend] = [".modebar", ".legend"].map((part) =>
    plot.querySelector(part)?.getBoundingClientRect());
  return tools && legend && tools.left < legend.right && tools.top < legend.bottom;
})"""


def test_a_small_sweep_from_its_question_to_its_findings(lab: Server, page: Page) -> None:
    page.goto(f"{lab.url}/sweep")
    settled(page)
    page.set_viewport_size({"width": 1366, "height": 768})
    expect(page.get_by_role("button", name="Start the sweep")).to_be_in_viewport()
    page.get_by_text("Does batch size matter?", exact=True).click()
    values = page.get_by_role("textbox", name="Values of batch size")
    expect(values).to_be_visible()
    values.fill("512, 48")
    values.press("Enter")
    epochs = page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("2")
    epochs.press("Enter")
    expect(page.get_by_text("4 trials", exact=True)).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Start the sweep").click()
    expect(page.locator(".lab-trials > div").first).to_be_visible(timeout=60_000)
    assert "sweep=" in page.url
    trials = page.locator(".lab-progress [data-figure='trials']")
    expect(trials).to_have_text(re.compile(r"[1-3] / 4"), timeout=60_000)
    expect(page.get_by_text("Best so far", exact=False)).to_be_visible()
    expect(page.get_by_role("progressbar", name="of 4 trials")).to_be_visible()
    assert page.evaluate(WIDE) <= 0, "the running sweep scrolls sideways"
    screenshot(page, "sweep-runs-light-1280")
    expect_findings(page)
    expect(trials).to_have_text("4 / 4")
    expect(page.locator(".lab-trials [data-state='complete']")).to_have_count(4)
    expect(page.locator(".lab-live-plot .parcoords").first).to_be_visible()
    screenshot(page, "sweep-found-light-1280")
    expect_the_keyboard_to_reach_everything(page)
    expect_nothing_serious(page)
    assert page.evaluate(WIDE) <= 0, "the findings scroll sideways"
    screenshot(page, "sweep-found-dark-1280")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 900})
    expect(page.get_by_role("button", name="Menu")).to_be_visible()
    assert page.evaluate(WIDE) <= 0, "the findings scroll sideways"
    page.wait_for_function(f"!{COVERED}")  # by then, the charts fit the phone
    screenshot(page, "sweep-found-light-390")
    page.locator(".lab-trials a").first.click()
    expect(page.get_by_text("What came out")).to_be_visible(timeout=60_000)
    assert "/train?run=" in page.url
    page.go_back()
    expect_findings(page)
    settled(page)
    point = page.locator("[aria-label$='against Seconds'] .scatterlayer .point").first
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url("**/compare?run=*&run=*")  # two seeds
    expect(page.get_by_role("heading", name="Run by run")).to_be_visible()


def expect_findings(page: Page) -> None:
    expect(page.get_by_role("heading", name="What was found")).to_be_visible(timeout=120_000)
    expect(page.get_by_text("of validation and", exact=False)).to_be_visible()
    expect(page.get_by_text("functional ANOVA", exact=False)).to_be_visible(timeout=60_000)
