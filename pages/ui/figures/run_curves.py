"""Curves of one run as Plotly figures, from plain data. No Streamlit, no state: any thread."""

import math
from collections.abc import Sequence
from gettext import gettext as _
from typing import Any

import plotly.graph_objects as go

from model_store.runs.history import History
from pages.ui.figures.theme import BLUE, CLASS_COLOURS, ORANGE, PERCENTS, PURPLE, axis

FEW = 30  # epochs; more of them are drawn without dots


def run_curve(history: History, figure: str, epochs: int) -> dict[str, Any]:
    """Return a run's `figure` ("loss" or "accuracy") over epochs, training and validation.

    Plotly's JSON in plain types, for `live_plot`: a `go.Figure` takes many times as long to build,
    twice a second for everybody who watches.
    """
    traces = [_line(*history.curve(figure), name=_("training"), colour=BLUE)]
    x, y = history.validation(figure)
    if x:
        dots = {"mode": "lines+markers" if len(x) <= FEW else "lines", "marker": {"size": 9}}
        traces.append(_line(x, y, _("validation"), ORANGE) | dots)
    y_axis = figure_axis(figure)
    if figure == "accuracy" and not (traces[0]["x"] or x):  # Plotly would show -100 % to 400 %
        y_axis["range"] = [0, 1]
    hover_title = {"text": _("epoch {x}").format(x="%{x:.2f}")}
    layout = {
        "uirevision": "run",
        "showlegend": True,
        "xaxis": axis(_("epoch"), range=[0, epochs], unifiedhovertitle=hover_title),
        "yaxis": y_axis,
        "hovermode": "x unified",
        "shapes": [_vertical_line(rate.epoch) for rate in history.learning_rates],
        "annotations": [_note(rate.epoch, f"η {rate.value:g}") for rate in history.learning_rates],
    }
    return {"data": traces, "layout": layout}


def figure_axis(figure: str) -> dict[str, Any]:
    """Return the axis of "loss" or "accuracy"."""
    if figure == "accuracy":
        return axis(_("accuracy"), **PERCENTS)
    return axis(_("loss"), hoverformat=".4f", rangemode="tozero")


def _line(x: list[float], y: list[float], name: str, colour: str) -> dict[str, Any]:
    """Return a line with a gap wherever a value is not finite, which JSON cannot say."""
    finite = [value if math.isfinite(value) else None for value in y]
    line = {"color": colour, "width": 2.5}
    return {"type": "scatter", "x": x, "y": finite, "name": name, "mode": "lines", "line": line}


def _vertical_line(x: float) -> dict[str, Any]:
    line = {"color": PURPLE, "dash": "dot", "width": 2}
    ends = {"xref": "x", "x0": x, "x1": x, "yref": "y domain", "y0": 0, "y1": 1}
    return {"type": "line", "line": line, **ends}


def _note(x: float, text: str) -> dict[str, Any]:
    """Return words at the top of the vertical line, to its right."""
    place = {"xref": "x", "x": x, "xanchor": "left", "yref": "y domain", "y": 1, "yanchor": "top"}
    return {"text": text, "font": {"color": PURPLE}, "showarrow": False, **place}


def probability_timeline(
    epochs: Sequence[int], probabilities: Sequence[Sequence[float]], names: Sequence[str], at: int
) -> go.Figure:
    """Return `probabilities[epoch][class]` over `epochs`, a line a class, marked at `at`.

    Classes that never pass 20 % have a thin line.
    """
    traces = [
        go.Scatter(
            x=list(epochs),
            y=[round(float(row[c]), 5) for row in probabilities],
            name=name,
            mode="lines+markers" if len(epochs) <= FEW else "lines",
            line={
                "color": CLASS_COLOURS[c],
                "width": 3 if max(row[c] for row in probabilities) > 0.2 else 1.5,
            },
            marker={"size": 6},
            hovertemplate="%{y:.1%}",
        )
        for c, name in enumerate(names)
    ]
    return go.Figure(traces).update_layout(
        uirevision="timeline",
        showlegend=True,
        xaxis=axis(_("epoch"), dtick=max(1, round((epochs[-1] - epochs[0]) / 8))),
        yaxis=axis(_("probability"), **PERCENTS, range=[-0.02, 1.02]),
        hovermode="x",
        shapes=[_vertical_line(at)],
    )
