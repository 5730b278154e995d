"""Drawings: round trip to plain values, content id, and refusal of invalid values."""

import base64
import json
import math
from dataclasses import replace
from typing import Any

import pytest

from model_store.classroom.drawing import (
    MAX_COORDINATE,
    MAX_POINTS,
    MAX_STROKES,
    Drawing,
    DrawingError,
    Stroke,
)
from tests.support.drawings import seven

PIXELS = bytes([0] * 400 + [255] * 384)


@pytest.mark.parametrize("drawing", [seven(), Drawing(3, pixels=PIXELS, ink="dark", time=5.5)])
def test_a_drawing_survives_plain_json_types(drawing: Drawing) -> None:
    again = Drawing.from_dict(json.loads(json.dumps(drawing.to_dict())), "ada")
    assert again == replace(drawing, owner="ada") and again.id == drawing.id


def test_coordinates_are_rounded_so_that_ids_last() -> None:
    rough = Drawing(7, (Stroke(((60.0499, 70), (-0.01, 3)), 20.04),))
    assert rough.strokes[0].points == ((60.0, 70.0), (0.0, 3.0))
    assert Drawing.from_dict(rough.to_dict()).id == rough.id


@pytest.mark.parametrize(
    ("points", "width"),
    [
        *(((), 20), (((1.0, 2.0),), 0), (((1.0, 2.0),), -3), (((1.0, 2.0),), math.nan)),
        *((((value, 0.0), (1.0, 1.0)), 20) for value in (math.nan, math.inf, 1e308, -10_001.0)),
    ],
)
def test_a_stroke_out_of_bounds_is_refused_with_a_sentence(
    points: tuple[tuple[float, float], ...], width: float
) -> None:
    with pytest.raises(DrawingError, match=r"\.$"):
        Stroke(points, width)


def with_(**changes: Any) -> dict[str, Any]:
    return {**seven().to_dict(), **changes}


def line(**changes: Any) -> dict[str, Any]:
    return with_(strokes=[{"width": 20, "points": [[1, 2]], **changes}])


@pytest.mark.parametrize(
    "raw",
    [
        *(None, [], "drawing", 7, {}),
        *(with_(label=label) for label in (10, -1, "7", True, 7.0, None)),
        *(with_(strokes=strokes) for strokes in ([], None, "ab", {}, [None], [[]], [{}])),
        with_(strokes=seven().to_dict()["strokes"] * (MAX_STROKES + 1)),
        with_(strokes=[{"width": 1, "points": [[1, 2]] * (MAX_POINTS // 2 + 1)}] * 2),
        *(line(width=width) for width in (0, 0.01, -3, 1e9, "20", None, True, float("nan"))),
        *(line(points=points) for points in ([], None, [1, 2], [[1]], [["1", 2, 3]], ["12"])),
        *(
            line(points=[[1, value]])
            for value in (MAX_COORDINATE + 1, float("inf"), "2", None, 10**400)
        ),
        *(with_(pixels=pixels) for pixels in ("", "!!", None, "AAAA", 5)),
        with_(pixels=base64.b64encode(bytes(784)).decode()),
        with_(pixels=base64.b64encode(PIXELS + b"1").decode()),
    ],
)
def test_other_values_are_refused_with_a_sentence(raw: object) -> None:
    with pytest.raises(DrawingError, match=r"\.$"):
        Drawing.from_dict(raw)


def test_unknown_and_damaged_extras_are_ignored() -> None:
    raw = with_(ink="<b>", time="yesterday", owner="eve", more=[1])
    assert Drawing.from_dict(raw, "ada") == seven()
