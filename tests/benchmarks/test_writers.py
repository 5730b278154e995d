"""Folds by handwriting: similar drawings share a fold, and each drawing is tested once."""

import numpy as np

from benchmarks import writers
from model_store.recipe.recipe import Hidden, Recipe
from tests.support.pen_strokes import ONE, SEVEN
from training.data.pen_files import PenDrawing, render, render_copies


def drawings(n: int) -> list[PenDrawing]:
    """Return ones and sevens with different slants."""
    out = []
    for index in range(n):
        label, strokes = ((1, ONE), (7, SEVEN))[index % 2]
        slant = np.array([[1, 0], [0.02 * index, -1]])
        out.append(PenDrawing(label, tuple(np.array(s, float) @ slant for s in strokes)))
    return out


def test_like_drawings_share_a_fold_and_folds_are_about_even() -> None:
    different = [render(d) for d in drawings(60)]
    pictures = np.stack([*different, *different])
    labels = np.array([1, 7] * 60)
    fold = writers.by_hand(pictures, labels, 5)
    np.testing.assert_array_equal(fold[:60], fold[60:], "a copy is not tested on its original")
    counts = np.bincount(fold, minlength=5)
    assert counts.min() > 0 and counts.sum() == 120
    np.testing.assert_array_equal(fold, writers.by_hand(pictures, labels, 5))


def test_a_writer_is_in_one_fold() -> None:
    names = [*"abcdefg"] * 3
    fold = writers.by_writer(names, 3)
    assert fold[:7].tolist() * 3 == fold.tolist()
    assert sorted(np.bincount(fold).tolist()) == [6, 6, 9]


def test_at_random_each_is_in_one_of_equal_folds() -> None:
    assert np.bincount(writers.at_random(23, 5)).tolist() == [5, 5, 5, 4, 4]


def test_a_fold_is_tested_on_and_not_trained_on() -> None:
    recipe = Recipe(dataset="digits", hidden=(Hidden(8),), subset=100, batch_size=50, epochs=1)
    given = drawings(10)
    fold = np.array([0] * 4 + [1] * 6)
    rows = list(writers.rows(recipe, given, fold))
    assert [row[:2] for row in rows] == [(1, 4), (2, 6)]
    assert list(writers.rows(recipe, given, fold, [2])) == rows[1:]
    assert all(0 <= value <= 1 for row in rows for value in row[2:])
    alone, _test = writers.trained(recipe, given[4:])
    pictures, labels = render_copies(given[:4], 1, 0)
    right = alone.probabilities(pictures).argmax(axis=1) == labels
    assert rows[0][2] == right.mean()
