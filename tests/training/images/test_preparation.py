"""Preparation of strokes, with all steps or only some."""

import math
import time
from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest

from model_store.classroom.drawing import DrawingError, Stroke
from tests.support.images import centre_of_mass, extent
from training.images.preparation import even_pen, normalise_strokes, prepare
from training.images.preprocess import ALL_STEPS, PEN, BlankDrawing, StepImages, Steps


def ring(x: float, y: float, rx: float, ry: float, width: float = 20) -> Stroke:
    """Return a closed ellipse around (x, y)."""
    turns = [2 * math.pi * i / 60 for i in range(61)]
    return Stroke(tuple((x + rx * math.cos(t), y + ry * math.sin(t)) for t in turns), width)


def seven(x: float, y: float, size: float, width: float) -> tuple[Stroke, ...]:
    return (Stroke(((x, y), (x + size * 0.7, y), (x + size * 0.2, y + size)), width),)


SMALL_SEVEN = (Stroke(((190.0, 10.0), (250.0, 10.0), (210.0, 80.0)), 20),)  # top right
STEPS = [field.name for field in fields(StepImages)]
NAMES = [field.name for field in fields(Steps)]


def made(**off: bool) -> StepImages:
    return prepare(SMALL_SEVEN, 280, replace(ALL_STEPS, **off))


def test_ink_fills_a_box_of_20_and_its_mass_lies_in_the_middle() -> None:
    image = normalise_strokes(seven(200, 30, 60, 6))
    assert image.shape == (28, 28) and image.dtype == np.uint8
    assert max(extent(image)) == 20
    assert centre_of_mass(image) == pytest.approx((14, 14), abs=0.5)
    assert image.max() == 255


@pytest.mark.parametrize(("rx", "ry"), [(100, 50), (30, 90), (70, 70)])
def test_proportions_are_kept(rx: float, ry: float) -> None:
    height, width = extent(normalise_strokes([ring(140, 140, rx, ry)]))
    assert height / width == pytest.approx((ry + 10) / (rx + 10), abs=0.06)


@pytest.mark.parametrize("at", [(0, 0), (200, 0), (0, 200), (-30, 210), (93.4, 77.7)])
def test_where_it_is_drawn_does_not_matter(at: tuple[float, float]) -> None:
    middle = prepare(seven(100, 100, 70, 20), 280).centred
    moved = prepare(seven(*at, 70, 20), 280).centred
    assert np.abs(middle.astype(int) - moved).max() <= 8


@pytest.mark.parametrize(("size", "width"), [(50, 22), (120, 8), (250, 60)])
def test_neither_size_nor_pen_matters(size: float, width: float) -> None:
    usual = prepare(seven(0, 0, 180, 22), 280).centred.astype(int)
    other = prepare(seven(0, 0, size, width), 280).centred
    assert np.abs(usual - other).mean() < 1


def test_an_even_pen_suits_the_size_of_the_whole_drawing() -> None:
    strokes = (Stroke(((0, 0), (0, 200)), 30), Stroke(((50, 10), (50, 20)), 4))
    assert [stroke.width for stroke in even_pen(strokes)] == [PEN * 200, PEN * 200]


def test_a_blob_stays_a_blob() -> None:
    dot = (Stroke(((50, 50), (52, 51)), 22),)
    assert even_pen(dot) == dot
    assert extent(prepare(dot, 280).centred)[0] > 15


def test_a_tap_is_a_round_dot() -> None:
    image = normalise_strokes([Stroke(((10, 10),), 22)])
    assert extent(image) == (20, 20)
    assert image[4, 4] == 0 and image[14, 14] == 255
    assert image.astype(float).sum() / 255 == pytest.approx(math.pi * 100, rel=0.03)


def test_line_ends_are_round_and_the_width_is_the_pens() -> None:
    image = normalise_strokes([Stroke(((0, 0), (90, 0)), 10)])
    assert extent(image) == (2, 20)
    ink = image[image.any(axis=1)][:, image.any(axis=0)]
    assert (ink[:, 1:-1] == 255).all(), "the line is as thick as its pen: two pixels"
    assert ((ink[:, [0, -1]] > 128) & (ink[:, [0, -1]] < 255)).all(), "its ends are round"


def test_strokes_that_leave_the_canvas_count_whole() -> None:
    inside, outside = [ring(140, 140, 80, 80)], [ring(10, 10, 80, 80)]
    assert np.array_equal(prepare(inside, 280).centred, prepare(outside, 280).centred)


def test_edges_are_grey() -> None:
    image = normalise_strokes([ring(140, 140, 90, 90)])
    assert ((image > 20) & (image < 235)).sum() > 20


