"""Numbers behind a network's picture against NumPy: sums by hand, softmax, units, places."""

import base64
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from model_store.inference.classifier import Classifier, activation, softmax, unit_pixels
from model_store.recipe.choices import ACTIVATIONS
from model_store.recipe.recipe import Hidden, Recipe
from pages.ui import browser
from tests.support.finished_runs import random_weights

ASK = """async ({modules, module, name, given}) => {
  const found = await import(`${location.origin}${modules}/${module}.js`);
  return found[name](...given);
}"""
# Each unit of a network with its input, by hand.
UNITS = """async ({modules, weights, layers, image, count}) => {
  const load = (name) => import(`${location.origin}${modules}/${name}.js`);
  const [numbers, reader] = await Promise.all(["network_numbers", "reader"].map(load));
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const network = reader.readLayers(new Float32Array(bytes(weights).buffer), layers);
  const {x, outputs, probabilities} = numbers.flow(network, bytes(image));
  return {
    probabilities: [...probabilities],
    importance: numbers.importance(network, {x, outputs, probabilities}).map((each) => [...each]),
    strength: numbers.importance(network, null).map((each) => [...each]),
    scale: numbers.colourScale(network[0].kernel),
    layers: network.map((layer, at) => Array.from({length: layer.units}, (_, unit) => ({
      terms: [...numbers.contributions(layer, at ? outputs[at - 1] : x, unit)],
      byHand: numbers.unitByHand(
        layer, at ? outputs[at - 1] : x, unit, count, at === network.length - 1),
    }))),
  };
}"""
Weights = Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]]
Ask = Callable[..., Any]


@pytest.fixture
def ask(bare: Page) -> Ask:
    """Return a function that calls a function of a module in the browser."""

    def call(module: str, name: str, *given: Any) -> Any:
        argument = {"modules": browser.modules_path(), "module": module, "name": name}
        return bare.evaluate(ASK, {**argument, "given": list(given)})

    return call


def made(recipe: Recipe) -> Weights:
    arrays = random_weights(recipe)
    count = len(recipe.hidden) + 1
    return [(arrays[f"kernel_{i}"], arrays[f"bias_{i}"]) for i in range(count)]


def units(
    page: Page, recipe: Recipe, weights: Weights, image: NDArray[np.uint8], count: int = 6
) -> dict[str, Any]:
    flat = b"".join(array.tobytes() for pair in weights for array in pair)
    layers: list[dict[str, Any]] = [
        {"units": h.units, "activation": h.activation}
        for h in (*recipe.hidden, Hidden(10, "linear"))
    ]
    if recipe.pixel_norm != "none":
        layers[0]["pixelNorm"] = recipe.pixel_norm
    found: dict[str, Any] = page.evaluate(
        UNITS,
        {
            "modules": browser.modules_path(),
            "weights": base64.b64encode(flat).decode(),
            "layers": layers,
            "image": base64.b64encode(image.tobytes()).decode(),
            "count": count,
        },
    )
    return found


def decimal(text: str) -> Decimal:
    return Decimal(text.replace("−", "-"))


def rounded(value: Decimal, like: str) -> Decimal:
    return value.quantize(decimal(like).copy_abs(), rounding=ROUND_HALF_UP)


def picture(seed: int) -> NDArray[np.uint8]:
    random = np.random.default_rng(seed)
    image = random.integers(0, 256, (28, 28)).astype(np.uint8)
    return image * (image > 190).astype(np.uint8)


