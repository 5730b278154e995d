"""A network, drawn on the page of its run: pen, keyboard, details, tables, weights that change."""

import base64
import json
import re
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from model_store import ModelStore, Run
from model_store.inference.classifier import Classifier
from model_store.recipe.recipe import Hidden, Recipe
from pages.ui import browser
from pages.ui.components.network import words
from pages.ui.figures import theme
from tests.support.accessibility import (
    expect_headings_in_order,
    expect_nothing_serious,
    expect_the_keyboard_to_reach_everything,
)
from tests.support.app_server import Server
from tests.support.browser_models import digits_model
from tests.support.browser_pad import THREE, draw
from tests.support.browser_page import screenshot, settled, sideways
from tests.support.finished_runs import finished_run, random_weights
from training.data import datasets
from training.loop.live_weights import snapshot

RECIPE = Recipe(dataset="digits", hidden=(Hidden(40), Hidden(30, "tanh")))
UNIT = ".lab-network-board button[data-layer='{}'][data-at='{}']"
SEEN = """async (modules) => {
  const drawing = await import(`${location.origin}${modules}/drawing.js`);
  return btoa(String.fromCharCode(...drawing.stages().centred));
}"""
PIXELS = "document.querySelector('.lab-network canvas').toDataURL()"
MOUNT = """async ({modules, data}) => {
  const {default: start} = await import(`${location.origin}${modules}/network.js`);
  let host = document.getElementById("host");
  if (!host) {
    host = Object.assign(document.createElement("div"), {id: "host"});
    host.innerHTML = '<section class="lab-network" style="width:600px"></section>';
    document.body.append(host);
  }
  const bytes = new TextEncoder().encode(JSON.stringify(data));
  window.unmount = start({parentElement: host, data: bytes});
}"""


@pytest.fixture(scope="module")
def deep(made_up: Server) -> Run:
    """Return a run with two hidden layers and random weights."""
    return finished_run(ModelStore(made_up.store), RECIPE, "somebody")


@pytest.fixture(scope="module")
def dead(made_up: Server) -> Run:
    """Return a run whose hidden units are all silent."""
    return finished_run(
        ModelStore(made_up.store), RECIPE.with_(hidden=(Hidden(40),)), "somebody", bias=-1e6
    )


def visit(page: Page, server: Server, run: Run) -> Locator:
    """Open a run; a page that shows it already is cleared."""
    url, network = f"{server.url}/train?run={run.id}", page.locator(".lab-network")
    if page.url != url:
        page.goto(url)
        settled(page)
    else:
        clear(page)
    expect(page.locator(UNIT.format(0, 0))).to_be_enabled()
    expect(network.locator("button[aria-pressed=true]")).to_have_count(0)
    return network


def clear(page: Page) -> None:
    """Take the drawing off the pad, and close what is open beside the network's picture."""
    chosen = page.locator(".lab-network-board button[aria-pressed=true]")
    if chosen.count():
        chosen.focus()
        page.keyboard.press("Escape")
    if page.locator(".lab-controls .lab-clear").is_enabled():
        page.locator(".lab-controls .lab-clear").click()
    page.mouse.move(-1, -1)
    expect(page.locator(UNIT.format(2, 7))).to_have_attribute("aria-label", "Output 7")


def numbers_of(table: Locator) -> dict[str, str]:
    """Return the last cell of each row by its first."""
    rows = [row.locator("th, td").all_inner_texts() for row in table.locator("tbody tr").all()]
    return {row[0]: row[-1].replace("−", "-") for row in rows}


def outputs(page: Page) -> list[str]:
    """Return the names of the ten outputs, with their probabilities."""
    last = page.locator(".lab-network-board [role=toolbar]").last.locator("button")
    return [button.get_attribute("aria-label") or "" for button in last.all()]


