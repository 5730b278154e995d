"""Imported Keras files: the same answers as in Keras, and isolated failures of hostile files."""

import importlib
import io
import time
import zipfile
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
from model_store.recipe.recipe import Recipe
from model_store.runs.events import Evaluated
from tests.support import made_up_faults
from tests.support.engines import ends, ready, until
from tests.support.keras_files import OURS, archive
from training import tensorflow_setup
from training.data.datasets import Arrays, load
from training.engine.engine import Engine
from training.keras_import.archive import (
    CONFIG,
    METADATA,
    WEIGHTS,
    KerasFileError,
    prepare_import,
    read_keras_file,
    write_keras_file,
)
from training.loop.control import Control
from training.workers import job

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def digits(isolated_session: None) -> Arrays:
    return load("digits")


@pytest.fixture(scope="module")
def keras() -> Any:
    """Import Keras here, to keep it out of test collection."""
    tensorflow_setup.load()
    return importlib.import_module("keras")


def import_model(*args: Any, **more: Any) -> Evaluated:
    """Open a file as a worker does."""
    importer = importlib.import_module("training.keras_import.importer")
    return importer.import_model(*args, **more)


def saved(model: Any, folder: Path) -> bytes:
    path = folder / "model.keras"
    model.save(path)
    return path.read_bytes()


def imported(
    content: bytes, digits: Arrays, pixels: str = "unit"
) -> tuple[Classifier, Evaluated, Files]:
    """Import a file; return its classifier, its result and the saved files."""
    recipe, start = prepare_import(content, "net.keras", "", "digits", pixels)
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
        pairs = range(len(recipe.hidden) + 1)
        return Classifier(recipe, [(found[f"kernel_{i}"], found[f"bias_{i}"]) for i in pairs])


# -- common models -------------------------------------------------------------------------------


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
    return keras.Model(image, keras.layers.Softmax()(keras.layers.Dense(10)(x)))


def of_centred_pixels(keras: Any) -> Any:
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Reshape((-1,)),
            keras.layers.Dense(12, activation="gelu", bias_initializer="ones"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def without_an_input(keras: Any) -> Any:
    """Return a model without an input layer; its first call sets the shape."""
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
    model(np.zeros((1, 28, 28), np.float32))
    return model


@pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`")
@pytest.mark.parametrize(
    ("make", "pixels", "prepare", "logits"),
    [
        (of_the_tutorial, "unit", lambda x: x / 255, True),
        (of_other_layers, "raw", lambda x: x.reshape(-1, 784), False),
        (of_centred_pixels, "signed", lambda x: x[..., None] / 127.5 - 1, False),
        (without_an_input, "unit", lambda x: x / 255, False),
    ],
)
def test_it_answers_as_in_keras(
    digits: Arrays,
    keras: Any,
    tmp_path: Path,
    make: Callable[[Any], Any],
    pixels: str,
    prepare: Callable[[NDArray[Any]], NDArray[Any]],
    logits: bool,
) -> None:
    model = make(keras)
    kept, result, files = imported(saved(model, tmp_path), digits, pixels)
    wanted = np.asarray(model(prepare(digits.x_test.astype(np.float32))))
    wanted = softmax(wanted) if logits else wanted
    assert np.abs(kept.probabilities(digits.x_test) - wanted).max() < 1e-5
    right = float((wanted.argmax(axis=1) == digits.y_test).mean())
    assert result.test_accuracy == pytest.approx(right)
    assert (result.epochs, result.steps, result.seconds) == (0, 0, 0.0)
    again, _result, _files = imported(files["model.keras"], digits)
    assert all(
        np.array_equal(a, b)
        for ours, theirs in zip(kept.weights, again.weights, strict=True)
        for a, b in zip(ours, theirs, strict=True)
    ), "what is exported can be imported again"


# -- hostile weights -----------------------------------------------------------------------------


def edited(content: bytes, change: Callable[[h5py.File], None]) -> bytes:
    """Return the file with changed weights."""
    with zipfile.ZipFile(io.BytesIO(content)) as given:
        parts = {name: given.read(name) for name in (METADATA, CONFIG, WEIGHTS)}
    numbers = io.BytesIO(parts[WEIGHTS])
    with h5py.File(numbers, "r+") as file:
        change(file)
    return archive({**parts, WEIGHTS: numbers.getvalue()}.items())


KERNEL = "layers/dense/vars/0"


def _put(file: h5py.File, value: float) -> None:
    file[KERNEL][0, 0] = value


def _explode(file: h5py.File) -> None:
    file[KERNEL][...] = 3e38
    file["layers/dense_1/vars/0"][...] = -3e38


def _other_shape(file: h5py.File) -> None:
    del file[KERNEL]
    file[KERNEL] = np.zeros((784, 5), np.float32)


def _text(file: h5py.File) -> None:
    del file[KERNEL]
    file[KERNEL] = np.full((4, 4), b"weight")


def _bomb(file: h5py.File) -> None:
    del file[KERNEL]
    file.create_dataset(KERNEL, (30_000, 30_000), np.float32, compression="gzip")


def _elsewhere(file: h5py.File) -> None:
    del file[KERNEL]
    secret = [(str(OURS / "weights.npz"), 0, h5py.h5f.UNLIMITED)]
    file.create_dataset(KERNEL, (784, 8), np.float32, external=secret)


def _linked(file: h5py.File) -> None:
    del file[KERNEL]
    file[KERNEL] = h5py.ExternalLink(str(OURS / "model.keras"), "/")


def _renamed(file: h5py.File) -> None:
    file.move("layers", "others")


@pytest.fixture(scope="module")
def plain(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(8),
            keras.layers.Dense(10),
        ]
    )
    return saved(model, tmp_path_factory.mktemp("plain"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda file: _put(file, np.nan), "not numbers"),
        (lambda file: _put(file, np.inf), "not numbers"),
        (_explode, "not numbers"),
        (_other_shape, "Keras cannot open"),
        (_text, "Keras cannot open"),
        (_bomb, "larger than the file"),
        (_elsewhere, "Keras cannot open"),
        (_linked, "Keras cannot open"),
        (_renamed, "Keras cannot open"),
    ],
)
def test_hostile_weights_get_a_sentence(
    digits: Arrays, plain: bytes, change: Callable[[h5py.File], None], words: str
) -> None:
    with pytest.raises(KerasFileError, match=words):
        imported(edited(plain, change), digits)


def test_damaged_weights_get_a_sentence(digits: Arrays, plain: bytes) -> None:
    found = read_keras_file(plain)
    holed = found.weights[:2_000] + bytes(len(found.weights) - 2_000)
    with pytest.raises(KerasFileError, match="Keras cannot open"):
        imported(write_keras_file(type(found)(found.network, holed)), digits)


def test_a_file_that_is_another_network_than_was_checked(digits: Arrays, plain: bytes) -> None:
    with pytest.raises(KerasFileError, match="another network"):
        import_model(
            Recipe(dataset="digits", epochs=1),
            digits,
            emit=lambda _event: None,
            control=Control(),
            save=lambda _name, _data: None,
            start=plain,
        )


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
