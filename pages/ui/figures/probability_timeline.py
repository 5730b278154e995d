"""Probabilities of a drawing by epoch, a figure from plain data. No Streamlit: any thread."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from model_store.text import _
from pages.ui.figures.theme import CLASS_COLOURS, PERCENTS, PURPLE, axis, plotly_text

FEW = 30  # epochs; more of them are drawn without dots


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
            name=plotly_text(name),
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


def _vertical_line(x: float) -> dict[str, Any]:
    line = {"color": PURPLE, "dash": "dot", "width": 2}
    ends = {"xref": "x", "x0": x, "x1": x, "yref": "y domain", "y0": 0, "y1": 1}
    return {"type": "line", "line": line, **ends}
