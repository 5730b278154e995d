"""Figures of the page Evaluate, from plain data. No Streamlit, no state: any thread."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import ImageColor

from model_store.inference.metrics import Bin
from model_store.text import _
from pages.ui.figures.theme import (
    BLUE,
    GREY,
    ORANGE,
    PERCENTS,
    RED,
    YELLOW,
    axis,
    percent,
    plotly_text,
)

RIGHT, WRONG = BLUE, RED
SHORT = 4  # letters: longer names of classes are written diagonally
HEIGHT = 540


def confusion_matrix(
    counts: NDArray[np.intp],
    names: Sequence[str],
    as_percent: bool,
    chosen: tuple[int | None, int | None] = (None, None),
) -> go.Figure:
    """Return the confusion matrix: rows are the true classes, columns the answers.

    Right answers are blue and mistakes red, each with a scale of its own: among 10,000 images the
    mistakes would be invisible on the scale of the right answers. Colours are translucent, so that
    the numbers keep the page's text colour.

    Args:
        counts: intp [C, C].
        names: the C class names.
        as_percent: write the percentage of the row instead of the number of images.
        chosen: true class and answer to be outlined; one of them alone is a row or a column.
    """
    classes = len(names)
    names = [plotly_text(name) for name in names]
    rows = counts.sum(axis=1, keepdims=True)
    percents = 100 * counts / np.maximum(rows, 1)
    diagonal = np.eye(classes, dtype=np.bool_)
    hover = [
        [
            _("{n} of {all} {truth} read as {answer}: {percent} %").format(
                n=f"{counts[t, a]:,}",
                all=f"{rows[t, 0]:,}",
                truth=names[t],
                answer=names[a],
                percent=f"{percents[t, a]:.1f}",
            )
            for a in range(classes)
        ]
        for t in range(classes)
    ]
    truths, answers = np.nonzero(counts)
    written = np.char.mod("%.1f", percents) if as_percent else counts.astype(str)
    worst = max(1.0, float(percents[~diagonal].max()))
    figure = go.Figure(
        [
            _cells(np.where(diagonal, percents, np.nan), hover, RIGHT, 100.0),
            _cells(np.where(diagonal, np.nan, percents), hover, WRONG, worst),
            go.Scatter(
                x=answers.tolist(),
                y=truths.tolist(),
                text=written[truths, answers].tolist(),
                mode="text",
                textfont={"size": 11.5},
                hoverinfo="skip",
            ),
        ]
    )
    edge = [-0.5, classes - 0.5]
    truth, answer = chosen
    if chosen != (None, None):
        y0, y1 = edge if truth is None else (truth - 0.5, truth + 0.5)
        x0, x1 = edge if answer is None else (answer - 0.5, answer + 0.5)
        line = {"width": 3, "color": YELLOW}
        figure.add_shape(type="rect", x0=x0, x1=x1, y0=y0, y1=y1, line=line)
    ticks = {"tickmode": "array", "tickvals": list(range(classes)), "ticktext": list(names)}
    plain: dict[str, Any] = {**ticks, "showgrid": False, "zeroline": False, "fixedrange": True}
    angle = 0 if max(map(len, names)) < SHORT else -45
    return figure.update_layout(
        margin={"l": 8, "r": 4, "t": 4, "b": 8},
        xaxis=axis(_("read as"), **plain, range=edge, tickangle=angle),
        yaxis=axis(_("true class"), **plain, range=edge[::-1]),
        showlegend=False,
    )


def _cells(
    percents: NDArray[np.float64], hover: list[list[str]], colour: str, top: float
) -> go.Heatmap:
    """Return a cell for each value that is not nan, in full colour at `top`."""
    rgb = ", ".join(map(str, ImageColor.getrgb(colour)))
    return go.Heatmap(
        z=percents,
        zmin=0,
        zmax=top,
        colorscale=[[0, f"rgba({rgb}, 0)"], [1, f"rgba({rgb}, 0.6)"]],
        showscale=False,
        text=hover,
        hovertemplate="%{text}<extra></extra>",
        hoverongaps=False,
        xgap=1,
        ygap=1,
    )


def reliability_diagram(bins: Sequence[Bin]) -> go.Figure:
    """Return accuracy against confidence for each bin, and below it the bin's images."""
    full = [b for b in bins if b.count]
    hover = [
        _("{n} images, {sure} sure on average, {right} right").format(
            n=f"{b.count:,}", sure=percent(b.confidence), right=percent(b.accuracy)
        )
        for b in full
    ]
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
                line={"color": BLUE, "width": 2.5},
                marker={"size": 10},
                error_y={
                    "type": "data",
                    "array": [b.interval[1] - b.accuracy for b in full],
                    "arrayminus": [b.accuracy - b.interval[0] for b in full],
                    "thickness": 1.5,
                    "width": 4,
                },
                text=hover,
                hovertemplate="%{text}<extra></extra>",
            ),
            go.Bar(
                x=[(b.low + b.high) / 2 for b in full],
                y=[b.count for b in full],
                width=[0.94 * (b.high - b.low) for b in full],
                marker={"color": GREY},
                text=[f"{b.count:,}" for b in full],
                textposition="outside",
                textangle=0,
                cliponaxis=False,
                hovertext=hover,
                hoverinfo="text",
                showlegend=False,
                yaxis="y2",
            ),
        ]
    )
    most = max((b.count for b in full), default=1)
    return figure.update_layout(
        xaxis=axis(_("how sure it was"), **PERCENTS, range=[0, 1.02], anchor="y2"),
        yaxis=axis(_("how often it was right"), **PERCENTS, range=[-0.03, 1.04], domain=[0.36, 1]),
        yaxis2=axis(_("images"), domain=[0, 0.26], range=[0, 1.25 * most], nticks=3),
    )


def accuracy_by_strength(
    strengths: Sequence[float],
    curves: Mapping[str, Sequence[float]],
    unit: str,
    is_share: bool,
    guess: float,
) -> go.Figure:
    """Return accuracy against the strength of a change, a curve for each of one or two models.

    Args:
        strengths: of the n points of each curve.
        curves: n accuracies in [0, 1] by model.
        unit: title of the axis of strengths.
        is_share: strengths are shares, written as percent.
        guess: accuracy in [0, 1] of guessing, a dashed line.
    """
    figure = go.Figure(
        [
            go.Scatter(
                x=list(strengths),
                y=list(accuracies),
                name=escape(name, quote=False),  # Plotly reads HTML
                mode="lines+markers",
                line={"color": colour, "width": 2.5, "dash": dash},
                marker={"size": 8, "symbol": symbol},
            )
            for (name, accuracies), colour, dash, symbol in zip(
                curves.items(), (BLUE, ORANGE), ("solid", "dot"), ("circle", "square"), strict=False
            )
        ]
    )
    figure.add_hline(y=guess, line={"color": GREY, "dash": "dash", "width": 1.5})
    most = max(strengths)
    return figure.update_layout(
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis=axis(unit, **(PERCENTS if is_share else {}), range=[-0.03 * most, 1.04 * most]),
        yaxis=axis(_("accuracy"), **PERCENTS, range=[-0.03, 1.04]),
        showlegend=len(curves) > 1,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
