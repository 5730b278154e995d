"""Drawing in a real Chromium: mouse, finger, keyboard, buttons, photos."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, expect

from pages.ui.pad.pad import SIDE
from tests.support.app_server import Server
from tests.support.browser_pad import ONE, SEVEN, THREE, ZERO, draw, expect_answer, expect_blank
from tests.support.browser_page import screenshot, settled
from tests.support.photos import encoded, seven

# Counts the canvas' white pixels. The canvas is in a shadow root.
INK = """() => {
  const hosts = [...document.querySelectorAll(".st-key-pad *")].filter((e) => e.shadowRoot);
  const canvas = hosts[0]?.shadowRoot.querySelector("canvas.dc-canvas.lower-canvas");
  if (!canvas) return 0;
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return pixels.filter((value, i) => i % 4 === 0 && value > 128).length;
}"""
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
# Returns the class of the toolbar at a place, "" if there is none.
HIT = """([x, y]) => {
  let hit = document.elementFromPoint(x, y);
  while (hit?.shadowRoot?.elementFromPoint(x, y)) {
    const inner = hit.shadowRoot.elementFromPoint(x, y);
    if (inner === hit) break;
    hit = inner;
  }
  return String(hit?.closest?.("[class*=dc-toolbar]")?.className ?? "");
}"""


def visit(page: Page, lab: Server, run: str = "starter-drawing") -> None:
    """Open a blank pad; a page that shows it already is cleared."""
    url = f"{lab.url}/draw?run={run}"
    if page.url != url:
        page.goto(url)
        settled(page)
    elif button(page, "clear").is_enabled():
        button(page, "clear").click()
    expect_blank(page)
    page.locator("canvas.upper-canvas").wait_for()


def pad(page: Page) -> dict[str, float]:
    """Return the box of the pad."""
    box = page.locator(".lab-pad").bounding_box()
    assert box is not None and (box["width"], box["height"]) == (SIDE, SIDE)
    return dict(box)


def button(page: Page, name: str) -> Locator:
    return page.locator(f".lab-controls .lab-{name}")


def ink(page: Page) -> int:
    """Return the number of white pixels on the canvas, after its next frames."""
    page.evaluate(FRAMES)
    return int(page.evaluate(f"({INK})()"))


def expect_ink(page: Page, pixels: int) -> None:
    """Wait until the canvas shows about so much ink."""
    page.wait_for_function(f"(pixels) => Math.abs(({INK})() - pixels) <= 20", arg=pixels)


def expect_more_ink(page: Page, pixels: int) -> None:
    """Wait until the canvas shows more ink than so much."""
    page.wait_for_function(f"(pixels) => ({INK})() > pixels + 20", arg=pixels)


def shares(page: Page) -> list[str]:
    return page.locator(".lab-answers .lab-bars li > :last-child").all_inner_texts()


def answered(page: Page) -> int:
    """Return the number of answers of the bars."""
    return int(page.locator(".lab-answers .lab-answer").get_attribute("data-drawn") or 0)


def expect_answer_after(page: Page, times: int) -> None:
    """Wait until the bars have answered once more."""
    page.wait_for_function(
        "(times) => document.querySelector('.lab-answers .lab-answer')?.dataset.drawn > times",
        arg=times,
    )


def test_digits_large_and_small_are_read_and_the_bars_stay(lab: Server, guest: Page) -> None:
    page = guest
    visit(page, lab)
    bars = page.locator(".lab-answers .lab-bars li")
    bars.first.evaluate("(bar) => { bar.dataset.mine = 'kept'; }")
    for digit, strokes, size in (
        ("3", THREE, 60),
        ("7", SEVEN, 240),
        ("1", ONE, 60),
        ("0", ZERO, 240),
    ):
        expect(page.locator(".lab-answers .lab-bars li > :last-child")).to_have_text([""] * 10)
        draw(page, strokes, size)
        expect_answer(page, digit)
        total = sum(float(share.removesuffix(" %")) for share in shares(page))
        assert total == pytest.approx(100, 1)
        status = page.get_by_role("status").filter(has_text="with")
        expect(status).to_have_attribute("aria-live", "polite")
        expect(page.get_by_role("img", name="What the network sees: 28 x 28")).to_be_visible()
        button(page, "clear").click()
        expect_blank(page)
        expect(button(page, "clear")).to_be_disabled()
        expect_ink(page, 0)
    expect(bars.first).to_have_attribute("data-mine", "kept")


def test_undo_takes_one_stroke_and_clear_all(lab: Server, guest: Page) -> None:
    page = guest
    visit(page, lab)
    draw(page, SEVEN)
    expect_answer(page, "7")
    before, bars = ink(page), shares(page)
    for stroke in ([(0.1, 0.5), (0.9, 0.9)], [(0.1, 0.9), (0.9, 0.5)]):
        drawn = ink(page)
        draw(page, [stroke])
        expect_more_ink(page, drawn)
    both = ink(page)
    button(page, "undo").click()
    page.wait_for_function(f"(both) => {{ const n = ({INK})(); return n && n < both; }}", arg=both)
    button(page, "undo").click()
    expect_answer(page, "7")
    expect(page.locator(".lab-answers .lab-bars li > :last-child")).to_have_text(bars)
    expect_ink(page, before)
    button(page, "clear").click()
    expect_blank(page)
    expect(button(page, "clear")).to_be_disabled()


def test_a_drawing_outlives_other_pages_models_and_test_images(lab: Server, page: Page) -> None:
    visit(page, lab, "starter-mnist")  # not the default model
    draw(page, SEVEN)
    expect_answer(page, "7")
    before = ink(page)
    page.get_by_role("link", name="Data").first.click()
    expect(page.get_by_role("heading", name="Data", exact=True)).to_be_visible()
    page.get_by_role("link", name="Draw").first.click()
    expect_answer(page, "7")
    expect(page.get_by_role("combobox", name="Model", exact=True)).to_have_value(
        re.compile("MNIST MLP 128")
    )
    page.get_by_text("test images").click()
    expect(page.locator(".st-key-pad")).to_have_count(0)
    page.get_by_text("my drawing").click()
    expect_answer(page, "7")
    page.get_by_role("combobox", name="Model", exact=True).click()
    page.get_by_role("option", name="Fashion").first.click()
    expect(page.get_by_text("pictures cannot be drawn on the pad", exact=False)).to_be_visible()
    page.get_by_role("combobox", name="Model", exact=True).click()
    page.get_by_role("option", name="MNIST MLP 128").first.click()
    expect_answer(page, "7")
    expect_ink(page, before)
    times = answered(page)
    draw(page, [[(0.1, 0.6), (0.9, 0.6)]])
    expect_answer_after(page, times)
    button(page, "undo").click()
    expect_ink(page, before)
    expect_answer(page, "7")


def test_a_drawing_its_pen_and_its_paper_outlive_a_reload(lab: Server, page: Page) -> None:
    visit(page, lab)
    draw(page, SEVEN)
    expect_answer(page, "7")
    bars, before = shares(page), ink(page)
    page.get_by_role("button", name="Pen", exact=True).click()
    page.get_by_role("radio", name="thick").click()
    page.get_by_role("radio", name="dark on light").click()
    page.wait_for_function(f"(before) => ({INK})() > before", arg=2 * before)  # white paper
    page.keyboard.press("Escape")
    expect(page.get_by_role("radio", name="thick")).to_have_count(0)  # closed
    expect(page.locator(".lab-answers .lab-bars li > :last-child")).to_have_text(bars)
    on_paper = ink(page)
    page.reload()
    expect_answer(page, "7")
    expect(page.locator(".lab-answers .lab-bars li > :last-child")).to_have_text(bars)
    expect_ink(page, on_paper)
    times = answered(page)
    draw(page, [[(0.3, 0.5), (0.8, 0.5)]])
    expect_answer_after(page, times)
    page.wait_for_function(f"(most) => ({INK})() < most", arg=on_paper - 24 * 120)  # a thick line


def test_a_digit_is_drawn_and_taken_back_with_the_keyboard(lab: Server, guest: Page) -> None:
    page = guest
    visit(page, lab)
    keys = page.get_by_role("application", name="Drawing pad, for the keyboard")
    keys.focus()
    expect(page.locator(".lab-keys-hint")).to_have_css("opacity", "1")
    status = page.locator(".lab-keys-status")
    expect(status).to_have_attribute("aria-live", "polite")

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    press(*["ArrowLeft"] * 4, *["ArrowUp"] * 6, "Space", *["ArrowRight"] * 8, "Space")
    expect(status).to_have_text("Corner. 14 across, 4 down.")
    press(*["End"] * 5, *["ArrowDown"] * 8, "Space", "Enter")
    expect_answer(page, "7")
    page.wait_for_function(f"({INK})() > 0")  # the line is drawn
    drawn, bars = ink(page), shares(page)
    times = answered(page)
    press(*["ArrowUp"] * 7, "Space", "Enter")  # a dot
    expect_answer_after(page, times)
    page.wait_for_function(f"(drawn) => ({INK})() > drawn", arg=drawn)
    expect(keys).to_be_focused()
    press("Backspace")
    expect(page.locator(".lab-answers .lab-bars li > :last-child")).to_have_text(bars)
    expect_ink(page, drawn)
    press("Delete")
    expect_blank(page)
    expect(keys).to_be_focused()


def test_the_components_own_toolbar_is_out_of_reach(lab: Server, guest: Page) -> None:
    page = guest
    visit(page, lab)
    draw(page, SEVEN)
    expect_answer(page, "7")
    box = pad(page)
    before = ink(page)
    for x in range(4, SIDE, 12):  # along the top edge, where the toolbar would be
        page.mouse.move(box["x"] + x, box["y"] + 3)
        for dy in (-30, -20, -10, -3, 3):
            hit = page.evaluate(HIT, [box["x"] + x, box["y"] + dy])
            assert hit == "", f"the toolbar can be hit {dy} pixels below the pad's top"
    canvas = page.locator('[class*="st-key-lab_pad_"]')
    expect(canvas.get_by_role("button")).to_have_count(0)
    times = answered(page)
    page.mouse.click(box["x"] + SIDE - 6, box["y"] + 6)
    expect_answer_after(page, times)
    expect_more_ink(page, before)  # a click in the corner is a dot


def test_a_finger_draws_and_the_page_stays(lab: Server, new_page: Callable[..., Page]) -> None:
    page = new_page(width=390, height=700, has_touch=True, is_mobile=True)
    visit(page, lab)
    page.locator(".lab-pad").scroll_into_view_if_needed()
    box = pad(page)
    assert box["x"] >= 0 and box["x"] + SIDE <= 390
    scrolled = page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop")
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        spots = [{"x": box["x"] + SIDE * x, "y": box["y"] + SIDE * y} for x, y in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})

    for stroke in SEVEN:
        send("touchStart", stroke[0])
        for a, b in pairwise(stroke):
            for t in (0.25, 0.5, 0.75, 1):
                send("touchMove", (a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])))
        send("touchEnd")
    expect_answer(page, "7")
    before, times = ink(page), answered(page)
    send("touchStart", (0.97, 0.02))
    send("touchEnd")
    expect_answer_after(page, times)
    expect_more_ink(page, before)  # a tap in the corner is a dot
    for target in page.locator(".lab-labels button, .lab-controls > button").all():
        size = target.bounding_box()
        assert size is not None and size["height"] >= 44, "large enough for a finger"
    button(page, "undo").tap()
    expect_answer(page, "7")
    expect_ink(page, before)
    after = page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop")
    assert after == scrolled, "the page scrolled under the finger"
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    screenshot(page, "draw-touch-390")


def test_a_switch_shows_what_a_step_is_for(lab: Server, guest: Page) -> None:
    page = guest
    visit(page, lab)
    draw(page, SEVEN, 70)
    expect_answer(page, "7")
    before = shares(page)
    said = page.locator(".st-key-preparation_steps .lab-step-answer")
    expect(said).to_have_count(5)
    expect(said.last).to_contain_text("7, ")
    page.get_by_role("switch", name="Cropped").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("Answered without: Cropped.")).to_be_visible()
    expect(page.locator(".lab-answers .lab-bars li > :last-child")).not_to_have_text(before)
    page.get_by_role("button", name="All steps on").click()
    expect(page.get_by_text("Answered without", exact=False)).to_have_count(0)
    expect(page.locator(".lab-answers .lab-bars li > :last-child")).to_have_text(before)


# Pastes a picture as Ctrl+V does.
PASTE = """(bytes) => {
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([new Uint8Array(bytes)], "image.png", { type: "image/png" }));
  document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
}"""


def test_a_photo_is_uploaded_refused_and_pasted(lab: Server, page: Page) -> None:
    visit(page, lab)
    page.get_by_text("a photo").click()
    expect(page.get_by_text("Choose a photo: the bars answer here.")).to_be_visible()
    chooser = page.locator(".st-key-photo_box input[type=file]")
    chooser.set_input_files({"name": "x.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(page.get_by_text("This is no picture that can be read", exact=False)).to_be_visible()
    photo = {"name": "7.jpg", "mimeType": "image/jpeg", "buffer": encoded(seven(), "JPEG")}
    chooser.set_input_files(photo)
    expect_answer(page, "7")
    expect(page.get_by_role("img", name="Your photo, in grey")).to_be_visible()
    page.keyboard.press("7")
    chosen = page.get_by_role("button", name="7", exact=True)
    expect(chosen).to_have_attribute("aria-pressed", "true")
    chosen.hover()
    expect(chosen).to_have_css("color", "rgb(255, 255, 255)")  # on blue
    page.get_by_role("button", name="Undo label").click()
    expect(chosen).to_have_attribute("aria-pressed", "false")
    page.get_by_role("link", name="Data").first.click()
    expect(page.get_by_role("heading", name="Data", exact=True)).to_be_visible()
    page.get_by_role("link", name="Draw").first.click()
    expect_answer(page, "7")
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("Choose a photo: the bars answer here.")).to_be_visible()
    page.evaluate(PASTE, list(encoded(seven(220, 40))))
    expect_answer(page, "7")
    screenshot(page, "draw-photo")
