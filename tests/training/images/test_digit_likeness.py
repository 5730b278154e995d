"""Doubt about pictures that are no digits."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.digit_pictures import KINDS, written
from tests.support.other_pictures import OTHERS
from training.data.datasets import load
from training.images.digit_likeness import LIMIT, distances, is_like_a_digit
from training.images.photo import read_photo
from training.images.preprocess import ALL_STEPS


@pytest.mark.parametrize("kind", ["white", "pencil", "broad nib"])
def test_digits_are_not_doubted(kind: str) -> None:
    random = np.random.default_rng(0)
    for digit in range(10):
        content = KINDS[kind](written(digit, random), random)
        assert is_like_a_digit(read_photo(content).prepare(ALL_STEPS).centred), digit


@pytest.mark.parametrize("kind", ["faces", "textures", "scribbles"])
def test_most_other_pictures_are(kind: str) -> None:
    random = np.random.default_rng(0)
    pictures = [OTHERS[kind](random) for _i in range(40)]
    assert np.mean([not is_like_a_digit(picture) for picture in pictures]) > 0.5


def test_the_distance_is_that_to_the_nearest() -> None:
    black = np.zeros((2, 28, 28), np.uint8)
    assert distances(black).shape == (2,) and float(distances(black)[0]) > 0
    assert float(distances(np.full((1, 28, 28), 255, np.uint8))[0]) > 400


@pytest.mark.realdata
def test_two_of_a_hundred_real_digits_are_doubted_at_most(real_data: Path) -> None:
    assert float((distances(load("mnist", data=real_data).x_test) > LIMIT).mean()) < 0.02