def test_the_pad_s_drawing_flows_and_the_numbers_are_numpys(
    made_up: Server, deep: Run, guest: Page
) -> None:
    network = visit(guest, made_up, deep)
    blank = guest.evaluate(PIXELS)
    expect(guest.locator(UNIT.format(2, 7))).to_have_attribute("aria-label", "Output 7")
    draw(guest, THREE)
    guest.wait_for_function(f"{PIXELS} !== {json.dumps(blank)}")
    image = np.frombuffer(base64.b64decode(guest.evaluate(SEEN, browser.modules_path())), np.uint8)
    model = Classifier.load(deep)
    first, second, scores = model.activations(image.reshape(28, 28))
    best = int(scores[0].argmax())
    percent = theme.percent(float(model.probabilities(image.reshape(28, 28)).max()))
    expect(guest.locator(UNIT.format(2, best))).to_have_attribute(
        "aria-label", f"Output {best}: {percent}"
    )
    status = network.locator("[role=status]")
    expect(status).to_have_text(f"The network reads {best} with {percent}.")
    for layer, values in ((0, first), (1, second), (2, scores)):
        button = guest.locator(UNIT.format(layer, 3))
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        title = network.locator(".lab-network-title b").inner_text()
        unit = 3 if layer == 2 else int(title.split()[1])
        row = "score" if layer == 2 else "activation"
        table = network.locator(".lab-network-numbers table").last
        expect(table.get_by_role("rowheader", name=row, exact=True)).to_be_visible()
        assert float(numbers_of(table)[row]) == pytest.approx(float(values[0][unit]), abs=3e-5)
    parts = numbers_of(network.locator(".lab-network-numbers table").first)
    found = [float(parts[str(digit)].removesuffix(" %")) for digit in range(10)]
    expected = 100 * model.probabilities(image.reshape(28, 28))
    np.testing.assert_allclose(found, expected.reshape(-1), atol=0.011)
    assert parts["sum"].startswith("100.0")


def test_a_layer_with_batch_normalisation_shows_its_folded_weights_and_says_so(
    made_up: Server, page: Page
) -> None:
    recipe = RECIPE.with_(hidden=(Hidden(20, batch_norm=True), Hidden(12)))
    run = finished_run(ModelStore(made_up.store), recipe, "somebody")
    network = visit(page, made_up, run)
    draw(page, THREE)
    note = network.get_by_text(words(None)["folded"])
    for layer, folded in ((0, 1), (1, 0), (2, 0)):
        page.locator(UNIT.format(layer, 3)).click()
        expect(page.locator(UNIT.format(layer, 3))).to_have_attribute("aria-pressed", "true")
        expect(note).to_have_count(folded)
    page.locator(UNIT.format(0, 3)).click()
    title = network.locator(".lab-network-title b").inner_text()
    image = np.frombuffer(base64.b64decode(page.evaluate(SEEN, browser.modules_path())), np.uint8)
    value = Classifier.load(run).activations(image.reshape(28, 28))[0][0][int(title.split()[1])]
    shown = numbers_of(network.locator(".lab-network-numbers table").last)["activation"]
    assert float(shown) == pytest.approx(float(value), abs=3e-5)
    screenshot(page, "network-batch-norm")


