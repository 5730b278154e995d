"""What the canvas sends becomes strokes; what is none is passed over."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pages.ui.draw.pad import MAX_OBJECTS, canvas_object, strokes_from_json
from pages.ui.draw.pad_keyboard import MOST_POINTS, valid_points


def path(*commands: list[Any], **more: Any) -> dict[str, Any]:
    return {"type": "Path", "path": [list(c) for c in commands], "strokeWidth": 20, **more}


def line(**more: Any) -> dict[str, Any]:
    """From (0, 0) to (10, 0), its middle at (5, 0)."""
    return path(["M", 0, 0], ["L", 10, 0], **more)


def close(points: tuple[tuple[float, float], ...], expected: list[tuple[float, float]]) -> bool:
    return len(points) == len(expected) and all(
        math.dist(a, b) < 1e-9 for a, b in zip(points, expected, strict=True)
    )


def test_a_line_of_all_commands() -> None:
    (stroke,) = strokes_from_json(
        {"objects": [path(["M", 1, 2], ["Q", 3, 4, 5, 6], ["L", 7, 8], ["Z"])]}
    )
    assert stroke.points[0] == (1, 2)
    assert (5, 6) in stroke.points
    assert stroke.points[-1] == (7, 8)
    assert stroke.width == 20


@pytest.mark.parametrize(
    ("curve", "middle"),
    [(["Q", 50, 100, 100, 0], (50, 50)), (["C", 0, 100, 100, 100, 100, 0], (50, 75))],
)
def test_curves_become_short_lines(curve: list[Any], middle: tuple[float, float]) -> None:
    (stroke,) = strokes_from_json({"objects": [path(["M", 0, 0], curve)]})
    assert stroke.points[0] == (0, 0) and stroke.points[-1] == (100, 0)
    assert any(math.dist(point, middle) < 1 for point in stroke.points)
    assert all(math.dist(a, b) < 20 for a, b in zip(stroke.points, stroke.points[1:], strict=False))


def test_a_short_curve_costs_few_points() -> None:
    (stroke,) = strokes_from_json({"objects": [path(["M", 0, 0], ["Q", 1, 1, 2, 1])]})
    assert stroke.points == ((0, 0), (2, 1))


def test_a_tap_is_one_place() -> None:
    (stroke,) = strokes_from_json({"objects": [path(["M", 5, 5], ["L", 5, 5])]})
    assert set(stroke.points) == {(5, 5)}


def test_strokes_come_in_order() -> None:
    drawing = {"objects": [path(["M", i, i], ["L", i, i + 1]) for i in range(3)]}
    assert [s.points[0] for s in strokes_from_json(drawing)] == [(0, 0), (1, 1), (2, 2)]


def test_a_stroke_that_was_moved() -> None:
    (stroke,) = strokes_from_json({"objects": [line(left=105, top=50)]})
    assert close(stroke.points, [(100, 50), (110, 50)])
    assert stroke.width == 20


def test_a_stroke_that_was_enlarged() -> None:
    (stroke,) = strokes_from_json({"objects": [line(left=100, top=50, scaleX=2, scaleY=2)]})
    assert close(stroke.points, [(90, 50), (110, 50)])
    assert stroke.width == 40


def test_a_stroke_that_was_turned() -> None:
    (stroke,) = strokes_from_json({"objects": [line(left=5, top=0, angle=90)]})
    assert close(stroke.points, [(5, -5), (5, 5)])


def test_a_stroke_that_was_mirrored() -> None:
    (stroke,) = strokes_from_json({"objects": [line(left=5, top=0, flipX=True)]})
    assert close(stroke.points, [(10, 0), (0, 0)])
    assert stroke.width == 20


def test_there_is_an_end_to_strokes() -> None:
    assert len(strokes_from_json({"objects": [line()] * (MAX_OBJECTS + 50)})) == MAX_OBJECTS


def test_other_shapes_and_nonsense_among_strokes_cost_nothing() -> None:
    drawing = {"objects": [None, {"type": "Circle", "radius": 3}, line(), {"path": [{}]}]}
    assert len(strokes_from_json(drawing)) == 1


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
        {"objects": [path(["M", 1])]},
        {"objects": [path(["M", 1, 2, 3])]},
        {"objects": [path(["M", None, 1])]},
        {"objects": [path(["M", 10**400, 1])]},
        {"objects": [path(["M", float("nan"), 1])]},
        {"objects": [path(["M", 0, 0], ["Q", 1, 1, float("inf"), 1])]},
        {"objects": [path(["M", 1, 1], strokeWidth=-3)]},
        {"objects": [path(["M", 1, 1], strokeWidth="wide")]},
        {"objects": [path(["M", 1, 1], strokeWidth=float("nan"))]},
        {"objects": [line(scaleX=0)]},
        {"objects": [line(scaleX="big")]},
        {"objects": [line(angle=float("inf"))]},
        {"objects": [line(left=[1])]},
    ],
)
def test_nonsense_is_no_stroke(drawing: object) -> None:
    assert strokes_from_json(drawing) == ()


@pytest.mark.parametrize("points", [[(3.0, 4.0)], [(10.0, 10.0), (50.0, 10.0), (20.0, 90.0)]])
def test_a_line_of_the_keyboard_is_a_stroke_like_others(points: list[tuple[float, float]]) -> None:
    (stroke,) = strokes_from_json({"objects": [canvas_object(points, 12, "#fff")]})
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
