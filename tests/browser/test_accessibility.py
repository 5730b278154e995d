"""Accessibility of every page: axe in light and dark, keyboard only, phone, projector."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from model_store import Run
from pages.ui.components.live_plot import PROJECTOR_ZOOM
from pages.ui.frame.navigation import ENTRIES
from tests.support.accessibility import (
    AXE,
    READABLE,
    contrast,
    expect_headings_in_order,
    expect_nothing_serious,
    expect_the_keyboard_to_reach_everything,
    findings,
)
from tests.support.app_server import Server
from tests.support.browser_pad import SEVEN, draw, expect_answer
from tests.support.browser_page import screenshot, settled, sideways, turn_to

FINGER = 44  # CSS pixels
PHONE = 390
BUSY = (
    *("data", "train", "train?run={run}", "draw", "compare", "sweep"),
    *("evaluate?run={run}&view=matrix", "evaluate?run={run}&view=pictures"),
    *("learn", "learn?lesson=softmax&step=by-hand"),
)
# No page follows itself: see `turn_to`.
ADDRESSES = (
    *("data", "evaluate?run={run}&view=matrix", "train", "evaluate?run={run}&view=pictures"),
    *("draw", "learn", "evaluate?run={run}&view=calibration", "train?run={run}"),
    *("evaluate?run={run}&view=weights", "compare", "learn?lesson=softmax&step=by-hand"),
    *(
        "evaluate",
        "sweep",
        "learn?lesson=softmax&step=network",
        "evaluate?run={run}&view=robustness",
    ),
    *(
        "data?dataset=mnist",
        "evaluate?run={run}&view=pictures&image=0",
        "compare?run={run}&run=starter-mnist",
    ),
    *("learn?lesson=softmax&step=hand-in", ""),
)


def visit(page: Page, lab: Server, address: str) -> None:
    turn_to(page, f"{lab.url}/{address}")
    expect(page.locator(".lab-header h1")).to_be_visible()
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)
    for plot in page.locator(".lab-live-plot").all():
        expect(plot).to_have_attribute("data-drawn", "1")
    for output in page.locator(".lab-network-board [tabindex='0']").all():
        expect(output).to_be_enabled()  # once the weights are there


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_is_for_everybody_and_for_every_screen(
    lab: Server, guest: Page, digits_model: Run, address: str
) -> None:
    page = guest
    visit(page, lab, address.format(run=digits_model.id))
    expect_headings_in_order(page)
    if address in BUSY:
        expect_the_keyboard_to_reach_everything(page)
    expect_nothing_serious(page)
    assert sideways(page) <= 0, "the page scrolls sideways"
    page.set_viewport_size({"width": PHONE, "height": 844})
    expect(page.get_by_role("button", name="Menu")).to_be_visible()
    assert sideways(page) <= 0, "the page scrolls sideways on a phone"
    if address in ENTRIES:
        screenshot(page, f"{address}-phone-dark")


def test_axe_sees_what_is_wrong(lab: Server, page: Page) -> None:
    visit(page, lab, "")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    page.evaluate(
        """() => document.querySelector(".lab-header").insertAdjacentHTML(
            "beforeend", '<img src="data:,"><p style="color: #ccc; opacity: 1">pale</p>')"""
    )
    assert {found.partition(":")[0] for found in findings(page)} == {"image-alt", "color-contrast"}


def test_the_label_at_the_pointer_of_a_chart_is_readable_in_the_dark(
    lab: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page("dark")
    visit(page, lab, "train?run=starter-mnist")
    box = page.locator(".lab-live-plot .nsewdrag").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    label = page.locator(".lab-live-plot .hoverlayer .legend")
    expect(label).to_contain_text("epoch")
    paper, ink = (
        label.locator(part).first.evaluate("(e) => getComputedStyle(e).fill.match(/\\d+/g)")
        for part in (".bg", ".legendtext")
    )
    assert contrast(*([int(c) / 255 for c in colour[:3]] for colour in (paper, ink))) >= READABLE


def test_arrow_keys_choose_a_view(lab: Server, page: Page, digits_model: Run) -> None:
    visit(page, lab, f"evaluate?run={digits_model.id}")
    page.get_by_role("radio", name="Results").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_text("Most frequent mistakes")).to_be_visible()
    page.wait_for_url("**view=matrix**")


def test_the_menu_of_a_phone_has_a_name_and_closes_after_a_choice(
    lab: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page(width=PHONE, height=844, has_touch=True, is_mobile=True)
    visit(page, lab, "")
    menu = page.get_by_role("button", name="Menu")
    link = page.locator('[data-testid="stSidebar"]').get_by_role("link", name="Train")
    for target in (menu, link):
        if target is link:
            menu.tap()
        box = target.bounding_box()
        assert box and min(box["width"], box["height"]) >= FINGER
    link.tap()
    page.wait_for_url("**/train")
    expect(link).not_to_be_in_viewport()
    expect(menu).to_be_visible()
    help_ = page.locator(".lab-rates .lab-number").filter(has_text="Epochs").locator(".lab-tip")
    help_.scroll_into_view_if_needed()
    box = help_.bounding_box()
    assert box
    edge = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 - FINGER / 2 + 1]
    hit = "(place) => document.elementFromPoint(...place)?.closest('.lab-tip')?.ariaLabel"
    assert page.evaluate(hit, edge) == help_.get_attribute("aria-label")


def test_an_expert_switches_the_explanations_off_on_every_page(lab: Server, page: Page) -> None:
    visit(page, lab, "train")
    page.get_by_text("All settings").click()
    sentence = page.get_by_text("batches an epoch")
    expect(sentence).to_be_visible()
    explained = page.locator('[data-testid="stCaptionContainer"]')
    before = explained.count()
    page.get_by_role("switch", name="Explain").press("Space")
    page.wait_for_url("**/train?explain=0")
    page.wait_for_function(
        f"document.querySelectorAll('[data-testid=\"stCaptionContainer\"]').length < {before}"
    )
    expect(sentence).to_be_visible()
    page.get_by_role("link", name="Data").first.click()
    page.wait_for_url("**/data?*explain=0*")


def test_a_projector_enlarges_everything_and_keeps_the_navigation(
    lab: Server, new_page: Callable[..., Page], digits_model: Run
) -> None:
    def height(selector: str) -> float:
        box = page.locator(selector).first.bounding_box()
        assert box
        return box["height"]

    page = new_page(width=1920, height=1080)
    visit(page, lab, f"evaluate?run={digits_model.id}&view=matrix")
    parts = (".lab-header h1", ".lab-live-plot", ".lab-live-plot .xtick text", ".textpoint text")
    before = {part: height(part) for part in parts}
    switch = page.get_by_role("switch", name="Projector")
    switch.press("Space")
    page.wait_for_url("**projector=1**")
    settled(page)
    expect(page.locator(".lab-live-plot")).to_have_attribute("data-drawn", "2")
    for part in parts:
        assert height(part) == pytest.approx(PROJECTOR_ZOOM * before[part], rel=0.1), part
    header, title = (
        page.locator(name).bounding_box() for name in (".stAppHeader", ".lab-header h1")
    )
    assert header and title and header["y"] + header["height"] <= title["y"]
    expect(page.get_by_role("link", name="Draw").first).to_be_visible()
    assert sideways(page) <= 0, "the page scrolls sideways"
    screenshot(page, "projector")
    cell = page.locator(".lab-live-plot .nsewdrag").bounding_box()
    assert cell
    page.mouse.click(cell["x"] + 0.25 * cell["width"], cell["y"] + 0.75 * cell["height"])
    page.wait_for_url("**truth=7&answer=2**")
    page.get_by_role("link", name="Draw").first.click()
    page.wait_for_url("**/draw?projector=1")
    draw(page, SEVEN)
    expect_answer(page, "7")
    assert height(".lab-pad") == pytest.approx(PROJECTOR_ZOOM * 280)
    page.reload()
    settled(page)
    expect(switch).to_be_checked()
    switch.press("Space")
    page.wait_for_function("!location.search.includes('projector')")
    settled(page)
    assert height(".lab-pad") == pytest.approx(280)
