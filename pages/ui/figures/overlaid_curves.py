"""Curves of several runs in one Plotly figure. No Streamlit, no state: any thread."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from model_store.analysis.curves import Axis, Split, curve
from model_store.recipe.choices import CLASSES
from model_store.recipe.recipe import Recipe
from model_store.runs.history import History
from model_store.text import N_, _
from pages.ui.figures.theme import axis as titled_axis
from pages.ui.figures.theme import figure_axis

FEW = 30  # points of a validation curve that get dots
POINTS = 1200  # of all training curves of a figure together
OUTLIER = 4.0  # times the loss of guessing, or the lowest peak of the runs if that is higher
AXES = {
    Axis.EPOCH: N_("epoch"),
    Axis.STEP: N_("step (batches learned from)"),
    Axis.SECONDS: N_("seconds of training"),
}


@dataclass(frozen=True, slots=True)
class RunCurves:
    """A run to be drawn: its name in the legend, its colour, its recipe and its record."""

    name: str
    colour: str
    recipe: Recipe
    history: History


def overlaid_curves(
    runs: Sequence[RunCurves],
    figure: str,
    axis: Axis,
    splits: Sequence[Split],
    smoothing: float = 0.0,
    logarithmic: bool = False,
) -> go.Figure:
    """Return `figure` ("loss" or "accuracy") of all runs over `axis`, one legend entry a run.

    Training curves are dotted, validation curves solid. Where curves are smoothed (see
    `curves.smooth`), the measured values stay visible, pale. The axis of the loss is `logarithmic`,
    or ends below the values of a run that diverged.
    """
    out = go.Figure()
    peaks: list[list[float]] = []
    for run in runs:
        traces = _traces(run, figure, axis, splits, smoothing, max(60, POINTS // len(runs)))
        out.add_traces(traces)
        peaks.append([y for trace in traces for y in trace.y if math.isfinite(y)])
    y_axis = figure_axis(figure)
    if figure == "loss" and logarithmic:
        y_axis["type"] = "log"
    elif figure == "loss" and (end := robust_end(peaks)) is not None:
        y_axis["range"] = [0, end]
    return out.update_layout(
        uirevision=f"{axis.value} {logarithmic}",
        showlegend=True,
        xaxis=titled_axis(_(AXES[axis]), rangemode="tozero"),
        yaxis=y_axis,
    )


def robust_end(curves: Sequence[Sequence[float]]) -> float | None:
    """Return where an axis from 0 ends so that a diverged run does not flatten the others.

    None if all values of all curves fit.
    """
    peaks = [max(curve) for curve in curves if curve]
    limit = OUTLIER * max(math.log(CLASSES), min(peaks, default=0.0))
    if max(peaks, default=0.0) <= limit:
        return None
    return 1.05 * max(value for curve in curves for value in curve if value <= limit)


def _traces(
    run: RunCurves, figure: str, axis: Axis, splits: Sequence[Split], smoothing: float, points: int
) -> list[go.Scatter]:
    """Return the run's curves, validation first, each below it as measured if it is smoothed."""
    traces: list[go.Scatter] = []
    for split in (Split.VALIDATION, Split.TRAINING):
        if split not in splits:
            continue
        word = _("validation") if split is Split.VALIDATION else _("training")
        for weight in dict.fromkeys((0.0, smoothing)):
            x, y = curve(
                run.recipe, run.history, figure, axis, split, smoothing=weight, points=points
            )
            pale = weight < smoothing
            dots = split is Split.VALIDATION and len(x) <= FEW and not pale
            dash = "dot" if split is Split.TRAINING and len(splits) > 1 and not pale else "solid"
            if x:
                traces.append(
                    go.Scatter(
                        x=x,
                        y=y,
                        name=run.name,
                        legendgroup=run.name,
                        showlegend=not pale and not any(t.showlegend for t in traces),
                        mode="lines+markers" if dots else "lines",
                        line={"color": run.colour, "width": 1 if pale else 2.5, "dash": dash},
                        marker={"size": 8},
                        opacity=0.3 if pale else 1,
                        hoverinfo="skip" if pale else None,
                        hovertemplate=None if pale else f"%{{y}} ({word})",
                    )
                )
    return traces
