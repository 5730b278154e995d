"""Drawings become what MNIST's digits are, wherever and however large they are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from training.images import BlankDrawing, Stroke, normalise, rasterise, stages

SEVEN = ((60.0, 50.0), (200.0, 50.0), (120.0, 240.0))


def moved(dx: float, dy: float, scale: float = 1.0) -> Stroke:
    return Stroke(tuple((x * scale + dx, y * scale + dy) for x, y in SEVEN), 20 * scale)


def centre(image: np.ndarray) -> tuple[float, float]:
    weights = image.astype(float)
    index = np.arange(28)
    return (
        float(weights.sum(1) @ index / weights.sum()),
        float(weights.sum(0) @ index / weights.sum()),
    )


def test_ink_fits_into_20_by_20_and_is_centred_by_mass() -> None:
    image = normalise(rasterise([moved(0, 0)]))
    assert image.shape == (28, 28) and image.dtype == np.uint8
    rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    assert all(abs(c - 14) <= 0.51 for c in centre(image))
    assert image.max() == 255


@pytest.mark.parametrize(("dx", "dy", "scale"), [(90, 50, 1), (5, 200, 0.3), (-40, -30, 1)])
def test_place_and_size_do_not_matter(dx: float, dy: float, scale: float) -> None:
    here, there = (normalise(rasterise([s])) for s in (moved(0, 0), moved(dx, dy, scale)))
    assert np.abs(here.astype(int) - there).mean() < 1.5


def test_a_tap_is_a_dot() -> None:
    image = normalise(rasterise([Stroke(((10, 10),), 8)]))
    assert image[14, 14] == 255 and image[4, 4] == 0


def test_normalising_mnist_like_ink_changes_little() -> None:
    once = normalise(rasterise([moved(0, 0)]))
    again = normalise(once.astype(np.float32) / 255)
    assert np.abs(once.astype(int) - again).mean() < 6


def test_stages_show_what_each_step_does() -> None:
    steps = stages([moved(100, 90, 0.2)], 300, 300)
    assert steps.raw.shape == steps.scaled.shape == steps.centred.shape == (28, 28)
    assert steps.raw.astype(int).sum() < steps.scaled.astype(int).sum()
    assert (steps.centred == normalise(rasterise([moved(100, 90, 0.2)]))).all()


@pytest.mark.parametrize("strokes", [[], [Stroke((), 5)]])
def test_nothing_drawn(strokes: list[Stroke]) -> None:
    with pytest.raises(BlankDrawing):
        rasterise(strokes)


def test_blank_ink() -> None:
    with pytest.raises(BlankDrawing):
        normalise(np.zeros((50, 50), np.float32))


@pytest.mark.parametrize(
    "stroke",
    [
        Stroke(((float("nan"), 1),), 5),
        Stroke(((1e300, 1),), 5),
        Stroke(((1, 1),), 0),
        Stroke(((1, 1),) * 60_000, 5),
    ],
)
def test_hostile_strokes_are_refused(stroke: Stroke) -> None:
    with pytest.raises(ValueError):
        rasterise([stroke])


@pytest.mark.parametrize(
    "ink",
    [
        np.zeros((0, 5), np.float32),
        np.zeros((3, 3, 3), np.float32),
        np.full((5, 5), np.nan, np.float32),
        np.zeros((5000, 2), np.float32),
    ],
)
def test_hostile_pictures_are_refused(ink: np.ndarray) -> None:
    with pytest.raises(ValueError):
        normalise(ink)


@pytest.mark.parametrize("width", [1, 400])
def test_thin_and_thick_pens_leave_ink(width: float) -> None:
    assert normalise(rasterise([Stroke(SEVEN, width)])).any()
