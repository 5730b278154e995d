"""Fool it: the browser's fast gradient sign against the server's, and the view by its pages."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from model_store import Run
from model_store.inference.adversarial import GREYS, fast_gradient_sign, loss_gradients
from model_store.inference.classifier import Classifier
from model_store.recipe.choices import ACTIVATIONS, MORE_ACTIVATIONS
from model_store.recipe.recipe import Hidden
from pages.ui import browser
from pages.ui.runs.fool_view import MOST
from tests.model_store.inference.test_adversarial import network, pictures
from tests.support.accessibility import expect_nothing_serious
from tests.support.app_server import Server
from tests.support.browser_pad import SEVEN, draw
from tests.support.browser_page import settled
from tests.support.fooling import smallest_change
from training.data import datasets

FOOL = """async ({modules, weights, layers, cases}) => {
  const [reader, fool] = await Promise.all(
    ["reader", "fool"].map((name) => import(`${location.origin}${modules}/${name}.js`)));
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const text = (array) => btoa(String.fromCharCode(...array));
  const network = reader.readLayers(new Float32Array(bytes(weights).buffer), layers);
  return Promise.all(cases.map(async ({image, label, target, most}) => {
    const pixels = bytes(image);
    const ways = fool.ways(network, pixels, target);
    const greys = await fool.smallest(network, pixels, ways, target, most);
    const result = fool.changed(pixels, ways, greys ?? most);
    return {
      gradient: [...fool.lossGradient(network, pixels, label)],
      greys,
      image: text(result),
      probabilities: [...reader.probabilities(network, result)],
    };
  }));
}"""
NAMES = [*ACTIVATIONS, *MORE_ACTIVATIONS, "leaky_relu(0.3)", "elu(0.5)"]


def fool(page: Page, ours: Classifier, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    hidden = [{"units": h.units, "activation": h.activation} for h in ours.recipe.hidden]
    layers: list[dict[str, Any]] = [
        *hidden,
        {"units": ours.weights[-1][1].size, "activation": "linear"},
    ]
    if ours.recipe.pixel_norm != "none":
        layers[0]["pixelNorm"] = ours.recipe.pixel_norm
    flat = b"".join(array.tobytes() for pair in ours.weights for array in pair)
    argument = {
        "modules": browser.modules_path(),
        "weights": base64.b64encode(flat).decode(),
        "layers": layers,
        "cases": [
            {**case, "image": base64.b64encode(case["image"].tobytes()).decode()} for case in cases
        ],
    }
    found: list[dict[str, Any]] = page.evaluate(FOOL, argument)
    return found


@pytest.mark.parametrize(
    ("hidden", "norm", "classes"),
    [
        ((), "none", 10),
        ((), "columns", 10),
        ((Hidden(24, "tanh"),), "image", 10),
        ((Hidden(24), Hidden(12, "gelu"), Hidden(16)), "columns", 4),
        *(((Hidden(16, name),) * 2, "none", 10) for name in NAMES),
    ],
)
def test_gradients_and_changes_are_the_same(
    bare: Page, hidden: tuple[Hidden, ...], norm: str, classes: int
) -> None:
    ours, random = network(hidden, norm, classes), np.random.default_rng(8)
    images = pictures(5, seed=4)
    images[0] = 0
    cases = [
        {"image": image, "label": int(random.integers(classes)), "target": target, "most": 128}
        for image, target in zip(images, (None, None, None, 1, 2), strict=True)
    ]
    found = fool(bare, ours, cases)
    labels = np.array([case["label"] for case in cases])
    gradients = loss_gradients(ours, images, labels)
    got = np.array([each["gradient"] for each in found]).reshape(images.shape)
    np.testing.assert_allclose(got, gradients, rtol=0, atol=1e-5 * np.abs(gradients).max())
    for case, each in zip(cases, found, strict=True):
        target, image = case["target"], case["image"]
        expected = smallest_change(ours, image, target, most=128 / GREYS)
        greys = None if expected is None else round(expected.strength * GREYS)
        assert each["greys"] == greys
        answer = int(ours.logits(image).argmax()) if target is None else target
        gradient = loss_gradients(ours, image[np.newaxis], np.array([answer]))[0]
        gradient = gradient if target is None else -gradient
        changed = fast_gradient_sign(image, gradient, (128 if greys is None else greys) / GREYS)
        same = np.frombuffer(base64.b64decode(each["image"]), np.uint8).reshape(28, 28)
        assert (same == changed).all()
        np.testing.assert_allclose(each["probabilities"], ours.probabilities(changed), atol=1e-5)
    assert any(each["greys"] for each in found)


SAYS = ".lab-fool-says"
SLOWLY = """async ({modules, units}) => {
  const names = ["reader", "fool"];
  const load = (name) => import(`${location.origin}${modules}/${name}.js`);
  const [reader, fool] = await Promise.all(names.map(load));
  const layers = [{units, activation: "relu"}, {units: 2, activation: "linear"}];
  const weights = new Float32Array(784 * units + units + 2 * units + 2).fill(0.01);
  const network = reader.readLayers(weights, layers);
  const pixels = new Uint8Array(784).fill(100);
  let asked = 0;
  const ways = new Int8Array(784).fill(1);
  const found = await fool.smallest(network, pixels, ways, 1, 255, () => (asked += 1) < 2);
  return [found, asked];
}"""


def test_a_search_that_nobody_waits_for_any_more_ends(bare: Page) -> None:
    asked = {"modules": browser.modules_path(), "units": 2048}
    assert bare.evaluate(SLOWLY, asked) == [None, 2]


def fooled(page: Page) -> int:
    """Return the grey levels of the change that is shown."""
    page.wait_for_function("document.querySelector('.lab-fool')?.dataset.greys")
    return int(page.locator(".lab-fool").get_attribute("data-greys") or -1)


def test_the_dialog_shows_the_smallest_change_and_the_slider_moves_it(
    lab: Server, page: Page, digits_model: Run
) -> None:
    ours, data = Classifier.load(digits_model), datasets.load("digits")
    page.goto(f"{lab.url}/evaluate?run={digits_model.id}&view=pictures&image=4")
    settled(page)
    page.get_by_text("Fool it", exact=True).wait_for()
    assert page.locator(".lab-fool").get_attribute("data-greys") is None, "closed: not computed"
    page.get_by_text("Fool it", exact=True).click()
    image = data.x_test[4]
    expected = smallest_change(ours, image, most=MOST / GREYS)
    assert expected is not None
    greys = round(expected.strength * GREYS)
    assert fooled(page) == greys
    names = digits_model.recipe.data.names
    before, after = names[int(ours.logits(image).argmax())], names[expected.answer]
    says, box = page.locator(SAYS), page.locator(".lab-fool")
    expect(says).to_contain_text(f"the model reads {after} instead of {before}")
    best = box.locator(".lab-bars").last.locator("li[data-best=true]")
    percent = 100 * float(ours.probabilities(expected.image).max())
    expect(best).to_have_text(f"{after}{percent:.1f} %")
    expect_nothing_serious(page)
    slider = box.get_by_role("slider", name="Strength")
    slider.focus()
    slider.press("ArrowLeft")
    expect(says).to_contain_text(f"still reads {before}")
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "0.0 % (0 of 255 grey levels)")
    expect(box.get_by_role("img").nth(1)).to_have_attribute("aria-label", "The change: none")
    box.get_by_role("button", name="Smallest change").press("Enter")
    expect(box).to_have_attribute("data-greys", str(greys))
    page.get_by_role("dialog").get_by_role("button", name="Next").click()
    expect(page.get_by_role("dialog")).to_contain_text("Test image 5")
    other = smallest_change(ours, data.x_test[5], most=MOST / GREYS)
    expect(box).to_have_attribute("data-greys", str((other and round(other.strength * GREYS)) or 0))


def test_a_class_can_be_wished_for_and_the_drawing_is_followed(lab: Server, page: Page) -> None:
    page.goto(f"{lab.url}/draw?run=starter-mnist")
    settled(page)
    page.get_by_role("tab", name="Fool it").click()
    says, box = page.locator(SAYS), page.locator(".lab-fool")
    expect(says).to_contain_text("Draw a digit")
    expect(box.get_by_role("slider", name="Strength")).to_be_disabled()
    draw(page, SEVEN)
    expect(says).to_contain_text("instead of 7")
    first = fooled(page)
    wish = box.get_by_role("combobox", name="The model should say")
    wish.select_option("9")
    expect(box).to_have_attribute("data-answer", "9")
    expect(says).to_contain_text("reads 9 instead of 7")
    assert fooled(page) != first or "9" in says.inner_text()
    wish.select_option("7")
    expect(says).to_contain_text("reads 7 already")
    wish.select_option("anything else")
    expect(box).to_have_attribute("data-greys", str(first))
    page.get_by_role("button", name="Clear").click()
    expect(says).to_contain_text("Draw a digit")
    expect(box).to_have_attribute("data-greys", "")


def test_without_the_model_a_sentence_says_so(
    lab: Server, digits_model: Run, blocking: Callable[..., Page]
) -> None:
    page = blocking("*/models/*")
    page.goto(f"{lab.url}/evaluate?run={digits_model.id}&view=pictures&image=4")
    settled(page)
    page.get_by_text("Fool it", exact=True).click()
    expect(page.locator(SAYS)).to_contain_text("could not load the model")
