"""The phone of a member in a real Chromium: all activities, a reload, a lost server."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from model_store import ModelStore
from model_store.classroom.classes import Activity, ClassStore, SchoolClass
from model_store.recipe.recipe import Recipe
from pages.ui.server.browser_routes import bundle_path
from tests.support.accessibility import AXE, expect_headings_in_order, findings
from tests.support.app_server import Server, start_server
from tests.support.browser_page import sideways

SIDE = 280  # units of the pad
THREE = [(90, 70), (150, 50), (195, 80), (180, 120), (130, 135), (185, 150), (200, 200), (150, 235)]
THREE += [(85, 215)]
LEAST = 44  # CSS pixels of what is touched
SMALL = """(least) => [...document.querySelectorAll("button, input, select, summary")]
  .filter((e) => e.checkVisibility()).map((e) => [e.textContent, e.getBoundingClientRect()])
  .filter(([, box]) => box.height < least || box.width < least).map(([text]) => text)"""
QUESTION = {"text": "What is <i>it</i>?", "options": ["one", "two"], "right": 1}
NewPage = Callable[..., Page]


@pytest.fixture
def classes(lab: Server, records: ModelStore) -> ClassStore:
    return ClassStore(records.database)


@pytest.fixture
def room(classes: ClassStore) -> Iterator[SchoolClass]:
    found = classes.open("teacher", "Room 12")
    yield found
    classes.delete(found.id)


def join(page: Page, url: str, room: SchoolClass, nickname: str = "") -> str:
    """Join a class and return the personal code."""
    page.goto(f"{url}/c/{room.code}")
    page.get_by_label("Nickname").fill(nickname)
    page.get_by_role("button", name="Join").click()
    expect(page.locator("#own-name")).to_be_visible()
    return page.locator("#own-name").inner_text().rpartition(" ")[2]


def draw(page: Page, points: Sequence[tuple[float, float]] = THREE) -> None:
    box = page.locator("canvas.pad").bounding_box()
    assert box
    unit = box["width"] / SIDE
    places = [(box["x"] + x * unit, box["y"] + y * unit) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for x, y in places[1:]:
        page.mouse.move(x, y, steps=3)
    page.mouse.up()


def given(classes: ClassStore, activity: Activity) -> list[Any]:
    return [entry.content for entry in classes.entries(activity.id)]


def expect_good_to_use(page: Page) -> None:
    """Expect nothing serious of axe in light and dark, no sideways scrolling, large targets."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert findings(page) == [], scheme
    expect_headings_in_order(page)
    assert sideways(page) <= 0
    assert page.evaluate(SMALL, LEAST) == []


def test_a_member_draws_and_comes_back_on_another_phone(
    lab: Server, classes: ClassStore, room: SchoolClass, new_page: NewPage
) -> None:
    page = new_page(width=390, height=844)
    page.goto(f"{lab.url}/c")
    expect(page.get_by_role("heading", name="Join your class")).to_be_visible()
    expect_good_to_use(page)
    personal = join(page, lab.url, room, "Ann <b>")
    expect(page.locator(".large")).to_have_text(personal)
    expect(page.locator("#own-name")).to_contain_text("Ann <b>")

    activity = classes.start(room.id, "draw", {"digit": 3, "count": 2}, seconds=300)
    expect(page.locator(".target")).to_have_text("Draw a 3 (1 of 2)")
    expect(page.locator("#notice")).to_have_text(re.compile(r"^\d min \d+ s left$"))
    draw(page)
    expect(page.locator(".lab-bars li[data-best='true']")).to_have_text(re.compile(r"^3.* %$"))
    expect_good_to_use(page)
    page.reload()
    expect(page.locator(".lab-bars li[data-best='true']")).to_have_text(re.compile(r"^3.* %$"))
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#said")).to_have_text("Sent.")
    assert [content["label"] for content in given(classes, activity)] == [3]

    other = new_page(width=360, height=640)
    other.goto(f"{lab.url}/c/{room.code.lower()}")
    other.get_by_text("I was here before").click()
    other.get_by_label("Personal code").fill(personal.lower())
    other.get_by_role("button", name="Join").click()
    expect(other.locator(".target")).to_have_text("Draw a 3 (2 of 2)")
    expect(other.get_by_role("button", name="Draw number 1 again: 3")).to_be_visible()
    assert len(classes.members(room.id)) == 1
    classes.reveal(activity.id)
    expect(other.get_by_text("The network reads 1 of your 1 drawings right.")).to_be_visible()
    expect_good_to_use(other)


