"""Comparing runs in a real Chromium: choose, overlay, rename, delete, undo."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from model_store import ModelStore, Run
from model_store.recipe.recipe import Hidden, Recipe
from pages.ui.server.visitor_cookie import COOKIE
from tests.support.app_server import Server
from tests.support.browser_page import screenshot, settled, sideways
from tests.support.finished_runs import finished_run

OWNER = "the-visitor-who-compares"
SLOW = Recipe("Careful steps", "digits", (Hidden(8),), epochs=4, validation="test")
FAST = SLOW.with_(name="Bold steps", learning_rate=0.03)
LINES = """() => [...document.querySelectorAll('.lab-live-plot')].map((plot) => [
    plot.layout?.xaxis?.title?.text,
    (plot._fullData ?? []).filter((trace) => !trace.opacity || trace.opacity === 1)
        .map((trace) => [trace.name, trace.line.color, trace.line.dash])])"""


@pytest.fixture
def runs(lab: Server) -> Iterator[tuple[Run, Run]]:
    """Add two runs of one visitor, and remove them after the test."""
    store = ModelStore(lab.store)
    slow = finished_run(store, SLOW, OWNER)
    fast = finished_run(store, FAST, OWNER, losses=(0.8, 0.4, 0.3, 0.5))
    yield slow, fast
    for run in (slow, fast):
        if run.id not in [deleted.run.id for deleted in store.deleted()]:
            store.delete(run.id)
        store.forget(run.id)


def visit(lab: Server, page: Page, address: str, owner: str = OWNER) -> None:
    page.context.add_cookies([{"name": COOKIE, "value": owner, "url": lab.url}])
    page.goto(f"{lab.url}/{address}")
    settled(page)


def box(page: Page, run: Run) -> Any:
    return page.locator(f'tr[data-run="{run.id}"] input')


def test_two_runs_overlaid(lab: Server, page: Page, runs: tuple[Run, Run]) -> None:
    slow, fast = runs
    visit(lab, page, "compare")
    box(page, slow).check()
    page.get_by_text("Choose another run to see the differences").wait_for()
    settled(page)  # the table before is gone
    box(page, fast).focus()
    page.keyboard.press("Space")
    expect(page.locator(".lab-diff tr[data-differs]")).to_have_text("Learning rate0.0010.03")
    expect(page.get_by_text("the saved weights are equal", exact=False)).to_be_visible()
    expect(box(page, fast)).to_be_focused()
    assert f"run={slow.id}&run={fast.id}" in page.url
    page.wait_for_function(f"({LINES})().every(([title, lines]) => lines.length === 4)")
    loss, accuracy = page.evaluate(LINES)
    assert loss == accuracy and loss[0] == "epoch"
    colours = {name: colour for name, colour, _dash in loss[1]}
    assert len(set(colours.values())) == 2
    assert {name for name, _colour, _dash in loss[1]} == {"A Careful steps", "B Bold steps"}
    assert {dash for _name, _colour, dash in loss[1]} == {"solid", "dot"}
    for run, name in ((slow, "A Careful steps"), (fast, "B Bold steps")):
        style = page.locator(f'tr[data-run="{run.id}"] .lab-mark').get_attribute("style")
        assert style == f"--lab-run:{colours[name]}", "the same colour in the table"
    page.get_by_text("seconds", exact=True).click()
    page.wait_for_function(f"({LINES})().every(([title]) => title === 'seconds of training')")
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    pale = "document.querySelector('.lab-live-plot')._fullData.some((t) => t.opacity < 1)"
    page.wait_for_function(pale)
    screenshot(page, "compare-two")
    page.set_viewport_size({"width": 390, "height": 3000})
    expect(page.get_by_role("button", name="Menu")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.locator(".lab-live-plot .legendtoggle").nth(3).wait_for(state="attached")
        assert sideways(page) <= 0
        screenshot(page, f"compare-two-{scheme}-390")


def test_heads_sort_and_the_field_finds(lab: Server, page: Page, runs: tuple[Run, Run]) -> None:
    slow, fast = runs
    visit(lab, page, "compare?whose=me")
    rows = page.locator(".lab-runs tbody tr")
    expect(rows.first).to_have_attribute("data-run", fast.id)
    head = page.locator('th[data-column="name"]')
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(rows.first).to_have_attribute("data-run", fast.id)
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(rows.first).to_have_attribute("data-run", slow.id)
    page.get_by_label("Find").fill("bold")
    expect(rows).to_have_count(1)
    expect(rows.first).to_have_attribute("data-run", fast.id)


def test_rename_delete_and_undo(lab: Server, page: Page, runs: tuple[Run, Run]) -> None:
    slow, fast = runs
    visit(lab, page, f"compare?run={slow.id}&run={fast.id}")
    card = page.locator(f".st-key-card_{fast.id}")
    card.get_by_role("button", name="Name, note, tags").click()
    page.get_by_role("textbox", name="Name").fill("Ten times <b>bolder</b>")
    page.get_by_role("textbox", name="Tags").fill("lesson 2, rate")
    page.get_by_role("textbox", name="Note").fill("It flutters.")
    page.get_by_role("button", name="Save").click()
    row = page.locator(f'tr[data-run="{fast.id}"]')
    expect(row.locator("label")).to_contain_text("Ten times <b>bolder</b>")
    expect(row.locator("label i")).to_have_text(["lesson 2", "rate"])
    expect(card.get_by_text("It flutters.")).to_be_visible()
    page.keyboard.press("Escape")
    card.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    expect(page.get_by_text("Deleted:", exact=False)).to_contain_text("Ten times")
    assert fast.id not in page.url and slow.id in page.url
    page.get_by_role("button", name="Undo").click()
    expect(row.locator("input")).to_be_checked()
    expect(page.get_by_text("Deleted:", exact=False)).to_have_count(0)


def test_another_visitor_sees_and_changes_nothing(
    lab: Server, page: Page, runs: tuple[Run, Run]
) -> None:
    slow, _fast = runs
    visit(lab, page, f"compare?run={slow.id}", owner="somebody-else")
    card = page.locator(f".st-key-card_{slow.id}")
    expect(card.get_by_role("link", name="Draw")).to_be_visible()
    expect(card.get_by_role("button", name="Delete")).to_have_count(0)
    expect(card.get_by_role("button", name="Name, note, tags")).to_have_count(0)


def test_the_old_address_leads_here(lab: Server, page: Page, runs: tuple[Run, Run]) -> None:
    slow, fast = runs
    visit(lab, page, f"models?run={slow.id}&run={fast.id}")
    expect(page.get_by_role("heading", name="Compare", exact=True)).to_be_visible()
    page.wait_for_url("**/compare?*")
    expect(box(page, slow)).to_be_checked()
    expect(box(page, fast)).to_be_checked()
    expect(page.get_by_role("link", name="Moved")).to_have_count(0)
