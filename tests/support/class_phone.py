"""The phone of a member of a class, in a real Chromium."""

from collections.abc import Sequence

from playwright.sync_api import Page, expect

from model_store.classroom.drawing import Point
from tests.support.accessibility import AXE, expect_headings_in_order, findings
from tests.support.browser_page import sideways

SIDE = 280  # units of the pad
THREE = [(90, 70), (150, 50), (195, 80), (180, 120), (130, 135), (185, 150), (200, 200), (150, 235)]
THREE += [(85, 215)]
SEVEN = [(60, 70), (210, 70), (120, 260)]
LEAST = 44  # CSS pixels of what is touched
SMALL = """(least) => [...document.querySelectorAll("button, input, select, summary")]
  .filter((e) => e.checkVisibility()).map((e) => [e.textContent, e.getBoundingClientRect()])
  .filter(([, box]) => box.height < least || box.width < least).map(([text]) => text)"""


def join(page: Page, address: str, nickname: str = "") -> str:
    """Join a class at its address, or on the page that is open, and return the personal code."""
    if address:
        page.goto(address)
    page.get_by_label("Nickname").fill(nickname)
    page.get_by_role("button", name="Join").click()
    expect(page.locator("#own-name")).to_be_visible()
    return page.locator("#own-name").inner_text().rpartition(" ")[2]


def draw(page: Page, points: Sequence[Point] = THREE, finger: bool = False) -> None:
    """Draw a line on the pad; `points` in its units."""
    drag(page, "canvas.pad", [(x / SIDE, y / SIDE) for x, y in points], finger)


def drag(page: Page, selector: str, points: Sequence[Point], finger: bool = False) -> None:
    """Move the pressed mouse, or a finger, over an element; `points` as parts of its sides."""
    place = page.locator(selector)
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box
    ways = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    if finger:
        _touch(page, ways)
        return
    page.mouse.move(*ways[0])
    page.mouse.down()
    for x, y in ways[1:]:
        page.mouse.move(x, y, steps=3)
    page.mouse.up()


def _touch(page: Page, ways: Sequence[Point]) -> None:
    line = page.context.new_cdp_session(page)
    for number, (x, y) in enumerate(ways):
        kind = "touchMove" if number else "touchStart"
        line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    line.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    line.detach()


def send(page: Page) -> None:
    """Send the drawing on the pad, and wait until the server has it."""
    with page.expect_response("**/enter"):
        page.get_by_role("button", name="Send").click()


def expect_good_to_use(page: Page) -> None:
    """Expect nothing serious of axe in light and dark, no sideways scrolling, large targets."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert findings(page) == [], scheme
    expect_headings_in_order(page)
    assert sideways(page) <= 0
    assert page.evaluate(SMALL, LEAST) == []
