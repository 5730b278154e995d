"""Bars that move while the pen moves: without the server, without weights, on a phone, at Home."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Request, WebSocket, expect

from model_store import ModelStore
from model_store.classroom.drawing_set import DrawingStore
from tests.support.app_server import Server
from tests.support.browser_pad import SEVEN, STAR, THREE, draw, expect_answer, expect_blank
from tests.support.browser_page import screenshot, settled

FALLBACK = "This browser could not load the model. The server answers when you lift the pen."
VALUES = ".lab-answers .lab-bars li > :last-child"


class Traffic:
    """Messages of a page to its server, from `count` on."""

    def __init__(self, page: Page) -> None:
        self.frames: list[Any] = []
        self.requests: list[str] = []
        page.on("websocket", self._listen)
        page.on("request", self._note)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: self.frames.append(frame))

    def _note(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            self.requests.append(f"{request.method} {request.url}")

    def restart(self) -> None:
        self.frames.clear()
        self.requests.clear()


def visit(page: Page, lab: Server, path: str = "/draw?run=starter-mnist") -> None:
    page.goto(f"{lab.url}{path}")
    settled(page)
    expect_blank(page)
    page.locator("canvas.upper-canvas").wait_for()


def is_live(page: Page) -> None:
    """Wait until the browser has the models."""
    for place in page.locator(".lab-answers, .lab-panel, .lab-row").all():
        expect(place).to_have_attribute("data-live", "true")


def place(page: Page, x: float, y: float) -> tuple[float, float]:
    """Return a place on the pad, from fractions of its side, in the window."""
    box = page.locator(".lab-pad").bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


@pytest.mark.parametrize("path", ["/", "/draw?run=starter-mnist"])
def test_everything_follows_the_pen_and_the_server_hears_nothing_before_pen_up(
    lab: Server, page: Page, path: str
) -> None:
    traffic = Traffic(page)
    visit(page, lab, path)
    is_live(page)
    if path == "/":  # it stays still for who wants no motion
        expect(page.locator(".lab-pad p")).to_have_text("Draw a digit here.")
        expect(page.locator(".lab-pad polyline")).to_have_count(0)
    seen = ".lab-answers .lab-picture canvas"
    pixels = f"""() => document.querySelector("{seen}").toDataURL()"""
    blank = page.evaluate(pixels)
    page.mouse.move(*place(page, 0.25, 0.15))
    traffic.restart()
    page.mouse.down()
    page.mouse.move(*place(page, 0.75, 0.15), steps=6)
    expect(page.locator(VALUES).first).not_to_have_text("")
    across = page.locator(VALUES).all_inner_texts()
    picture = page.evaluate(pixels)
    assert picture != blank
    page.mouse.move(*place(page, 0.45, 0.9), steps=6)
    expect_answer(page, "7")
    expect(page.locator(VALUES)).not_to_have_text(across)
    assert page.evaluate(pixels) != picture
    if path != "/":
        expect(page.locator(".lab-step-answer").last).to_contain_text("7, ")
        for model in page.locator(".lab-panel .lab-answer").all():
            expect(model).to_have_attribute("data-answer", "7")
        expect(page.locator(".lab-consensus").last).to_contain_text("models read 7.")
    assert (traffic.frames, traffic.requests) == ([], [])
    with page.expect_response(lambda answer: "/pad/" in answer.url) as posted:
        page.mouse.up()
    assert posted.value.status == 204
    assert traffic.frames == []
    assert len(traffic.requests) == 1
    page.reload()
    expect_answer(page, "7")


def test_without_scripts_the_server_answers_at_pen_up(
    lab: Server, blocking: Callable[..., Page]
) -> None:
    page = blocking("*/modules/*")
    visit(page, lab)
    expect(page.get_by_text(FALLBACK).first).to_be_visible()
    draw(page, SEVEN)
    expect_answer(page, "7")


def test_without_weights_the_server_answers_at_pen_up_what_the_browser_did(
    made_up: Server, blocking: Callable[..., Page]
) -> None:
    """Two programs, one drawing: the last figure that is shown may be rounded differently."""
    page = blocking()
    visit(page, made_up)
    is_live(page)
    draw(page, THREE)
    expect_answer(page, "3")
    ours = page.locator(VALUES).all_inner_texts()
    blocking("*/models/*")
    page.reload()
    expect(page.get_by_text(FALLBACK).first).to_be_visible()
    expect_answer(page, "3")
    theirs = page.locator(VALUES).all_inner_texts()
    for one, other in zip(ours, theirs, strict=True):
        assert abs(float(one.removesuffix(" %")) - float(other.removesuffix(" %"))) < 0.11
    for _stroke in THREE:
        page.locator(".lab-controls .lab-undo").click()
    expect_blank(page)
    draw(page, SEVEN)
    expect_answer(page, "7")
    page.keyboard.press("7")
    expect(page.locator(".st-key-sides")).to_contain_text("Added as a 7")
    expect_blank(page)
    screenshot(page, "draw-fallback")


def test_the_next_digit_can_be_drawn_at_once_after_a_label(made_up: Server, page: Page) -> None:
    visit(page, made_up)
    is_live(page)
    draw(page, SEVEN)
    expect_answer(page, "7")
    page.keyboard.press("7")
    expect_blank(page)
    draw(page, THREE)
    expect_answer(page, "3")
    expect(page.locator(".st-key-sides")).to_contain_text("Added as a 7")
    page.keyboard.press("3")
    expect(page.locator(".st-key-sides")).to_contain_text("Added as a 3")
    expect_blank(page)
    drawings = {len(d["strokes"]) for d in _drawings(made_up) if d["label"] == 3}
    assert drawings >= {2}, "a three of two strokes, without the seven"


def _drawings(server: Server) -> list[dict[str, Any]]:
    return [d.to_dict() for d in DrawingStore(ModelStore(server.store).database).all().drawings]


def test_a_model_is_fetched_once_and_strokes_reach_the_server_where_a_tab_explains_them(
    lab: Server, page: Page
) -> None:
    traffic = Traffic(page)
    visit(page, lab)
    is_live(page)
    fetched = [request for request in traffic.requests if "/models/" in request]
    assert len(fetched) == len(set(fetched)) > 1
    traffic.restart()
    page.get_by_role("link", name="Data").first.click()
    expect(page.get_by_role("heading", name="Data", exact=True)).to_be_visible()
    page.get_by_role("link", name="Draw").first.click()
    expect_blank(page)
    is_live(page)
    assert not [request for request in traffic.requests if "/models/" in request]
    draw(page, SEVEN)
    expect_answer(page, "7")
    page.get_by_role("tab", name="Why").click()
    expect(page.get_by_text("Score of 7")).to_be_visible()
    page.locator(".lab-controls .lab-clear").click()
    expect(page.get_by_text("Draw to see which pixels decide")).to_be_visible()
    draw(page, THREE)
    expect(page.get_by_text("Score of 3")).to_be_visible()


def test_a_finished_drawing_that_is_no_digit_is_doubted(
    lab: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page(width=390, height=844)
    visit(page, lab)
    is_live(page)
    status = page.locator(".lab-answers .lab-answer")
    doubted = "I am not sure: it looks unlike the digits that the network knows."
    draw(page, STAR, 200)
    expect(status).to_contain_text(doubted)
    expect_answer(page, "?")
    expect(page.locator(VALUES).first).not_to_have_text("")
    expect(status).to_have_attribute("aria-busy", "false")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    screenshot(page, "draw-doubt")
    page.reload()
    expect(status).to_contain_text(doubted)
    page.mouse.move(*place(page, 0.3, 0.5))
    page.mouse.down()
    page.mouse.move(*place(page, 0.5, 0.3), steps=3)
    expect(status).to_have_attribute("aria-busy", "true")
    expect(status).not_to_contain_text(doubted)
    page.mouse.up()
    expect(status).to_contain_text(doubted)
    page.locator(".lab-controls .lab-clear").click()
    expect_blank(page)
    settled(page)
    draw(page, SEVEN, 200)
    expect_answer(page, "7")
    expect(status).not_to_contain_text(doubted)


def test_home_draws_an_example_until_somebody_touches_the_pad(
    lab: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 1366, "height": 768}, reduced_motion="no-preference")
    page.goto(lab.url)
    settled(page)
    expect_answer(page, "3")
    hint = page.locator(".lab-pad p")
    expect(hint).to_have_text("An example. Draw your own digit here.")
    expect(page.locator(".lab-clear")).to_be_disabled()
    page.mouse.move(*place(page, 0.5, 0.1))
    page.mouse.down()
    page.mouse.move(*place(page, 0.5, 0.9), steps=5)
    expect(page.locator(".lab-pad polyline")).to_have_count(0)
    expect_answer(page, "1")
    expect(hint).to_be_hidden()
    page.mouse.up()
    page.locator(".lab-clear").click()
    expect_blank(page)
    expect(hint).to_have_text("Draw a digit here.")


@pytest.mark.parametrize("path", ["/", "/draw"])
def test_on_a_phone_all_bars_are_in_view_while_one_draws(
    lab: Server, new_page: Callable[..., Page], path: str
) -> None:
    page = new_page(width=390, height=844)
    visit(page, lab, path)
    page.mouse.move(*place(page, 0.3, 0.2))
    page.mouse.down()
    page.mouse.move(*place(page, 0.7, 0.8), steps=4)
    expect(page.locator(VALUES).first).not_to_have_text("")
    for bar in page.locator(".lab-answers .lab-bars").first.locator("li").all():
        box = bar.bounding_box()
        assert box is not None and box["y"] >= 0 and box["y"] + box["height"] <= 844
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    page.mouse.up()
