"""Counts of ink's sample points, against a test of every single one."""

import numpy as np
import pytest

from model_store.classroom.drawing import Stroke
from training.images.sampling import BLOCK, FINE, View, count_ink

PAD = View(140, 140, 28 * FINE / 280, 28, 28)
WIDE = View(30, 20, 3.7, 20, 9)


def one_by_one(stroke: Stroke, view: View) -> list[list[int]]:
    """Measure each sample point's distance to each line, in units of the canvas."""
    rows, cols = view.rows * FINE, view.cols * FINE
    x = view.x + (np.arange(cols) + 0.5 - cols / 2) / view.scale
    y = (view.y + (np.arange(rows) + 0.5 - rows / 2) / view.scale)[:, None]
    ink = np.zeros((rows, cols), bool)
    points = [np.array(point, float) for point in stroke.points]
    for a, b in zip(points, points[1:] or points, strict=False):
        line = b - a
        along = ((x - a[0]) * line[0] + (y - a[1]) * line[1]) / (line @ line or 1.0)
        away = [
            p - start - np.clip(along, 0, 1) * d
            for p, start, d in zip((x, y), a, line, strict=True)
        ]
        ink |= np.hypot(*away) <= stroke.width / 2
    return ink.reshape(view.rows, FINE, view.cols, FINE).sum((1, 3)).tolist()


@pytest.mark.parametrize("view", [PAD, WIDE], ids=["pad", "wide"])
@pytest.mark.parametrize("seed", range(3))
def test_a_sample_point_is_ink_within_the_pens_radius(view: View, seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = tuple(map(tuple, rng.uniform(-40, 240, (3, 2)).tolist()))
    stroke = Stroke(points, float(rng.uniform(0.5, 60)))
    assert count_ink([stroke], view).tolist() == one_by_one(stroke, view)


def test_a_level_line_an_upright_line_and_a_dot() -> None:
    for points in (((10, 10), (50, 10)), ((30, 3), (30, 35)), ((30, 20),), ((30, 20), (30, 20))):
        stroke = Stroke(points, 7)
        assert count_ink([stroke], WIDE).tolist() == one_by_one(stroke, WIDE)


def test_strokes_that_overlap_count_once() -> None:
    line = Stroke(((0.0, 0.0), (280.0, 280.0)), 20)
    assert (count_ink([line, line], PAD) == count_ink([line], PAD)).all()
    assert count_ink([line] * 2, PAD).max() == FINE**2


def test_more_lines_than_fit_a_block() -> None:
    line = Stroke(((0.0, 0.0), (280.0, 280.0)), 20)
    there_and_back = Stroke(line.points * BLOCK, 20)
    assert (count_ink([there_and_back], PAD) == count_ink([line], PAD)).all()


def test_ink_outside_is_not_counted() -> None:
    for at in ((-500.0, 140.0), (900.0, 140.0), (140.0, -500.0), (140.0, 900.0)):
        assert not count_ink([Stroke((at,), 50)], PAD).any()