def test_a_new_phone_asks_for_few_files(lab: Server, room: SchoolClass, new_page: NewPage) -> None:
    page = new_page(reduced_motion="reduce")  # in a context of its own, with an empty cache
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    with page.expect_response(re.compile("/models/")) as weights:
        join(page, lab.url, room)
    assert weights.value.header_value("content-encoding") == "gzip"
    own = f"/c/{room.code}"
    others = {urlsplit(weights.value.url).path, bundle_path("class_page")}
    assert sorted(asked) == sorted({own, f"{own}/mine", "/c/join", *others})


def test_every_activity_has_its_page(
    lab: Server, classes: ClassStore, room: SchoolClass, new_page: NewPage
) -> None:
    page, other = new_page(width=390, height=844), new_page(width=390, height=844)
    join(page, lab.url, room)
    join(other, lab.url, room)

    fool = classes.start(room.id, "fool", {"count": 1})
    for phone in (page, other):
        expect(phone.get_by_role("heading", name="Fool the network")).to_be_visible()
        draw(phone)
        phone.get_by_role("button", name="8", exact=True).click()
        expect(phone.get_by_text(re.compile("Fooled: the network reads 3"))).to_be_visible()
        phone.get_by_role("button", name="Send").click()
        expect(phone.locator("#said")).to_have_text("Sent.")
    classes.change_activity(fool.id, {"count": 1, "votes": True})
    expect(page.get_by_text("Which digit is this? (1 of 1)")).to_be_visible()
    with page.expect_response(re.compile("/enter$")):
        page.get_by_role("button", name="8", exact=True).click()
    classes.reveal(fool.id)
    expect(other.get_by_text(re.compile("1 of 1 people read it right"))).to_be_visible()

    question = classes.start(room.id, "question", QUESTION)
    expect(page.get_by_text("What is <i>it</i>?")).to_be_visible()
    page.get_by_role("button", name="one").click()
    page.get_by_role("button", name="two").click()
    expect(page.get_by_text("Sent. You can change it until time is up.")).to_be_visible()
    assert given(classes, question) == [{"option": 1}]
    expect_good_to_use(page)
    classes.reveal(question.id)
    expect(page.get_by_text("Right. 1 of 1 in the class are right.")).to_be_visible()

    recipe = Recipe(dataset="digits", hidden=(), epochs=2)
    predict = classes.start(room.id, "predict", {"recipe": recipe.to_link()})
    chart = page.locator(".lab-prediction svg")
    box = chart.bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.6 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.3 * box["height"], steps=10)
    page.mouse.up()
    expect(page.get_by_text("Sent. You can change it until time is up.")).to_be_visible()
    points = given(classes, predict)[0]["points"]
    assert len(points) == 11 and points[0] < points[-1]
    expect_good_to_use(page)

    race = classes.start(room.id, "race", {"dataset": "digits", "epochs": 2})
    page.get_by_label("Units in each").select_option("16")
    expect_good_to_use(page)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text(re.compile("^Finished. Test accuracy: "))).to_be_visible(timeout=90_000)
    run = given(classes, race)[0]
    assert run["settings"]["hidden"][0]["units"] == 16
    page.reload()
    expect(page.get_by_text(re.compile("^Finished. Test accuracy: "))).to_be_visible()
    classes.reveal(race.id)
    expect(page.get_by_text("Place 1 of 1")).to_be_visible()

    classes.start(room.id, "follow", {"path": "/data"})
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", level=1)).to_be_visible()
    classes.close(room.id)
    expect(page.get_by_role("heading", name="The class is over")).to_be_visible()


def test_it_waits_for_its_server_and_goes_on(
    chromium: BrowserContext, tmp_path: Path, cache: Path
) -> None:
    assert chromium.browser is not None
    context = chromium.browser.new_context(viewport={"width": 390, "height": 844})
    errors: list[str] = []
    servers = [start_server(tmp_path, cache, SOFTMAX_LAB_COLD="1")]
    store = ModelStore(servers[0].store)
    classes = ClassStore(store.database)
    try:
        room = classes.open("teacher")
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        join(page, servers[0].url, room)
        activity = classes.start(room.id, "question", QUESTION)
        expect(page.get_by_role("button", name="two")).to_be_visible()
        servers[0].kill()
        page.get_by_role("button", name="two").click()
        expect(page.get_by_text("No connection.")).to_be_visible()
        port = int(servers[0].url.rpartition(":")[2])
        servers.append(start_server(tmp_path, cache, port=port, SOFTMAX_LAB_COLD="1"))
        expect(page.get_by_text("Sent. You can change it until time is up.")).to_be_visible()
        expect(page.locator("#notice")).to_be_hidden()
        assert given(classes, activity) == [{"option": 1}]
        classes.reveal(activity.id)
        expect(page.get_by_text("Right. 1 of 1 in the class are right.")).to_be_visible()
    finally:
        context.close()
        store.close()
        for server in servers:
            server.stop()
    assert errors == []
