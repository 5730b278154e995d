"""A run's network in NumPy: the answers of Keras, and errors for invalid weights."""

import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_info, threadpool_limits

from model_store import ModelStore, Run, RunDamaged
from model_store.inference.classifier import BLOCK, Classifier, softmax, use_one_core
from model_store.inference.folding import dense_layers
from model_store.inference.metrics import Evaluation
from model_store.recipe.choices import ACTIVATIONS, MORE_ACTIVATIONS
from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Hidden, Recipe
from model_store.storage.store import STARTER
from tests.support.finished_runs import archive, pictures, random_weights
from training.data.extra_images import EXTRA_FILE

SMALL = Recipe(hidden=(Hidden(5, "relu"),))
ONE_OF_EACH = tuple(Hidden(6 + i, name, 0.3) for i, name in enumerate(ACTIVATIONS))
NETWORKS = {
    "softmax regression": (),
    "every activation, deep, with dropout": ONE_OF_EACH,
    "three layers": (Hidden(64, "relu", 0.2), Hidden(32, "tanh"), Hidden(16, "gelu")),
    **{name: (Hidden(48, name, 0.5),) for name in ACTIVATIONS},
}


def run_with(tmp_path: Path, recipe: Recipe, weights: bytes | None) -> Run:
    store = ModelStore(tmp_path / "runs", starter=None)
    run = store.create(recipe)
    if weights is not None:
        store.save(run.id, "weights.npz", weights)
    return run


@pytest.mark.parametrize("hidden", NETWORKS.values(), ids=NETWORKS)
def test_answers_as_keras_does(hidden: tuple[Hidden, ...]) -> None:
    from training.loop import model as network

    recipe = Recipe(hidden=hidden, bias_initializer="ones", kernel_initializer="he_normal")
    model = network.build(recipe)
    weights = model.get_weights()
    ours = Classifier(recipe, list(zip(weights[::2], weights[1::2], strict=True)))
    images = pictures(40)
    expected = model.predict(images.astype(np.float32) / np.float32(255), verbose=0)
    assert np.abs(ours.probabilities(images) - expected).max() < 1e-5


@pytest.mark.parametrize("name", [*MORE_ACTIVATIONS, "leaky_relu(0.3)", "elu(0.5)"])
def test_activations_of_imported_networks_answer_as_keras_does(name: str) -> None:
    expect_keras_answers(Recipe(hidden=(Hidden(24, name), Hidden(12, "relu"))), pictures(20))


NORMED = Recipe(hidden=(Hidden(24, "tanh", 0.3, True), Hidden(12), Hidden(6, "relu", 0, True)))


def test_batch_normalisation_is_answered_as_keras_does(tmp_path: Path) -> None:
    """Also with units that vary little, and with those that the layer turns around."""
    from training.loop import model as network

    weights = random_weights(NORMED)
    images = pictures(40)
    weights["variance_0"][:3] = 0, 1e-6, 1e4
    weights["gamma_2"][:2] = -2, 0
    model = network.build(NORMED)
    model.set_weights(list(weights.values()))
    expected = np.asarray(model(images.astype(np.float32) / np.float32(255)))
    ours = Classifier.load(run_with(tmp_path, NORMED, archive(weights)))
    assert np.abs(ours.probabilities(images) - expected).max() < 1e-5
    assert np.ptp(expected, axis=0).max() > 1e-3
    assert all(array.dtype == np.float32 for layer in ours.weights for array in layer)


def test_without_batch_normalisation_layers_are_the_arrays_themselves() -> None:
    weights = random_weights(SMALL)
    (kernel, bias), _last = dense_layers(SMALL, weights)
    assert kernel is weights["kernel_0"] and bias is weights["bias_0"]


@pytest.mark.parametrize("norm", ["columns", "image"])
def test_normalised_pixels_are_answered_as_keras_does(norm: str) -> None:
    images = pictures(20)
    images[0], images[1, :, ::2] = 0, 0  # nothing to divide by
    expect_keras_answers(Recipe(hidden=(Hidden(12),), pixel_norm=norm), images)


def expect_keras_answers(recipe: Recipe, images: NDArray[np.uint8]) -> None:
    from training.loop import model as network

    model = network.build(recipe.with_(bias_initializer="ones", kernel_initializer="he_normal"))
    weights = model.get_weights()
    ours = Classifier(recipe, list(zip(weights[::2], weights[1::2], strict=True)))
    expected = np.asarray(model(images.astype(np.float32) / np.float32(255)))
    assert np.abs(ours.probabilities(images) - expected).max() < 1e-5
    assert np.ptp(expected, axis=0).max() > 1e-3


