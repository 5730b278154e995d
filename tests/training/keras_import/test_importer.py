"""Imported Keras files: the same answers as in Keras, in both forms, and as runs of workers."""

import importlib
import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from model_store import ModelStore, Run, RunState
from model_store.inference.classifier import Classifier, softmax
from model_store.inference.folding import dense_layers
from model_store.recipe.choices import ACTIVATIONS, MORE_ACTIVATIONS
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.events import Evaluated
from tests.support import made_up_faults
from tests.support.engines import ends, ready, until
from tests.support.keras_files import OURS
from training import tensorflow_setup
from training.data.datasets import Arrays, load
from training.engine.engine import Engine
from training.keras_import.archive import KerasFileError, prepare_import, read_keras_file
from training.keras_import.config import TRAINING_ONLY, WITHOUT_EFFECT
from training.keras_import.layers import DOUBLED, FOLDED, LEFT_OUT, NORMALISED
from training.loop.control import Control
from training.workers import job

Files = dict[str, bytes]
Images = NDArray[Any]
IMAGES = 100


@pytest.fixture(scope="module")
def digits(isolated_session: None) -> Arrays:
    return load("digits")


@pytest.fixture(scope="module")
def keras() -> Any:
    """Import Keras here, to keep it out of test collection."""
    tensorflow_setup.load()
    return importlib.import_module("keras")


def import_model(*args: Any, **more: Any) -> Evaluated:
    """Test a network as a worker does."""
    importer = importlib.import_module("training.keras_import.importer")
    return importer.import_model(*args, **more)


def saved(model: Any, folder: Path, kind: str = "keras") -> bytes:
    path = folder / f"model.{kind}"
    model.save(path)
    return path.read_bytes()


def imported(content: bytes, pixels: str = "unit") -> Classifier:
    """Return the classifier of a file."""
    recipe, start = prepare_import(content, "net.keras", "", "digits", pixels)
    return classifier(recipe, start.weights)


def opened(content: bytes, digits: Arrays) -> tuple[Classifier, Evaluated, Files]:
    """Import a file as a worker does; return its classifier, its result and the saved files."""
    recipe, start = prepare_import(content, "net.keras", "", "digits", "unit")
    files: Files = {}
    result = import_model(
        recipe,
        digits,
        emit=lambda _event: None,
        control=Control(),
        save=files.__setitem__,
        start=start.weights,
    )
    return classifier(recipe, files["weights.npz"]), result, files


def classifier(recipe: Recipe, weights: bytes) -> Classifier:
    with np.load(io.BytesIO(weights)) as found:
        return Classifier(recipe, dense_layers(recipe, found))


def shaken(model: Any) -> Any:
    """Give every weight a random value of a likely size."""
    random = np.random.default_rng(1)
    for weight in model.weights:
        shape, name = tuple(weight.shape), weight.path
        if "count" in name:
            continue
        size = 1 / np.sqrt(shape[0]) if "kernel" in name else 0.3
        value = random.normal(0, 2 * size, shape)
        weight.assign(random.uniform(0.3, 2, shape) if "variance" in name else value)
    return model


# -- the same answers as in Keras ----------------------------------------------------------------


