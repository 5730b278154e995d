"""File to take home: its size, its figures, and names that would like to be code."""

import base64
import html
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model_store import ModelStore, Run, RunDamaged
from model_store.inference.classifier import Classifier
from model_store.recipe.choices import DATASETS
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs import provenance
from model_store.storage.store import default_root
from pages.ui.runs.take_home_source import page_source
from tests.support.finished_runs import bare_run, pictures
from training.data.datasets import load
from training.export.stored_weights import StoredWeights
from training.export.take_home import MODULES, can_be_tried, take_home

HOSTILE = '</script><img src=x onerror="hacked=1"> $title ${x} <!--"'


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "runs", starter=None)


def made(store: ModelStore, recipe: Recipe, **facts: Any) -> str:
    return take_home(bare_run(store, recipe, **facts), page_source())


def part(page: str, name: str) -> str:
    """Return the content of a script of the page."""
    found = re.search(rf'<script type="[^"]*" id="{name}">(.*?)</script>', page, re.DOTALL)
    assert found
    return found[1]


def facts(page: str) -> dict[str, str]:
    found = re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", page)
    return {html.unescape(name): html.unescape(text) for name, text in found}


def network(recipe: Recipe, scale: float = 1.0) -> Classifier:
    rng = np.random.default_rng(0)
    return Classifier(
        recipe,
        [
            (
                (scale * rng.normal(0, 0.1, (n, m))).astype(np.float32),
                rng.normal(0, 0.1, m).astype(np.float32),
            )
            for n, m in pairwise(recipe.widths)
        ],
    )


@pytest.mark.parametrize(("units", "most"), [((128,), 500_000), ((512, 512), 2_000_000)])
def test_the_file_is_small(store: ModelStore, units: Sequence[int], most: int) -> None:
    page = made(store, Recipe(dataset="mnist", hidden=tuple(map(Hidden, units))))
    assert len(page.encode()) + 10 * 1200 < most, "with ten test images"


def test_it_has_the_layers_the_weights_and_an_image_of_each_class(store: ModelStore) -> None:
    recipe = Recipe(dataset="digits", hidden=(Hidden(8, "gelu"), Hidden(6, "tanh")))
    run = bare_run(store, recipe)
    page = take_home(run, page_source())
    model = json.loads(part(page, "model"))
    assert model["layers"] == [
        {"units": 8, "activation": "gelu"},
        {"units": 6, "activation": "tanh"},
        {"units": 10, "activation": "softmax"},
    ]
    content = base64.b64decode(part(page, "weights"))
    numbers = np.frombuffer(content, "<f2" if model["bits"] == 16 else "<f4")
    expected = np.concatenate([a.ravel() for pair in Classifier.load(run).weights for a in pair])
    np.testing.assert_allclose(numbers, expected, rtol=2**-10, atol=2**-24)
    data = load("digits")
    assert [sample["truth"] for sample in model["samples"]] == list("0123456789")
    for label, sample in enumerate(model["samples"]):
        pixels = np.frombuffer(base64.b64decode(sample["pixels"]), np.uint8).reshape(28, 28)
        assert (data.x_test[data.y_test == label] == pixels).all(axis=(1, 2)).any()


def test_it_says_how_good_the_model_is(store: ModelStore) -> None:
    recipe = Recipe(dataset="digits", hidden=(Hidden(8),), epochs=7, learning_rate=0.02)
    run = bare_run(store, recipe)
    page, data = take_home(run, page_source()), load("digits")
    right = Classifier.load(run).logits(data.x_test).argmax(axis=1) == data.y_test
    accuracy = f"{100 * right.mean():.2f} %"
    assert f"gets {accuracy} of the 360 test images" in page
    listed = facts(page)
    assert listed["Test accuracy"] == accuracy
    assert listed["Network"] == "784-8-10" and listed["Parameters"] == "6,370"
    assert listed["Training"] == "7 epochs with Adam, learning rate 0.02"
    assert listed["Test images"] == DATASETS["digits"].licence


def test_extra_training_images_are_named_with_their_licence(store: ModelStore) -> None:
    sources = [{"name": "Digits"}, {"name": "Class 7b <b>", "licence": "CC0", "images": 3}]
    page = made(store, Recipe(dataset="digits", hidden=()), sources=sources)
    assert facts(page)["Also trained on"] == "Class 7b <b> (CC0)"
    assert "7b <b>" not in page


def test_an_imported_model_claims_no_training(store: ModelStore) -> None:
    run = bare_run(store, Recipe(dataset="digits", hidden=(Hidden(8, "silu"),)))
    origin = provenance.Provenance("", "my net.keras", "ab" * 32)
    store.save(run.id, provenance.FILE, origin.to_json())
    run = store.open(run.id)
    assert run.imported
    page = take_home(run, page_source())
    assert "imported" in facts(page)["Training"] and "Adam" not in page


