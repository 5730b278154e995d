"""File to take home in a real Chromium: opened from the disk, without a network."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from model_store import ModelStore, Run
from model_store.inference.classifier import Classifier
from model_store.recipe.choices import ACTIVATIONS, DATASETS
from model_store.recipe.recipe import Hidden, Recipe
from model_store.storage.store import default_root
from pages.ui.runs.take_home_source import page_source
from tests.support.accessibility import AXE, expect_headings_in_order, findings
from tests.support.app_server import Server
from tests.support.browser_page import downloaded, settled, sideways
from tests.support.finished_runs import archive, bare_run, pictures, random_weights
from training.data.datasets import Arrays, load
from training.export import take_home as export

HOSTILE = '</script><img src=x onerror="hacked=1"> $title ${x} <!--"'
THREE = [(90, 70), (150, 50), (195, 80), (180, 120), (130, 135), (185, 150), (200, 200)]
THREE += [(150, 235), (85, 215)]
ONE = [(140, 40), (140, 240)]
NewPage = Callable[..., Page]
Point = tuple[float, float]


@pytest.fixture
def starter() -> Run:
    return ModelStore(default_root()).open("starter-mnist")


@pytest.fixture
def opened(offline: Page, tmp_path: Path) -> Callable[..., Page]:
    """Write a run's file and open it with the network off."""

    def make(run: Run, width: int = 1366, height: int = 768) -> Page:
        path = tmp_path / export.FILE_NAME
        path.write_text(export.take_home(run, page_source()), encoding="utf-8")
        offline.set_viewport_size({"width": width, "height": height})
        return from_disk(offline, path)

    return make


def from_disk(page: Page, path: Path) -> Page:
    page.goto(path.as_uri())
    expect(page.locator(".lab-bars li")).to_have_count(10)
    return page