def of_the_tutorial(keras: Any) -> Any:
    """Return a briefly trained model with optimizer state; its output is logits."""
    model = keras.Sequential(
        [
            keras.layers.Flatten(input_shape=(28, 28)),
            keras.layers.Dense(12, activation=importlib.import_module("tensorflow").nn.relu),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(10),
        ]
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    digits = load("digits")
    model.fit(digits.x_train[:640] / 255, digits.y_train[:640], epochs=3, verbose=0)
    return model


def of_other_layers(keras: Any) -> Any:
    image = keras.Input((784,))
    x = keras.layers.Rescaling(1 / 255)(image)
    x = keras.layers.ReLU()(keras.layers.Dense(12, use_bias=False)(x))
    x = keras.layers.Dense(9, activation="swish", kernel_regularizer="l2")(x)
    return keras.Model([image], [keras.layers.Softmax()(keras.layers.Dense(10)(x))])


def of_centred_pixels(keras: Any) -> Any:
    return chain(
        keras,
        (28, 28, 1),
        keras.layers.Reshape((-1,)),
        keras.layers.Dense(12, activation="gelu", bias_initializer="ones"),
        keras.layers.Dense(10, activation="softmax"),
    )


def without_an_input(keras: Any) -> Any:
    """Return a model without an input layer; its first call sets the shape."""
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
    model(np.zeros((1, 28, 28), np.float32))
    return model


def of_batch_normalization(keras: Any) -> Any:
    """Return a model that normalises pixels, sums and activations."""
    L = keras.layers
    return chain(
        keras,
        (28, 28, 1),
        L.BatchNormalization(),
        L.Flatten(),
        L.BatchNormalization(scale=False),
        L.Dense(12),
        L.BatchNormalization(center=False),
        L.Activation("relu"),
        L.BatchNormalization(epsilon=1e-2),
        L.Dropout(0.3),
        L.Dense(11, activation="tanh", use_bias=False),
        L.BatchNormalization(scale=False, center=False),
        L.BatchNormalization(),
        L.Dense(10),
        L.BatchNormalization(),
        L.Softmax(),
    )


def of_slopes(keras: Any) -> Any:
    """Return a model of layers whose activation has a number."""
    L = keras.layers
    return chain(
        keras,
        (784, 1),
        L.Flatten(),
        *(L.Dense(12), L.LeakyReLU(), L.Dense(11), L.LeakyReLU(negative_slope=0.03125)),
        *(L.Dense(9), L.PReLU(), L.BatchNormalization()),
        *(L.Dense(8), L.ELU(alpha=0.7), L.Dense(8, activation=L.LeakyReLU(negative_slope=1 / 3))),
        *(L.Dense(7), L.ReLU(max_value=1.5), L.Dense(7), L.ReLU(negative_slope=0.2)),
        *(L.Dense(7, activation=keras.activations.leaky_relu), L.Dense(10, activation="softmax")),
    )


def of_one_slope(keras: Any) -> Any:
    L = keras.layers
    return chain(
        keras,
        (784,),
        *(
            L.Dense(6),
            L.PReLU(alpha_initializer=keras.initializers.Constant(0.25), trainable=False),
        ),
        *(L.Dense(6), L.PReLU(), L.Dense(10, activation="log_softmax")),
    )


def of_models_inside(keras: Any) -> Any:
    """Return a functional model with two others inside, a frozen layer, and adapted pixels."""
    L = keras.layers
    image = keras.Input((784,))
    normalization = L.Normalization()
    normalization.adapt(load("digits").x_train.reshape(-1, 784).astype(np.float32))
    inner = keras.Input((784,))
    frozen = L.Dense(9, activation="relu", trainable=False)
    body = keras.Sequential(
        [L.Dense(12, activation="selu"), L.BatchNormalization(), frozen, L.GaussianNoise(0.3)],
        name="body",
    )
    deeper = keras.Model(inner, L.Dense(8, activation="softplus")(body(inner)))
    head = keras.Sequential([L.Dense(7, activation="mish"), L.GaussianDropout(0.2), L.Dense(10)])
    model = keras.Model([image], [L.Softmax()(head(deeper(normalization(image))))])
    values = [weight for weight in model.weights if "normalization/" not in weight.path]
    shaken(type("Values", (), {"weights": values}))
    return model


def of_given_means(keras: Any) -> Any:
    L = keras.layers
    return chain(
        keras,
        (28, 28),
        L.Normalization(axis=None, mean=0.1307, variance=0.0949),
        L.Normalization(axis=2, mean=np.linspace(0, 1, 28), variance=np.linspace(0.5, 2, 28)),
        L.Flatten(),
        L.Dense(10, activation="softmax"),
    )


def of_ten_scores(keras: Any) -> Any:
    L = keras.layers
    return chain(keras, (784,), L.Dense(12, activation="relu"), L.Dense(10, activation="sigmoid"))


def of_columns(keras: Any) -> Any:
    L = keras.layers
    return chain(
        keras,
        (28, 28),
        L.UnitNormalization(axis=1),
        L.Rescaling(3.0, 0.5),
        L.Flatten(),
        L.Dense(12, activation="relu"),
        L.Dense(10, activation="softmax"),
    )


def of_random_changes(keras: Any) -> Any:
    L = keras.layers
    return chain(
        keras,
        (28, 28, 1),
        *(L.RandomRotation(0.2), L.RandomTranslation(0.1, 0.1), L.RandomZoom(0.2)),
        *(L.GaussianNoise(0.2), L.Flatten(), L.AlphaDropout(0.1)),
        *(L.Dense(9, activation="selu"), L.ActivityRegularization(0.1), L.Identity()),
        L.Dense(10, activation="softmax"),
    )


def chain(keras: Any, shape: tuple[int, ...], *layers: Any) -> Any:
    return shaken(keras.Sequential([keras.Input(shape), *layers]))


def flat(x: Images) -> Images:
    return x.reshape(-1, 784) / 255


def normalised(x: Images) -> Images:
    keras = importlib.import_module("keras")
    return keras.utils.normalize(x.astype(np.float64), axis=1)


@dataclass(frozen=True)
class Case:
    """A model, how it was fed, how that is said in the form, and what it becomes."""

    make: Callable[[Any], Any]
    pixels: str
    feed: Callable[[Images], Images]
    activations: tuple[str, ...]
    notes: tuple[str, ...] = ()
    answers: str = "probabilities"


CASES = [
    Case(of_the_tutorial, "unit", lambda x: x / 255, ("relu",), (), "logits"),
    Case(of_other_layers, "raw", lambda x: x.reshape(-1, 784), ("relu", "silu")),
    Case(of_centred_pixels, "signed", lambda x: x[..., None] / 127.5 - 1, ("gelu",)),
    Case(without_an_input, "unit", lambda x: x / 255, ()),
    Case(of_batch_normalization, "raw", lambda x: x[..., None], ("relu", "tanh"), (FOLDED,)),
    Case(
        of_slopes,
        "unit",
        lambda x: flat(x)[..., None],
        (
            *("leaky_relu(0.3)", "leaky_relu(0.03125)", "relu", "elu(0.7)"),
            *("leaky_relu(0.3333333)", "relu6", "leaky_relu(0.2)", "leaky_relu(0.2)"),
        ),
        (DOUBLED, FOLDED),
    ),
    Case(of_one_slope, "unit", flat, ("relu", "relu"), (DOUBLED,), "logarithms"),
    Case(
        of_models_inside,
        "raw",
        lambda x: x.reshape(-1, 784),
        ("selu", "relu", "softplus", "mish"),
        (FOLDED, LEFT_OUT),
    ),
    Case(of_given_means, "unit", lambda x: x / 255, ()),
    Case(of_ten_scores, "unit", flat, ("relu", "log_sigmoid"), (NORMALISED,), "scores"),
    Case(of_columns, "raw", lambda x: x, ("relu",)),
    Case(of_random_changes, "unit", lambda x: x[..., None] / 255, ("selu",), (LEFT_OUT,)),
    Case(lambda keras: of_given_shape(keras, (28, 28)), "normalised", normalised, ("relu",)),
    Case(
        lambda keras: of_given_shape(keras, (784,)),
        "normalised",
        lambda x: normalised(x.reshape(-1, 784)),
        ("relu",),
    ),
]


def of_given_shape(keras: Any, shape: tuple[int, ...]) -> Any:
    L = keras.layers
    return chain(
        keras, shape, L.Flatten(), L.Dense(9, activation="relu"), L.Dense(10, activation="softmax")
    )


def probabilities(model: Any, case: Case, images: Images) -> Images:
    """Return Keras' own answers as probabilities."""
    found = np.asarray(model.predict(case.feed(images).astype(np.float32), verbose=0), np.float64)
    if case.answers == "logits":
        return softmax(found)
    if case.answers == "logarithms":
        return np.exp(found)
    return found / found.sum(axis=1, keepdims=True) if case.answers == "scores" else found


@pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.make.__name__)
def test_it_answers_as_in_keras(digits: Arrays, keras: Any, tmp_path: Path, case: Case) -> None:
    model = case.make(keras)
    images = digits.x_test[:IMAGES]
    wanted = probabilities(model, case, images)
    assert wanted.std(axis=0).max() > 1e-3, "it does not say the same of all images"
    for kind in ("keras", "h5"):
        found = imported(saved(model, tmp_path, kind), case.pixels)
        assert np.abs(found.probabilities(images) - wanted).max() < 1e-5, kind
        assert tuple(layer.activation for layer in found.recipe.hidden) == case.activations
        assert set(read_keras_file(saved(model, tmp_path, kind)).notes) == set(case.notes)


