"""Several runs' curves in one Plotly figure. No Streamlit, no state: any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from gettext import gettext as _

import plotly.graph_objects as go

from model_store.analysis.curves import Axis, Split, curve
from model_store.recipe.recipe import Recipe
from model_store.runs.history import History

FEW = 30  # points of a validation curve that get dots
POINTS = 1200  # of all training curves of a figure together
AXES = {
    Axis.EPOCH: "epoch",
    Axis.STEP: "step (batches learned from)",
    Axis.SECONDS: "seconds of training",
}


@dataclass(frozen=True, slots=True)
class RunCurves:
    """A run to be drawn: its name in the legend, its colour, its recipe and its record."""

    name: str
    colour: str
    recipe: Recipe
    history: History


def overlaid_curves(
    lines: Sequence[RunCurves],
    figure: str,
    axis: Axis,
    splits: Sequence[Split],
    smoothing: float = 0.0,
) -> go.Figure:
    """`figure` ("loss" or "accuracy") of all runs over `axis`.

    Training curves are dotted, validation curves whole. Where training curves are smoothed (see
    `curves.smooth`), the figures themselves stay visible, pale. One legend entry a run.
    """
    out = go.Figure()
    points = max(60, POINTS // max(1, len(lines)))
    for line in lines:
        named = False
        for split in (Split.VALIDATION, Split.TRAINING):
            if split not in splits:
                continue
            x, y = curve(
                line.recipe, line.history, figure, axis, split, smoothing=smoothing, points=points
            )
            if not x:
                continue
            if smoothing:
                out.add_trace(_pale(line, figure, axis, split, points))
            out.add_trace(_trace(line, split, x, y, splits, named))
            named = True
    out.update_layout(_layout(figure, axis))
    return out


def _trace(
    line: RunCurves,
    split: Split,
    x: list[float],
    y: list[float],
    splits: Sequence[Split],
    named: bool,
) -> go.Scatter:
    dots = split is Split.VALIDATION and len(x) <= FEW
    dash = "dot" if split is Split.TRAINING and len(splits) > 1 else "solid"
    what = _("validation") if split is Split.VALIDATION else _("training")
    return go.Scatter(
        x=x,
        y=y,
        name=line.name,
        legendgroup=line.name,
        showlegend=not named,
        mode="lines+markers" if dots else "lines",
        line={"color": line.colour, "width": 2.5, "dash": dash},
        marker={"size": 8},
        hovertemplate=f"%{{y}} ({what})",
    )


def _pale(line: RunCurves, figure: str, axis: Axis, split: Split, points: int) -> go.Scatter:
    x, y = curve(line.recipe, line.history, figure, axis, split, points=points)
    return go.Scatter(
        x=x,
        y=y,
        name=line.name,
        legendgroup=line.name,
        showlegend=False,
        mode="lines",
        line={"color": line.colour, "width": 1},
        opacity=0.3,
        hoverinfo="skip",
    )


def _layout(figure: str, axis: Axis) -> dict[str, object]:
    percent = figure == "accuracy"
    return {
        "height": 360,
        "margin": {"l": 72, "r": 12, "t": 12, "b": 48},
        "uirevision": axis.value,
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": {"title": {"text": _(AXES[axis])}, "rangemode": "tozero"},
        "yaxis": {
            "title": {"text": _("accuracy") if percent else _("loss")},
            "tickformat": ".1%" if percent else None,
            "hoverformat": ".1%" if percent else ".4f",
            "rangemode": "normal" if percent else "tozero",
        },
        "hovermode": "closest",
        "template": None,
    }
