"""Plotly figures from plain data. No Streamlit, no state: any thread."""

from __future__ import annotations

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
