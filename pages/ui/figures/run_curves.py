"""Plotly figures from plain data. No Streamlit, no state: any thread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from gettext import gettext as _
from typing import Any

import plotly.graph_objects as go

from model_store.runs.history import History

TRAINING = "#3f90da"
VALIDATION = "#e76300"
FEW = 30  # epochs; more of them are drawn without dots
MARK = "#832db6"


def run_curve(history: History, figure: str, epochs: int) -> dict[str, Any]:
    """A run's `figure` ("loss" or "accuracy") over epochs: training live, validation by epoch.

    As Plotly's JSON in plain types, for `live_plot`: a `go.Figure` takes many times as long to
    build, twice a second for everybody who watches.
    """
    traces = [_line(*history.curve(figure), name=_("training"), colour=TRAINING)]
    x, y = history.validation(figure)
    if x:
        dots = {"mode": "lines+markers" if len(x) <= FEW else "lines", "marker": {"size": 9}}
        traces.append(_line(x, y, _("validation"), VALIDATION) | dots)
    percent = figure == "accuracy"
    y_axis: dict[str, Any] = {
        "title": {"text": _("accuracy") if percent else _("loss")},
        "tickformat": ".0%" if percent else "",
        "hoverformat": ".1%" if percent else ".4f",
        "rangemode": "normal" if percent else "tozero",
    }
    if percent and not (traces[0]["x"] or x):  # left to itself, Plotly shows -100 % to 400 %
        y_axis["range"] = [0, 1]
    changed = [(rate.epoch, f"η {rate.value:g}") for rate in history.learning_rates]
    layout = {
        "height": 320,
        "margin": {"l": 72, "r": 12, "t": 12, "b": 48},
        "uirevision": "run",
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": {
            "title": {"text": _("epoch")},
            "range": [0, epochs],
            "unifiedhovertitle": {"text": _("epoch {x}").format(x="%{x:.2f}")},
        },
        "yaxis": y_axis,
        "hovermode": "x unified",
        "shapes": [_mark(epoch) for epoch, _text in changed],
        "annotations": [_at_mark(epoch, text) for epoch, text in changed],
    }
    return {"data": traces, "layout": layout}


def _line(x: list[float], y: list[float], name: str, colour: str) -> dict[str, Any]:
    """A gap stands where a value is no number: JSON knows none such."""
    told = [value if math.isfinite(value) else None for value in y]
    line = {"color": colour, "width": 2.5}
    return {"type": "scatter", "x": x, "y": told, "name": name, "mode": "lines", "line": line}


def _mark(x: float) -> dict[str, Any]:
    """A dotted line from the bottom to the top."""
    return {
        "type": "line",
        "xref": "x",
        "yref": "y domain",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": 1,
        "line": {"color": MARK, "dash": "dot"},
    }


def _at_mark(x: float, text: str) -> dict[str, Any]:
    """Words at the top of that line, to its right."""
    return {
        "text": text,
        "font": {"color": MARK},
        "showarrow": False,
        "xref": "x",
        "yref": "y domain",
        "x": x,
        "y": 1,
        "xanchor": "left",
        "yanchor": "top",
    }


def probability_timeline(
    epochs: Sequence[int],
    shares: Sequence[Sequence[float]],
    names: Sequence[str],
    colours: Sequence[str],
    at: int,
) -> go.Figure:
    """A line a class: its probability, `shares[epoch][class]`, over `epochs`, marked at one."""
    strongest = [max(row[c] for row in shares) for c in range(len(names))]
    traces = [
        go.Scatter(
            x=list(epochs),
            y=[round(float(row[c]), 5) for row in shares],
            name=names[c],
            mode="lines+markers" if len(epochs) <= FEW else "lines",
            line={"color": colours[c], "width": 3 if strongest[c] > 0.2 else 1.5},
            marker={"size": 6},
            hovertemplate="%{y:.1%}",
        )
        for c in range(len(names))
    ]
    out = go.Figure(traces)
    out.update_layout(
        height=360,
        margin={"l": 60, "r": 12, "t": 12, "b": 48},
        uirevision="timeline",
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        xaxis={"title": {"text": _("epoch")}, "dtick": max(1, round((epochs[-1] - epochs[0]) / 8))},
        yaxis={"title": {"text": _("probability")}, "tickformat": ".0%", "range": [-0.02, 1.02]},
        hovermode="x",
        template=None,
    )
    out.add_vline(x=at, line={"color": MARK, "dash": "dot", "width": 2})
    return out
