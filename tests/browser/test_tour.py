"""A newcomer's tour in a real Chromium: train on Digits, watch, reload, draw, get an answer."""

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from model_store.recipe.recipe import Hidden, Recipe
from model_store.recipe.validation import MAX_EPOCHS
from tests.support.app_server import Server
from tests.support.browser_pad import THREE, draw, expect_answer, network_reads
from tests.support.browser_page import screenshot, settled, turn_to

# Longer than a test takes; it is stopped.
LONG = Recipe(dataset="digits", hidden=(Hidden(256),), epochs=MAX_EPOCHS, batch_size=8)
OBEDIENT = Recipe("obedient", "digits", (Hidden(16),))  # made up: runs until stopped
LEARNED = re.compile(r"The network after [\d.]+ epochs")
HIDDEN = """[...document.querySelectorAll('.lab-live-plot')].some(
    (plot) => plot._fullData?.some((trace) => trace.visible === 'legendonly'))"""


def points(page: Page) -> int:
    return int(page.locator(".lab-live-plot").first.get_attribute("data-points") or 0)


def test_start_is_within_reach_wherever_the_form_is_read(lab: Server, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{lab.url}/train")
    settled(page)
    start = page.get_by_role("button", name="Start training")
    expect(start).to_be_in_viewport()
    page.get_by_text("All settings").click()
    page.get_by_role("spinbutton", name="Training images").scroll_into_view_if_needed()
    expect(page.get_by_role("heading", name="Train", exact=True)).not_to_be_in_viewport()
    expect(start).to_be_in_viewport()
    start.click(trial=True)  # not covered


def test_train_watch_reload_draw(lab: Server, page: Page) -> None:
    page.goto(f"{lab.url}/train?recipe={quote(LONG.to_link())}")
    settled(page)
    page.get_by_role("button", name="Start training").click()
    plot = page.locator(".lab-live-plot").first
    several = "Number(document.querySelector('.lab-live-plot')?.dataset.points) > 5"
    page.wait_for_function(several, timeout=60_000)
    page.locator(".lab-live-plot .legendtoggle").last.click()
    page.wait_for_function(HIDDEN)
    first = points(page)
    page.wait_for_function(
        f"Number(document.querySelector('.lab-live-plot')?.dataset.points) > {first}"
    )
    assert int(plot.get_attribute("data-drawn") or 0) > 1, "the same element was drawn again"
    assert page.evaluate(HIDDEN), "what was hidden in the legend stays hidden"
    address = page.url
    assert "run=" in address
    page.reload()
    page.wait_for_function(several)
    assert page.url == address
    learned = page.locator(".lab-network-head")
    expect(learned).to_contain_text(LEARNED)
    draw(page, THREE)
    before = learned.inner_text()
    network_reads(page, "3")
    expect(learned).not_to_have_text(before)
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("button", name="Stop and save").click()
    expect(page.get_by_text("Test accuracy").first).to_be_visible(timeout=60_000)
    network_reads(page, "3")  # the drawing stays on the pad
    expect(learned).not_to_contain_text(LEARNED)
    expect(page.get_by_text("Gap in percentage points")).to_be_visible()
    screenshot(page, "train-done")
    page.get_by_role("link", name="Try it on a drawing").click()
    page.wait_for_url("**/draw?run=*")
    settled(page)
    draw(page, THREE)
    expect_answer(page, "3")
    screenshot(page, "draw-three")


def test_another_browser_sees_the_run_and_may_not_command_it(
    made_up: Server, new_page: Callable[..., Page]
) -> None:
    owner, other = new_page(), new_page()
    owner.goto(f"{made_up.url}/train?recipe={quote(OBEDIENT.to_link())}")
    settled(owner)
    owner.get_by_role("button", name="Start training").click()
    stop = owner.get_by_role("button", name="Stop and save")
    expect(stop).to_be_visible(timeout=60_000)
    other.goto(owner.url)
    expect(other.get_by_text("another person's training", exact=False)).to_be_visible()
    expect(other.get_by_role("button", name="Stop and save")).to_have_count(0)
    stop.click()
    expect(owner.get_by_text("What came out")).to_be_visible(timeout=60_000)
    expect(other.get_by_text("What came out")).to_be_visible(timeout=60_000)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("train?run=../../etc/passwd", "There is no run"),
        ("data?dataset=digits&index=99999999", "There is no image"),
        ("train?recipe=%7B%22dataset%22%3A%22cats%22%7D", "is not one of"),
    ],
)
def test_nonsense_in_an_address_gets_a_sentence(
    lab: Server, guest: Page, address: str, sentence: str
) -> None:
    turn_to(guest, f"{lab.url}/{address}")
    expect(guest.get_by_text(sentence, exact=False).first).to_be_visible()
    expect(guest.locator('[data-testid="stException"]')).to_have_count(0)