def test_weights_are_read_from_the_runs_folder(tmp_path: Path) -> None:
    recipe = Recipe(hidden=ONE_OF_EACH)
    weights = random_weights(recipe)
    ours = Classifier.load(run_with(tmp_path, recipe, archive(weights)))
    assert ours.recipe == recipe
    for i, (kernel, bias) in enumerate(ours.weights):
        assert np.array_equal(kernel, weights[f"kernel_{i}"])
        assert np.array_equal(bias, weights[f"bias_{i}"])


@pytest.fixture
def small(tmp_path: Path) -> Classifier:
    return Classifier.load(run_with(tmp_path, SMALL, archive(random_weights(SMALL))))


def test_probabilities_are_float32_and_add_up_to_one(small: Classifier) -> None:
    probabilities = small.probabilities(pictures(7))
    assert probabilities.shape == (7, 10) and probabilities.dtype == np.float32
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(7), abs=1e-6)
    assert np.array_equal(probabilities, softmax(small.logits(pictures(7))))


def test_one_picture_is_answered_like_many(small: Classifier) -> None:
    images = pictures(3)
    assert small.probabilities(images[1]).shape == (10,)
    assert small.probabilities(images[1]) == pytest.approx(small.probabilities(images)[1], abs=1e-6)
    assert small.probabilities(images[:0]).shape == (0, 10)


def test_blocks_make_no_difference(small: Classifier) -> None:
    images = pictures(BLOCK + 3)
    whole = small.logits(images)
    assert whole.shape == (BLOCK + 3, 10)
    assert whole[-3:] == pytest.approx(small.logits(images[-3:]), abs=1e-5)


def test_each_layer_can_be_looked_at(small: Classifier) -> None:
    images = pictures(4)
    hidden, logits = small.activations(images)
    assert hidden.shape == (4, 5) and (hidden >= 0).all()
    assert np.array_equal(logits, small.logits(images))


def test_huge_logits_stay_probabilities() -> None:
    probabilities = softmax(np.array([[1e30, -1e30, 0] + [0] * 7], np.float32))
    assert probabilities[0, 0] == 1 and np.isfinite(probabilities).all()


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 784), np.uint8),
        np.zeros((2, 28, 27), np.uint8),
        np.zeros(28, np.uint8),
        np.zeros((2, 28, 28), np.float32),
    ],
)
def test_other_arrays_get_a_sentence(small: Classifier, images: NDArray[Any]) -> None:
    with pytest.raises(ValueError, match="28 x 28"):
        small.probabilities(images)