def draw(page: Page, points: Sequence[Point], lift: bool = True) -> None:
    box = page.locator("#pad").bounding_box()
    assert box
    places = [(box["x"] + x, box["y"] + y) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for x, y in places[1:]:
        page.mouse.move(x, y, steps=4)
    if lift:
        page.mouse.up()


def shown(page: Page) -> list[float]:
    """Return the percentages of the bars."""
    texts = page.locator(".lab-bars li > :last-child").all_inner_texts()
    return [float(text.removesuffix(" %")) for text in texts]


def answer(page: Page, text: str) -> None:
    expect(page.locator("#answer")).to_have_text(text)


def test_downloaded_from_the_app_it_reads_a_drawn_3(
    lab: Server, page: Page, offline: Page, tmp_path: Path
) -> None:
    page.goto(f"{lab.url}/evaluate?run=starter-mnist&view=take")
    settled(page)
    button = page.get_by_role("button", name="Page to take home")
    download = downloaded(page, button)
    assert download.suggested_filename == "my-network.html"
    path = tmp_path / download.suggested_filename
    download.save_as(path)
    assert path.stat().st_size < 500_000
    home = from_disk(offline, path)
    draw(home, THREE)
    answer(home, "3")
    assert shown(home)[3] > 90 and sum(shown(home)) == pytest.approx(100, abs=0.5)
    home.reload()
    answer(home, "Draw a digit: the ten bars answer here.")


def test_it_asks_nothing_of_any_server(opened: Callable[..., Page], starter: Run) -> None:
    asked: list[str] = []
    page = opened(starter)
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    draw(page, ONE)
    answer(page, "1")
    assert asked and {urlsplit(address).scheme for address in asked} <= {"file", "blob"}


def test_bars_move_while_the_pen_moves_and_the_answer_is_said_at_its_end(
    opened: Callable[..., Page], starter: Run
) -> None:
    page = opened(starter)
    status = page.locator("#status")
    draw(page, ONE, lift=False)
    answer(page, "1")
    expect(status).to_be_empty()
    page.mouse.up()
    expect(status).to_have_text(re.compile(r"^1, \d+\.\d %$"))


def test_undo_and_clear(opened: Callable[..., Page], starter: Run) -> None:
    page = opened(starter)
    hint = page.locator("#answer").inner_text()
    draw(page, ONE)
    answer(page, "1")
    one, status = shown(page), page.locator("#status")
    said = status.inner_text()
    draw(page, [(40, 140), (240, 140)])
    expect(status).not_to_have_text(said)
    assert shown(page) != one
    page.get_by_role("button", name="Undo").click()
    answer(page, "1")
    assert shown(page) == one
    page.get_by_role("button", name="Clear").click()
    answer(page, hint)
    expect(page.locator(".lab-bars li > :last-child").first).to_be_empty()
    page.get_by_role("button", name="Undo").click()  # nothing is left to undo
    answer(page, hint)


def test_a_digit_is_drawn_with_the_keyboard(opened: Callable[..., Page], starter: Run) -> None:
    page = opened(starter)
    page.keyboard.press("Tab")
    expect(page.locator("#pad")).to_be_focused()

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    press(*["ArrowUp"] * 9)
    expect(page.locator("#status")).to_have_text("14 across, 5 down")
    press("Space", *["ArrowDown"] * 18, "Space", "Enter")
    answer(page, "1")
    expect(page.locator("#status")).to_have_text(re.compile("^1, "))
    press("Space", *["ArrowLeft"] * 8, "Space", "Backspace", "Backspace")  # a corner, then the line
    answer(page, "1")
    press("Delete")
    expect(page.locator(".lab-bars li > :last-child").first).to_be_empty()
    press("Tab", "Tab")
    expect(page.get_by_role("button", name="Clear")).to_be_focused()


@pytest.mark.parametrize(
    ("activations", "pixel_norm"),
    [
        *(((name, name), "none") for name in ACTIVATIONS),
        (("leaky_relu(0.1)", "log_sigmoid"), "columns"),  # of imported networks
    ],
)
def test_every_activation_answers_as_on_the_server(
    opened: Callable[..., Page], tmp_path: Path, activations: tuple[str, str], pixel_norm: str
) -> None:
    hidden = (Hidden(24, activations[0]), Hidden(12, activations[1]))
    run = bare_run(
        ModelStore(tmp_path / "runs", starter=None),
        Recipe(dataset="digits", hidden=hidden, pixel_norm=pixel_norm),
    )
    page, data, classifier = opened(run), load("digits"), Classifier.load(run)
    for label in (0, 7):
        image = data.x_test[data.y_test == label][0]
        page.get_by_role("button", name=f"Test image of class {label}").click()
        chosen = page.locator("#samples [aria-pressed=true]")
        expect(chosen).to_have_accessible_name(f"Test image of class {label}")
        probabilities = classifier.probabilities(image)
        answer(page, str(probabilities.argmax()))
        np.testing.assert_allclose(shown(page), 100 * probabilities, atol=0.15)
        right = probabilities.argmax() == label
        expect(page.locator("#verdict")).to_have_text(
            "Right." if right else f"Wrong: it is {label}."
        )
    draw(page, ONE)  # the drawing takes the image's place
    expect(page.locator("#samples [aria-pressed=true]")).to_have_count(0)
    expect(page.locator("#verdict")).to_be_empty()


def test_weights_of_32_bits_are_read(opened: Callable[..., Page], tmp_path: Path) -> None:
    store, recipe = ModelStore(tmp_path / "runs", starter=None), Recipe(dataset="digits", hidden=())
    run = bare_run(store, recipe)
    large = {name: 1e6 * array for name, array in random_weights(recipe).items()}
    (run.folder / "weights.npz").write_bytes(archive(large))
    page = opened(run)
    expect(page.locator("dd").filter(has_text="too large for 16 bits")).to_be_visible()
    image = load("digits").x_test[load("digits").y_test == 4][0]
    page.get_by_role("button", name="Test image of class 4").click()
    answer(page, str(Classifier.load(run).logits(image).argmax()))


def test_a_finger_draws(new_page: NewPage, starter: Run, tmp_path: Path) -> None:
    path = tmp_path / export.FILE_NAME
    path.write_text(export.take_home(starter, page_source()), encoding="utf-8")
    page = new_page(width=390, height=844, offline=True, has_touch=True, is_mobile=True)
    page.goto(path.as_uri())
    page.locator("#pad").tap()
    expect(page.locator("#status")).to_have_text(re.compile("%$"))
    page.get_by_role("button", name="Clear").tap()
    expect(page.locator("#status")).to_have_text("Draw a digit: the ten bars answer here.")


def test_clothing_is_chosen_not_drawn(
    opened: Callable[..., Page], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, labels = pictures(40), np.arange(40, dtype=np.uint8) % 10
    arrays = Arrays("fashion_mnist", "", images, labels, images, labels)
    monkeypatch.setattr(export.datasets, "load", lambda name: arrays)
    recipe = Recipe(dataset="fashion_mnist", hidden=(Hidden(16),))
    run = bare_run(ModelStore(tmp_path / "runs", starter=None), recipe)
    page = opened(run, 390, 844)
    expect(page.locator("#pad")).to_be_hidden()
    names = DATASETS["fashion_mnist"].class_names
    answer(page, names[int(Classifier.load(run).logits(images[0]).argmax())])
    page.get_by_role("button", name="Ankle boot").click()
    answer(page, names[int(Classifier.load(run).logits(images[9]).argmax())])
    assert sideways(page) <= 0


def test_hostile_names_stay_text(
    opened: Callable[..., Page], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = (HOSTILE, *map(str, range(1, 10)))
    digits = replace(DATASETS["digits"], class_names=names, label=HOSTILE)
    monkeypatch.setitem(DATASETS, "digits", digits)  # type: ignore[arg-type]
    run = bare_run(ModelStore(tmp_path / "runs", starter=None), Recipe(HOSTILE, "digits", ()))
    page = opened(run)
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    expect(page.locator(".lab-bars li").first).to_contain_text(HOSTILE)
    page.locator("#samples button").first.click()
    expect(page.locator("#verdict")).not_to_be_empty()
    assert page.locator("img").count() == 0
    assert page.evaluate("typeof hacked") == "undefined"
    assert page.title() == HOSTILE
    assert sideways(page) <= 0


def test_no_script_from_elsewhere_may_run(
    chromium: BrowserContext, starter: Run, tmp_path: Path
) -> None:
    path = tmp_path / export.FILE_NAME
    path.write_text(export.take_home(starter, page_source()), encoding="utf-8")
    page = chromium.new_page()  # its console may have errors
    page.goto(path.as_uri())
    page.evaluate("""() => {
      window.refused = new Promise((done) =>
        document.addEventListener("securitypolicyviolation", (event) => done(event.blockedURI)));
      const script = document.createElement("script");
      script.textContent = "hacked = 1";
      document.body.append(script);
    }""")
    assert page.evaluate("refused") == "inline"
    assert page.evaluate("typeof hacked") == "undefined"
    page.close()


def test_it_fits_a_phone_and_everybody_can_use_it(
    opened: Callable[..., Page], starter: Run
) -> None:
    page = opened(starter)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    expect_headings_in_order(page)
    bars = page.locator(".lab-bars li")
    heights = "(all) => all.map((e) => e.offsetHeight)"
    for width, height in ((1366, 768), (390, 844), (320, 568)):
        page.set_viewport_size({"width": width, "height": height})
        draw(page, ONE)
        answer(page, "1")
        before = bars.evaluate_all(heights)
        assert len(set(before)) == 1, "no percentage wraps"
        percent = page.locator(".lab-bars li > :last-child").first
        percent.evaluate("(e) => e.textContent = '100.0 %'")
        bars.first.evaluate("(e) => e.dataset.best = 'true'")
        assert bars.evaluate_all(heights) == before
        assert percent.evaluate("(e) => e.scrollWidth <= e.clientWidth")
        assert sideways(page) <= 0
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert findings(page) == [], (width, scheme)
        page.get_by_role("button", name="Clear").click()
