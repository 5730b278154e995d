"""The live channel in a browser: what is lost is made up for, and what is blocked is polled."""

from collections.abc import Callable
from itertools import pairwise
from urllib.parse import quote

from playwright.sync_api import Page, WebSocketRoute, expect

from model_store.recipe.recipe import Recipe
from model_store.recipe.validation import MAX_EPOCHS
from tests.support.app_server import Server
from tests.support.browser_page import settled

SLOW = Recipe("slow", "digits", (), epochs=MAX_EPOCHS)  # made up: an epoch in 0.1 s
POINTS = "Number(document.querySelector('.lab-live-plot')?.dataset.points ?? 0)"
EPOCHS = "document.querySelector('.lab-live-plot').data[0].x"


def grows(page: Page) -> None:
    """Wait until the curve has more points than now."""
    page.wait_for_function(f"{POINTS} > {page.evaluate(POINTS)}")


def test_what_is_lost_is_made_up_for_and_what_is_blocked_is_polled(
    made_up: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page(reduced_motion="reduce")  # in a context of its own, which the routes stay in
    page.goto(f"{made_up.url}/train?recipe={quote(SLOW.to_link())}")
    settled(page)
    page.get_by_role("button", name="Start training").click()
    page.wait_for_function(f"{POINTS} > 0", timeout=60_000)
    after_a_gap_the_curve_is_whole(page)
    where_websockets_are_blocked_it_polls(page)
    page.get_by_role("button", name="Stop and save").click()
    expect(page.get_by_text("What came out")).to_be_visible(timeout=60_000)


def after_a_gap_the_curve_is_whole(page: Page) -> None:
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


def where_websockets_are_blocked_it_polls(page: Page) -> None:
    page.route_web_socket("**/live", lambda socket: socket.close())
    page.reload()
    page.wait_for_function(f"{POINTS} > 0")
    grows(page)
    expect(page.locator(".lab-progress .lab-fallback")).to_have_text("")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
