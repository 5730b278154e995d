"""A prediction of the accuracy: what can be read, and how it compares with a run."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from model_store.runs.events import Chunk
from model_store.runs.history import History
from model_store.runs.prediction import FILE, POINTS, Outcome, Prediction

NOTHING = (None,) * POINTS


def drawn(**places: float) -> Prediction:
    values: list[float | None] = list(NOTHING)
    for place, value in places.items():
        values[int(place[1:])] = value
    found = Prediction.of(values)
    assert found is not None
    return found


def history(*accuracies: float, epochs: int) -> History:
    """Accuracies at equal distances, the last one at the end."""
    n = len(accuracies)
    return History(
        tuple(Chunk(i, epochs * i / n, 1.0, a, 1.0, 0.0) for i, a in enumerate(accuracies, 1))
    )


def test_what_was_drawn_is_kept(tmp_path: Path) -> None:
    prediction = drawn(p0=0.1, p5=0.8, p10=0.9)
    (tmp_path / FILE).write_bytes(prediction.to_json())
    assert Prediction.read(tmp_path) == prediction
    assert prediction.curve(4) == [(0.0, 0.1), (2.0, 0.8), (4.0, 0.9)]


def test_the_end_and_the_largest_difference() -> None:
    outcome = drawn(p0=0.1, p10=0.9).outcome(history(0.9, 0.95, epochs=4), 4)
    assert outcome == Outcome(0.9, 0.95, pytest.approx(0.4), 2.0)
    below = drawn(p0=1.0, p10=1.0).outcome(history(0.2, 0.9, epochs=4), 4)
    assert below is not None and below.gap == pytest.approx(-0.8)


def test_only_what_was_drawn_and_trained_counts() -> None:
    half = drawn(p0=0.1, p5=0.9)
    outcome = half.outcome(history(0.5, 0.9, 0.2, 0.2, epochs=4), 4)
    assert outcome == Outcome(0.9, 0.9, pytest.approx(0.0), pytest.approx(1.0, abs=1.1))
    assert half.outcome(History(), 4) is None
    assert drawn(p9=0.5, p10=0.5).outcome(history(0.5, epochs=1), 4) is None


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        list(NOTHING),
        [0.5, *NOTHING[1:]],
        [0.5] * (POINTS + 1),
        [1.5] * POINTS,
        [-0.1] * POINTS,
        [math.nan] * POINTS,
        [True] * POINTS,
        ["0.5"] * POINTS,
        {"0": 1},
    ],
)
def test_anything_else_is_no_prediction(raw: Any, tmp_path: Path) -> None:
    assert Prediction.of(raw) is None
    (tmp_path / FILE).write_text(json.dumps(raw))
    assert Prediction.read(tmp_path) is None


def test_a_missing_or_damaged_file_is_no_prediction(tmp_path: Path) -> None:
    assert Prediction.read(tmp_path) is None
    for content in (b"", b"[" * 9999, b"\xff"):
        (tmp_path / FILE).write_bytes(content)
        assert Prediction.read(tmp_path) is None