GOOD = random_weights(SMALL)
HOSTILE: dict[str, bytes | None] = {
    "missing": None,
    "empty": b"",
    "no archive": b"not a zip at all",
    "cut short": archive(GOOD)[:-3000],
    "a damaged array": archive(GOOD).replace(b"\x93NUMPY", b"\x93NUMPX"),
    "a single array": (lambda f: (np.save(f, np.zeros(3)), f.getvalue())[1])(io.BytesIO()),
    "a missing array": archive({k: v for k, v in GOOD.items() if k != "bias_1"}),
    "pickled": archive({**GOOD, "bias_1": np.array([{}] * 10, object)}),
    "another network": archive(random_weights(Recipe(hidden=(Hidden(6, "relu"),)))),
    "a wrong bias": archive({**GOOD, "bias_0": np.zeros(6, np.float32)}),
    "a flat kernel": archive({**GOOD, "kernel_0": np.zeros(784 * 5, np.float32)}),
    "double precision": archive({**GOOD, "kernel_1": GOOD["kernel_1"].astype(np.float64)}),
    "no numbers": archive({**GOOD, "bias_1": np.full(10, np.nan, np.float32)}),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_damaged_weights_get_a_sentence(tmp_path: Path, content: bytes | None) -> None:
    run = run_with(tmp_path, SMALL, content)
    with pytest.raises(RunDamaged, match=rf"weights of run {run.id} .*Train it again\."):
        Classifier.load(run)


HOSTILE_NORMS = {
    "missing": {"mean_0": None},
    "of another width": {"gamma_0": np.ones(5, np.float32)},
    "a negative variance": {"variance_2": np.full(6, -1e-4, np.float32)},
    "no numbers": {"beta_0": np.full(24, np.inf, np.float32)},
    "too large to fold": {"gamma_2": np.full(6, 3e38, np.float32), "variance_2": np.zeros(6, "f4")},
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("changes", HOSTILE_NORMS.values(), ids=HOSTILE_NORMS)
def test_damaged_batch_normalisation_gets_a_sentence(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    arrays = {**random_weights(NORMED), **changes}
    content = archive({name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(RunDamaged, match=r"weights of run .*Train it again\."):
        Classifier.load(run_with(tmp_path, NORMED, content))


STARTERS = sorted(path.name for path in STARTER.iterdir() if path.is_dir())


@pytest.fixture
def starters(tmp_path: Path) -> ModelStore:
    """Return a store with only the built-in models."""
    return ModelStore(tmp_path / "none")


@pytest.mark.parametrize("run_id", STARTERS)
def test_shipped_models_are_whole(starters: ModelStore, run_id: str) -> None:
    starters.verify(run_id)
    run = starters.open(run_id)
    assert Classifier.load(run).probabilities(pictures(50)).shape == (50, 10)
    assert "--ship" in run.manifest["command"]
    assert not (run.folder / EXTRA_FILE).exists()


def test_the_last_shipped_checkpoint_is_the_shipped_model(starters: ModelStore) -> None:
    run = starters.open("starter-mnist")
    checkpoints = starters.checkpoints(run.id)
    assert list(checkpoints) == [0, 10, 20, 30, 40]
    assert sum(path.stat().st_size for path in checkpoints.values()) < 1_000_000
    rounded = Classifier.load(run, str(checkpoints[40]))
    gap = rounded.probabilities(pictures(50)) - Classifier.load(run).probabilities(pictures(50))
    assert np.abs(gap).max() < 1e-2


@pytest.mark.parametrize("run_id", STARTERS)
def test_a_shipped_model_opens_in_plain_keras(starters: ModelStore, run_id: str) -> None:
    import keras

    run = starters.open(run_id)
    images = pictures(50)
    model = keras.models.load_model(run.folder / "model.keras")
    expected = np.asarray(model(images.astype(np.float32) / np.float32(255)))
    assert np.abs(Classifier.load(run).probabilities(images) - expected).max() < 1e-5


@pytest.mark.realdata
@pytest.mark.parametrize("run_id", STARTERS)
def test_shipped_models_are_as_good_as_their_cards_say(starters: ModelStore, run_id: str) -> None:
    from training.data.datasets import load

    run = starters.open(run_id)
    data = load(run.recipe.dataset)
    if len(run.manifest.get("sources", ())) < 2:  # no added files
        assert data.fingerprint == run.manifest["data"]
    answers = Classifier.load(run).probabilities(data.x_test).argmax(axis=1)
    accuracy = float((answers == data.y_test).mean())
    assert accuracy == pytest.approx(run.result["test_accuracy"], abs=1e-3)


def test_the_model_that_reads_drawings_names_what_it_learned_from(starters: ModelStore) -> None:
    run = starters.open("starter-drawing")
    assert run.recipe == PRESETS["drawing-ready"].recipe
    names = [source["name"] for source in run.manifest["sources"]]
    assert names[:2] == ["MNIST", "Digits (offline)"] and len(names) == 3
    assert all(source["licence"] for source in run.manifest["sources"])
    assert "--strokes " in run.manifest["command"] and "/" not in run.manifest["command"]
    assert run.result["test_accuracy"] >= 0.985
    assert (run.folder / "weights.npz").stat().st_size < 3_000_000


def test_one_core_is_used_where_it_is_asked_for() -> None:
    with threadpool_limits():  # restores the old value
        use_one_core()
        pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
        assert pools, "NumPy's own is seen"
        assert {pool["num_threads"] for pool in pools} == {1}


def test_ten_thousand_images_are_evaluated_in_less_than_200_ms() -> None:
    images = pictures(10_000)
    labels = np.random.default_rng(0).integers(0, 10, 10_000).astype(np.uint8)
    recipe = Recipe(hidden=(Hidden(128),))
    weights = random_weights(recipe)
    classifier = Classifier(
        recipe, [(weights[f"kernel_{i}"], weights[f"bias_{i}"]) for i in (0, 1)]
    )
    taken = []
    with threadpool_limits():
        use_one_core()
        for _ in range(5):
            start = time.process_time()  # CPU time, independent of other load
            evaluation = Evaluation.of(classifier.probabilities(images), labels)
            assert len(evaluation.classes) == 10 and evaluation.calibration().error > 0
            taken.append(time.process_time() - start)
    assert min(taken) < 0.2
