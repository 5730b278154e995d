"""Strokes of the browser and the keyboard; other input is ignored."""

import math
from typing import Any

import pytest

from model_store.classroom.drawing import DrawingError
from pages.ui.pad.pad import MAX_OBJECTS, canvas_object, read_strokes, stroke_json


def line(*points: object, **more: object) -> dict[str, Any]:
    """Return a stroke as the browser sends it."""
    return {"points": list(points) or [[0, 0], [10, 0]], "width": 20, **more}


def test_a_stroke_has_points_and_a_width() -> None:
    (stroke,) = read_strokes([line([1, 2], [5.5, 6], [7, 8], width=12)])
    assert stroke.points == ((1, 2), (5.5, 6), (7, 8))
    assert stroke.width == 12
    assert read_strokes([stroke_json(stroke)]) == (stroke,)


def test_a_tap_is_one_place() -> None:
    (stroke,) = read_strokes([line([5, 5])])
    assert stroke.points == ((5, 5),)


def test_strokes_come_in_order() -> None:
    drawing = [line([i, i], [i, i + 1]) for i in range(3)]
    assert [s.points[0] for s in read_strokes(drawing)] == [(0, 0), (1, 1), (2, 2)]


def test_there_is_an_end_to_strokes() -> None:
    assert len(read_strokes([line()] * (MAX_OBJECTS + 50))) == MAX_OBJECTS


def test_nonsense_among_strokes_costs_nothing() -> None:
    assert len(read_strokes([None, {"type": "Circle"}, line(), {"points": [{}]}])) == 1


@pytest.mark.parametrize("far", [1e9, -2e4])
def test_a_stroke_beyond_all_bounds_is_refused(far: float) -> None:
    with pytest.raises(DrawingError):
        read_strokes([line([far, 3])])


@pytest.mark.parametrize(
    "drawing",
    [
        *(None, {}, "x", 7, {"strokes": [line()]}, [None, 3, {}, "line"]),
        [line(width=0), line(width=-3), line(width="wide"), line(width=math.nan), line(width=None)],
        [{"points": []}, {"points": "ab", "width": 3}, {"points": [[1, 2]]}, line([1]), line(3)],
        [line([None, 1]), line([1, 2, 3]), line(["a", "b"]), line({"x": 1, "y": 2})],
        [line([10**400, 1]), line([math.nan, 1]), line([1, math.inf])],
    ],
)
def test_nonsense_is_no_stroke(drawing: object) -> None:
    assert read_strokes(drawing) == ()


def test_the_canvas_is_given_lines_as_smooth_as_it_draws_them() -> None:
    shown = canvas_object([(0.0, 0.0), (10.0, 0.0), (10.0, 20.0)], 12, "#fff")
    assert (shown["strokeWidth"], shown["stroke"]) == (12, "#fff")
    assert shown["path"] == [*(["M", 0, 0], ["Q", 0, 0, 5, 0], ["Q", 10, 0, 10, 10]), ["L", 10, 20]]


def test_the_canvas_is_given_a_dot_that_it_paints() -> None:
    (_move, x, y), (_line, to_x, to_y) = canvas_object([(3.0, 4.0)], 12, "#fff")["path"]
    assert 0 < to_x - x < 0.1 and y == to_y == 4, "a browser paints no line of length 0"
