"""The phone of a member in a real Chromium: its pages, the end of time.

`test_class_lesson.py` has the story of a whole lesson, `test_server_killed.py` a lost server.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from model_store import ModelStore
from model_store.classroom.classes import Activity, ClassStore, SchoolClass
from model_store.recipe.recipe import Recipe
from pages.ui.server.browser_routes import bundle_path
from tests.support.app_server import Server
from tests.support.class_phone import THREE, draw, expect_good_to_use, join, send

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


def given(classes: ClassStore, activity: Activity) -> list[Any]:
    return [entry.content for entry in classes.entries(activity.id)]


def test_nobodys_drawing_is_lost_when_time_is_up(
    lab: Server, classes: ClassStore, room: SchoolClass, new_page: NewPage
) -> None:
    page = new_page(width=390, height=844)
    join(page, f"{lab.url}/c/{room.code}", "Ann <b>")
    expect(page.locator("#own-name")).to_contain_text("Ann <b>")
    drawn = classes.start(room.id, "draw", {"digit": 3, "count": 3}, seconds=300)
    expect(page.locator(".target")).to_have_text("Draw a 3 (1 of 3)")
    expect(page.locator("#notice")).to_have_text(re.compile(r"^\d min \d+ s left$"))
    draw(page)
    send(page)
    expect(page.locator(".target")).to_have_text("Draw a 3 (2 of 3)")
    draw(page)
    page.reload()
    expect(page.locator(".lab-bars li[data-best='true']")).to_have_text(re.compile(r"^3.* %$"))
    classes.end_activity(room.id)
    expect(page.get_by_text("the drawing on your pad was sent as it was")).to_be_visible()
    expect(page.get_by_text("You sent 2 of 3.")).to_be_visible()
    assert [content["label"] for content in given(classes, drawn)] == [3, 3]

    again = classes.start(room.id, "draw", {"digit": 7, "count": 1})
    expect(page.locator(".target")).to_have_text("Draw a 7")
    draw(page, THREE[:5])
    fool = classes.start(room.id, "fool", {"count": 1})  # in the middle of the drawing
    expect(page.get_by_role("heading", name="Fool the network")).to_be_visible()
    draw(page)
    classes.reveal(fool.id)
    expect(page.get_by_text("It was not sent and does not count.")).to_be_visible()
    assert [content["label"] for content in given(classes, again)] == [7]
    assert given(classes, fool) == []


def test_a_new_phone_asks_for_few_files(lab: Server, room: SchoolClass, new_page: NewPage) -> None:
    page = new_page(reduced_motion="reduce")  # in a context of its own, with an empty cache
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    with page.expect_response(re.compile("/models/")) as weights:
        join(page, f"{lab.url}/c/{room.code}")
    assert weights.value.header_value("content-encoding") == "gzip"
    own = f"/c/{room.code}"
    others = {urlsplit(weights.value.url).path, bundle_path("class_page")}
    assert sorted(asked) == sorted({own, f"{own}/mine", "/c/join", *others})


def test_every_page_is_good_to_use(
    lab: Server, classes: ClassStore, room: SchoolClass, new_page: NewPage
) -> None:
    page = new_page(width=390, height=844)
    page.goto(f"{lab.url}/c/{room.code}")
    expect(page.get_by_role("heading", name="Join your class")).to_be_visible()
    expect_good_to_use(page)
    join(page, "")
    recipe = Recipe(dataset="digits", hidden=(), epochs=2).to_link()
    for kind, settings, title in (
        ("draw", {"count": 2}, "Draw this"),
        ("fool", {"count": 1}, "Fool the network"),
        ("question", QUESTION, "Question"),
        ("predict", {"recipe": recipe}, "Predict the curve"),
        ("race", {"dataset": "digits", "epochs": 2}, "Race"),
    ):
        classes.start(room.id, kind, settings)
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        expect_good_to_use(page)
    classes.close(room.id)
    expect(page.get_by_role("heading", name="The class is over")).to_be_visible()
