"""The browser's reader against the server's: the same pixels, the same probabilities."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from model_store.classroom.drawing import Stroke
from model_store.inference.classifier import Classifier
from model_store.inference.folding import dense_layers
from model_store.recipe.choices import ACTIVATIONS, MORE_ACTIVATIONS
from model_store.recipe.recipe import Hidden, Recipe
from pages.ui import browser
from tests.support.finished_runs import pictures, random_weights
from training.images.preparation import prepare
from training.images.preprocess import ALL_STEPS, BlankDrawing, Steps

SIDE = 280
STEPS = ("raw", "evened", "cropped", "scaled", "centred")
READ = """async ({source, cases, side}) => {
  const reader = await import(URL.createObjectURL(new Blob([source], {type: "text/javascript"})));
  return cases.map(({strokes, on, dark}) => {
    const stages = reader.prepare(strokes, side, on, dark);
    return stages && reader.STEPS.map((name) => btoa(String.fromCharCode(...stages[name])));
  });
}"""
ASK = """async ({source, weights, layers, images}) => {
  const reader = await import(URL.createObjectURL(new Blob([source], {type: "text/javascript"})));
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const network = reader.readLayers(new Float32Array(bytes(weights).buffer), layers);
  return images.map((image) => [...reader.probabilities(network, bytes(image))]);
}"""
Case = dict[str, Any]


def case(strokes: Sequence[Stroke], on: Steps = ALL_STEPS, dark: bool = False) -> Case:
    return {
        "strokes": [{"points": stroke.points, "width": stroke.width} for stroke in strokes],
        "on": {name: getattr(on, name) for name in ("evened", "cropped", "scaled", "centred")},
        "dark": dark,
    }


def in_python(given: Case) -> list[bytes] | None:
    strokes = [Stroke(tuple(map(tuple, s["points"])), s["width"]) for s in given["strokes"]]
    try:
        stages = prepare(strokes, SIDE, Steps(**given["on"]), given["dark"])
    except BlankDrawing:
        return None
    return [getattr(stages, name).tobytes() for name in STEPS]


def in_browser(page: Page, cases: Sequence[Case]) -> list[list[bytes] | None]:
    found = page.evaluate(
        READ, {"source": browser.read("reader.js"), "cases": list(cases), "side": SIDE}
    )
    return [stages and [base64.b64decode(image) for image in stages] for stages in found]


def made_up(seed: int, n: int) -> list[Case]:
    """Scribbles of any pen, on and off the canvas, with steps on and off."""
    random = np.random.default_rng(seed)
    cases = []
    for _ in range(n):
        strokes = [
            Stroke(
                tuple(map(tuple, random.uniform(-60, 340, (random.integers(1, 14), 2)).tolist())),
                float(random.uniform(0.3, 60)),
            )
            for _ in range(random.integers(1, 5))
        ]
        on = Steps(*(bool(each) for each in random.random(4) < 0.7))
        cases.append(case(strokes, on, bool(random.random() < 0.3)))
    return cases


SPECIAL = [
    [Stroke(((140, 140),), 20)],  # a dot
    [Stroke(((140, 140), (140, 140)), 20)],
    [Stroke(((140, 140), (140 + 1e-12, 140)), 20)],
    [Stroke(((0, 0), (280, 280)), 32), Stroke(((20, 20),), 10)],
    [Stroke(((10, 10), (10, 270)), 10)],  # a line as thin as it gets
    [Stroke(((0, 140), (280, 140)), 0.5)],
    [Stroke(((0, 140), (280, 140 + 1e-10)), 0.5)],
    [Stroke(((-900, -900), (900, 900)), 20)],  # far beyond the canvas
    [Stroke(((-1e4, -1e4), (1e4, 1e4)), 1e-3)],
    [Stroke(((5, 5),), 0.1), Stroke(((275, 275),), 0.1)],  # specks, far apart
    [Stroke(((5, 5),), 1e-6)],
    [Stroke(((5, 5),), 1e-20)],  # no ink
    [Stroke(((5, 5), (40, 90), (7, 7)), 1e4)],
    [Stroke(((35, 35), (245, 35), (245, 245), (35, 245), (35, 35)), 20)],  # edges on sample points
    [],
]


def test_images_are_the_same_to_the_byte(bare: Page) -> None:
    cases = made_up(0, 30)
    for dark in (False, True):
        for on in (ALL_STEPS, Steps(evened=False), Steps(False, False, True, False)):
            cases += [case(strokes, on, dark) for strokes in SPECIAL]
    expected = [in_python(each) for each in cases]
    assert in_browser(bare, cases) == expected
    assert sum(each is None for each in expected) >= 2, "a blank pad is blank in both"


@pytest.mark.realdata
def test_images_of_pen_digits_are_the_same_to_the_byte(bare: Page, real_data: Path) -> None:
    with gzip.open(real_data / "pen_digits_dev.json.gz") as file:
        drawings = json.load(file)
    cases = [
        case([Stroke(tuple((x / 2, 270 - y / 2) for x, y in s), 20.0) for s in d["strokes"] if s])
        for d in drawings[::20]
    ]
    assert in_browser(bare, cases) == [in_python(each) for each in cases]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("depth", [0, 1, 3])
def test_probabilities_are_the_same(bare: Page, activation: str, depth: int) -> None:
    expect_the_same(bare, Recipe(hidden=(Hidden(24, activation),) * depth))


@pytest.mark.parametrize("name", [*MORE_ACTIVATIONS, "leaky_relu(0.3)", "elu(0.5)"])
def test_activations_of_imported_networks_are_the_same(bare: Page, name: str) -> None:
    expect_the_same(bare, Recipe(hidden=(Hidden(24, name),)))


@pytest.mark.parametrize("norm", ["columns", "image"])
@pytest.mark.parametrize("depth", [0, 2])
def test_normalised_pixels_are_the_same(bare: Page, norm: str, depth: int) -> None:
    expect_the_same(bare, Recipe(hidden=(Hidden(24),) * depth, pixel_norm=norm))


def test_batch_normalisation_is_answered_as_keras_does(bare: Page) -> None:
    """The browser gets weights that it is folded into."""
    from training.loop import model as network

    recipe = Recipe(hidden=(Hidden(24, "gelu", 0.2, True), Hidden(12, "tanh", 0, True), Hidden(8)))
    arrays, images = random_weights(recipe), pictures(20)
    model = network.build(recipe)
    model.set_weights(list(arrays.values()))
    expected = np.asarray(model(images.astype(np.float32) / np.float32(255)))
    found = ask(bare, recipe, dense_layers(recipe, arrays), images)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.ptp(expected, axis=0).max() > 1e-3


def expect_the_same(page: Page, recipe: Recipe) -> None:
    """Compare the probabilities of random weights for random images, some of them empty."""
    depth = len(recipe.hidden)
    random = np.random.default_rng(depth)
    widths = [784, *[24] * depth, 10]
    weights = [
        (
            random.normal(0, 2 / np.sqrt(n), (n, m)).astype(np.float32),
            random.normal(0, 0.5, m).astype(np.float32),
        )
        for n, m in pairwise(widths)
    ]
    images = random.integers(0, 256, (20, 28, 28)).astype(np.uint8)
    images[:10] *= images[:10] > 150
    images[0], images[1, :, ::2] = 0, 0
    found = ask(page, recipe, weights, images)
    expected = Classifier(recipe, weights).probabilities(images)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


def ask(
    page: Page,
    recipe: Recipe,
    weights: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]],
    images: NDArray[np.uint8],
) -> NDArray[np.float64]:
    flat = b"".join(array.tobytes() for pair in weights for array in pair)
    layers: list[dict[str, Any]] = [
        {"units": h.units, "activation": h.activation}
        for h in (*recipe.hidden, Hidden(10, "softmax"))
    ]
    if recipe.pixel_norm != "none":
        layers[0]["pixelNorm"] = recipe.pixel_norm
    argument = {
        "source": browser.read("reader.js"),
        "weights": base64.b64encode(flat).decode(),
        "layers": layers,
        "images": [base64.b64encode(image.tobytes()).decode() for image in images],
    }
    return np.array(page.evaluate(ASK, argument))


def test_half_precision_is_read_to_the_last_bit(bare: Page) -> None:
    numbers = np.arange(65536).astype(np.uint16)
    words = """async (source) => {
      const script = new Blob([source], {type: "text/javascript"});
      const reader = await import(URL.createObjectURL(script));
      const all = reader.fromHalves(Uint16Array.from({length: 65536}, (_, i) => i));
      return [...new Uint32Array(all.buffer)];
    }"""
    found = np.array(bare.evaluate(words, browser.read("reader.js")), np.uint32).view(np.float32)
    np.testing.assert_array_equal(found, numbers.view(np.float16).astype(np.float32))


COUNT = """async ({source, drawings}) => {
  const reader = await import(URL.createObjectURL(new Blob([source], {type: "text/javascript"})));
  return drawings.map((strokes) => reader.countDigits(strokes));
}"""


def counted(page: Page, drawings: Sequence[Sequence[Sequence[tuple[float, float]]]]) -> list[int]:
    given = [[{"points": points, "width": 20} for points in strokes] for strokes in drawings]
    counts: list[int] = page.evaluate(
        COUNT, {"source": browser.read("reader.js"), "drawings": given}
    )
    return counts


FOUR = [[(100, 40), (70, 150), (180, 150)], [(150, 90), (150, 240)]]
FIVE = [[(90, 50), (85, 130), (150, 140), (150, 220), (80, 230)], [(90, 50), (170, 45)]]
SEVEN = [[(70, 50), (190, 50), (120, 240)], [(95, 150), (170, 145)]]
DOTTED = [[(140, 90), (140, 240)], [(140, 50)]]


def test_several_digits_are_counted_and_one_in_two_strokes_is_one(bare: Page) -> None:
    assert counted(bare, [FOUR, FIVE, SEVEN, DOTTED, [[(5, 5)]]]) == [1] * 5
    moved = [[(x + 140, y + 10) for x, y in stroke] for stroke in FOUR]
    ones = [[[(x, 40), (x, 240)]][0] for x in (60, 120, 180)]
    assert counted(bare, [[*FOUR, *moved], ones, [*ones, [(240, 230), (240, 240)]]]) == [2, 3, 3]
