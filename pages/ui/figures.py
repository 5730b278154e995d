"""Plotly figures from plain data. No Streamlit, no state: any thread."""

from __future__ import annotations

from collections.abc import Sequence
from gettext import gettext as _

import plotly.graph_objects as go

from model_store.history import History

TRAINING = "#3f90da"
VALIDATION = "#e76300"
FEW = 30  # epochs; more of them are drawn without dots
MARK = "#832db6"


def curve(history: History, figure: str, epochs: int) -> go.Figure:
    """A run's `figure` ("loss" or "accuracy") over epochs: training live, validation by epoch."""
    x, y = history.curve(figure)
    traces = [
        go.Scatter(
            x=x, y=y, name=_("training"), mode="lines", line={"color": TRAINING, "width": 2.5}
        )
    ]
    x, y = history.validation(figure)
    if x:
        traces.append(
            go.Scatter(
                x=x,
                y=y,
                name=_("validation"),
                mode="lines+markers" if len(x) <= FEW else "lines",
                line={"color": VALIDATION, "width": 2.5},
                marker={"size": 9},
            )
        )
    percent = figure == "accuracy"
    out = go.Figure(traces)
    out.update_layout(
        height=320,
        margin={"l": 72, "r": 12, "t": 12, "b": 48},
        uirevision="run",
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        xaxis={"title": {"text": _("epoch")}, "range": [0, epochs]},
        yaxis={
            "title": {"text": _("accuracy") if percent else _("loss")},
            "tickformat": ".0%" if percent else None,
            "rangemode": "normal" if percent else "tozero",
        },
        hovermode="x unified",
        template=None,
    )
    for rate in history.learning_rates:
        out.add_vline(
            x=rate.epoch,
            line={"color": MARK, "dash": "dot"},
            annotation={"text": f"η {rate.value:g}", "font": {"color": MARK}},
        )
    return out


def timeline(
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
