"""A step of the preparation that is off hands on what it was given."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from model_store.classroom.drawing import Stroke
from training.images.preprocess import (
    ALL_STEPS,
    BlankDrawing,
    StepImages,
    Steps,
    prepare,
    prepare_photo,
)

SIDE = 280
SEVEN = (Stroke(((190.0, 10.0), (250.0, 10.0), (210.0, 80.0)), 20),)  # small, top right
STEPS = [field.name for field in fields(StepImages)]
NAMES = [field.name for field in fields(Steps)]


def made(**off: bool) -> StepImages:
    return prepare(SEVEN, SIDE, SIDE, replace(ALL_STEPS, **off))


def middle(image: NDArray[np.uint8]) -> tuple[float, float]:
    rows, columns = np.nonzero(image)
    weights = image[rows, columns].astype(float)
    return float(np.average(rows, weights=weights)), float(np.average(columns, weights=weights))


def extent(image: NDArray[np.uint8]) -> int:
    return max(int(np.ptp(axis)) + 1 for axis in np.nonzero(image))


@pytest.mark.parametrize("name", NAMES)
def test_a_step_that_is_off_changes_what_the_network_sees(name: str) -> None:
    assert not np.array_equal(made(**{name: False}).centred, made().centred)


@pytest.mark.parametrize("name", NAMES)
def test_a_step_that_is_off_hands_on_the_picture_before_it(name: str) -> None:
    off = made(**{name: False})
    before = STEPS[STEPS.index(name) - 1]
    assert np.array_equal(getattr(off, name), getattr(off, before))
    for earlier in STEPS[: STEPS.index(name)]:
        assert np.array_equal(getattr(off, earlier), getattr(made(), earlier))


def test_without_any_step_the_network_sees_the_pad() -> None:
    shown = prepare(SEVEN, SIDE, SIDE, Steps(False, False, False, False))
    assert all(np.array_equal(getattr(shown, step), shown.raw) for step in STEPS)
    assert middle(shown.raw)[1] > 20, "the digit is still where it was drawn"


def test_what_each_step_is_for() -> None:
    assert extent(made(cropped=False).centred) < 12, "small"
    assert middle(made(cropped=False).centred) == pytest.approx((14, 14), abs=0.6), "yet centred"
    assert extent(made(scaled=False).centred) == 28, "no margin is left"
    assert middle(made(centred=False).centred)[0] < 13, "a 7 is heavy at its top"
    assert made(evened=False).centred.sum() > 1.2 * made().centred.sum(), "a small digit is fat"


def test_ink_beyond_the_pad_is_lost_without_cropping_and_nothing_breaks() -> None:
    outside = (Stroke(((400.0, 10.0), (450.0, 60.0)), 20),)
    assert prepare(outside, SIDE, SIDE).centred.any()
    assert not prepare(outside, SIDE, SIDE, Steps(cropped=False)).centred.any()


def test_dark_ink_on_light_paper_is_turned_round_by_the_first_step() -> None:
    dark, light = prepare(SEVEN, SIDE, SIDE, dark_ink=True), made()
    assert np.array_equal(dark.raw, 255 - light.raw)
    for name in STEPS[1:]:
        assert np.array_equal(getattr(dark, name), getattr(light, name))
    off = prepare(SEVEN, SIDE, SIDE, Steps(evened=False), dark_ink=True)
    for name in STEPS:
        assert getattr(off, name).mean() > 100, "light paper all the way"


def test_a_photo_goes_through_the_same_steps() -> None:
    ink = np.zeros((300, 400), np.float32)
    ink[200:280, 40:60] = 1
    grey = 0.9 - 0.8 * ink
    shown = prepare_photo(grey, ink)
    assert extent(shown.centred) == 20 and middle(shown.centred) == pytest.approx((14, 14), abs=0.6)
    assert middle(shown.evened)[0] > 17 and middle(shown.evened)[1] < 7
    assert shown.raw.mean() > 128, "paper is white in the photo"
    without = prepare_photo(grey, ink, Steps(evened=False)).centred
    assert np.median(without[4:24]) > 128, "the network is shown the paper"


def test_a_photo_without_ink_is_blank() -> None:
    with pytest.raises(BlankDrawing):
        prepare_photo(np.ones((50, 50), np.float32), np.zeros((50, 50), np.float32))
