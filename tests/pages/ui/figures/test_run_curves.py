"""The live curves: what Plotly draws, as plain JSON."""

import json
import math

import plotly.graph_objects as go

from model_store.runs.events import Chunk, EpochEnd, LearningRate
from model_store.runs.history import History
from pages.ui.figures import run_curves


def chunk(step: int, loss: float = 0.5) -> Chunk:
    return Chunk(step, step / 10, loss, 0.9, 1000.0, 1e9)


def epoch(number: int) -> EpochEnd:
    return EpochEnd(number, 10 * number, 0.4, 0.9, 0.45, 0.88, 0.6, 0.001, 1e9)


HISTORY = History(
    (chunk(5), chunk(10), chunk(15, math.nan), chunk(20, math.inf)),
    (epoch(1), epoch(2)),
    (LearningRate(15, 1.5, 0.01, 1e9),),
)


def test_plotly_knows_every_part_of_a_curve() -> None:
    for figure in ("loss", "accuracy"):
        drawn = run_curves.run_curve(HISTORY, figure, 4)
        assert go.Figure(drawn).to_plotly_json().keys() == {"data", "layout"}


def test_a_curve_is_the_record_with_gaps_where_it_has_no_numbers() -> None:
    drawn = json.loads(json.dumps(run_curves.run_curve(HISTORY, "loss", 4), allow_nan=False))
    training, validation = drawn["data"]
    assert training["x"] == [0.5, 1.0, 1.5, 2.0] and training["y"] == [0.5, 0.5, None, None]
    assert validation["x"] == [1.0, 2.0] and validation["y"] == [0.45, 0.45]
    assert drawn["layout"]["xaxis"]["range"] == [0, 4]


def test_an_axis_of_accuracies_without_any_goes_from_0_to_100_percent() -> None:
    nothing = History((), (), ())
    assert run_curves.run_curve(nothing, "accuracy", 4)["layout"]["yaxis"]["range"] == [0, 1]
    assert "range" not in run_curves.run_curve(nothing, "loss", 4)["layout"]["yaxis"]
    assert "range" not in run_curves.run_curve(HISTORY, "accuracy", 4)["layout"]["yaxis"]


def test_a_change_of_the_learning_rate_is_marked_where_it_was() -> None:
    layout = run_curves.run_curve(HISTORY, "loss", 4)["layout"]
    assert [(line["x0"], line["x1"]) for line in layout["shapes"]] == [(1.5, 1.5)]
    assert [(note["x"], note["text"]) for note in layout["annotations"]] == [(1.5, "η 0.01")]
