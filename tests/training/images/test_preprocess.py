"""Preparation of photos and other pictures."""

import numpy as np
import pytest

from model_store.classroom.drawing import Stroke
from tests.support.images import centre_of_mass, extent
from training.images.preparation import normalise_strokes
from training.images.preprocess import BlankDrawing, Steps, normalise, prepare_photo


def test_a_small_picture_is_enlarged() -> None:
    small = np.zeros((8, 8), np.float32)
    small[1:7, 3:5] = 1
    assert max(extent(normalise(small))) == 20


def test_paper_is_blank() -> None:
    with pytest.raises(BlankDrawing):
        normalise(np.zeros((100, 100), np.float32))
    with pytest.raises(BlankDrawing):
        normalise(np.full((100, 100), 0.01, np.float32))


def test_specks_far_apart_are_blank() -> None:
    ink = np.zeros((4000, 4000), np.float32)
    ink[0, 0] = ink[-1, -1] = 0.03
    with pytest.raises(BlankDrawing):
        normalise(ink)


def test_normalising_what_is_normal_changes_little() -> None:
    once = normalise_strokes([Stroke(((0, 0), (126, 0), (36, 180)), 22)])
    again = normalise(once.astype(np.float32) / 255)
    assert np.abs(once.astype(int) - again).mean() < 6


def test_a_photo_goes_through_the_same_steps() -> None:
    ink = np.zeros((300, 400), np.float32)
    ink[200:280, 40:60] = 1
    grey = 0.9 - 0.8 * ink
    shown = prepare_photo(grey, ink)
    assert max(extent(shown.centred)) == 20 and centre_of_mass(shown.centred) == pytest.approx(
        (14, 14), abs=0.6
    )
    assert centre_of_mass(shown.evened)[0] > 17 and centre_of_mass(shown.evened)[1] < 7
    assert shown.raw.mean() > 128, "paper is white in the photo"
    without = prepare_photo(grey, ink, Steps(evened=False)).centred
    assert np.median(without[4:24]) > 128, "the network is shown the paper"


def test_a_photo_without_ink_is_blank() -> None:
    with pytest.raises(BlankDrawing):
        prepare_photo(np.ones((50, 50), np.float32), np.zeros((50, 50), np.float32))
