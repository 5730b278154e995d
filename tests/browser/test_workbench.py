"""The workbench: a whole visit on one screen."""

import re
from urllib.parse import quote

from playwright.sync_api import Page, expect

from model_store.recipe.recipe import Hidden, Recipe
from tests.support.app_server import Server
from tests.support.browser_pad import THREE, draw, expect_answer, network_reads
from tests.support.browser_page import screenshot, settled, sideways

SHORT = Recipe(dataset="digits", hidden=(Hidden(16),), epochs=3, seed=11)
# The network's picture is wider than high, and no wider than its place.
LIES = """() => {
  const board = document.querySelector(".lab-network-board").getBoundingClientRect();
  const stage = document.querySelector(".lab-network-stage").getBoundingClientRect();
  return board.width > board.height && board.width <= stage.width + 1;
}"""
LONG = Recipe(dataset="digits", hidden=(Hidden(16),), epochs=200, batch_size=8, seed=12)
IMAGE = re.compile(r"\d: loss [\d.]+ before the step, [\d.]+ after it")
PREDICTED = (
    "document.querySelector('.st-key-curve_accuracy .lab-live-plot')?.data?.map((t) => t.name)"
)


def test_predict_change_start_and_see_the_difference(lab: Server, page: Page) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"{lab.url}/train?recipe={quote(SHORT.to_link())}")
    settled(page)
    draw(page, THREE)
    box = page.locator(".lab-prediction svg").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.15 * box["width"], box["y"] + 0.75 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.95 * box["width"], box["y"] + 0.3 * box["height"], steps=8)
    page.mouse.up()
    expect(page.locator(".lab-prediction circle.lab-set")).to_have_count(11)
    settled(page)
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("What came out")).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile("You predicted|Well predicted"))).to_be_visible()
    assert "predicted" in page.evaluate(PREDICTED)
    expect(page.locator(".lab-network")).to_have_attribute("data-answer", re.compile(r"\d"))

    page.get_by_role("spinbutton", name="Learning rate").fill("0.02")
    page.get_by_role("spinbutton", name="Learning rate").press("Enter")
    settled(page)
    first = page.url
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url(lambda url: url != first)
    page.wait_for_function(f"{PREDICTED}?.includes('before')", timeout=60_000)
    expect(page.get_by_text("What came out")).to_be_visible(timeout=60_000)
    screenshot(page, "workbench")
    page.get_by_role("link", name="Compare with the run before").click()
    expect(page.get_by_text("Only one setting differs", exact=False)).to_be_visible()


def test_one_batch_at_a_time(lab: Server, page: Page) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"{lab.url}/train?recipe={quote(LONG.to_link())}")
    settled(page)
    page.get_by_role("button", name="Start training").click()
    page.get_by_role("button", name="Pause").click(timeout=60_000)
    page.get_by_role("button", name="One batch").click()
    said = page.locator(".lab-batch > p").first
    expect(said).to_have_text(re.compile(r"Step \d+: the mean loss of this batch went from"))
    images = page.locator(".lab-batch-images figure")
    expect(images).to_have_count(8)
    expect(images.first.locator("canvas")).to_have_attribute("aria-label", IMAGE)
    pictures = page.locator(".lab-batch-pictures canvas")
    expect(pictures).to_have_count(2)
    gradient = "document.querySelector('.lab-batch-pictures canvas').toDataURL()"
    first, drawn = said.inner_text(), page.evaluate(gradient)
    page.get_by_role("combobox", name="Unit").select_option("3")
    assert page.evaluate(gradient) != drawn
    page.get_by_role("combobox", name="Layer").select_option("outputs")
    expect(page.get_by_role("combobox", name="Unit").locator("option")).to_have_count(10)
    page.get_by_role("button", name="One batch").click()
    expect(said).not_to_have_text(first)
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    screenshot(page, "one-batch")
    page.get_by_role("button", name="Stop and save").click()
    expect(page.get_by_text("What came out")).to_be_visible(timeout=60_000)


def test_a_prediction_by_keyboard(lab: Server, page: Page) -> None:
    page.goto(f"{lab.url}/train?recipe=digits-quick")
    settled(page)
    first = page.get_by_role("slider", name="Accuracy after 0 epochs")
    first.focus()
    page.keyboard.press("PageUp")
    expect(first).to_have_attribute("aria-valuetext", "20 %")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".lab-prediction circle.lab-set")).to_have_count(2)
    settled(page)
    page.get_by_role("button", name="Clear the prediction").click()
    expect(page.locator(".lab-prediction circle.lab-set")).to_have_count(0)


def test_on_a_phone_the_bars_are_in_view_while_one_draws(lab: Server, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{lab.url}/train?run=starter-mnist")
    settled(page)
    expect(page.locator(".lab-answers")).to_have_attribute("data-live", "true")
    draw(page, THREE)
    expect_answer(page, "3")
    pad = page.locator(".lab-pad").bounding_box()
    bars = page.locator(".lab-answers .lab-bars").bounding_box()
    assert pad is not None and bars is not None
    header = 60
    assert bars["y"] + bars["height"] - pad["y"] < 844 - header
    assert sideways(page) <= 0


def test_bars_that_the_page_hides_compute_nothing_until_they_are_seen(
    lab: Server, page: Page
) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"{lab.url}/train?run=starter-mnist")
    settled(page)
    answer = page.locator(".lab-answers .lab-answer")
    expect(answer).to_have_attribute("data-drawn", re.compile(r"\d"))
    times = answer.get_attribute("data-drawn")
    draw(page, THREE)
    network_reads(page, "3")
    expect(answer).to_be_hidden()
    assert answer.get_attribute("data-drawn") == times
    page.set_viewport_size({"width": 900, "height": 768})
    expect_answer(page, "3")


def test_a_network_lies_and_fits_the_screen(lab: Server, guest: Page) -> None:
    guest.set_viewport_size({"width": 1348, "height": 700})
    guest.goto(f"{lab.url}/train?run=starter-mnist")
    settled(guest)
    board = guest.locator(".lab-network-board")
    for width in (1348, 1320, 1280, 1260, 1259, 1200, 1100):
        guest.set_viewport_size({"width": width, "height": 700})
        expect(board).to_be_in_viewport(ratio=1)
        expect(guest.locator(".lab-pad")).to_be_in_viewport(ratio=1)
        guest.wait_for_function(LIES)
        assert sideways(guest) <= 0


def test_what_one_sets_and_watches_is_above_the_fold(lab: Server, guest: Page) -> None:
    guest.goto(f"{lab.url}/train?recipe=digits-quick")
    settled(guest)
    for width, height in ((1366, 768), (1920, 1080)):
        guest.set_viewport_size({"width": width, "height": height})
        for part in (
            guest.get_by_role("combobox", name="Recipe"),
            guest.get_by_role("combobox", name="Data set"),
            guest.get_by_role("spinbutton", name="Learning rate"),
            guest.get_by_role("spinbutton", name="Epochs"),
            guest.get_by_role("button", name="Start training"),
            guest.locator(".lab-pad"),
            guest.locator(".lab-prediction svg"),
        ):
            expect(part).to_be_in_viewport(ratio=1)
        assert sideways(guest) <= 0
