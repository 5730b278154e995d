"""Fool it: the browser's fast gradient sign against the server's, and the view by its pages."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from model_store.inference.adversarial import (
    GREYS,
    fast_gradient_sign,
    loss_gradients,
    smallest_change,
)
from model_store.inference.classifier import Classifier
from model_store.recipe.choices import ACTIVATIONS, MORE_ACTIVATIONS
from model_store.recipe.recipe import Hidden
from pages.ui import browser
from tests.model_store.inference.test_adversarial import network, pictures

FOOL = """async ({modules, weights, layers, cases}) => {
  const [reader, fool] = await Promise.all(
    ["reader", "fool"].map((name) => import(`${location.origin}${modules}/${name}.js`)));
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const text = (array) => btoa(String.fromCharCode(...array));
  const network = reader.readLayers(new Float32Array(bytes(weights).buffer), layers);
  return cases.map(({image, label, target, most}) => {
    const pixels = bytes(image);
    const ways = fool.ways(network, pixels, target);
    const greys = fool.smallest(network, pixels, ways, target, most);
    const result = fool.changed(pixels, ways, greys ?? most);
    return {
      gradient: [...fool.lossGradient(network, pixels, label)],
      greys,
      image: text(result),
      probabilities: [...reader.probabilities(network, result)],
    };
  });
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