# -- precision ------------------------------------------------------------------------------------


def rounding(classifier: Classifier) -> StoredWeights:
    images = pictures(500)
    return StoredWeights.of(classifier, images, classifier.logits(images).argmax(axis=1))


def test_weights_are_rounded_and_the_loss_is_measured() -> None:
    stored = rounding(network(Recipe(hidden=(Hidden(16),))))
    assert (stored.bits, stored.accuracy, stored.rounded) == (16, 1.0, 1.0)
    assert stored.sentence == (
        "Rounded to 16 bits each. Test accuracy with them: 100.00 % (+0.00 points)."
    )


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["starter-drawing", "starter-mnist", "starter-fashion-mnist"])
def test_the_models_that_come_with_the_app_lose_next_to_nothing(name: str) -> None:
    run = ModelStore(default_root()).open(name)
    data = load(run.recipe.dataset)
    stored = StoredWeights.of(Classifier.load(run), data.x_test, data.y_test)
    assert stored.bits == 16 and stored.accuracy and stored.rounded
    assert stored.accuracy == pytest.approx(run.result["test_accuracy"], abs=0.0002)
    assert stored.accuracy - stored.rounded <= 0.0005


def test_weights_that_rounding_would_spoil_stay_as_they_are() -> None:
    classifier = network(Recipe(hidden=()), scale=1e-7)  # only the biases are left of it
    kernel, bias = classifier.weights[0]
    stored = rounding(Classifier(classifier.recipe, [(kernel, 0 * bias)]))
    assert stored.bits == 32 and stored.rounded is not None and stored.rounded < 0.9995
    assert f"would be {100 * stored.rounded:.2f} %" in stored.sentence
    assert np.array_equal(np.frombuffer(stored.content, "<f4")[:7840], kernel.ravel())


def test_weights_too_large_for_16_bits_stay_as_they_are() -> None:
    classifier = network(Recipe(hidden=()), scale=1e7)
    stored = rounding(classifier)
    assert (stored.bits, stored.rounded) == (32, None)
    assert "too large for 16 bits" in stored.sentence
    assert StoredWeights.of(classifier, None, None).bits == 32


def test_without_the_test_images_it_says_that_nothing_was_measured(store: ModelStore) -> None:
    page = made(store, Recipe(dataset="mnist", hidden=(Hidden(8),)))
    assert "was not measured" in facts(page)["Weights"]
    assert "Test accuracy" not in facts(page), "no figure is known of this run"
    assert json.loads(part(page, "model"))["samples"] == []
    assert '<section id="images" hidden>' in page
    assert '<section id="input" aria-label="Drawing pad">' in page


def test_clothing_is_not_drawn(store: ModelStore) -> None:
    run = bare_run(store, Recipe(dataset="fashion_mnist", hidden=()))
    assert not can_be_tried(run), "its images are not on this computer"
    page = take_home(run, page_source())
    assert '<section id="input" aria-label="Drawing pad" hidden>' in page
    assert can_be_tried(bare_run(store, Recipe(dataset="mnist", hidden=())))


# -- hostile --------------------------------------------------------------------------------------


def test_names_stay_text(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    names = (HOSTILE, *map(str, range(1, 10)))
    digits = replace(DATASETS["digits"], class_names=names, label=HOSTILE, licence=HOSTILE)
    monkeypatch.setitem(DATASETS, "digits", digits)  # type: ignore[arg-type]
    page = made(store, Recipe(HOSTILE, "digits", ()))
    plain = made(store, Recipe("plain", "digits", ()))
    assert "<img" not in page and "<!--" not in page
    assert page.count("<script") == plain.count("<script") == len(MODULES) + 3
    assert page.count("</script") == page.count("<script")
    assert f"<h1>{html.escape(HOSTILE)}</h1>" in page
    model = json.loads(part(page, "model"))
    assert model["names"][0] == model["samples"][0]["truth"] == HOSTILE


def test_scripts_fit_into_a_page_and_none_but_the_pages_own_may_run(store: ModelStore) -> None:
    source = page_source()
    for name, module in source.modules.items():
        assert not re.search("</script|<!--", module, re.IGNORECASE), name
        assert part(made(store, Recipe(dataset="digits", hidden=())), name) == module
    policy = re.search('Content-Security-Policy" content="([^"]*)"', made(store, Recipe(hidden=())))
    assert policy
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline'" not in policy[1].split("style-src")[0]


def test_damaged_weights_make_no_file(store: ModelStore) -> None:
    run: Run = bare_run(store, Recipe(dataset="digits", hidden=()))
    (run.folder / "weights.npz").write_bytes(b"PK")
    with pytest.raises(RunDamaged):
        take_home(run, page_source())
