"""Pages in Chromium that lose their server or their connection: they go on without a reload."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from model_store import ModelStore
from model_store.classroom.classes import Activity, ClassStore
from model_store.recipe.recipe import Recipe
from model_store.recipe.validation import MAX_EPOCHS
from tests.support.app_server import MADE_UP_APP, Server, start_server
from tests.support.browser_pad import SEVEN, draw, expect_answer, expect_blank
from tests.support.browser_page import settled
from tests.support.class_phone import join

SLOW = Recipe("slow", "digits", (), epochs=MAX_EPOCHS)  # made up: an epoch in 0.1 s
SOON = 40_000  # milliseconds: Streamlit tries every 4 s at most, the live channel every 2 s
LOST = "No connection to the server"
QUESTION = {"text": "What is <i>it</i>?", "options": ["one", "two"], "right": 1}
KEEP_SOCKETS = """window.sockets = [];
window.WebSocket = class extends WebSocket {
  constructor(...where) { super(...where); window.sockets.push(this); }
};"""


@pytest.fixture
def new_tab(chromium: BrowserContext) -> Iterator[Callable[[], Page]]:
    """Open pages whose requests may fail; errors of their scripts fail the test."""
    assert chromium.browser is not None
    errors: list[str] = []
    context = chromium.browser.new_context(reduced_motion="reduce")

    def make() -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield make
    context.close()
    assert errors == []


def visit(page: Page, url: str) -> Page:
    page.goto(url)
    settled(page)
    page.evaluate("window.notReloaded = true")
    return page


@dataclass
class Phone:
    """The phone of a member who is asked a question."""

    page: Page
    classes: ClassStore
    activity: Activity

    @classmethod
    def joins(cls, page: Page, server: Server, store: ModelStore) -> "Phone":
        classes = ClassStore(store.database)
        room = classes.open("teacher")
        page.set_viewport_size({"width": 390, "height": 844})
        join(page, f"{server.url}/c/{room.code}")
        activity = classes.start(room.id, "question", QUESTION)
        expect(page.get_by_role("button", name="two")).to_be_visible()
        return cls(page, classes, activity)

    def answers_without_a_server(self) -> None:
        self.page.get_by_role("button", name="two").click()
        expect(self.page.get_by_text("No connection.")).to_be_visible()

    def goes_on(self) -> None:
        expect(self.page.get_by_text("Sent. You can change it until time is up.")).to_be_visible()
        expect(self.page.locator("#notice")).to_be_hidden()
        entries = self.classes.entries(self.activity.id)
        assert [entry.content for entry in entries] == [{"option": 1}]
        self.classes.reveal(self.activity.id)
        expect(self.page.get_by_text("Right. 1 of 1 in the class are right.")).to_be_visible()


def test_drawings_answers_and_interrupted_trainings_survive_their_server(
    new_tab: Callable[[], Page], tmp_path: Path, cache: Path
) -> None:
    servers: list[Server] = []

    def start() -> None:
        port = int(servers[0].url.rpartition(":")[2]) if servers else 0
        environment = {"SOFTMAX_LAB_COLD": "1"}  # no worker needs TensorFlow
        servers.append(start_server(tmp_path, cache, MADE_UP_APP, port, **environment))

    try:
        start()
        url, store = servers[0].url, ModelStore(servers[0].store)
        watching = visit(new_tab(), f"{url}/train?recipe={quote(SLOW.to_link())}")
        watching.get_by_role("button", name="Start training").click()
        drawing = visit(new_tab(), f"{url}/draw?run=starter-mnist")
        draw(drawing, SEVEN)
        expect_answer(drawing, "7")
        phone = Phone.joins(new_tab(), servers[0], store)
        expect(watching.get_by_role("button", name="Pause")).to_be_visible(timeout=60_000)
        expect(watching.locator(".lab-progress")).not_to_have_attribute("data-done", "0")
        form = watching.locator(".lab-basics")
        form.get_by_role("button", name="Add a hidden layer").click()
        expect(form).to_contain_text("784-128-10")

        servers[0].kill()
        phone.answers_without_a_server()
        expect(watching.get_by_text(LOST)).to_be_visible()
        start()

        phone.goes_on()
        resume = watching.get_by_role("button", name="Resume from the last checkpoint")
        expect(resume).to_be_visible(timeout=SOON)
        expect(watching.get_by_text("interrupted", exact=True)).to_be_visible()
        expect(watching.get_by_text(LOST)).to_be_hidden()
        expect(form).to_contain_text("784-128-10")  # as the new server counts
        expect(drawing.locator(".st-key-lab_pad_2")).to_be_visible(timeout=SOON)  # a new canvas
        expect_answer(drawing, "7")
        drawing.locator(".lab-controls .lab-undo").click()
        expect_blank(drawing)
        expect(drawing.locator(".st-key-lab_pad_3")).to_be_visible()  # it cannot take a stroke back
        with drawing.expect_response(lambda answer: "/pad/" in answer.url and answer.ok):
            draw(drawing, SEVEN)
        expect_answer(drawing, "7")
        for page in (drawing, watching):
            assert page.evaluate("window.notReloaded")
        drawing.reload()
        expect_answer(drawing, "7")
        store.close()
    finally:
        for server in servers:
            server.stop()


def test_a_drawing_survives_a_lost_connection(lab: Server, new_page: Callable[..., Page]) -> None:
    page = new_page(reduced_motion="reduce")  # in a context of its own, which the script stays in
    page.add_init_script(KEEP_SOCKETS)
    page.goto(f"{lab.url}/draw?run=starter-mnist")
    settled(page)
    draw(page, SEVEN)
    expect_answer(page, "7")
    canvas = page.locator(".st-key-pad canvas.upper-canvas").element_handle()
    with page.expect_websocket(lambda socket: "_stcore/stream" in socket.url) as found:
        page.evaluate("window.sockets.forEach((socket) => socket.close())")
    found.value.wait_for_event("framereceived")  # of the page, which runs again
    settled(page)
    expect_answer(page, "7")
    assert canvas.is_visible(), "the canvas stays"
    page.locator(".lab-controls .lab-undo").click()
    expect_blank(page)
    with page.expect_response(lambda answer: "/pad/" in answer.url and answer.ok):
        draw(page, SEVEN)
    page.reload()
    expect_answer(page, "7")
