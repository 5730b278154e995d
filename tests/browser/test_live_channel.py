"""The live channel in a browser: what is lost is made up for, and what is blocked is polled."""

from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from model_store.recipe.recipe import Recipe
from model_store.recipe.validation import MAX_EPOCHS
from tests.support.app_server import Server
from tests.support.browser_page import settled

SLOW = Recipe("slow", "digits", (), epochs=MAX_EPOCHS)  # made up: an epoch in 0.1 s
POINTS = "Number(document.querySelector('.lab-live-plot')?.dataset.points ?? 0)"
EPOCHS = "document.querySelector('.lab-live-plot').data[0].x"


@pytest.fixture
def training(made_up: Server, page: Page) -> Iterator[str]:
    """Start a slow training and return its address; it is stopped at the end."""
    page.goto(f"{made_up.url}/train?recipe={quote(SLOW.to_link())}")
    settled(page)
    page.get_by_role("button", name="Start training").click()
    page.wait_for_function(f"{POINTS} > 0", timeout=60_000)
    yield page.url
    page.get_by_role("button", name="Stop and save").click()
    expect(page.get_by_text("What came out")).to_be_visible(timeout=60_000)


def grows(page: Page) -> None:
    """Wait until the curve has more points than now."""
    page.wait_for_function(f"{POINTS} > {page.evaluate(POINTS)}")


def test_where_websockets_are_blocked_it_polls(training: str, page: Page) -> None:
    page.route_web_socket("**/live", lambda socket: socket.close())
    page.reload()
    page.wait_for_function(f"{POINTS} > 0")
    grows(page)
    expect(page.locator(".lab-progress .lab-fallback")).to_have_text("")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_after_a_gap_the_curve_is_whole(training: str, page: Page) -> None:
    opened: list[WebSocketRoute] = []

    def pass_on(socket: WebSocketRoute) -> None:
        opened.append(socket)
        socket.connect_to_server()

    page.route_web_socket("**/live", pass_on)
    page.reload()
    page.wait_for_function(f"{POINTS} > 0")
    opened[0].close()
    for _frame in range(600):  # what came before the end may still be drawn
        if len(opened) > 1:
            break
        page.evaluate("new Promise((done) => requestAnimationFrame(done))")
    grows(page)
    assert len(opened) == 2, "one more connection, and none beside it"
    epochs = page.evaluate(EPOCHS)
    assert epochs == sorted(set(epochs)), "nothing twice, nothing out of order"
    assert all(b == a + 1 for a, b in pairwise(epochs)), "nothing is missing"