def test_the_picture_takes_the_colours_of_the_page_and_moves_with_the_pen(
    made_up: Server, deep: Run, guest: Page
) -> None:
    visit(guest, made_up, deep)
    light = guest.evaluate(PIXELS)
    guest.emulate_media(color_scheme="dark")
    guest.wait_for_function(f"{PIXELS} !== {json.dumps(light)}")
    guest.emulate_media(color_scheme="light")
    guest.wait_for_function(f"{PIXELS} === {json.dumps(light)}")
    pad = guest.locator("canvas.upper-canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box
    guest.mouse.move(box["x"] + 60, box["y"] + 60)
    guest.mouse.down()
    seen = {guest.evaluate(PIXELS)}
    for step in range(3):
        guest.mouse.move(box["x"] + 100 + 30 * step, box["y"] + 150, steps=3)
        guest.wait_for_function("(known) => !known.includes(" + PIXELS + ")", arg=[*seen])
        seen.add(guest.evaluate(PIXELS))
    guest.mouse.up()
    assert len(seen) == 4


def test_a_unit_under_the_pointer_shows_its_own_connections(
    made_up: Server, deep: Run, guest: Page
) -> None:
    visit(guest, made_up, deep)
    draw(guest, THREE)
    expect(guest.locator(UNIT.format(2, 3))).to_have_attribute("aria-label", re.compile(" %$"))
    guest.locator(".lab-network-caption").hover()
    before = guest.evaluate(PIXELS)
    pictures = set()
    for layer in (0, 1, 2):
        guest.locator(UNIT.format(layer, 3)).hover()
        guest.wait_for_function(f"{PIXELS} !== {json.dumps(before)}")
        pictures.add(guest.evaluate(PIXELS))
        guest.locator(".lab-network-caption").hover()
        guest.wait_for_function(f"{PIXELS} === {json.dumps(before)}")
    assert len(pictures) == 3


def test_softmax_regression_is_its_ten_templates(made_up: Server, page: Page) -> None:
    run = digits_model(made_up.store)
    network = visit(page, made_up, run)
    expect(network.locator("[role=toolbar]")).to_have_count(1)
    expect(network.locator("[role=toolbar] button")).to_have_count(10)
    draw(page, THREE)
    network.get_by_role("button", name="Output 3").click()
    expect(network.locator(".lab-network-pictures canvas")).to_have_count(3)
    expect(network.locator(".lab-network-numbers table")).to_have_count(2)
    expect(network.locator(".lab-network-pager")).to_be_hidden()


def test_arrow_keys_enter_and_escape(made_up: Server, deep: Run, page: Page) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})  # three columns of eight units
    network = visit(page, made_up, deep)
    groups = network.locator("[role=toolbar]")
    expect(groups).to_have_count(3)
    for group in groups.all():
        assert group.locator("button[tabindex='0']").count() == 1, "one stop for each layer"
    first = page.locator(UNIT.format(0, 0))
    first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(UNIT.format(0, 1))).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(UNIT.format(0, 9))).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(first).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator(UNIT.format(0, 23))).to_be_focused()
    page.keyboard.press("Enter")
    expect(network.locator(".lab-network-title")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator(UNIT.format(1, 0))).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.locator(UNIT.format(0, 23))).to_be_focused()
    page.keyboard.press("Escape")
    expect(network.locator(".lab-network-title")).to_be_hidden()
    expect(page.locator(UNIT.format(0, 23))).to_be_focused()


def test_axe_the_keyboard_and_a_phone(made_up: Server, deep: Run, page: Page) -> None:
    network = visit(page, made_up, deep)
    draw(page, THREE)
    page.locator(UNIT.format(2, 3)).click()
    expect(network.locator(".lab-network-images button")).to_have_count(8)
    network.get_by_role("button", name="Show as tables").click()
    tables = network.locator(".lab-network-tables table")
    expect(tables).to_have_count(3)
    expect(tables.first.locator("tbody tr")).to_have_count(24)
    expect(tables.last.locator("tbody tr")).to_have_count(10)
    expect_headings_in_order(page)
    expect_the_keyboard_to_reach_everything(page)
    expect_nothing_serious(page)
    screenshot(page, "network-dark")
    assert sideways(page) <= 0
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('.lab-network-board').offsetWidth < 390")
    assert sideways(page) <= 0
    for button in network.locator("[role=toolbar] button").all():
        box = button.bounding_box()
        assert box and min(box["width"], box["height"]) >= 24
    screenshot(page, "network-phone-dark")


