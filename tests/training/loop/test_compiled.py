"""Compiled steps equal Keras' own: the same weights after the same batches."""

import numpy as np
import pytest

from model_store.recipe.choices import ACTIVATIONS, LOSSES, OPTIMIZERS
from model_store.recipe.recipe import Augment, Hidden, Recipe

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
    "batch normalisation": BASE.with_(
        optimizer="sgd",
        optimizer_options=(("momentum", 0.9),),
        hidden=(Hidden(16, batch_norm=True), Hidden(12, "tanh"), Hidden(8, "elu", 0.0, True)),
        l2=0.01,
    ),
    "decay, clipping, smoothing": BASE.with_(
        optimizer="sgd",
        optimizer_options=(("global_clipnorm", 0.1), ("weight_decay", 0.5)),
        learning_rate=0.5,
        loss="categorical_crossentropy",
        labels="one_hot",
        label_smoothing=0.2,
    ),
    "clipnorm": BASE.with_(
        optimizer="sgd", optimizer_options=(("clipnorm", 0.02),), learning_rate=1.0
    ),
    "clipvalue": BASE.with_(
        optimizer="sgd", optimizer_options=(("clipvalue", 0.002),), learning_rate=1.0
    ),
}


def test_the_variants_have_every_choice() -> None:
    recipes = VARIANTS.values()
    assert {recipe.optimizer for recipe in recipes} == set(OPTIMIZERS)
    assert {recipe.loss for recipe in recipes} == set(LOSSES)
    assert {layer.activation for r in recipes for layer in r.hidden} == set(ACTIVATIONS)


@pytest.mark.parametrize("recipe", VARIANTS.values(), ids=VARIANTS)
def test_equals_train_on_batch_with_a_short_last_batch(recipe: Recipe) -> None:
    from training.loop.compiled import DeviceData, Program
    from training.loop.model import build, loss_function, make_optimizer

    program = Program(recipe)
    program.restart(build(recipe), recipe.learning_rate)
    order = np.random.default_rng(1).permutation(200).astype(np.int32)
    data = DeviceData.put(IMAGES, LABELS)
    size = program.capacity * recipe.batch_size
    parts = [program.train(data, order[at : at + size]) for at in range(0, len(order), size)]

    model = build(recipe)
    model.compile(make_optimizer(recipe), loss_function(recipe), run_eagerly=True)
    truth = np.eye(10, dtype=np.float32)[LABELS] if recipe.labels == "one_hot" else LABELS
    for start in range(0, len(order), recipe.batch_size):
        batch = order[start : start + recipe.batch_size]
        model.train_on_batch(IMAGES[batch] / np.float32(255), truth[batch])

    ours = list(program.weights().values())
    for mine, keras in zip(ours, model.get_weights(), strict=True):
        np.testing.assert_allclose(mine, keras, atol=2e-4)
    assert sum(part.images for part in parts) == 200
    if recipe is BASE or (recipe.hidden, recipe.loss) != (BASE.hidden, BASE.loss):  # each once
        loss = model.evaluate(IMAGES / np.float32(255), truth, verbose=0)
        assert program.evaluate(IMAGES, LABELS).loss == pytest.approx(loss, rel=1e-3)


# -- one batch -----------------------------------------------------------------------------------

PLAIN_SGD = BASE.with_(
    optimizer="sgd",
    optimizer_options=(("momentum", 0.0),),
    learning_rate=0.5,
    hidden=(Hidden(16, dropout=0.4),),
    l2=0.01,
    augment=Augment(shift=2, rotation=10, warp=1),
)
SEED, STEP = 5, 3


def test_the_gradient_is_that_of_finite_differences_and_of_the_step() -> None:
    """With dropout, augmentation, a penalty and a short batch; and looking changes nothing."""
    from training.loop.compiled import DeviceData, Program
    from training.loop.model import build

    program = Program(PLAIN_SGD)
    data = DeviceData.put(IMAGES, LABELS)
    order = np.arange(150, 150 + 27, dtype=np.int32)
    program.restart(build(PLAIN_SGD), PLAIN_SGD.learning_rate)
    program.train(data, np.arange(32, dtype=np.int32))
    state = program.state()
    found = program.inspect(data, order, SEED, STEP)
    again = program.inspect(data, order, SEED, STEP)
    for name, value in program.state().items():
        np.testing.assert_array_equal(value, state[name], name)

    metrics = program.train(data, order, SEED, STEP)
    assert found.loss == again.loss == pytest.approx(metrics.loss, rel=1e-5)
    assert found.images.shape == (27, 784) and found.losses.shape == (27,)
    penalty = 0.01 * sum((state[f"kernel_{i}"] ** 2).sum() for i in range(2))
    assert found.losses.mean() + penalty == pytest.approx(found.loss, rel=1e-4)
    plain = IMAGES.reshape(-1, 784)[order] / np.float32(255)
    assert np.abs(found.images - plain).max() > 0.1, "they are augmented"
    trained = program.weights()
    for name, gradient in found.gradient.items():
        change = trained[name] - state[name]
        np.testing.assert_allclose(change, -0.5 * gradient, atol=1e-6, err_msg=name)

    after = program.inspect(data, order, SEED, STEP, found.start)
    np.testing.assert_array_equal(after.images, found.images)
    assert after.loss < found.loss, "by the same images and the same dropout"
    for name in found.gradient:
        place = np.unravel_index(np.abs(found.gradient[name]).argmax(), state[name].shape)
        both = []
        for move in (0.01, -0.01):
            moved = {**state, name: state[name].copy()}
            moved[name][place] += move
            program.load(moved)
            both.append(program.inspect(data, order, SEED, STEP).loss)
        slope = (both[0] - both[1]) / 0.02
        assert slope == pytest.approx(float(found.gradient[name][place]), rel=0.02), name


def test_of_a_large_batch_the_first_images_are_shown() -> None:
    from training.loop.compiled import DeviceData, Program
    from training.loop.model import build

    recipe = BASE.with_(hidden=(), batch_size=150)
    program = Program(recipe)
    program.restart(build(recipe), recipe.learning_rate)
    order = np.arange(199, 49, -1, dtype=np.int32)
    found = program.inspect(DeviceData.put(IMAGES, LABELS), order, 0, 0)
    assert found.losses.shape == (32,)
    np.testing.assert_array_equal(np.rint(found.images * 255), IMAGES.reshape(-1, 784)[order[:32]])
    whole = program.evaluate(IMAGES[order], LABELS[order])
    assert found.loss == pytest.approx(whole.loss, rel=1e-5), "the mean is of the whole batch"