@pytest.mark.parametrize(
    ("name", "norm"), [*((name, "none") for name in ACTIVATIONS), ("leaky_relu(0.3)", "columns")]
)
def test_a_unit_s_numbers_are_numpys_and_add_up_as_printed(
    bare: Page, name: str, norm: str
) -> None:
    recipe = Recipe(hidden=(Hidden(30, name), Hidden(12, name)), seed=3, pixel_norm=norm)
    weights, image = made(recipe), picture(1)
    found = units(bare, recipe, weights, image)
    network = Classifier(recipe, weights)
    x = unit_pixels(image, norm)[0].astype(np.float64)
    for at, (kernel, bias) in enumerate(weights):
        exact = x[:, None] * kernel.astype(np.float64)
        sums = exact.sum(axis=0) + bias
        is_score = at == len(weights) - 1
        outputs = sums if is_score else activation(name)(sums)
        for unit, given in enumerate(found["layers"][at]):
            np.testing.assert_allclose(given["terms"], exact[:, unit], atol=1e-6)
            hand = given["byHand"]
            assert float(decimal(hand["sum"])) == pytest.approx(sums[unit], abs=2e-5)
            assert float(decimal(hand["output"])) == pytest.approx(outputs[unit], abs=2e-5)
            assert float(decimal(hand["bias"])) == pytest.approx(float(bias[unit]), abs=5.1e-6)
            most = np.sort(np.abs(exact[:, unit]))[::-1][: len(hand["terms"])]
            chosen = [abs(exact[term["input"], unit]) for term in hand["terms"]]
            np.testing.assert_allclose(chosen, most, atol=1e-6)
            for term in hand["terms"]:
                product = decimal(term["value"]) * decimal(term["weight"])
                assert rounded(product, "1.00000") == decimal(term["product"])
                weight = float(decimal(term["weight"]))
                assert weight == pytest.approx(float(kernel[term["input"], unit]), abs=5.1e-6)
            total = sum(decimal(term["product"]) for term in hand["terms"])
            rest = decimal(hand["rest"] or "0")
            assert total + rest + decimal(hand["bias"]) == decimal(hand["sum"])
            assert hand["others"] == np.count_nonzero(exact[:, unit]) - len(hand["terms"])
        x = network.activations(image)[at][0].astype(np.float64)
    np.testing.assert_allclose(found["probabilities"], network.probabilities(image), atol=1e-5)


def test_terms_without_others_leave_no_more_than_their_rounding(bare: Page) -> None:
    recipe = Recipe(hidden=(Hidden(4, "linear"),))
    found = units(bare, recipe, made(recipe), picture(2), count=6)
    for given in found["layers"][1]:
        hand = given["byHand"]
        assert len(hand["terms"]) == 4 and hand["others"] == 0
        assert abs(decimal(hand["rest"] or "0")) <= Decimal("0.00004")


@pytest.mark.parametrize(
    ("kernel", "bias"), [(0.0, 0.0), (0.0, -3.0), (1e38, 0.0), (-1e38, -1e38), (1e-38, 0.0)]
)
@pytest.mark.parametrize("ink", [0, 255])
def test_dead_huge_and_empty_networks_give_no_nan(
    bare: Page, kernel: float, bias: float, ink: int
) -> None:
    recipe = Recipe(hidden=(Hidden(5), Hidden(5)))
    weights = [
        (np.full((n, m), kernel, np.float32), np.full(m, bias, np.float32))
        for n, m in ((784, 5), (5, 5), (5, 10))
    ]
    found = units(bare, recipe, weights, np.full((28, 28), ink, np.uint8))
    for scores in (*found["importance"], *found["strength"]):
        assert len(scores) == 5 and all(score is not None and score >= 0 for score in scores)
    assert found["scale"] > 0
    for layer in found["layers"]:
        for given in layer:
            hand = given["byHand"]  # None where a number is too large
            assert hand is None or "NaN" not in str(hand)
    assert found["layers"][0][0]["byHand"] is not None
    if kernel == 0:
        assert not any(found["importance"][0]), "a dead unit does not matter"


SCORES = [
    *np.random.default_rng(0).normal(0, 4, (60, 10)).tolist(),
    *np.random.default_rng(1).normal(0, 0.1, (20, 10)).tolist(),
    [0.0] * 10,
    [1 / 3] * 3 + [0.0] * 7,
    [800.0, -800.0, *[0.0] * 8],
    [-1e30, 1e30, *[0.0] * 8],
    [5.0] * 7 + [-5.0] * 3,
]


def test_the_softmax_adds_up_as_printed(ask: Ask) -> None:
    with localcontext(prec=60):
        for scores in SCORES:
            check_softmax(scores, ask("network_numbers", "softmaxByHand", scores))


def check_softmax(scores: list[float], hand: dict[str, Any]) -> None:
    highest = max(decimal(score) for score in hand["scores"])
    parts = list(map(decimal, hand["probabilities"]))
    powers = list(map(decimal, hand["powers"]))
    assert sum(parts) == decimal(hand["total"]) == 100
    assert sum(powers) == decimal(hand["sum"])
    for score, shifted, power in zip(hand["scores"], hand["shifted"], powers, strict=True):
        assert decimal(shifted) == decimal(score) - highest
        exact = rounded(decimal(shifted).exp(), "1.0000000")
        assert abs(exact - power) <= Decimal("1e-7")
    last = Decimal(1).scaleb(parts[0].as_tuple().exponent)  # type: ignore[arg-type]
    for part, power in zip(parts, powers, strict=True):
        exact = 100 * power / decimal(hand["sum"])
        assert abs(part - exact) <= (last if hand["isAdjusted"] else last / 2)
    if max(map(abs, scores)) < 1e6:
        expected = 100 * softmax(np.array(scores))
        np.testing.assert_allclose([float(part) for part in parts], expected, atol=0.011)
        np.testing.assert_allclose(
            [float(decimal(score)) for score in hand["scores"]], scores, atol=5.1e-6
        )


