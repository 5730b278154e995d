"""Every page for everybody: axe's findings in light and dark, the keyboard alone, a projector."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from model_store import Run
from pages.ui.frame.navigation import ENTRIES
from tests.browser.conftest import Server, screenshot, settled
from tests.test_look import READABLE, contrast

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
SEVERE = ("serious", "critical")
VIEWS = ("matrix", "pictures", "calibration", "weights")
BUSY = (
    *("data", "train", "train?run={run}", "draw", "compare", "sweep"),
    *("evaluate?run={run}&view=matrix", "evaluate?run={run}&view=pictures"),
)
ADDRESSES = dict.fromkeys(
    (
        *BUSY,
        *("" if name == "home" else name for name in ENTRIES),
        "data?dataset=mnist",
        *(f"evaluate?run={{run}}&view={view}" for view in VIEWS),
        "compare?run={run}&run=starter-mnist",
        "evaluate?run={run}&view=pictures&image=0",
    )
)
ALIKE = {"exclude": [[".lab-pixels tr:nth-child(n+3)"]]}  # 784 cells of one kind take axe long
DARK = "getComputedStyle(document.querySelector('.stApp')).backgroundColor === 'rgb(18, 20, 28)'"
# What can be reached by Tab: what is disabled, unseen or left to the arrow keys cannot.
WALK = """() => {
  window.deepest = () => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element === document.body ? null : element;
  };
  const properties = ["outline", "boxShadow", "borderColor", "backgroundColor", "opacity"];
  window.look = (element) => {
    const styles = [];
    for (let e = element, i = 0; e && i < 5; e = e.parentElement, i++) {
      for (const part of [null, "::before", "::after"]) {
        const style = getComputedStyle(e, part);
        styles.push(properties.map((name) => style[name]).join());
      }
    }
    return styles.join("|");
  };
  window.called = (e) => `${e.tagName} ${e.ariaLabel ?? e.textContent.trim().slice(0, 60)}`;
  const wanted = "a[href], button, input, select, textarea, summary, [tabindex]";
  window.reachable = (root = document) => [...root.querySelectorAll("*")].flatMap((e) => [
    ...(e.shadowRoot ? window.reachable(e.shadowRoot) : []),
    ...(e.matches(wanted) && e.tabIndex >= 0 && !e.disabled
        && !e.matches("[role=radio], [type=radio], [aria-hidden=true] *, [inert] *")
        && e.checkVisibility({ visibilityProperty: true }) ? [e] : []),
  ]);
  window.walked = new Map();
}"""
STEP = """() => {
  const element = window.deepest();
  if (!element || window.walked.has(element)) return false;
  window.walked.set(element, window.look(element));
  return true;
}"""
UNSEEN = """() => {
  window.deepest()?.blur();
  return [...window.walked]
    .filter(([element, look]) => element.isConnected && look === window.look(element))
    .map(([element]) => window.called(element));
}"""
MISSED = "() => window.reachable().filter((e) => !window.walked.has(e)).map(window.called)"


def findings(page: Page, **options: Any) -> list[str]:
    """What axe finds serious or critical, each with where it is and why."""
    asked = [ALIKE, {"resultTypes": ["violations"], **options}]
    found = page.evaluate("(asked) => axe.run(...asked)", asked)
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in found["violations"]
        if rule["impact"] in SEVERE
        for node in rule["nodes"]
    ]


def visit(page: Page, lab: Server, address: str) -> None:
    page.goto(f"{lab.url}/{address}")
    settled(page)
    expect(page.locator(".lab-header h1")).to_be_visible()
    for plot in page.locator(".lab-live-plot").all():
        expect(plot).to_have_attribute("data-drawn", "1")


def expect_nothing_serious(page: Page) -> None:
    """Neither in the light nor in the dark, in which the page stays."""
    page.add_style_tag(content="* { transition: none !important; }")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert findings(page) == []
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(DARK)
    assert findings(page, runOnly=["color-contrast"]) == [], "in the dark"


@pytest.mark.parametrize("address", ADDRESSES)
def test_axe_finds_nothing_serious_and_the_keyboard_reaches_everything(
    lab: Server, page: Page, digits_model: Run, address: str
) -> None:
    visit(page, lab, address.format(run=digits_model.id))
    if address in BUSY:
        expect_the_keyboard_to_reach_everything(page)
    expect_nothing_serious(page)


def test_axe_sees_what_is_wrong(lab: Server, page: Page) -> None:
    visit(page, lab, "")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    page.evaluate(
        """() => document.querySelector(".lab-header").insertAdjacentHTML(
            "beforeend", '<img src="data:,"><p style="color: #ccc; opacity: 1">pale</p>')"""
    )
    assert {found.partition(":")[0] for found in findings(page)} == {"image-alt", "color-contrast"}


def expect_the_keyboard_to_reach_everything(page: Page) -> None:
    """And to show where it is."""
    page.add_style_tag(content="* { transition: none !important; }")
    page.evaluate(WALK)
    for _ in range(200):
        page.keyboard.press("Tab")
        if not page.evaluate(STEP):
            break
    assert page.evaluate("window.walked.size") > 8, "navigation and content"
    assert page.evaluate(MISSED) == [], "not reached"
    assert page.evaluate(UNSEEN) == [], "reached without a visible sign"


def test_what_a_chart_says_at_the_pointer_can_be_read_in_the_dark(
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


def test_an_expert_switches_the_explanations_off_on_every_page(lab: Server, page: Page) -> None:
    visit(page, lab, "train")
    sentence = page.get_by_text("batches an epoch")
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


def test_a_projector_shows_large_type_and_no_navigation_until_it_is_wanted(
    lab: Server, new_page: Callable[..., Page], digits_model: Run
) -> None:
    page = new_page(width=1920, height=1080)
    visit(page, lab, f"evaluate?run={digits_model.id}&view=matrix")
    size = "parseFloat(getComputedStyle(document.querySelector('{}')).fontSize)"
    type_before, chart_before = (
        page.evaluate(size.format(what)) for what in (".lab-header p", ".lab-live-plot .xtick text")
    )
    switch = page.get_by_role("switch", name="Projector")
    switch.press("Space")
    page.wait_for_url("**projector=1**")
    page.wait_for_function(f"{size.format('.lab-header p')} > {1.3 * type_before}")
    page.wait_for_function(f"{size.format('.lab-live-plot .xtick text')} > {1.3 * chart_before}")
    header = page.locator(".stAppHeader")
    expect(header).to_have_css("opacity", "1")
    switch.evaluate("(element) => element.blur()")
    page.mouse.move(900, 700)
    expect(header).to_have_css("opacity", "0")
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, "the page scrolls sideways"
    screenshot(page, "projector")
    page.mouse.move(900, 20)
    expect(header).to_have_css("opacity", "1")
    page.get_by_role("link", name="Draw").first.click()
    page.wait_for_url("**/draw?projector=1")
    controls = page.locator(".lab-controls")
    expect(controls.get_by_role("button", name="Clear")).to_be_visible()
    pens = controls.locator("button").all()
    boxes = [box for box in (pen.bounding_box() for pen in pens) if box]
    bars = page.locator(".lab-answers .lab-bars").bounding_box()
    assert bars and len(boxes) == 3
    assert all(box["x"] + box["width"] < bars["x"] for box in boxes), (
        "large type stays in its place"
    )
    settled(page)
    page.reload()
    settled(page)
    expect(switch).to_be_checked()
    switch.press("Space")
    page.wait_for_function("!location.search.includes('projector')")
    page.wait_for_function(f"{size.format('.lab-header p')} === {type_before}")
    page.get_by_role("link", name="Draw").first.click()
    page.wait_for_url("**/draw")