def test_the_raw_canvas_is_shrunk_as_it_is() -> None:
    image = prepare([Stroke(((0, 70), (280, 70)), 20)], 280).raw
    assert image[7, :].min() == 255 and image[14:].max() == 0


def test_a_pixel_is_the_part_of_its_sample_points_that_is_ink() -> None:
    image = prepare([Stroke(((0, 141), (280, 141)), 2.5)], 280, Steps(evened=False)).raw
    assert sorted(set(image.ravel().tolist())) == [0, 64]  # 2 of 8 rows of sample points


@pytest.mark.parametrize(
    "step", [normalise_strokes, even_pen, lambda strokes: prepare(strokes, 280)]
)
def test_without_a_stroke_there_is_nothing_to_see(step: Callable[..., object]) -> None:
    with pytest.raises(BlankDrawing, match="nothing drawn"):
        step([])


def test_too_many_points_are_refused() -> None:
    half = Stroke(tuple((float(i % 280), 0.0) for i in range(15_000)), 22)
    with pytest.raises(DrawingError, match="too many points"):
        prepare([half, half], 280)


@pytest.mark.parametrize("width", [1e-20, 5e-324])
def test_ink_too_small_for_a_number_is_blank(width: float) -> None:
    for steps in (ALL_STEPS, Steps(evened=False)):
        with pytest.raises(BlankDrawing):
            prepare([Stroke(((5.0, 5.0),), width)], 280, steps)


def test_without_a_stroke_no_step_makes_an_image() -> None:
    with pytest.raises(BlankDrawing):
        prepare([], 280, Steps(False, False, False, False))


def test_as_many_points_as_allowed_take_seconds_at_most() -> None:
    line = Stroke(((0.0, 0.0), (280.0, 280.0)) * 10_000, 1.0)
    start = time.perf_counter()
    normalise_strokes([line])
    assert time.perf_counter() - start < 20


def test_extreme_strokes_are_still_drawn() -> None:
    for stroke in (
        Stroke(((-1e4, -1e4), (1e4, 1e4)), 1e-3),
        Stroke(((5.0, 5.0),), 1e-6),
        Stroke(tuple((i % 7 - 3.0, i % 5 - 2.0) for i in range(5_000)), 1e4),
        Stroke(((0.0, 0.0),) * 5_000, 3.0),
    ):
        assert prepare([stroke], 280).centred.any()


def test_a_drawing_is_prepared_in_a_few_milliseconds() -> None:
    drawing = [ring(100 + i, 100, 60, 80) for i in range(4)]
    rounds = []
    for _ in range(10):
        start = time.perf_counter()
        prepare(drawing, 280)
        rounds.append(time.perf_counter() - start)
    assert min(rounds) < 0.05


# -- steps that are switched off ------------------------------------------------------------------


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
    shown = prepare(SMALL_SEVEN, 280, Steps(False, False, False, False))
    assert all(np.array_equal(getattr(shown, step), shown.raw) for step in STEPS)
    assert centre_of_mass(shown.raw)[1] > 20, "the digit is still where it was drawn"


def test_what_each_step_is_for() -> None:
    images = made()
    assert all(getattr(images, name).dtype == np.uint8 for name in STEPS)
    assert max(extent(images.raw)) < 12 and max(extent(images.cropped)) == 28
    assert max(extent(images.scaled)) == max(extent(images.centred)) == 20
    assert np.array_equal(images.centred, normalise_strokes(even_pen(SMALL_SEVEN)))
    assert max(extent(made(cropped=False).centred)) < 12, "small"
    assert centre_of_mass(made(cropped=False).centred) == pytest.approx((14, 14), abs=0.6), (
        "yet centred"
    )
    assert max(extent(made(scaled=False).centred)) == 28, "no margin is left"
    assert centre_of_mass(made(centred=False).centred)[0] < 13, "a 7 is heavy at its top"
    assert made(evened=False).centred.sum() > 1.2 * made().centred.sum(), "a small digit is fat"


def test_ink_beyond_the_pad_is_lost_without_cropping_and_nothing_breaks() -> None:
    outside = (Stroke(((400.0, 10.0), (450.0, 60.0)), 20),)
    assert prepare(outside, 280).centred.any()
    assert not prepare(outside, 280, Steps(cropped=False)).centred.any()


def test_dark_ink_on_light_paper_is_turned_round_by_the_first_step() -> None:
    dark, light = prepare(SMALL_SEVEN, 280, dark_ink=True), made()
    assert np.array_equal(dark.raw, 255 - light.raw)
    for name in STEPS[1:]:
        assert np.array_equal(getattr(dark, name), getattr(light, name))
    off = prepare(SMALL_SEVEN, 280, Steps(evened=False), dark_ink=True)
    for name in STEPS:
        assert getattr(off, name).mean() > 100, "light paper all the way"
