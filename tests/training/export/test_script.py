"""The exported script, run: plain Keras gives what the run gave."""

import ast
import hashlib
import runpy
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from model_store.recipe.choices import ACTIVATIONS, LOSSES, OPTIMIZERS, SHUFFLES
from model_store.recipe.own_data import describe
from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Augment, Hidden, Recipe
from model_store.recipe.spoil import Spoil
from model_store.runs.events import LearningRate
from model_store.runs.provenance import WEIGHTS
from tests.support.data_server import made_up_arrays, published_files
from tests.training.export.conftest import CHANGED, FLIPPED, OTHER, QUICK, VARIED, Train, Trained
from training.data import datasets
from training.data.extra_images import EXTRA_FILE
from training.data.training_set import training_set
from training.export import data_code
from training.export.cells import differences
from training.export.receipt import Receipt
from training.export.script import script

NORMALISED = QUICK.with_(
    hidden=(Hidden(24, batch_norm=True), Hidden(16, "tanh", batch_norm=True)),
    optimizer="sgd",
    learning_rate=0.05,
)
LINT = ["--isolated", "--line-length", "100"]
RULES = "E,F,W,I,UP,B,SIM,RUF,C4,PIE,RET,PERF,N,D2"


def run_here(text: str, place: Path) -> dict[str, Any]:
    """The names that a script leaves behind."""
    path = place / "script.py"
    path.write_text(text, "utf-8")
    return runpy.run_path(str(path))


def loads(recipe: Recipe, place: Path, arrays: Mapping[str, NDArray[np.uint8]]) -> None:
    """A script's own code loads these arrays."""
    imports = "\n".join(data_code.import_lines(recipe))
    names = run_here(f"{imports}\n\n{data_code.load_code(recipe)}", place)
    for key, array in arrays.items():
        np.testing.assert_array_equal(names[key], array, key)


def same(trained: Trained, names: dict[str, Any]) -> None:
    """Every epoch's loss is the run's, but for what float32 sums in another order make of it."""
    run, history = trained
    losses = [epoch.loss for epoch in history.epochs]
    assert names["figures"]["loss"] == pytest.approx(losses, rel=1e-3)
    assert names["test_loss"] == pytest.approx(run.result["test_loss"], rel=1e-3)
    close(trained, names, 0.003)


def close(trained: Trained, names: dict[str, Any], accuracy: float) -> None:
    """The script's figures are the run's, epoch by epoch, within `accuracy`."""
    run, history = trained
    assert names["test_accuracy"] == pytest.approx(run.result["test_accuracy"], abs=accuracy)
    assert names["test_loss"] == pytest.approx(run.result["test_loss"], rel=0.2)
    ours = [epoch.accuracy for epoch in history.epochs]
    assert names["figures"]["accuracy"] == pytest.approx(ours, abs=2 * accuracy)
    if history.epochs[0].val_accuracy is not None:
        ours = [epoch.val_accuracy or 0.0 for epoch in history.epochs]
        assert names["figures"]["val_accuracy"] == pytest.approx(ours, abs=2 * accuracy)


