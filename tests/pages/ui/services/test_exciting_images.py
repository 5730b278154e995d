"""Test images that excite a unit most: the strongest first, none for a dead unit or by a guess."""

import base64

import numpy as np
import pytest

from model_store import Run
from model_store.inference.classifier import Classifier
from model_store.recipe.recipe import Hidden, Recipe
from pages.ui.services import model_cache, singletons
from pages.ui.services.exciting_images import exciting_images
from tests.support.finished_runs import bare_run, finished_run
from training.data import datasets

RECIPE = Recipe(dataset="digits", hidden=(Hidden(8), Hidden(6, "tanh")))


@pytest.fixture
def run() -> Run:
    return bare_run(singletons.store(), RECIPE)


def digest(run: Run) -> str:
    url: str = model_cache.browser_model(run)["url"]
    return url.rpartition("/")[2].removesuffix(".bin")


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_they_are_those_with_the_highest_activation(run: Run, layer: int) -> None:
    data = datasets.load("digits")
    activations = Classifier.load(run).activations(data.x_test)[layer]
    for unit in range(activations.shape[1]):
        values = activations[:, unit]
        most = min(8, int((values > values.min()).sum()))
        images = exciting_images(run.id, digest(run), layer, unit)
        assert images is not None and len(images) == most
        found = [image["activation"] for image in images]
        np.testing.assert_allclose(found, np.sort(values)[::-1][:most], atol=1e-6)
        for image in images:
            pixels = np.frombuffer(base64.b64decode(image["pixels"]), np.uint8).reshape(28, 28)
            (same,) = np.nonzero((data.x_test == pixels).all(axis=(1, 2)))
            assert image["label"] in data.y_test[same]
            assert image["activation"] in values[same]


def test_a_dead_unit_is_excited_by_none() -> None:
    run = finished_run(singletons.store(), RECIPE, "me", bias=-1e6)
    assert exciting_images(run.id, digest(run), 0, 0) == []


@pytest.mark.parametrize(
    ("layer", "unit"), [(3, 0), (-1, 0), (0, 8), (0, -1), (2, 10), (10**30, 0), (0, 10**30)]
)
def test_there_is_no_such_unit(run: Run, layer: int, unit: int) -> None:
    assert exciting_images(run.id, digest(run), layer, unit) is None


def test_other_weights_and_other_runs_are_not_found(run: Run) -> None:
    assert exciting_images(run.id, "0" * 16, 0, 0) is None
    assert exciting_images("no-such-run", digest(run), 0, 0) is None
    assert exciting_images("../..", digest(run), 0, 0) is None
    unfinished = singletons.store().create(RECIPE)
    assert exciting_images(unfinished.id, digest(run), 0, 0) is None


def test_without_its_data_set_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    run = bare_run(singletons.store(), RECIPE.with_(dataset="mnist"))
    monkeypatch.setattr(singletons, "dataset", _missing)
    assert exciting_images(run.id, digest(run), 0, 0) is None


def _missing(name: str) -> None:
    raise datasets.DataError(name)


def test_they_are_computed_once_for_all_units(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    first = exciting_images(run.id, digest(run), 0, 0)
    asked: list[int] = []
    monkeypatch.setattr(Classifier, "activations", lambda *_args: asked.append(1))
    assert exciting_images(run.id, digest(run), 0, 0) == first
    assert exciting_images(run.id, digest(run), 1, 5) is not None
    assert asked == []
