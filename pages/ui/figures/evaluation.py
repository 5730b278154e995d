"""The figures of the page Evaluate, from plain data. No Streamlit, no state: any thread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from gettext import gettext as _

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from model_store.inference.metrics import Bin

RIGHT = "#3f90da"
WRONG = "#e0523f"
GREY = "#8a8d99"
SHORT = 4  # letters: longer names of classes are written aslant
HEIGHT = 540


def confusion_matrix(
    counts: NDArray[np.intp],
    names: Sequence[str],
    percent: bool,
    chosen: tuple[int | None, int | None] = (None, None),
) -> go.Figure:
    """The confusion matrix: rows are the true classes, columns the answers.

    Right answers are blue and mistakes red, each with a scale of its own: among 10,000 images the
    mistakes would be invisible on the scale of the right answers. Colours are translucent, so that
    the numbers keep the page's text colour.

    Args:
        counts: intp [C, C].
        names: the C class names.
        percent: write the share of the row instead of the number of images.
        chosen: true class and answer to be outlined; one of them alone is a row or a column.
    """
    classes = len(names)
    rows = counts.sum(axis=1, keepdims=True)
    shares = 100 * counts / np.maximum(rows, 1)
    hits = np.eye(classes, dtype=np.bool_)
    told = [
        [
            _("{n} of {all} {truth} read as {answer}: {percent} %").format(
                n=f"{counts[t, a]:,}",
                all=f"{rows[t, 0]:,}",
                truth=names[t],
                answer=names[a],
                percent=f"{shares[t, a]:.1f}",
            )
            for a in range(classes)
        ]
        for t in range(classes)
    ]
    figure = go.Figure(
        [
            _cells(np.where(hits, shares, math.nan), told, "63, 144, 218", 100.0),
            _cells(
                np.where(hits, math.nan, shares),
                told,
                "224, 82, 63",
                max(1.0, float(shares[~hits].max())),
            ),
            _numbers(counts, shares, percent),
        ]
    )
    ticks = {"tickmode": "array", "tickvals": list(range(classes)), "ticktext": list(names)}
    axis = {**ticks, "showgrid": False, "zeroline": False}
    axis |= {"fixedrange": True, "automargin": True}
    edge = [-0.5, classes - 0.5]
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 4, "t": 4, "b": 8},
        xaxis={
            **axis,
            "title": {"text": _("read as"), "standoff": 8},
            "range": edge,
            "tickangle": 0 if max(map(len, names)) < SHORT else -45,
        },
        yaxis={**axis, "title": {"text": _("true class"), "standoff": 8}, "range": edge[::-1]},
        showlegend=False,
        hovermode="closest",
        template=None,
    )
    _outline(figure, classes, *chosen)
    return figure


def _cells(shares: NDArray[np.float64], told: list[list[str]], rgb: str, top: float) -> go.Heatmap:
    return go.Heatmap(
        z=[[None if math.isnan(v) else float(v) for v in row] for row in shares],
        zmin=0,
        zmax=top,
        colorscale=[[0, f"rgba({rgb}, 0)"], [1, f"rgba({rgb}, 0.6)"]],
        showscale=False,
        text=told,
        hovertemplate="%{text}<extra></extra>",
        hoverongaps=False,
        xgap=1,
        ygap=1,
    )


def _numbers(counts: NDArray[np.intp], shares: NDArray[np.float64], percent: bool) -> go.Scatter:
    rows, columns = np.nonzero(counts)
    values = [
        f"{shares[t, a]:.1f}" if percent else str(counts[t, a])
        for t, a in zip(rows, columns, strict=True)
    ]
    return go.Scatter(
        x=columns.tolist(),
        y=rows.tolist(),
        text=values,
        mode="text",
        textfont={"size": 11.5},
        hoverinfo="skip",
    )


def _outline(figure: go.Figure, classes: int, truth: int | None, answer: int | None) -> None:
    if truth is None and answer is None:
        return
    rows = (-0.5, classes - 0.5) if truth is None else (truth - 0.5, truth + 0.5)
    columns = (-0.5, classes - 0.5) if answer is None else (answer - 0.5, answer + 0.5)
    figure.add_shape(
        type="rect",
        x0=columns[0],
        x1=columns[1],
        y0=rows[0],
        y1=rows[1],
        line={"width": 3, "color": "#ffa90e"},
    )


def reliability_diagram(bins: Sequence[Bin]) -> go.Figure:
    """Accuracy against confidence for each bin, and below it how many images it holds."""
    full = [b for b in bins if b.count]
    told = [
        _("{n} images, {sure} % sure on average, {right} % right").format(
            n=f"{b.count:,}", sure=f"{100 * b.confidence:.1f}", right=f"{100 * b.accuracy:.1f}"
        )
        for b in full
    ]
    middle = [(b.low + b.high) / 2 for b in full]
    width = [0.94 * (b.high - b.low) for b in full]
    figure = go.Figure(
        [
            go.Scatter(
                x=[0, 1],
                y=[0, 1],
                mode="lines",
                name=_("as sure as right"),
                line={"color": GREY, "dash": "dash", "width": 2},
                hoverinfo="skip",
            ),
            go.Scatter(
                x=[b.confidence for b in full],
                y=[b.accuracy for b in full],
                mode="lines+markers",
                name=_("this model"),
                line={"color": RIGHT, "width": 2.5},
                marker={"size": 10},
                error_y={
                    "type": "data",
                    "array": [b.interval[1] - b.accuracy for b in full],
                    "arrayminus": [b.accuracy - b.interval[0] for b in full],
                    "thickness": 1.5,
                    "width": 4,
                },
                text=told,
                hovertemplate="%{text}<extra></extra>",
            ),
            go.Bar(
                x=middle,
                y=[b.count for b in full],
                width=width,
                marker={"color": GREY},
                text=[f"{b.count:,}" for b in full],
                textposition="outside",
                textangle=0,
                cliponaxis=False,
                hovertext=told,
                hoverinfo="text",
                showlegend=False,
                yaxis="y2",
            ),
        ]
    )
    most = max((b.count for b in full), default=1)
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 64, "r": 12, "t": 12, "b": 48},
        xaxis={
            "title": {"text": _("how sure it was")},
            "range": [0, 1.02],
            "tickformat": ".0%",
            "anchor": "y2",
        },
        yaxis={
            "title": {"text": _("how often it was right")},
            "range": [-0.03, 1.04],
            "tickformat": ".0%",
            "domain": [0.36, 1],
        },
        yaxis2={
            "title": {"text": _("images")},
            "domain": [0, 0.26],
            "range": [0, 1.25 * most],
            "nticks": 3,
        },
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        hovermode="closest",
        template=None,
    )
    return figure
