"""Strokes of the canvas and the keyboard; other input is ignored."""

import math
from itertools import pairwise
from typing import Any

import pytest

from pages.ui.draw.pad import MAX_OBJECTS, canvas_object, read_strokes
from pages.ui.draw.pad_keyboard import MOST_POINTS, valid_points

Path = dict[str, Any]


def path(*commands: list[Any], **more: Any) -> Path:
    """Return a stroke as the canvas sends it."""
    return {"type": "Path", "path": list(commands), "strokeWidth": 20, **more}


def line(**more: Any) -> Path:
    return path(["M", 0, 0], ["L", 10, 0], **more)


def test_a_stroke_of_lines_and_curves() -> None:
    (stroke,) = read_strokes({"objects": [path(["M", 1, 2], ["Q", 3, 4, 5, 6], ["L", 7, 8])]})
    assert stroke.points[0] == (1, 2)
    assert (5, 6) in stroke.points
    assert stroke.points[-1] == (7, 8)
    assert stroke.width == 20


def test_curves_become_short_lines() -> None:
    (stroke,) = read_strokes({"objects": [path(["M", 0, 0], ["Q", 50, 100, 100, 0])]})
    assert stroke.points[0] == (0, 0) and stroke.points[-1] == (100, 0)
    assert any(math.dist(point, (50, 50)) < 1 for point in stroke.points)
    assert all(math.dist(a, b) < 20 for a, b in pairwise(stroke.points))


def test_a_short_curve_costs_few_points() -> None:
    (stroke,) = read_strokes({"objects": [path(["M", 0, 0], ["Q", 1, 1, 2, 1])]})
    assert stroke.points == ((0, 0), (2, 1))


def test_a_tap_is_one_place() -> None:
    (stroke,) = read_strokes({"objects": [path(["M", 5, 5], ["L", 5, 5])]})
    assert set(stroke.points) == {(5, 5)}


def test_strokes_come_in_order() -> None:
    drawing = {"objects": [path(["M", i, i], ["L", i, i + 1]) for i in range(3)]}
    assert [s.points[0] for s in read_strokes(drawing)] == [(0, 0), (1, 1), (2, 2)]


def test_there_is_an_end_to_strokes() -> None:
    assert len(read_strokes({"objects": [line()] * (MAX_OBJECTS + 50)})) == MAX_OBJECTS


def test_other_shapes_and_nonsense_among_strokes_cost_nothing() -> None:
    drawing = {"objects": [None, {"type": "Circle", "radius": 3}, line(), {"path": [{}]}]}
    assert len(read_strokes(drawing)) == 1


@pytest.mark.parametrize(
    "drawing",
    [
        None,
        [],
        "x",
        {},
        {"objects": None},
        {"objects": "abc"},
        {"objects": [None, 3, {}, {"path": "M"}, {"path": [[]]}, {"path": [["M", "a", "b"]]}]},
        {"objects": [{"path": []}, {"path": [{"M": 1}]}, {"path": [3]}, {"path": [["Z"]]}]},
        {"objects": [{"path": [["M", None, 1]]}, path(["M", 1]), path(["M", 1, 2, 3])]},
        {"objects": [path(["M", 10**400, 1]), path(["M", float("nan"), 1])]},
        {"objects": [path(["M", 0, 0], ["Q", 1, 1, float("inf"), 1])]},
        {"objects": [path(["M", 1, 1], strokeWidth=-3)]},
        {"objects": [path(["M", 1, 1], strokeWidth="wide")]},
        {"objects": [path(["M", 1, 1], strokeWidth=float("nan"))]},
    ],
)
def test_nonsense_is_no_stroke(drawing: object) -> None:
    assert read_strokes(drawing) == ()


@pytest.mark.parametrize("points", [[(3.0, 4.0)], [(10.0, 10.0), (50.0, 10.0), (20.0, 90.0)]])
def test_a_line_of_the_keyboard_is_a_stroke_like_others(points: list[tuple[float, float]]) -> None:
    (stroke,) = read_strokes({"objects": [canvas_object(points, 12, "#fff")]})
    assert stroke.width == 12
    assert {(round(x), round(y)) for x, y in stroke.points} == set(points)
    assert math.dist(stroke.points[0], stroke.points[-1]) > 0, (
        "a browser paints no line of length 0"
    )


def test_points_on_the_pad_are_taken_as_they_are() -> None:
    assert valid_points([[0, 280], [14.5, 3]], 280) == ((0, 280), (14.5, 3))


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "12",
        {"0": [1, 2]},
        [[1]],
        [[1, 2, 3]],
        [["a", 1]],
        [[None, 1]],
        [[-1, 5]],
        [[5, 281]],
        [[math.nan, 1]],
        [[10**400, 1]],
        [[1, 2]] * (MOST_POINTS + 1),
    ],
)
def test_anything_else_from_the_keyboard_is_no_line(value: object) -> None:
    assert valid_points(value, 280) == ()
