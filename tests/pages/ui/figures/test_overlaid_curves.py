"""Curves of several runs in one figure."""

import math

import pytest

from model_store.analysis.curves import Axis, Split
from model_store.recipe.recipe import Recipe
from model_store.runs.events import Chunk, EpochEnd
from model_store.runs.history import History
from pages.ui.figures.overlaid_curves import RunCurves, overlaid_curves, robust_end


def run_curves(name: str, colour: str, epochs: int = 3) -> RunCurves:
    chunks = [Chunk(n, n / 10, 1 / (n + 1), 0.5, 100.0, 0.0) for n in range(1, epochs * 10)]
    ends = [EpochEnd(n, n * 10, 0.5, 0.5, 0.6, 0.7, 2.0, 0.001, 0.0) for n in range(1, epochs + 1)]
    return RunCurves(name, colour, Recipe(), History.from_events([*chunks, *ends]))


def test_an_overlay_has_one_colour_and_one_legend_entry_a_run() -> None:
    lines = [run_curves("A", "#111111"), run_curves("B", "#222222", epochs=99)]
    figure = overlaid_curves(lines, "loss", Axis.STEP, list(Split), smoothing=0.6)
    assert {(t.name, t.line.color) for t in figure.data} == {("A", "#111111"), ("B", "#222222")}
    assert [t.name for t in figure.data if t.showlegend] == ["A", "B"]
    pale = [t for t in figure.data if t.opacity < 1]
    assert len(pale) == 4, "as measured, beside what was smoothed"
    assert all(len(t.x) <= 600 for t in figure.data)
    assert all(math.isfinite(y) for t in figure.data for y in t.y)


def test_an_overlay_of_nothing_is_an_empty_chart() -> None:
    empty = RunCurves("A", "#111111", Recipe(), History())
    assert len(overlaid_curves([empty], "accuracy", Axis.SECONDS, list(Split)).data) == 0
    assert len(overlaid_curves([run_curves("A", "#111111")], "loss", Axis.EPOCH, []).data) == 0


DIVERGED = RunCurves(
    "B",
    "#222222",
    Recipe(),
    History.from_events([Chunk(n, n / 10, 2.0 * n, 0.1, 1, 0) for n in range(30)]),
)


def test_a_diverged_run_does_not_flatten_the_others() -> None:
    runs = [run_curves("A", "#111111"), DIVERGED]
    axis = overlaid_curves(runs, "loss", Axis.STEP, list(Split)).layout.yaxis
    assert axis.range[0] == 0 and 0.6 < axis.range[1] < 10
    assert overlaid_curves(runs, "accuracy", Axis.STEP, list(Split)).layout.yaxis.range is None
    assert overlaid_curves(runs[1:], "loss", Axis.STEP, list(Split)).layout.yaxis.range is None


def test_a_logarithmic_axis_shows_all_of_the_loss() -> None:
    runs = [run_curves("A", "#111111"), DIVERGED]
    axis = overlaid_curves(runs, "loss", Axis.STEP, list(Split), logarithmic=True).layout.yaxis
    assert (axis.type, axis.range) == ("log", None)
    accuracy = overlaid_curves(runs, "accuracy", Axis.STEP, list(Split), logarithmic=True)
    assert accuracy.layout.yaxis.type is None


@pytest.mark.parametrize(
    ("curves", "end"),
    [
        ([], None),
        ([[]], None),
        ([[2.3, 0.1], [9.0]], None),
        ([[2.3, 0.1], [2.3, 60.0]], 1.05 * 2.3),
        ([[20.0, 15.0], [30.0]], None),
    ],
)
def test_the_axis_ends_below_an_outlier(curves: list[list[float]], end: float | None) -> None:
    assert robust_end(curves) == end
