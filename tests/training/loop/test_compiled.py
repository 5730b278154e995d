"""Compiled steps equal Keras' own: the same weights after the same batches."""

import numpy as np
import pytest

from model_store.recipe.choices import ACTIVATIONS, LOSSES, OPTIMIZERS
from model_store.recipe.recipe import Hidden, Recipe

BASE = Recipe(dataset="digits", hidden=(Hidden(16),), batch_size=32)
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (200, 28, 28), np.uint8)
LABELS = RNG.integers(0, 10, 200).astype(np.uint8)


# Every optimizer, loss, activation and penalty, in as few programs as that takes.
VARIANTS = {
    "adam": BASE,
    "sgd, one-hot": BASE.with_(
        optimizer="sgd",
        optimizer_options=(("momentum", 0.9), ("nesterov", 1.0)),
        loss="categorical_crossentropy",
        labels="one_hot",
        hidden=tuple(Hidden(16, name) for name in ("tanh", "elu", "gelu")),
    ),
    "rmsprop, squared error, penalties": BASE.with_(
        optimizer="rmsprop",
        optimizer_options=(("epsilon", 1e-8), ("rho", 0.9)),
        loss="mean_squared_error",
        labels="one_hot",
        hidden=tuple(Hidden(16, name) for name in ("sigmoid", "silu", "linear")),
        l1=0.001,
        l2=0.01,
    ),
    "adagrad, no hidden layer": BASE.with_(
        optimizer="adagrad", hidden=(), bias_initializer="ones", kernel_initializer="he_normal"
    ),
    "adamw": BASE.with_(optimizer="adamw"),
}


def test_the_variants_have_every_choice() -> None:
    recipes = VARIANTS.values()
    assert {recipe.optimizer for recipe in recipes} == set(OPTIMIZERS)
    assert {recipe.loss for recipe in recipes} == set(LOSSES)
    assert {layer.activation for r in recipes for layer in r.hidden} == set(ACTIVATIONS)


@pytest.mark.parametrize("recipe", VARIANTS.values(), ids=VARIANTS)
def test_equals_train_on_batch_with_a_short_last_batch(recipe: Recipe) -> None:
    from training.loop.compiled import DeviceData, Program
    from training.loop.model import build, make_optimizer

    program = Program(recipe)
    program.restart(build(recipe), recipe.learning_rate)
    order = np.random.default_rng(1).permutation(200).astype(np.int32)
    data = DeviceData.put(IMAGES, LABELS)
    size = program.capacity * recipe.batch_size
    parts = [program.train(data, order[at : at + size]) for at in range(0, len(order), size)]

    model = build(recipe)
    model.compile(make_optimizer(recipe), recipe.loss, run_eagerly=True)  # nothing to compile
    truth = np.eye(10, dtype=np.float32)[LABELS] if recipe.labels == "one_hot" else LABELS
    for start in range(0, len(order), recipe.batch_size):
        batch = order[start : start + recipe.batch_size]
        model.train_on_batch(IMAGES[batch] / np.float32(255), truth[batch])

    ours = list(program.weights().values())
    for mine, keras in zip(ours, model.get_weights(), strict=True):
        np.testing.assert_allclose(mine, keras, atol=2e-4)
    loss = model.evaluate(IMAGES / np.float32(255), truth, verbose=0)
    assert program.evaluate(IMAGES, LABELS).loss == pytest.approx(loss, rel=1e-3)
    assert sum(part.images for part in parts) == 200
