"""Random pictures that are no digits, to learn from."""

import numpy as np
import pytest

from benchmarks import no_digits
from tests.support.drawings import POINTS
from training.data.pen_files import PenDrawing

CROSS = [np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])]
DRAWINGS = [PenDrawing(7, (np.array(POINTS, float),))]


def test_pictures_have_ink_and_depend_on_the_seed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(no_digits, "letters", lambda: [CROSS])
    made = no_digits.pictures(60, DRAWINGS, 1)
    assert made.shape == (60, 28, 28) and made.dtype == np.uint8
    assert made.any(axis=(1, 2)).all()
    assert len(np.unique(made.reshape(60, -1), axis=0)) > 50
    np.testing.assert_array_equal(no_digits.pictures(60, DRAWINGS, 1), made)
    assert (no_digits.pictures(60, DRAWINGS, 2) != made).any()


def test_a_digit_is_turned_or_not_alone() -> None:
    for seed in range(20):
        strokes = no_digits.misplaced_digits(DRAWINGS, np.random.default_rng(seed))
        points = np.concatenate(strokes)
        wide, tall = np.ptp(points, axis=0)
        assert len(strokes) == 2 or wide > tall, "a seven is taller than wide"