def test_images_that_excite_a_unit_are_sent_through(
    made_up: Server, deep: Run, guest: Page
) -> None:
    network = visit(guest, made_up, deep)
    data = datasets.load("digits")
    guest.locator(UNIT.format(1, 2)).click()
    unit = int(network.locator(".lab-network-title b").inner_text().split()[1])
    images = network.locator(".lab-network-images button")
    expect(images).to_have_count(8)
    activations = Classifier.load(deep).activations(data.x_test[:2000])
    best = int(activations[1][:, unit].argmax())
    value = f"{activations[1][best, unit]:.2f}".replace("-", "−")
    name = f"Test image of {data.y_test[best]}, activation {value}: send it through"
    expect(images.first).to_have_attribute("aria-label", name)
    images.first.click()
    table = network.locator(".lab-network-numbers table")
    expect(table.get_by_role("rowheader", name="activation", exact=True)).to_be_visible()
    found = float(numbers_of(table)["activation"])
    assert found == pytest.approx(float(activations[1][best, unit]), abs=3e-5)
    network.get_by_role("button", name="Back to your drawing").click()
    expect(
        network.get_by_text("Draw: then the numbers of your drawing appear here.")
    ).to_be_visible()


def test_a_dead_unit_is_excited_by_nothing_and_more_units_are_a_page_away(
    made_up: Server, dead: Run, page: Page
) -> None:
    network = visit(page, made_up, dead)
    draw(page, THREE)
    page.locator(UNIT.format(0, 5)).click()
    expect(network.get_by_text("None of the test images that were tried")).to_be_visible()
    expect(network.get_by_text("ReLU(−")).to_be_visible()
    assert numbers_of(network.locator(".lab-network-numbers table"))["activation"] == "0.00000"
    titles = set()
    for turned in range(2):
        expect(network.locator(".lab-network-pager")).to_contain_text("of 40")
        for at in range(24):
            page.locator(UNIT.format(0, at)).click()
            titles.add(network.locator(".lab-network-title b").inner_text())
        if not turned:
            network.get_by_role("button", name="Weaker").click()
            expect(network.get_by_text("Units 17 to 40 of 40")).to_be_visible()
            expect(network.get_by_role("button", name="Weaker")).to_be_disabled()
    assert titles == {f"Unit {unit}" for unit in range(40)}, "all units can be opened"


def test_without_weights_or_images_it_says_so(
    made_up: Server, deep: Run, blocking: Callable[..., Page]
) -> None:
    page = blocking("*/exciting/*")
    visit(page, made_up, deep)
    page.locator(UNIT.format(0, 0)).click()
    expect(page.get_by_text("could not be loaded.", exact=False)).to_be_visible()
    blocking("*/models/*")
    page.reload()
    expect(page.get_by_text("This browser could not load the network.")).to_be_visible()


def component_data(**changes: Any) -> dict[str, Any]:
    """Return what the component gets for a network that trains."""
    layers = [{"units": 40, "activation": "relu"}, {"units": 10, "activation": "linear"}]
    return {
        "modules": browser.modules_path(),
        "model": {"topic": "weights:some-run", "layers": layers},
        "names": RECIPE.data.class_names,
        "colours": theme.CLASS_COLOURS,
        "image": base64.b64encode(picture().tobytes()).decode(),
        "activations": {"relu": "ReLU"},
        "words": words(None),
        **changes,
    }


def picture() -> NDArray[np.uint8]:
    image = np.zeros((28, 28), np.uint8)
    image[6:22, 12:16] = 255
    return image


def live_message(number: int, seed: int) -> bytes:
    """Return a snapshot of a network's weights as the live channel sends it."""
    recipe = Recipe(hidden=(Hidden(40),), seed=seed)
    content = snapshot(number, number / 4, random_weights(recipe).values())
    assert content is not None
    head = json.dumps({"topic": "weights:some-run", "number": number}).encode()
    return struct.pack("<I", len(head)) + head + content


def connected(page: Page, server: Server) -> WebSocketRoute:
    """Mount a network that trains, without the app, and return its channel for the test to send."""
    channel: list[WebSocketRoute] = []
    page.route_web_socket("**/live", lambda socket: channel.append(socket))
    page.goto(f"{server.url}/_stcore/health")
    page.add_style_tag(content=browser.read("style.css"))
    page.evaluate(MOUNT, {"modules": browser.modules_path(), "data": component_data()})
    caption = page.locator(".lab-network-caption")
    expect(caption).to_have_text("The network appears when its training begins.")
    page.wait_for_function("Number(document.querySelector('.lab-network').dataset.drawn) > 1")
    while not channel:
        page.evaluate("1")  # Playwright hears of the channel
    return channel[0]