def test_the_script_gives_the_runs_figures_and_weights(
    quick: Trained, workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = run_here(script(*quick), workplace)
    same(quick, names)
    weights = np.load(quick[0].folder / "weights.npz")
    for name, ours in zip(weights.files, names["model"].get_weights(), strict=True):
        np.testing.assert_allclose(ours, weights[name], atol=0.01)
    printed = capsys.readouterr().out
    assert f"test accuracy {names['test_accuracy']:.4f}" in printed
    assert f"in Softmax Lab {quick[0].result['test_accuracy']:.4f}" in printed
    data = datasets.load("digits")
    for name in datasets.ARRAY_NAMES:
        scale = 255 if name.startswith("x") else 1
        prepared = np.rint(names[name] * scale).astype(np.uint8)
        np.testing.assert_array_equal(prepared, getattr(data, name), "prepared as in the app")


def test_every_setting_is_in_the_script(varied: Trained, workplace: Path) -> None:
    names = run_here(script(*varied), workplace)
    same(varied, names)
    data = datasets.load("digits")
    chosen, held_out = datasets.training_indices(VARIED)
    np.testing.assert_array_equal(names["y_train"].argmax(1), data.y_train[chosen])
    np.testing.assert_array_equal(names["y_validation"].argmax(1), data.y_train[held_out])


def test_changed_and_added_images_and_first_weights_are_the_runs_own(
    changed: Trained, workplace: Path
) -> None:
    run, history = changed
    text = script(run, history)
    for name in (EXTRA_FILE, WEIGHTS):
        shutil.copyfile(run.folder / name, workplace / f"{run.id}-{name}")
        assert f"{run.id}-{name}" in text
    words = text.replace("\n# ", " ")
    assert FLIPPED in words
    assert OTHER in words
    same(changed, run_here(text, workplace))


def test_with_dropout_the_script_comes_close_and_says_so(train: Train, workplace: Path) -> None:
    trained = train(QUICK.with_(hidden=(Hidden(32, dropout=0.2),)))
    text = script(*trained)
    assert "but other ones" in text.replace("\n# ", " ")
    close(trained, run_here(text, workplace), 0.04)


def test_batch_normalisation_is_a_layer_of_the_script(train: Train, workplace: Path) -> None:
    """Its last batch of an epoch is a short one, and plain Keras has its moving averages too."""
    run, history = trained = train(NORMALISED)
    text = script(run, history)
    assert "BatchNormalization(momentum=0.9)" in text
    trained_parameters = 784 * 24 + 24 + 2 * 24 + 24 * 16 + 16 + 2 * 16 + 16 * 10 + 10
    assert f"{trained_parameters:,} parameters are trained" in text.replace("\n# ", " ")
    receipt = Receipt.of(run, history)
    assert Receipt.from_json(receipt.to_json()) == receipt
    names = run_here(text, workplace)
    same(trained, names)
    weights = np.load(run.folder / "weights.npz")
    for name, ours in zip(weights.files, names["model"].get_weights(), strict=True):
        np.testing.assert_allclose(ours, weights[name], atol=1e-3, err_msg=name)
    assert weights["variance_0"].min() > 0 and weights["variance_0"].max() < 0.9, "at first 1"


def test_the_scripts_need_nothing_of_the_app(quick: Trained, changed: Trained) -> None:
    for trained in (quick, changed):
        tree = ast.parse(script(*trained))
        needed = {
            alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names
        }
        needed |= {str(n.module) for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        tops = {name.partition(".")[0] for name in needed}
        assert tops <= {
            "keras",
            "numpy",
            "tensorflow",
            "PIL",
            "sklearn",
            "math",
            "types",
            "pathlib",
        }


def test_a_hostile_name_stays_text(made_up: Trained) -> None:
    text = script(*made_up)
    assert "alert(1)" in text.splitlines()[0]
    assert not any("import os" in ast.unparse(node) for node in ast.parse(text).body)


def variants() -> list[Recipe]:
    out = [published.recipe for published in PRESETS.values()]
    out += [QUICK.with_(optimizer=name) for name in OPTIMIZERS]
    out += [QUICK.with_(loss=name, labels=loss.labels) for name, loss in LOSSES.items()]
    out += [QUICK.with_(hidden=(Hidden(8, name),)) for name in ACTIVATIONS]
    imported = (Hidden(8, "leaky_relu(0.3)"), Hidden(8, "elu(0.5)"), Hidden(8, "mish"))
    out += [QUICK.with_(hidden=imported, pixel_norm=name) for name in ("columns", "image")]
    out += [CHANGED, CHANGED.with_(dataset="mnist"), QUICK.with_(augment=Augment(shift=1))]
    out += [QUICK.with_(kernel_initializer="zeros", shuffle="once"), QUICK.with_(hidden=())]
    out += [*TOGETHER.values(), NORMALISED]
    watched = [WATCHED.with_(patience=n, shuffle=name) for n in (0, 2) for name in SHUFFLES]
    out += [each.with_(schedule=name) for each in watched for name in ("constant", "plateau")]
    out += [SPLIT.with_(spoil=each.spoil) for each in TOGETHER.values()]
    norms = tuple(Hidden(8, each.activation, 0.2, True) for each in imported)
    out += [QUICK.with_(hidden=norms)]
    out += [QUICK.with_(dataset="kmnist"), CHANGED.with_(dataset="kmnist")]
    own = describe("Zoo", ("cat", "dog", "a fish"), 1000, 20, "us", True)
    out += [each.with_(dataset=f"own-{1:016}", own=own) for each in (QUICK, CHANGED)]
    return out


# Schedules, callbacks, clipping and spoiled images. Few cases, each with several of them: a script
# takes a second, and its optimizer, its learning rates and its images are compared one by one.
WATCHED = QUICK.with_(epochs=6, learning_rate=0.01)
SPLIT = QUICK.with_(validation="split", validation_share=0.2)
TOGETHER = {
    "cosine, smoothing, clipping, validation stays good": SPLIT.with_(
        schedule="cosine",
        lowest_rate=0.1,
        labels="one_hot",
        loss="categorical_crossentropy",
        label_smoothing=0.1,
        optimizer_options=(("clipnorm", 0.0), ("global_clipnorm", 0.5), ("weight_decay", 0.01)),
        spoil=Spoil(wrong_labels=0.3, rare_class=3, rare_share=0.1),
    ),
    "cosine with warm-up, one class for another": QUICK.with_(
        schedule="cosine", warmup=0.5, spoil=Spoil(0.5, wrong_from=4, wrong_to=9)
    ),
    "warm-up, a class left out": QUICK.with_(warmup=1.2, shuffle="once", spoil=Spoil(rare_class=3)),
    "step with warm-up, validation is spoiled": SPLIT.with_(
        schedule="step",
        decay_epochs=1,
        warmup=0.5,
        subset=800,
        spoil=Spoil(0.3, None, 2, 3, 0.1, 0.3, 0.9, "validation"),
    ),
    "exponential, clipvalue, wrong labels": QUICK.with_(
        schedule="exponential",
        decay=0.1,
        optimizer="sgd",
        optimizer_options=(("clipvalue", 0.01),),
        spoil=Spoil(wrong_labels=0.4),
    ),
    "early stopping by loss on a cosine keeps the last": WATCHED.with_(
        watch="loss",
        validation="none",
        patience=1,
        min_delta=0.3,
        kept_weights="last",
        schedule="cosine",
        shuffle="once",
    ),
    "plateau with warm-up": WATCHED.with_(
        schedule="plateau",
        decay_epochs=1,
        lowest_rate=0.2,
        warmup=1.5,
        watch="val_loss",
        min_delta=0.2,
    ),
    "plateau, early stopping, augmentation, noise and dots": WATCHED.with_(
        schedule="plateau",
        decay_epochs=1,
        watch="val_accuracy",
        min_delta=0.09,
        patience=2,
        augment=Augment(shift=1),
        spoil=Spoil(noise=0.4, patch=0.8),
    ),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_schedules_callbacks_and_spoiled_images_are_those_of_the_run(
    name: str, train: Train, workplace: Path
) -> None:
    """It stops after the same epoch, keeps the same one, and has the same rates and images."""
    recipe = TOGETHER[name]
    run, history = trained = train(recipe)
    names = run_here(script(run, history), workplace)
    same(trained, names)
    assert not Receipt.of(run, history).by_hand, "so it can be verified"
    assert not any("by hand" in text or "was stopped" in text for text in differences(run, history))
    stopped = len(history.epochs) < recipe.epochs
    assert run.stopped_early == stopped == (recipe.patience > 0)
    weights = np.load(run.folder / "weights.npz")
    for key, ours in zip(weights.files, names["model"].get_weights(), strict=True):
        np.testing.assert_allclose(ours, weights[key], atol=0.02)
    if recipe.schedule == "plateau":  # Keras notes it after each epoch
        rates = [end.learning_rate for end in history.epochs]
        assert names["figures"]["learning_rate"] == pytest.approx(rates, rel=1e-7)
        assert len(set(rates)) > 1
    elif recipe.rate_varies and recipe.schedule != "constant":
        schedule = names["schedule"]
        for end in history.epochs:  # of the last step
            assert float(schedule(end.step - 1)) == end.learning_rate
    own = training_set(recipe, datasets.load("digits"))
    found, labels = np.rint(names["x_train"] * 255), names["y_train"]
    np.testing.assert_array_equal(found, own.data.x_train[own.trained])
    labels = labels.argmax(1) if recipe.labels == "one_hot" else labels
    np.testing.assert_array_equal(labels, own.data.y_train[own.trained])
    if recipe.validation == "split":
        np.testing.assert_array_equal(np.rint(names["x_validation"] * 255), own.held_out[0])


def test_every_script_is_formatted_and_lint_free(train: Train, tmp_path: Path) -> None:
    run, history = train(CHANGED)  # with images added
    for recipe in (*variants(), VARIED):
        text = script(replace(run, recipe=recipe), history)
        (tmp_path / f"run_{recipe.hash}.py").write_text(text, "utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["format", "--check", "--diff"], ["check", "--select", RULES]):
        ended = subprocess.run(
            [*ruff, *command, *LINT, "."], cwd=tmp_path, capture_output=True, text=True
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr


def test_every_optimizer_has_its_class_in_keras() -> None:
    import keras

    for name, optimizer in OPTIMIZERS.items():
        assert type(keras.optimizers.get(name)) is getattr(keras.optimizers, optimizer.label)


def test_what_was_done_by_hand_is_said(quick: Trained) -> None:
    run, history = quick
    changed = replace(history, learning_rates=(LearningRate(90, 1.0, 0.5, 0.0),))
    assert any("by hand (to 0.5)" in sentence for sentence in differences(run, changed))
    stopped = replace(run, result={**run.result, "epochs": 1})
    assert any("stopped in epoch 2 of 2" in sentence for sentence in differences(stopped, history))
    assert "EPOCHS = 1\n" in script(stopped, history)


@pytest.mark.realdata
def test_a_script_on_mnist_reads_the_file_beside_it(
    train: Train, workplace: Path, real_data: Path
) -> None:
    recipe = PRESETS["mnist-mlp-128"].recipe.with_(hidden=(), epochs=1, subset=1000)
    trained = train(recipe)
    (workplace / "mnist.npz").symlink_to(real_data / "mnist.npz")
    close(trained, run_here(script(*trained), workplace), 0.01)


@pytest.mark.realdata
def test_a_script_on_fashion_mnist_asks_keras_for_it(
    workplace: Path, real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    with np.load(real_data / "fashion_mnist.npz") as data:
        arrays = {name: data[name] for name in datasets.ARRAY_NAMES}
    loaded = tuple((arrays[f"x_{part}"], arrays[f"y_{part}"]) for part in ("train", "test"))
    monkeypatch.setattr(keras.datasets.fashion_mnist, "load_data", lambda: loaded)
    loads(PRESETS["fashion-mlp-5"].recipe, workplace, arrays)


def test_a_script_on_kmnist_takes_the_file_beside_it_or_downloads_and_checks_it(
    workplace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = made_up_arrays("kmnist")
    files = published_files("kmnist")
    (tmp_path / "server").mkdir()
    for name, content in files.items():
        (tmp_path / "server" / name).write_bytes(content)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    monkeypatch.setattr(data_code, "KMNIST_ADDRESS", (tmp_path / "server").as_uri() + "/")
    monkeypatch.setattr(data_code, "SHA256", hashes)
    recipe = Recipe(dataset="kmnist")
    loads(recipe, workplace, arrays)
    np.savez_compressed(workplace / "kmnist.npz", **arrays)  # type: ignore[arg-type]
    shutil.rmtree(tmp_path / "server")
    loads(recipe, workplace, arrays)
    (workplace / "kmnist.npz").unlink()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "empty"))
    monkeypatch.setattr(data_code, "SHA256", dict.fromkeys(hashes, "0" * 64))
    with pytest.raises(Exception, match="kmnist"):
        loads(recipe, workplace, arrays)
