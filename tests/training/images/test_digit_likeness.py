"""Doubt about pictures that are no digits."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.digit_pictures import KINDS, written
from tests.support.other_pictures import OTHERS
from training.data.datasets import load
from training.images.digit_likeness import class_distances, is_like_a_digit, likeness
from training.images.photo import read_photo
from training.images.preprocess import ALL_STEPS


@pytest.mark.parametrize("kind", ["white", "pencil", "broad nib"])
def test_digits_are_not_doubted(kind: str) -> None:
    random = np.random.default_rng(0)
    for digit in range(10):
        content = KINDS[kind](written(digit, random), random)
        assert is_like_a_digit(read_photo(content).prepare(ALL_STEPS).centred), digit


@pytest.mark.parametrize(("kind", "least"), [("scribbles", 0.8), ("shapes", 0.8), ("letters", 0.5)])
def test_most_other_pictures_are(kind: str, least: float) -> None:
    random = np.random.default_rng(0)
    pictures = [OTHERS[kind](random) for _i in range(40)]
    assert np.mean([not is_like_a_digit(picture) for picture in pictures]) > least


@pytest.mark.parametrize("kind", ["faces", "textures"])
def test_most_pictures_that_are_no_strokes_are(kind: str) -> None:
    random = np.random.default_rng(0)
    pictures = np.stack([OTHERS[kind](random) for _i in range(40)])
    assert (likeness(pictures) < 0.5).mean() > 0.5


def test_the_distance_is_that_to_the_own_class() -> None:
    """Black is nearer to a one than to a nought, white the other way round."""
    for value, near, far in ((0, 1, 0), (255, 0, 1)):
        images = np.full((2, 28, 28), value, np.uint8)
        distances = class_distances(images, np.array([near, far]))
        assert distances.shape == (2,) and 0 < distances[0] < distances[1]


@pytest.mark.realdata
def test_two_of_a_hundred_real_digits_are_doubted_at_most(real_data: Path) -> None:
    assert float((likeness(load("mnist", data=real_data).x_test) < 0.5).mean()) < 0.02