def test_it_moves_with_the_weights(made_up: Server, new_page: Callable[..., Page]) -> None:
    bare = new_page(reduced_motion="no-preference")
    socket = connected(bare, made_up)
    caption = bare.locator(".lab-network-caption")
    pictures = [bare.evaluate(PIXELS)]
    for number in (1, 2, 3):
        socket.send(live_message(number, seed=number))
        expect(caption).to_have_text(f"The network after {number / 4:.2f} epochs")
        pictures.append(bare.evaluate(PIXELS))
    assert len(set(pictures)) == 4
    bare.locator(UNIT.format(0, 0)).click()
    expect(bare.get_by_text("can be seen when the training has ended.")).to_be_visible()
    expect(bare.locator(".lab-network-numbers")).to_contain_text("ReLU(")


def test_who_wants_little_motion_sees_a_snapshot_a_second(
    made_up: Server, new_page: Callable[..., Page]
) -> None:
    bare = new_page(reduced_motion="reduce")
    bare.clock.install()
    socket = connected(bare, made_up)
    blank = bare.evaluate(PIXELS)
    socket.send(live_message(1, seed=1))
    bare.wait_for_function(f"{PIXELS} !== {json.dumps(blank)}")
    bare.clock.pause_at(bare.evaluate("Date.now()") / 1000 + 0.02)
    first = bare.evaluate(PIXELS)
    socket.send(live_message(2, seed=2))
    caption = bare.locator(".lab-network-caption")
    expect(caption).to_have_text("The network after 0.50 epochs")
    assert bare.evaluate(PIXELS) == first
    bare.clock.run_for(1100)
    assert bare.evaluate(PIXELS) != first


REVEALED = """async ({modules, data}) => {
  const {makeView} = await import(`${location.origin}${modules}/network_view.js`);
  const root = document.body.appendChild(document.createElement("section"));
  const view = makeView(root, {...data, layers: data.model.layers}, () => null);
  const pixels = Uint8Array.from(atob(data.image), (letter) => letter.charCodeAt(0));
  view.setPixels(pixels, true);
  const {reveal} = view.scene;
  view.end();
  return [reveal, root.children.length];
}"""


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_a_picture_flows_in_unless_motion_is_unwanted(
    made_up: Server, new_page: Callable[..., Page], motion: Any
) -> None:
    bare = new_page(reduced_motion=motion)
    bare.goto(f"{made_up.url}/_stcore/health")
    given = {"modules": browser.modules_path(), "data": component_data()}
    reveal, left = bare.evaluate(REVEALED, given)
    assert (reveal == 1) == (motion == "reduce")
    assert left == 0, "its end takes everything away"


def test_other_data_replace_what_was_begun(made_up: Server, new_page: Callable[..., Page]) -> None:
    bare = new_page(reduced_motion="reduce")
    socket = connected(bare, made_up)
    socket.send(live_message(1, seed=1))
    expect(bare.locator(UNIT.format(0, 0))).to_be_enabled()
    bare.locator(UNIT.format(0, 4)).click()
    other = base64.b64encode(np.full((28, 28), 90, np.uint8).tobytes()).decode()
    data = component_data(image=other)
    before = bare.evaluate(PIXELS)
    bare.evaluate(MOUNT, {"modules": browser.modules_path(), "data": data})
    bare.wait_for_function(f"{PIXELS} !== {json.dumps(before)}")
    expect(bare.locator(".lab-network-title")).to_be_visible()
    assert bare.locator(".lab-network-board").count() == 1
    bare.evaluate("window.unmount()")
    expect(bare.locator(".lab-network-board")).to_have_count(0)
