"""A person's own data set in Chromium: added, looked at, trained on, drawn for, deleted."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from model_store import ModelStore
from model_store.recipe.own_data import MAX_CLASS_NAME
from model_store.recipe.recipe import Hidden, Recipe
from tests.support.accessibility import expect_nothing_serious
from tests.support.app_server import Server
from tests.support.browser_pad import ONE, draw, expect_answer
from tests.support.browser_page import screenshot, settled, sideways, turn_to
from tests.support.finished_runs import finished_run
from tests.support.foreign_words import english_in_chinese
from tests.support.own_files import SIGNS, signs
from tests.support.own_sets import about, made_up_set
from training.data.own_sets import OwnSets

SIZES = {"phone": (390, 844), "laptop": (1366, 768)}


@pytest.fixture
def sets(lab: Server) -> Iterator[OwnSets]:
    """The own data sets of the shared app, gone afterwards."""
    found = OwnSets(lab.store)
    yield found
    for card in found.cards():
        found.delete(card.name, None)


def add(page: Page, content: bytes, name: str = "signs.zip") -> None:
    """Choose a file and have it read, prepared like photos."""
    page.get_by_text("Prepare like a photo of a drawing").click()
    settled(page)
    file = {"name": name, "mimeType": "application/zip", "buffer": content}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    expect(page.get_by_role("button", name="Read the files")).to_be_enabled()
    page.get_by_role("button", name="Read the files").click()


def test_five_signs_are_added_looked_at_trained_drawn_and_deleted(
    lab: Server, page: Page, sets: OwnSets
) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    turn_to(page, f"{lab.url}/data?dataset=own")
    add(page, signs(12))
    expect(page.get_by_text("60 pictures in 5 classes")).to_be_visible(timeout=60_000)
    expect(page.locator(".lab-pair")).to_have_count(10)
    for name, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        settled(page)
        assert sideways(page) <= 0
        screenshot(page, f"own-data-found-{name}")
    page.get_by_role("textbox", name="Name of the data set").fill("Signs")
    page.get_by_role("textbox", name="Who made the pictures").fill("the tests; CC0")
    page.get_by_role("button", name="Add this data set").click()
    expect(page.get_by_text("5 classes, 50 training images and 10 test images")).to_be_visible()
    (card,) = sets.cards()
    assert card.about.class_names == ("bar", "box", "cross", "dash", "roof")
    page.get_by_role("radio", name="Mean images").click()
    expect(page.locator(".lab-cell")).to_have_count(5)
    screenshot(page, "own-data-means")
    page.get_by_role("link", name="Train on it").click()
    settled(page)
    expect(page.get_by_role("status").get_by_text("784-64-5")).to_be_visible()
    page.get_by_role("button", name="Start training").click()
    expect(page.locator(".lab-header h1")).to_have_text("Train")
    page.wait_for_url("**/train?run=*")
    expect(page.get_by_role("link", name="Try it on a drawing")).to_be_visible(timeout=120_000)
    page.get_by_role("link", name="Try it on a drawing").click()
    settled(page)
    expect(page.locator(".lab-answers .lab-bars li")).to_have_count(5)
    draw(page, [[(0.5, 0.15), (0.5, 0.5), (0.5, 0.85)]])
    expect_answer(page, "bar")
    screenshot(page, "own-data-drawn")
    turn_to(page, f"{lab.url}/data?dataset={card.name}")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete this data set").click()
    expect(page.get_by_role("button", name="Read the files")).to_be_visible()
    assert sets.cards() == []


CORNER = [[(0.2, 0.15), (0.2, 0.85), (0.8, 0.85)]]


def test_signs_are_drawn_labelled_and_added(lab: Server, page: Page, sets: OwnSets) -> None:
    turn_to(page, f"{lab.url}/data?dataset=own&from=drawn")
    signs = page.get_by_role("textbox", name="Classes, with commas")
    signs.fill("bar, corner")
    signs.press("Enter")
    buttons = page.locator(".lab-labels button")
    expect(buttons).to_have_text(["bar", "corner"])
    for number in range(4):
        for name, strokes in (("bar", ONE), ("corner", CORNER)):
            moved = [[(x + number / 50, y) for x, y in line] for line in strokes]
            draw(page, moved, size=200)
            button = page.locator(".lab-labels").get_by_role("button", name=name)
            expect(button).to_be_enabled()
            button.click()
            expect(page.get_by_text(f"{name}: {number + 1}", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).last.click()
    expect(page.get_by_text("corner: 3", exact=True)).to_be_visible()
    for name, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        settled(page)
        assert sideways(page) <= 0
        screenshot(page, f"own-data-drawing-{name}")
    page.get_by_role("button", name="Use these drawings").click()
    page.get_by_role("textbox", name="Name of the data set").fill("Lines")
    page.get_by_role("button", name="Add this data set").click()
    expect(page.get_by_text("2 classes, 5 training images and 2 test images")).to_be_visible()
    (card,) = sets.cards()
    assert card.about.class_names == ("bar", "corner")
    data = sets.load(card.name)
    assert data.x_train.max() == 255


def test_on_a_dark_phone_in_chinese(
    lab: Server, new_page: Callable[..., Page], sets: OwnSets
) -> None:
    page = new_page("dark", 390, 844)
    page.goto(f"{lab.url}/data?dataset=own&lang=zh")
    settled(page)
    file = {"name": "signs.zip", "mimeType": "application/zip", "buffer": signs(4)}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    read = page.locator(".st-key-own_read button")
    expect(read).to_be_enabled()
    read.click()
    expect(page.locator(".lab-pair")).to_have_count(10)
    assert sideways(page) <= 0
    names = {*SIGNS, "signs.zip", "signs.zip, 7.0KB"}  # as a person named them
    assert [text for text in english_in_chinese(page) if text not in names] == []
    expect_nothing_serious(page)
    screenshot(page, "own-data-dark-zh")
    for way in ("drawn", "class"):
        turn = f"{lab.url}/data?dataset=own&from={way}&lang=zh"
        page.goto(turn)
        settled(page)
        assert english_in_chinese(page) == []
        assert sideways(page) <= 0


def test_long_names_of_classes_fit_on_a_phone(
    lab: Server, page: Page, sets: OwnSets, records: ModelStore
) -> None:
    names = ("Wirbelsäulengymnastikgerä", "<b>bold</b> & *stars*", "$x^2$ :red: __y__")
    names = tuple(name[:MAX_CLASS_NAME] for name in names)
    card = sets.add(made_up_set(3), replace(about(3), class_names=names), "ada")
    recipe = Recipe(dataset=card.name, own=card.about, hidden=(Hidden(8),), batch_size=10)
    run = finished_run(records, recipe, "ada", facts={"data": card.fingerprint})
    page.set_viewport_size({"width": 390, "height": 844})
    places = (  # no page follows itself: see `turn_to`
        *("data?dataset={data}&view=classes", "evaluate?run={run}&view=figures"),
        *("data?dataset={data}&view=means", "evaluate?run={run}&view=matrix", "draw?run={run}"),
        *("evaluate?run={run}&view=pictures", "train?run={run}", "compare"),
    )
    for number, place in enumerate(places):
        turn_to(page, f"{lab.url}/{place.format(data=card.name, run=run.id)}")
        assert sideways(page) <= 0, place
        screenshot(page, f"own-data-long-{number}")
        bold = ".stMain :is(b, strong, em, tspan[style*=bold], .katex)"
        assert (
            page.locator(bold).filter(has_text=re.compile("^(bold|stars|y|x.*2)$")).count() == 0
        ), place
