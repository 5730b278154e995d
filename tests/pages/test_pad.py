"""What the canvas sends becomes strokes; what is none is passed over."""

from __future__ import annotations

from typing import Any

import pytest

from pages.ui.pad import strokes_from_json


def path(*commands: list[Any], **more: Any) -> dict[str, Any]:
    return {"type": "path", "path": [list(c) for c in commands], "strokeWidth": 20, **more}


def test_a_line_of_all_commands() -> None:
    (stroke,) = strokes_from_json(
        {"objects": [path(["M", 1, 2], ["Q", 3, 4, 5, 6], ["L", 7, 8], ["Z"])]}
    )
    assert stroke.points[0] == (1, 2)
    assert (5, 6) in stroke.points
    assert stroke.points[-1] == (7, 8)
    assert stroke.width == 20


def test_strokes_come_in_order() -> None:
    drawing = {"objects": [path(["M", i, i], ["L", i, i + 1]) for i in range(3)]}
    assert [s.points[0] for s in strokes_from_json(drawing)] == [(0, 0), (1, 1), (2, 2)]


def test_a_stroke_that_was_moved_and_enlarged() -> None:
    item = path(["M", 0, 0], ["L", 10, 0], scaleX=2, scaleY=2, left=100, top=50)
    item |= {"originX": "center", "originY": "center"}
    (stroke,) = strokes_from_json({"objects": [item]})
    assert stroke.points == ((90, 50), (110, 50))
    assert stroke.width == 40


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
        {"objects": [path(["M", 1])]},
        {"objects": [path(["M", float("nan"), 1])]},
        {"objects": [path(["M", 1, 1], strokeWidth=-3)]},
        {"objects": [path(["M", 1, 1], strokeWidth="wide")]},
    ],
)
def test_nonsense_is_no_stroke(drawing: object) -> None:
    assert strokes_from_json(drawing) == ()
