"""Several runs on one axis."""

import pytest

from model_store.analysis.curves import Axis, Split, curve, smooth
from model_store.recipe.recipe import Recipe
from model_store.runs.events import Chunk, EpochEnd, Started
from model_store.runs.history import History

RECIPE = Recipe(dataset="digits", batch_size=10)


def history() -> History:
    """Return two epochs of 5 s, validation included, with two chunks of 10 steps each."""
    chunks = [
        Chunk(10 * i, i / 2, float(5 - i), i / 10, 50.0, time=1000.0 * i) for i in range(1, 5)
    ]
    ends = [EpochEnd(n, 20 * n, 1.0, 0.5, 0.9 / n, n / 3, 5.0, 0.001, 0.0) for n in (1, 2)]
    return History.from_events([Started(0.0, 20, 2), *chunks[:2], ends[0], *chunks[2:], ends[1]])


@pytest.mark.parametrize(
    ("axis", "expected"),
    [
        (Axis.EPOCH, [0.5, 1.0, 1.5, 2.0]),
        (Axis.STEP, [10, 20, 30, 40]),
        (Axis.SECONDS, [2.5, 5, 7.5, 10]),
    ],
)
def test_training_over_each_axis(axis: Axis, expected: list[float]) -> None:
    x, y = curve(RECIPE, history(), "loss", axis, Split.TRAINING)
    assert x == pytest.approx(expected)
    assert y == [4, 3, 2, 1]


@pytest.mark.parametrize(
    ("axis", "expected"), [(Axis.EPOCH, [1, 2]), (Axis.STEP, [20, 40]), (Axis.SECONDS, [5, 10])]
)
def test_validation_over_each_axis(axis: Axis, expected: list[float]) -> None:
    x, y = curve(RECIPE, history(), "accuracy", axis, Split.VALIDATION)
    assert x == expected
    assert y == pytest.approx([1 / 3, 2 / 3])


def test_no_validation_is_no_curve() -> None:
    only = History.from_events([EpochEnd(1, 20, 1.0, 0.5, None, None, 5.0, 0.001, 0.0)])
    assert curve(RECIPE, only, "loss", Axis.STEP, Split.VALIDATION) == ([], [])
    assert curve(RECIPE, History(), "loss", Axis.SECONDS, Split.TRAINING) == ([], [])


def test_smoothing_is_the_moving_mean_without_a_pull_to_zero() -> None:
    assert smooth([3.0, 3.0, 3.0], 0.9) == pytest.approx([3.0, 3.0, 3.0])
    assert smooth([1.0, 4.0], 0.5) == pytest.approx([1.0, (0.25 * 1 + 0.5 * 4) / 0.75])
    assert smooth([1.0, 4.0], 0.0) == [1.0, 4.0]
    assert smooth([], 0.5) == []
    with pytest.raises(ValueError):
        smooth([1.0], 1.0)


def test_many_points_become_few_and_keep_the_end() -> None:
    many = History.from_events([Chunk(i, i / 100, 1.0, i % 2, 10.0, 0.0) for i in range(1, 1001)])
    x, y = curve(RECIPE, many, "accuracy", Axis.EPOCH, Split.TRAINING, points=100)
    assert len(x) == len(y) == 100
    assert x[-1] == 10.0 and set(y) == {0.5}
