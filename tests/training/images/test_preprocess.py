"""From strokes to the 28x28 pixels that a network sees."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from model_store.classroom.drawing import DrawingError, Stroke
from training.images.preprocess import (
    PEN,
    BlankDrawing,
    even_pen,
    normalise,
    prepare,
    rasterise,
)


def ring(x: float, y: float, rx: float, ry: float, width: float = 20) -> Stroke:
    """A closed ellipse around (x, y)."""
    turns = [2 * math.pi * i / 60 for i in range(61)]
    return Stroke(tuple((x + rx * math.cos(t), y + ry * math.sin(t)) for t in turns), width)


def seven(x: float, y: float, size: float, width: float) -> tuple[Stroke, ...]:
    return (Stroke(((x, y), (x + size * 0.7, y), (x + size * 0.2, y + size)), width),)


def centre_of_mass(image: NDArray[np.uint8]) -> tuple[float, float]:
    ink = image.astype(float)
    rows, columns = np.indices(ink.shape)
    return float((rows * ink).sum() / ink.sum()), float((columns * ink).sum() / ink.sum())


def extent(image: NDArray[np.uint8]) -> tuple[int, int]:
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def test_ink_fills_a_box_of_20_and_its_mass_lies_in_the_middle() -> None:
    image = normalise(rasterise(seven(200, 30, 60, 6)))
    assert image.shape == (28, 28) and image.dtype == np.uint8
    assert max(extent(image)) == 20
    assert centre_of_mass(image) == pytest.approx((14, 14), abs=0.5)
    assert image.max() == 255


@pytest.mark.parametrize(("rx", "ry"), [(100, 50), (30, 90), (70, 70)])
def test_proportions_are_kept(rx: float, ry: float) -> None:
    height, width = extent(normalise(rasterise([ring(140, 140, rx, ry)])))
    assert height / width == pytest.approx((ry + 10) / (rx + 10), abs=0.06)


@pytest.mark.parametrize("at", [(0, 0), (200, 0), (0, 200), (-30, 210), (93.4, 77.7)])
def test_where_it_is_drawn_does_not_matter(at: tuple[float, float]) -> None:
    middle = prepare(seven(100, 100, 70, 20), 280, 280).centred
    moved = prepare(seven(*at, 70, 20), 280, 280).centred
    assert np.abs(middle.astype(int) - moved).max() <= 8


@pytest.mark.parametrize(("size", "width"), [(50, 22), (120, 8), (250, 60)])
def test_neither_size_nor_pen_matters(size: float, width: float) -> None:
    usual = prepare(seven(0, 0, 180, 22), 280, 280).centred.astype(int)
    other = prepare(seven(0, 0, size, width), 280, 280).centred
    assert np.abs(usual - other).mean() < 1


def test_an_even_pen_suits_the_size_of_the_whole_drawing() -> None:
    strokes = (Stroke(((0, 0), (0, 200)), 30), Stroke(((50, 10), (50, 20)), 4))
    assert [stroke.width for stroke in even_pen(strokes)] == [PEN * 200, PEN * 200]


def test_a_blob_stays_a_blob() -> None:
    dot = (Stroke(((50, 50), (52, 51)), 22),)
    assert even_pen(dot) == dot
    assert extent(prepare(dot, 280, 280).centred)[0] > 15


def test_a_tap_is_a_round_dot() -> None:
    image = normalise(rasterise([Stroke(((10, 10),), 22)]))
    assert extent(image) == (20, 20)
    assert image[4, 4] == 0 and image[14, 14] == 255
    assert image.astype(float).sum() / 255 == pytest.approx(math.pi * 100, rel=0.03)


def test_line_ends_are_round_and_the_width_is_the_pens() -> None:
    ink = rasterise([Stroke(((0, 0), (90, 0)), 10)])
    assert ink.shape == (32, 320)
    assert ink[16].min() == 1 and ink[0, 0] == 0
    assert (ink[:, 160] > 0.5).sum() == pytest.approx(32, abs=2)


def test_strokes_that_leave_the_canvas_count_whole() -> None:
    inside, outside = [ring(140, 140, 80, 80)], [ring(10, 10, 80, 80)]
    assert np.array_equal(
        prepare(inside, 280, 280).centred,
        prepare(outside, 280, 280).centred,
    )


def test_edges_are_grey() -> None:
    image = normalise(rasterise([ring(140, 140, 90, 90)]))
    assert ((image > 20) & (image < 235)).sum() > 20


def test_each_stage_can_be_looked_at() -> None:
    shown = prepare(seven(150, 20, 60, 30), 280, 280)
    for image in (shown.raw, shown.evened, shown.cropped, shown.scaled, shown.centred):
        assert image.shape == (28, 28) and image.dtype == np.uint8 and image.any()
    assert centre_of_mass(shown.raw)[1] > 15 and max(extent(shown.raw)) < 12
    assert int(shown.evened.sum()) < int(shown.raw.sum())
    assert max(extent(shown.cropped)) == 28
    assert max(extent(shown.scaled)) == 20
    assert np.array_equal(shown.centred, normalise(rasterise(even_pen(seven(150, 20, 60, 30)))))


def test_the_raw_canvas_is_shrunk_as_it_is() -> None:
    image = prepare([Stroke(((0, 70), (280, 70)), 20)], 280, 280).raw
    assert image[7, :].min() == 255 and image[14:].max() == 0


def test_a_small_picture_is_enlarged() -> None:
    small = np.zeros((8, 8), np.float32)
    small[1:7, 3:5] = 1
    assert max(extent(normalise(small))) == 20


@pytest.mark.parametrize("step", [rasterise, even_pen, lambda strokes: prepare(strokes, 280, 280)])
def test_without_a_stroke_there_is_nothing_to_see(step: Callable[..., object]) -> None:
    with pytest.raises(BlankDrawing, match="nothing drawn"):
        step([])


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


def test_too_many_points_are_refused() -> None:
    half = Stroke(tuple((float(i % 280), 0.0) for i in range(15_000)), 22)
    with pytest.raises(DrawingError, match="too many points"):
        prepare([half, half], 280, 280)


def test_extreme_strokes_are_still_drawn() -> None:
    for stroke in (
        Stroke(((-1e4, -1e4), (1e4, 1e4)), 1e-3),
        Stroke(((5.0, 5.0),), 1e-6),
        Stroke(tuple((i % 7 - 3.0, i % 5 - 2.0) for i in range(20_000)), 1e4),
        Stroke(((0.0, 0.0),) * 5000, 3.0),
    ):
        assert prepare([stroke], 280, 280).centred.any()


def test_a_drawing_is_prepared_in_a_few_milliseconds() -> None:
    drawing = [ring(100 + i, 100, 60, 80) for i in range(4)]
    rounds = []
    for _ in range(10):
        start = time.perf_counter()
        prepare(drawing, 280, 280)
        rounds.append(time.perf_counter() - start)
    assert min(rounds) < 0.05


def test_normalising_what_is_normal_changes_little() -> None:
    once = normalise(rasterise(seven(0, 0, 180, 22)))
    again = normalise(once.astype(np.float32) / 255)
    assert np.abs(once.astype(int) - again).mean() < 6


@pytest.mark.parametrize("width", [0.01, 1, 400])
def test_thin_and_thick_pens_leave_ink(width: float) -> None:
    assert normalise(rasterise(seven(0, 0, 180, width))).any()
