"""Views that lessons show beside those of the pages: texts and figures from plain data.

No Streamlit: any thread.
"""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from model_store.inference.classifier import ACTIVATIONS
from model_store.text import _
from pages.ui.figures.pictures import data_url
from pages.ui.figures.theme import BLUE, CLASS_COLOURS, GREY, PERCENTS, RED, axis, plotly_text

SMALL = 1e-4  # a smaller probability is written in scientific notation
WIDTH = 88  # characters of a line of printed numbers


def probability(value: float) -> str:
    """Return a probability with four decimals, or like 2.1e-09 if it is small."""
    return f"{value:.1e}" if 0 < value < SMALL else f"{value:.4f}"


def printed(values: NDArray[np.number], edge: int = 3) -> str:
    """Return an array as NumPy prints it: `edge` items of each end, "..." between."""
    return np.array2string(
        np.asarray(values), threshold=2 * edge, edgeitems=edge, max_line_width=WIDTH
    )


def scientific(values: NDArray[np.floating]) -> str:
    """Return numbers in scientific notation, five in a line."""
    words = [f"{float(value):.8e}" for value in values]
    rows = ["  ".join(words[start : start + 5]) for start in range(0, len(words), 5)]
    return "[" + "\n ".join(rows) + "]"


def printed_html(text: str, label: str) -> str:
    """Return what a program prints as HTML that scrolls; `label` describes it."""
    return (
        f'<pre class="lab-printed" tabindex="0" role="region" aria-label="{escape(label)}">'
        f"{escape(text)}</pre>"
    )


def scaled_row_html(row: NDArray[np.uint8], name: str) -> str:
    """Return a row of pixels, and the same divided by 255 below, as an HTML table."""
    before = "".join(f"<td>{v}</td>" for v in row.tolist())
    after = "".join(f"<td>{v / 255:.2f}</td>" for v in row.tolist())
    label = escape(_("Pixel values"))
    return (
        f'<div class="lab-scroll" tabindex="0" role="region" aria-label="{label}">'
        f'<table class="lab-pixels lab-scaled"><tr><th>{escape(name)}</th>{before}</tr>'
        f"<tr><th>{escape(name)} / 255</th>{after}</tr></table></div>"
    )


def strip_html(row: NDArray[np.uint8], label: str) -> str:
    """Return a vector uint8 [N] as one line of pixels."""
    return (
        f'<figure class="lab-strip"><img src="{data_url(row.reshape(1, -1))}" '
        f'alt="{escape(label)}"><figcaption>{escape(label)}</figcaption></figure>'
    )


def answer_columns(
    probabilities: NDArray[np.floating], names: Sequence[str], truth: int
) -> go.Figure:
    """Return ten columns, the answer red if it is wrong and the true class blue; names at 45°."""
    colours = [GREY] * len(names)
    colours[int(probabilities.argmax())] = RED
    colours[truth] = BLUE
    bars = go.Bar(
        x=list(names),
        y=[round(float(p), 6) for p in probabilities],
        marker={"color": colours},
        hovertemplate="%{x}: %{y:.2%}<extra></extra>",
    )
    return go.Figure(bars).update_layout(
        margin={"l": 56, "r": 16, "t": 16, "b": 90},
        xaxis={"type": "category", "tickangle": -45},
        yaxis=axis(_("probability"), **PERCENTS, range=[0, 1.02]),
    )


def descent(weight: float, rate: float, steps: int = 10) -> list[float]:
    """Return a weight before and after each step of gradient descent on the loss weight²."""
    weights = [weight]
    for _step in range(steps):
        weights.append(weights[-1] - rate * 2 * weights[-1])
    return weights


def descent_curve(weights: Sequence[float]) -> go.Figure:
    """Return the loss weight² as a curve, the weights as points joined in their order."""
    x = np.linspace(-8, 8, 161)
    traces = [
        go.Scatter(x=x.tolist(), y=np.round(x**2, 4).tolist(), line={"color": BLUE, "width": 3}),
        go.Scatter(
            x=list(weights),
            y=[w**2 for w in weights],
            mode="lines+markers",
            line={"color": GREY, "width": 1},
            marker={"color": RED, "size": 10},
            hovertemplate="%{x:.3g}, %{y:.3g}<extra></extra>",
        ),
    ]
    return go.Figure(traces).update_layout(
        showlegend=False,
        xaxis=axis(_("weight"), range=[-8, 8]),
        yaxis=axis(_("loss"), range=[-3, 64]),
    )


def activation_curve(name: str, at: float) -> go.Figure:
    """Return the curve of an activation from -4 to 4, with the point at `at`."""
    x = np.linspace(-4, 4, 161)
    function = ACTIVATIONS[name]
    y = float(function(np.array([at]))[0])
    traces = [
        go.Scatter(
            x=x.tolist(), y=np.round(function(x), 5).tolist(), line={"color": BLUE, "width": 3}
        ),
        go.Scatter(x=[at], y=[y], mode="markers", marker={"color": RED, "size": 12}),
    ]
    return go.Figure(traces).update_layout(
        showlegend=False, xaxis=axis(_("input")), yaxis=axis(_("output"))
    )


def rate_curves(curves: Mapping[str, Sequence[tuple[float, float]]]) -> go.Figure:
    """Return learning rates over epochs, a line for each name; `curves` are (epoch, rate)."""
    traces = [
        go.Scatter(
            x=[epoch for epoch, _rate in points],
            y=[rate for _epoch, rate in points],
            name=plotly_text(name),
            mode="lines",
            line={"color": colour, "width": 2.5},
        )
        for (name, points), colour in zip(curves.items(), CLASS_COLOURS, strict=False)
    ]
    return go.Figure(traces).update_layout(
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis=axis(_("epochs")),
        yaxis=axis(_("learning rate"), rangemode="tozero"),
    )