@pytest.mark.parametrize("wrong", [float("inf"), float("-inf"), float("nan")])
def test_scores_that_are_no_numbers_have_no_softmax(bare: Page, wrong: float) -> None:
    script = """async ({modules, scores}) => (await import(
      `${location.origin}${modules}/network_numbers.js`)).softmaxByHand(scores)"""
    given = {"modules": browser.modules_path(), "scores": [wrong, *[0.0] * 9]}
    assert bare.evaluate(script, given) is None


def test_shown_units_stay_in_place_until_they_are_out_of_date(ask: Ask) -> None:
    random = np.random.default_rng(0)
    scores = random.random(128)
    shown = ask("network_numbers", "choose", None, scores.tolist(), 24)
    assert set(shown) == set(np.argsort(-scores)[:24].tolist())
    assert shown == sorted(shown, key=lambda unit: -scores[unit])
    for _each in range(5):
        noisy = scores * random.uniform(0.7, 1.3, 128)
        assert ask("network_numbers", "choose", shown, noisy.tolist(), 24) == shown
    other = scores.copy()
    other[shown[:12]] = 0  # half of them fall silent
    after = ask("network_numbers", "choose", shown, other.tolist(), 24, [shown[0]])
    assert after[12:] == shown[12:], "who still matters stays in place"
    assert after[0] == shown[0], "who is looked at stays"
    assert set(after[1:12]).isdisjoint(shown) and len(set(after)) == 24


def test_choice_among_few_silent_or_changed_units(ask: Ask) -> None:
    assert ask("network_numbers", "choose", None, [0, 3, 0], 3) == [1, 0, 2]
    assert ask("network_numbers", "choose", [2, 0, 1], [0, 0, 0], 3) == [2, 0, 1]
    assert ask("network_numbers", "choose", [0, 1, 2], [1, 1], 2) == [0, 1]
    assert ask("network_numbers", "choose", [7, 1], [1, 1, 5], 2) == [2, 0]


def test_importance_is_the_activation_times_the_weights_to_the_likely_classes(bare: Page) -> None:
    recipe = Recipe(hidden=(Hidden(20),), seed=5)
    weights, image = made(recipe), picture(4)
    network = Classifier(recipe, weights)
    active = network.activations(image)[0][0]
    expected = np.abs(active) * (np.abs(weights[1][0]) @ network.probabilities(image))
    found = units(bare, recipe, weights, image)
    np.testing.assert_allclose(found["importance"][0], expected, rtol=1e-4, atol=1e-6)
    norms = np.linalg.norm(weights[0][0], axis=0) * np.linalg.norm(weights[1][0], axis=1)
    np.testing.assert_allclose(found["strength"][0], norms, rtol=1e-4)


@pytest.mark.parametrize("width", [320, 358, 479, 480, 560, 760, 1100])
@pytest.mark.parametrize("hidden", [(), (5,), (128,), (512, 512), (128, 64, 64), (64,) * 8])
def test_everything_has_a_place_of_its_own_that_a_finger_hits(
    ask: Ask, width: int, hidden: tuple[int, ...]
) -> None:
    counts = ask("network_layout", "shownCounts", list(hidden))
    assert counts[:1] == [min(24, n) for n in hidden[:1]]
    found = ask("network_layout", "layOut", width, counts, 10, False)
    boxes = [found["input"], *(box for column in found["columns"] for box in column["units"])]
    assert len(boxes) == 1 + (sum(counts) if hidden else 10)
    if len(hidden) <= 2:
        assert found["width"] <= width, "all of it is in view"
    places = boxes if not hidden else [*boxes, *(output["place"] for output in found["outputs"])]
    for box in places:
        assert min(box["width"], box["height"]) >= 24
        assert box["x"] >= -0.5 and box["x"] + box["width"] <= found["width"] + 0.5
        assert box["y"] >= 0 and box["y"] + box["height"] <= found["height"] + 0.5
    for a, b in combinations(places, 2):
        apart = (
            a["x"] + a["width"] <= b["x"] + 0.01
            or b["x"] + b["width"] <= a["x"] + 0.01
            or a["y"] + a["height"] <= b["y"] + 0.01
            or b["y"] + b["height"] <= a["y"] + 0.01
        )
        assert apart, (a, b)
