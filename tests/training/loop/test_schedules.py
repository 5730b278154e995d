"""Schedules, early stopping and what else Keras has: equal to Keras' own, bit for bit."""

import math
from typing import Any

import numpy as np
import pytest

from model_store.recipe.rates import step_rates, warmup_steps
from model_store.recipe.recipe import Recipe
from training.loop.checkpoint import Position
from training.loop.watching import enter, stops

BASE = Recipe(dataset="digits", epochs=6, learning_rate=0.003)
STEPS = 37  # in an epoch
SCHEDULES = {
    "cosine": BASE.with_(schedule="cosine"),
    "cosine, warm-up, a tenth left": BASE.with_(schedule="cosine", warmup=1.5, lowest_rate=0.1),
    "step": BASE.with_(schedule="step", decay=0.37),
    "exponential": BASE.with_(schedule="exponential", decay=0.9, decay_epochs=1),
}


def keras_schedule(recipe: Recipe) -> Any:
    """Return Keras' object for a recipe."""
    from training.tensorflow_setup import load

    load()
    from keras.optimizers import schedules

    warmup = warmup_steps(recipe, STEPS)
    if recipe.schedule == "cosine":
        total = recipe.epochs * STEPS - warmup
        if warmup:
            rate, low = recipe.learning_rate, recipe.lowest_rate
            return schedules.CosineDecay(0.0, total, low, warmup_target=rate, warmup_steps=warmup)
        return schedules.CosineDecay(recipe.learning_rate, total, recipe.lowest_rate)
    every = recipe.decay_epochs * STEPS
    staircase = recipe.schedule == "step"
    return schedules.ExponentialDecay(recipe.learning_rate, every, recipe.decay, staircase)


@pytest.mark.parametrize("recipe", SCHEDULES.values(), ids=SCHEDULES)
def test_every_step_has_the_rate_of_keras_schedule(recipe: Recipe) -> None:
    schedule = keras_schedule(recipe)
    theirs = np.array([float(schedule(step)) for step in range(6 * STEPS)], np.float32)
    ours = step_rates(recipe, np.arange(6 * STEPS), STEPS)
    np.testing.assert_array_equal(ours, theirs)
    parts = [step_rates(recipe, np.arange(n, n + 10), STEPS) for n in range(0, 60, 10)]
    np.testing.assert_array_equal(np.concatenate(parts), theirs[:60], "from any step on")


@pytest.mark.parametrize("schedule", ["constant", "step", "exponential"])
def test_a_warm_up_grows_as_that_of_cosine_and_the_schedule_starts_after_it(schedule: str) -> None:
    warm = BASE.with_(schedule=schedule, warmup=2)
    ours = step_rates(warm, np.arange(6 * STEPS), STEPS)
    cosine = step_rates(BASE.with_(schedule="cosine", warmup=2), np.arange(2 * STEPS + 1), STEPS)
    np.testing.assert_array_equal(ours[: 2 * STEPS + 1], cosine)
    assert ours[0] == 0
    cold = step_rates(BASE.with_(schedule=schedule), np.arange(4 * STEPS), STEPS)
    np.testing.assert_array_equal(ours[2 * STEPS :], cold)
    assert len(set(cold)) == {"constant": 1, "step": 2, "exponential": 4 * STEPS}[schedule]


def test_a_warm_up_shorter_than_a_step_is_none() -> None:
    short = BASE.with_(schedule="cosine", warmup=0.001)
    np.testing.assert_array_equal(
        step_rates(short, np.arange(99), STEPS),
        step_rates(BASE.with_(schedule="cosine"), np.arange(99), STEPS),
    )


# -- early stopping and plateau ------------------------------------------------------------------


class Stub:
    """A model as far as Keras' callbacks need one; its weights are the number of the epoch."""

    def __init__(self, rate: float) -> None:
        from training.tensorflow_setup import load

        load()
        import keras

        self.optimizer = keras.optimizers.SGD(rate)
        self.stop_training = False
        self.weights = 0

    def get_weights(self) -> int:
        return self.weights

    def set_weights(self, weights: int) -> None:
        self.weights = weights


