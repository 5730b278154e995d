"""NumPy answers as Keras does, for every layer that a recipe can have."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from model_store import ModelStore, RunDamaged
from model_store.classifier import Classifier
from model_store.store import STARTER
from training.choices import ACTIVATIONS
from training.recipe import Hidden, Recipe

IMAGES = np.random.default_rng(0).integers(0, 256, (50, 28, 28), np.uint8)


def keras_and_numpy(recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    from training.network import build

    model = build(recipe)
    model.set_weights([w + 0.01 for w in model.get_weights()])  # biases that count
    weights = model.get_weights()
    ours = Classifier(recipe, list(zip(weights[::2], weights[1::2], strict=True)))
    expected = np.asarray(model(IMAGES.astype(np.float32) / 255))
    return expected, ours.probabilities(IMAGES)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_equals_keras(activation: str) -> None:
    recipe = Recipe(hidden=(Hidden(32, activation, 0.5), Hidden(16, activation)))
    expected, ours = keras_and_numpy(recipe)
    np.testing.assert_allclose(ours, expected, atol=1e-5)
    np.testing.assert_allclose(ours.sum(1), 1, atol=1e-5)


def test_softmax_regression_equals_keras() -> None:
    expected, ours = keras_and_numpy(Recipe(hidden=(), bias_initializer="ones"))
    np.testing.assert_allclose(ours, expected, atol=1e-5)


def test_one_image_is_a_batch_of_one() -> None:
    classifier = Classifier.load(ModelStore(Path("none")).open("starter-mnist"))
    one = classifier.probabilities(IMAGES[0])
    np.testing.assert_allclose(one, classifier.probabilities(IMAGES[:1])[0], atol=1e-6)
    assert classifier.probabilities(IMAGES[:0]).shape == (0, 10)


def npz(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


GOOD = {"kernel_0": np.zeros((784, 10), np.float32), "bias_0": np.zeros(10, np.float32)}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 torn",
        npz(kernel_0=GOOD["kernel_0"]),
        npz(**{**GOOD, "bias_0": np.zeros(9, np.float32)}),
        npz(**{**GOOD, "kernel_0": np.zeros((784, 10), np.int64)}),
        npz(**{**GOOD, "bias_0": np.array([{}] * 10, dtype=object)}),
    ],
)
def test_damaged_weights_are_a_sentence(tmp_path: Path, content: bytes) -> None:
    store = ModelStore(tmp_path, starter=None)
    run = store.create(Recipe(hidden=()))
    store.save(run.id, "weights.npz", content)
    with pytest.raises(RunDamaged, match=run.id):
        Classifier.load(run)


@pytest.mark.parametrize("run_id", sorted(path.name for path in STARTER.iterdir()))
def test_shipped_models_are_whole(run_id: str) -> None:
    store = ModelStore(Path("none"))
    store.verify(run_id)
    assert Classifier.load(store.open(run_id)).probabilities(IMAGES).shape == (50, 10)
    assert "--ship" in store.open(run_id).manifest["command"]


@pytest.mark.realdata
@pytest.mark.parametrize("run_id", sorted(path.name for path in STARTER.iterdir()))
def test_shipped_models_are_as_good_as_their_cards_say(run_id: str) -> None:
    from training.datasets import load

    run = ModelStore(Path("none")).open(run_id)
    data = load(run.recipe.dataset)
    assert data.fingerprint == run.manifest["data"]
    answers = Classifier.load(run).probabilities(data.x_test).argmax(1)
    accuracy = float((answers == data.y_test).mean())
    assert accuracy == pytest.approx(run.result["test_accuracy"], abs=1e-3)


def test_a_shipped_model_opens_in_plain_keras() -> None:
    import keras

    run = ModelStore(Path("none")).open("starter-mnist")
    model = keras.models.load_model(run.folder / "model.keras")
    expected = np.asarray(model(IMAGES.astype(np.float32) / 255))
    np.testing.assert_allclose(Classifier.load(run).probabilities(IMAGES), expected, atol=1e-5)