@pytest.mark.parametrize("kind", ["keras", "h5"])
def test_every_activation_of_keras(digits: Arrays, keras: Any, tmp_path: Path, kind: str) -> None:
    """Each by name; what is not among them needs arguments, halves the layer or is an end."""
    others = {"threshold", "glu", "softmax", "log_softmax", "sparsemax", "leaky_relu"}
    names = {*ACTIVATIONS, *MORE_ACTIVATIONS, "celu", "swish", "hard_swish", "leaky_relu"}
    activations = importlib.import_module("keras.src.activations")
    assert set(activations.ALL_OBJECTS_DICT) - others == names - others
    images = digits.x_test[:20]
    for name in sorted(names):
        L = keras.layers
        model = chain(keras, (784,), L.Dense(8, activation=name), L.Dense(10, activation="softmax"))
        wanted = np.asarray(model(flat(images).astype(np.float32)))
        found = imported(saved(model, tmp_path, kind))
        assert np.abs(found.probabilities(images) - wanted).max() < 1e-5, name


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda L: [L.Dense(8, activation="glu"), L.Dense(10)], "no activation 'glu'"),
        (lambda L: [L.Dense(8, activation="sparsemax"), L.Dense(10)], "no activation 'sparsemax'"),
        (lambda L: [L.Dense(10, activation="tanh")], "last layer's activation is tanh"),
        (
            lambda L: [L.Dense(10), L.PReLU(alpha_initializer="random_normal")],
            "changes its answers",
        ),
        (lambda L: [L.Dense(10, activation="softmax"), L.BatchNormalization()], "the softmax"),
        (lambda L: [L.Dense(8), L.LayerNormalization(), L.Dense(10)], "A layer LayerNormalization"),
        (lambda L: [L.Dense(1, activation="sigmoid")], "2 to 10 numbers"),
        (lambda L: [L.Reshape((28, 28, 1)), L.Conv2D(2, 3), L.Flatten(), L.Dense(10)], "Conv2D"),
        (lambda L: [L.Dense(8, activation=_own), L.Dense(10)], "activation"),
        (lambda L: [L.Lambda(_own), L.Dense(10)], "Lambda with code of its own"),
        (lambda L: [L.Dense(8, dtype="mixed_float16"), L.Dense(10)], "with 32 bits"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_keras_saves_and_the_app_does_not_compute_gets_a_sentence(
    keras: Any, tmp_path: Path, make: Callable[[Any], Any], words: str
) -> None:
    model = keras.Sequential([keras.Input((784,)), *make(keras.layers)])
    for kind in ("keras", "h5"):
        with pytest.raises(KerasFileError, match=words) as error:
            read_keras_file(saved(model, tmp_path, kind))
        assert "{" not in str(error.value)


def _own(x: Any) -> Any:
    return x


def test_layers_that_are_left_out_do_nothing_without_training(keras: Any) -> None:
    numbers = {
        "RandomTranslation": (0.5, 0.5),
        "RandomShear": (0.5, 0.5),
        **dict.fromkeys(("RandomFlip", *WITHOUT_EFFECT), ()),
    }
    images = np.random.default_rng(0).uniform(0, 1, (3, 28, 28, 1)).astype(np.float32)
    for name in (*TRAINING_ONLY, *WITHOUT_EFFECT):
        given = images[..., 0] if name == "SpatialDropout1D" else images
        layer = getattr(keras.layers, name)(*numbers.get(name, (0.5,)))
        assert np.array_equal(layer(given, training=False), given), name
        if name not in WITHOUT_EFFECT:
            changed = any(np.any(layer(given, training=True) != given) for _ in range(20))
            assert changed, name


def test_the_size_of_the_optimizers_state_does_not_count(
    keras: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    L = keras.layers
    model = chain(keras, (784,), L.Dense(64, activation="relu"), L.Dense(10))
    model.compile("adam", "mean_squared_error")
    model.fit(np.zeros((2, 784)), np.zeros((2, 10)), verbose=0)
    monkeypatch.setattr("training.keras_import.weights.MAX_WEIGHTS", model.count_params())
    for kind in ("keras", "h5"):
        content = saved(model, tmp_path, kind)
        _recipe, start = prepare_import(content, "x.keras", "", "digits", "unit")
        assert len(content) > 2.9 * len(start.weights)
        assert len(start.weights) < 4 * model.count_params() + 2_000
    monkeypatch.setattr("training.keras_import.weights.MAX_WEIGHTS", model.count_params() - 1)
    with pytest.raises(KerasFileError, match="more than"):
        read_keras_file(content)


def test_hdf5_under_another_name_and_weights_alone(keras: Any, tmp_path: Path) -> None:
    L = keras.layers
    model = chain(keras, (784,), L.Dense(10, activation="softmax"))
    content = saved(model, tmp_path, "h5")
    recipe, _start = prepare_import(content, "net.keras", "", "digits", "unit")
    assert recipe.network == "784-10"
    model.save_weights(tmp_path / "my.weights.h5")
    with pytest.raises(KerasFileError, match=r"only weights.*model\.save"):
        read_keras_file((tmp_path / "my.weights.h5").read_bytes())


def of_keras_2() -> tuple[bytes, list[NDArray[np.float32]]]:
    """Return an `.h5` file as Keras 2 writes it, and kernels and biases: 784-8-10."""
    random = np.random.default_rng(0)
    shapes = ((784, 8), (8,), (8, 10), (10,))
    arrays = [random.normal(0, 0.05, shape).astype(np.float32) for shape in shapes]
    body = [
        {"class_name": "Flatten", "config": {"name": "f", "batch_input_shape": [None, 28, 28]}},
        {"class_name": "Dense", "config": {"name": "d", "units": 8, "activation": "hard_sigmoid"}},
    ]
    inner = {"class_name": "Sequential", "config": {"name": "inner", "layers": body}}
    end = {"class_name": "Dense", "config": {"name": "e", "units": 10, "activation": "softmax_v2"}}
    layers = [
        {
            "class_name": "InputLayer",
            "config": {"batch_input_shape": [None, 28, 28], "name": "i", "dtype": "float32"},
            "name": "i",
            "inbound_nodes": [],
        },
        {**inner, "name": "inner", "inbound_nodes": [[["i", 0, 0, {}]]]},
        {**end, "name": "e", "inbound_nodes": [[["inner", 1, 0, {}]]]},
    ]
    config = {"layers": layers, "input_layers": [["i", 0, 0]], "output_layers": [["e", 0, 0]]}
    file = io.BytesIO()
    with h5py.File(file, "w") as out:
        out.attrs["keras_version"] = np.bytes_("2.4.0")
        out.attrs["model_config"] = json.dumps({"class_name": "Functional", "config": config})
        for group, layer, pair in (("inner", "d", arrays[:2]), ("e", "e", arrays[2:])):
            names = [f"{layer}/kernel:0", f"{layer}/bias:0"]
            place = out.create_group(f"model_weights/{group}")
            place.attrs["weight_names"] = [name.encode() for name in names]
            for name, array in zip(names, pair, strict=True):
                place[name] = array
    return file.getvalue(), arrays


def test_a_file_of_keras_2_is_computed_as_keras_2_does(digits: Arrays) -> None:
    content, (kernel, bias, last, end) = of_keras_2()
    images = digits.x_test[:IMAGES]
    hidden = np.clip(0.2 * (flat(images) @ kernel + bias) + 0.5, 0, 1)  # a steeper one than now
    wanted = softmax(hidden @ last + end)
    assert np.abs(imported(content).probabilities(images) - wanted).max() < 1e-5


def test_an_import_is_tested_and_its_export_can_be_imported_again(
    digits: Arrays, keras: Any, tmp_path: Path
) -> None:
    """With a norm of pixels and a slope, which the app's own recipes do not have."""
    L = keras.layers
    model = chain(
        keras,
        *((28, 28), L.UnitNormalization(axis=1), L.Flatten(), L.Dense(12)),
        *(L.LeakyReLU(0.1), L.Dense(10)),
    )
    kept, result, files = opened(saved(model, tmp_path), digits)
    wanted = softmax(np.asarray(model(digits.x_test.astype(np.float32) / 255)))
    assert np.abs(kept.probabilities(digits.x_test) - wanted).max() < 1e-5
    right = float((wanted.argmax(axis=1) == digits.y_test).mean())
    assert result.test_accuracy == pytest.approx(right)
    assert (result.epochs, result.steps, result.seconds) == (0, 0, 0.0)
    again, _result, _files = opened(files["model.keras"], digits)
    assert again.recipe == kept.recipe.with_(name=again.recipe.name)
    assert all(
        np.array_equal(a, b)
        for ours, theirs in zip(kept.weights, again.weights, strict=True)
        for a, b in zip(ours, theirs, strict=True)
    )


@pytest.mark.parametrize("kind", ["keras", "h5"])
def test_batch_normalisation_between_sums_and_activation_stays_a_layer(
    digits: Arrays, keras: Any, tmp_path: Path, kind: str
) -> None:
    """Whatever its epsilon; where a recipe has none it is folded, or becomes a part of one."""
    L = keras.layers
    model = chain(
        keras,
        *((784,), L.Dense(12), L.BatchNormalization(epsilon=1e-5), L.Activation("relu")),
        *(L.Dense(11, use_bias=False), L.BatchNormalization(scale=False), L.ReLU(max_value=2)),
        *(L.Dense(9), L.BatchNormalization(), L.BatchNormalization(), L.Dropout(0.5)),
        *(L.Dense(8), L.BatchNormalization(), L.PReLU(), L.Dense(10), L.BatchNormalization()),
        L.Softmax(),
    )
    content = saved(model, tmp_path, kind)
    found = imported(content)
    normed = [layer.batch_norm for layer in found.recipe.hidden]
    assert normed == [True, True, True, False]
    assert set(read_keras_file(content).notes) == {FOLDED, DOUBLED}
    images = digits.x_test[:IMAGES]
    wanted = np.asarray(model(flat(images).astype(np.float32)))
    assert np.abs(found.probabilities(images) - wanted).max() < 1e-5
    assert np.ptp(wanted, axis=0).max() > 1e-3


def test_a_variance_that_no_recipe_has_is_folded(keras: Any, tmp_path: Path) -> None:
    """With a tiny epsilon it would be below 0 by the recipe's own."""
    L = keras.layers
    norm = L.BatchNormalization(epsilon=1e-6)
    model = chain(keras, (784,), L.Dense(6), norm, L.Activation("tanh"), L.Dense(10), L.Softmax())
    norm.moving_variance.assign(np.full(6, 1e-4))
    content = saved(model, tmp_path)
    assert read_keras_file(content).notes == (FOLDED,)
    images = np.random.default_rng(2).integers(0, 256, (20, 28, 28), np.uint8)
    wanted = np.asarray(model(flat(images).astype(np.float32)))
    assert np.abs(imported(content).probabilities(images) - wanted).max() < 1e-5


def test_an_export_with_batch_normalisation_is_the_same_network_again(
    digits: Arrays, keras: Any, tmp_path: Path
) -> None:
    L = keras.layers
    rows = (28, 28), L.Flatten(), L.Dense(12), L.BatchNormalization(), L.LeakyReLU(0.1), L.Dense(10)
    kept, _result, files = opened(saved(chain(keras, *rows), tmp_path), digits)
    again, _result, _files = opened(files["model.keras"], digits)
    assert kept.recipe.hidden == (Hidden(12, "leaky_relu(0.1)", 0.0, True),)
    assert again.recipe == kept.recipe.with_(name=again.recipe.name)
    for ours, theirs in zip(kept.weights, again.weights, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6)


# -- what a worker refuses -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weights_of", "words"),
    [
        (lambda: b"", "not here any more"),
        (lambda: b"not an archive", "not here any more"),
        (lambda: npz((784, 5), (5,)), "not here any more"),
        (lambda: npz((784, 10), (10,), 3e38), "are not numbers"),
    ],
)
def test_a_worker_gets_weights_that_cannot_be_used(
    digits: Arrays, weights_of: Callable[[], bytes], words: str
) -> None:
    with pytest.raises(KerasFileError, match=words):
        import_model(
            Recipe(dataset="digits", epochs=1, hidden=()),
            digits,
            emit=lambda _event: None,
            control=Control(),
            save=lambda _name, _data: None,
            start=weights_of(),
        )


def npz(kernel: tuple[int, ...], bias: tuple[int, ...], value: float = 0.0) -> bytes:
    file = io.BytesIO()
    signs = np.where(np.arange(kernel[1]) % 2, 1, -1).astype(np.float32)
    arrays = {"kernel_0": np.full(kernel, value, np.float32) * signs}
    np.savez(file, bias_0=np.zeros(bias, np.float32), **arrays)
    return file.getvalue()


# -- in workers ----------------------------------------------------------------------------------


@dataclass
class Lab:
    """Engine whose clock the test can advance."""

    engine: Engine
    store: ModelStore
    ahead: float = 0.0

    def submit(self, name: str) -> Run:
        content = (OURS / "model.keras").read_bytes()
        recipe, start = prepare_import(content, "ours.keras", name, "digits", "unit")
        return self.engine.submit(recipe, "ada", start=start)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, isolated_session: None) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("importing")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTMAX_LAB_COLD", "1")
        patch.setattr(job, "IMPORT", f"{made_up_faults.__name__}:import_model")
        store = ModelStore(folder / "store", starter=None)
        engine = Engine(
            store, workers=2, memory=1_500_000_000, clock=lambda: time.monotonic() + made.ahead
        )
        made = Lab(engine, store)
        engine.start()
        ready(engine, 2)
        yield made
        engine.close()