def mode(figure: str) -> str:
    return "max" if figure.endswith("accuracy") else "min"


def values(seed: int, figure: str) -> list[float]:
    """Return a figure's values over the epochs: they improve, then stay about as they are.

    Some differ by less than float32 can tell.
    """
    rng = np.random.default_rng(seed)
    epochs = np.arange(40)
    falling = 2 * np.exp(-epochs / rng.uniform(2, 9)) + rng.normal(0, 0.05, 40).cumsum() * 0.2 + 1
    falling[rng.integers(3, 40, 6)] += 1e-9
    repeated = falling[np.maximum(epochs - (rng.random(40) < 0.2), 0)]
    found = np.abs(repeated) if figure.endswith("loss") else np.clip(1 - repeated / 4, 0, 1)
    return [float(value) for value in found]


@pytest.mark.parametrize("figure", ["val_loss", "val_accuracy", "loss", "accuracy"])
@pytest.mark.parametrize("min_delta", [0.0, 0.01])
@pytest.mark.parametrize("patience", [1, 3])
def test_it_stops_and_keeps_as_keras_early_stopping(
    figure: str, min_delta: float, patience: int
) -> None:
    import keras

    recipe = BASE.with_(
        epochs=40, validation="test", watch=figure, min_delta=min_delta, patience=patience
    )
    ends = set()
    for seed in range(12):
        model = Stub(0.1)
        stopping = keras.callbacks.EarlyStopping(
            figure, min_delta, patience, mode=mode(figure), restore_best_weights=True
        )
        stopping.set_model(model)
        stopping.on_train_begin()
        position = Position()
        for epoch, value in enumerate(values(seed, figure)):
            model.weights = position.epoch = epoch + 1
            stopping.on_epoch_end(epoch, {figure: value})
            enter(position, recipe, value, 0.1)
            assert stops(position, recipe) == model.stop_training
            if model.stop_training:
                break
        stopping.on_train_end()
        assert model.weights == position.best_epoch
        assert position.best == stopping.best
        ends.add(position.epoch)
    assert len(ends) > 3, "they stop at different times"


@pytest.mark.parametrize("figure", ["val_loss", "accuracy"])
@pytest.mark.parametrize("lowest", [0.0, 0.3])
def test_the_rate_falls_as_keras_reduces_it_on_plateau(figure: str, lowest: float) -> None:
    import keras

    recipe = BASE.with_(
        epochs=40,
        validation="test",
        watch=figure,
        schedule="plateau",
        decay=0.7,
        min_delta=0.001,
        lowest_rate=lowest,
    )
    fell = 0
    for seed in range(8):
        model, position, rate = Stub(recipe.learning_rate), Position(), float(np.float32(0.003))
        plateau = keras.callbacks.ReduceLROnPlateau(
            figure,
            factor=0.7,
            patience=2,
            mode=mode(figure),
            min_delta=0.001,
            min_lr=lowest * recipe.learning_rate,
        )
        plateau.set_model(model)
        plateau.on_train_begin()
        for epoch, value in enumerate(values(seed, figure)):
            position.epoch = epoch + 1
            plateau.on_epoch_end(epoch, {figure: value})
            before = rate
            rate = float(np.float32(enter(position, recipe, value, rate)))
            assert rate == float(model.optimizer.learning_rate)
            fell += rate < before
            assert not stops(position, recipe)
    assert fell > 8


def test_a_schedule_is_a_number_for_every_step() -> None:
    for recipe in SCHEDULES.values():
        rates = step_rates(recipe, np.arange(10 * STEPS), STEPS)  # and after its end
        assert rates.dtype == np.float32
        assert np.isfinite(rates).all() and (rates >= 0).all()
        assert rates.max() <= math.nextafter(recipe.learning_rate, 1) * (1 + 1e-6)
