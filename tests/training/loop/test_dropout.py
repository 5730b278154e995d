"""Dropout: how many outputs it drops, which ones, and what it leaves."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from training.loop.dropout import Dropout, tf

STEPS, IMAGES, UNITS = 50, 64, 96


def dropped(rate: float, seed: int = 3, steps: int = STEPS) -> NDArray[np.float32]:
    """Return what becomes of ones in consecutive steps: [steps, IMAGES, UNITS]."""
    layer = Dropout(rate, seed=seed)
    step = tf.function(lambda x: layer(x, training=True), jit_compile=True)
    return np.stack([step(tf.ones([IMAGES, UNITS])).numpy() for _ in range(steps)])


def correlation(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Return it in standard deviations of what chance gives."""
    return abs(float(np.corrcoef(a.ravel(), b.ravel())[0, 1])) * np.sqrt(a.size)


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5, 0.9])
def test_it_drops_its_share_of_each_unit_each_image_and_each_step(rate: float) -> None:
    x = dropped(rate)
    assert set(np.unique(x)) == {np.float32(0), np.float32(1 / (1 - rate))}
    kept = x > 0
    for axes in [(1, 2), (0, 2), (0, 1), (0,), (1,), (2,)]:
        n = np.prod([x.shape[axis] for axis in axes])
        share = kept.mean(axes)
        deviation = np.sqrt(rate * (1 - rate) / n)
        assert np.mean(((share - (1 - rate)) / deviation) ** 2) == pytest.approx(1, abs=0.5)


def test_what_is_dropped_depends_on_nothing_beside_it() -> None:
    kept = dropped(0.5) > 0
    other = dropped(0.5, seed=4) > 0
    assert correlation(kept[1:], kept[:-1]) < 5, "steps"
    assert correlation(kept[1:, :, 1:], kept[:-1, :, :-1]) < 5, "steps, shifted by a unit"
    assert correlation(kept[1:, :, :-1], kept[:-1, :, 1:]) < 5, "steps, shifted back"
    assert correlation(kept[:, 1:], kept[:, :-1]) < 5, "images"
    assert correlation(kept[:, :, 1:], kept[:, :, :-1]) < 5, "units"
    assert correlation(kept[:, :, 2:], kept[:, :, :-2]) < 5, "every second unit"
    assert correlation(kept, other) < 5, "seeds"
    assert correlation(kept[1:], other[:-1]) < 5, "a seed and a step"
    assert correlation(kept[:, :, 1:] ^ kept[:, :, :-1], kept[:, :, :-1]) < 5
    steps = [step.tobytes() for step in kept]
    assert len(set(steps)) == STEPS


def test_the_same_seed_drops_the_same_and_each_step_something_else() -> None:
    x = dropped(0.3, steps=3)
    assert np.array_equal(x, dropped(0.3, steps=3))
    assert not np.array_equal(x, dropped(0.3, seed=4, steps=3))
    assert all(not np.array_equal(one, two) for one, two in pairwise(x))


def test_the_gradient_passes_where_the_output_did() -> None:
    layer = Dropout(0.4, seed=0)
    x = tf.Variable(np.linspace(-1, 1, 200, dtype=np.float32))
    with tf.GradientTape() as tape:
        y = layer(x, training=True)
    gradient = tape.gradient(y, x).numpy()
    assert np.array_equal(gradient > 0, y.numpy() != 0)
    assert set(np.unique(gradient)) == {np.float32(0), np.float32(1 / 0.6)}


def test_it_changes_nothing_outside_a_training() -> None:
    x = np.linspace(-1, 1, 50, dtype=np.float32)
    assert np.array_equal(Dropout(0.4)(x).numpy(), x)