def test_our_own_export_is_a_model_again_and_what_is_hostile_fails_alone(lab: Lab) -> None:
    dying, good = lab.submit("dies"), lab.submit("Ours again")
    hungry = lab.submit("eats memory")
    for run, words in ((dying, "unexpectedly"), (hungry, "more memory")):
        assert ends(lab.store, run.id) is RunState.FAILED
        failed = lab.store.open(run.id)
        assert words in failed.message and not failed.has_model
    assert ends(lab.store, good.id) is RunState.DONE
    run = lab.store.open(good.id)
    lab.store.verify(run.id)
    assert run.imported and run.has_model and run.title == "Ours again" and run.owner == "ada"
    assert not {"data", "sources"} & run.manifest.keys()
    assert run.manifest["origin"]["title"] == "ours.keras"
    ours = ModelStore(lab.store.root).open(OURS.name)
    images = load("digits").x_test
    apart = Classifier.load(run).probabilities(images) - Classifier.load(ours).probabilities(images)
    assert np.abs(apart).max() <= 1e-6
    right = Classifier.load(ours).probabilities(images).argmax(axis=1) == load("digits").y_test
    assert run.result["test_accuracy"] == pytest.approx(right.mean())


def test_a_file_that_hangs_is_given_up_and_may_be_tried_again(lab: Lab) -> None:
    run = lab.submit("deaf")
    until(lambda: lab.store.open(run.id).started, 60)
    lab.ahead += 121
    assert ends(lab.store, run.id) is RunState.FAILED
    assert "not open after 120 seconds" in lab.store.open(run.id).message
    assert lab.engine.resume(run.id)
    until(lambda: lab.engine.status().busy, 60)
