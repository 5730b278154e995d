"""The figures of a sweep, from plain data. No Streamlit, no state: any thread."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from gettext import gettext as _
from typing import Any

import plotly.graph_objects as go

from model_store.storage.sweep_store import Trial, TrialState
from pages.ui.figures.trial_cards import BEST, LINE, thinned
from training.sweeps.findings import Findings, pareto
from training.sweeps.search_space import CHOICE, PARAMETERS, Value, format_value, label

GREY = "rgba(138, 141, 153, 0.55)"
COLOURS = [[0.0, "#832db6"], [0.5, "#3f90da"], [1.0, "#ffa90e"]]  # low to high accuracy
POINTS = 1500  # of all curves together
FEWEST = 4  # of one curve
MOST_TICKS = 12
TALL = 300


def trial_curves(trials: Sequence[Trial], best: int | None, epochs: int) -> go.Figure:
    """The validation accuracy of every trial by epoch; the best one in colour."""
    drawn = [trial for trial in trials if trial.curve]
    points = max(FEWEST, POINTS // max(1, len(drawn)))
    figure = go.Figure()
    for trial in sorted(drawn, key=lambda trial: trial.number == best):
        is_best = trial.number == best
        pairs = thinned(trial.curve, points)
        figure.add_scatter(
            x=[epoch for epoch, _value in pairs],
            y=[value for _epoch, value in pairs],
            mode="lines+markers" if len(pairs) < FEWEST else "lines",
            line={"color": BEST if is_best else GREY, "width": 3 if is_best else 1.5},
            name=_setting(trial.point),
        )
    figure.update_layout(
        height=TALL,
        margin={"l": 64, "r": 12, "t": 8, "b": 48},
        showlegend=False,
        hovermode="closest",
        xaxis={
            "title": {"text": _("epoch")},
            "range": [0.8, epochs + 0.2],
            **({"dtick": 1} if epochs <= MOST_TICKS else {}),
        },
        yaxis={
            "title": {"text": _("validation accuracy")},
            "tickformat": ".0%",
            **({} if drawn else {"range": [0, 1]}),
        },
        uirevision="sweep",
        template=None,
    )
    return figure


def setting_effect(findings: Findings, name: str) -> go.Figure:
    """Each complete trial's accuracy over one setting, and the mean for each of its values."""
    logarithmic = _is_log(name, [g.point[name] for g in findings.groups])
    dots = [(g.point[name], t.value) for g in findings.groups for t in g.trials]
    means = findings.means_by_value(name)
    category = PARAMETERS[name].kind == CHOICE
    figure = go.Figure(
        [
            go.Scatter(
                x=[format_value(name, x) if category else x for x, _y in dots],
                y=[y for _x, y in dots],
                mode="markers",
                name=_("a trial"),
                marker={"size": 9, "color": LINE, "opacity": 0.7},
            )
        ]
    )
    if findings.balanced:
        figure.add_scatter(
            x=[format_value(name, value) if category else value for value, _mean, _n in means],
            y=[mean for _value, mean, _n in means],
            mode="lines+markers",
            name=_("mean"),
            line={"color": BEST, "width": 2.5},
            marker={"size": 7},
        )
    axis: dict[str, Any] = {"title": {"text": label(name)}}
    values = [value for value, _mean, _n in means]
    if category:
        axis["type"] = "category"
    elif len(values) <= MOST_TICKS:
        ticks = [format_value(name, value) for value in values]
        axis |= {"tickmode": "array", "tickvals": values, "ticktext": ticks}
    if logarithmic:
        axis["type"] = "log"
    figure.update_layout(
        height=TALL,
        margin={"l": 64, "r": 12, "t": 28, "b": 48},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        xaxis=axis,
        yaxis={"title": {"text": _("validation accuracy")}, "tickformat": ".0%"},
        template=None,
    )
    return figure


def cost_tradeoff(findings: Findings, cost: str) -> go.Figure:
    """Accuracy of each setting against its `cost` ("seconds" or "parameters"), and the front."""
    groups = [g for g in findings.groups if getattr(g, cost) is not None]
    points = [(float(getattr(g, cost)), g.accuracy) for g in groups]
    front = pareto(points)
    much = "%{x:.3g} s" if cost == "seconds" else "%{x:,}"
    told = f"%{{text}}<br>{much}: %{{y:.1%}}<extra></extra>"
    figure = go.Figure(
        [
            go.Scatter(
                x=[x for x, _y in points],
                y=[y for _x, y in points],
                text=[g.name for g in groups],
                mode="markers",
                name=_("a setting"),
                marker={"size": 9, "color": LINE, "opacity": 0.7},
                hovertemplate=told,
            ),
            go.Scatter(
                x=[points[i][0] for i in front],
                y=[points[i][1] for i in front],
                text=[groups[i].name for i in front],
                mode="lines+markers",
                name=_("none is both better and cheaper"),
                line={"color": BEST, "width": 2.5, "shape": "hv"},
                marker={"size": 11},
                hovertemplate=told,
            ),
        ]
    )
    title = _("seconds of training") if cost == "seconds" else _("parameters")
    axis: dict[str, Any] = {"title": {"text": title}, "rangemode": "tozero"}
    low, high = (min(p[0] for p in points), max(p[0] for p in points)) if points else (1.0, 1.0)
    if low > 0 and high > 20 * low:
        axis |= {"type": "log", "dtick": 1}
    figure.update_layout(
        height=TALL,
        margin={"l": 64, "r": 12, "t": 28, "b": 48},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        xaxis=axis,
        yaxis={"title": {"text": _("validation accuracy")}, "tickformat": ".0%"},
        hovermode="closest",
        template=None,
    )
    return figure


def setting_importance(shares: Mapping[str, float]) -> go.Figure:
    """Bars of each setting's share, the largest on top."""
    names = list(shares)[::-1]
    figure = go.Figure(
        go.Bar(
            x=[shares[name] for name in names],
            y=[label(name) for name in names],
            text=[f"{100 * shares[name]:.0f} %" for name in names],
            textposition="outside",
            cliponaxis=False,
            orientation="h",
            marker={"color": LINE},
            hoverinfo="skip",
        )
    )
    figure.update_layout(
        height=60 + 44 * len(names),
        margin={"l": 8, "r": 48, "t": 8, "b": 32},
        xaxis={"range": [0, 1.08], "tickformat": ".0%", "fixedrange": True},
        yaxis={"automargin": True, "fixedrange": True, "ticksuffix": "  "},
        template=None,
    )
    return figure


def parallel_coordinates(names: Sequence[str], trials: Sequence[Trial]) -> go.Figure:
    """Parallel coordinates: an axis for each setting, the accuracy last; complete trials."""
    complete = [t for t in trials if t.state is TrialState.COMPLETE and t.value is not None]
    accuracies = [float(trial.value or 0.0) for trial in complete]
    axes = [_axis(name, [trial.point[name] for trial in complete]) for name in names]
    axes.append({"label": _("accuracy"), "values": accuracies, "tickformat": ".0%"})
    figure = go.Figure(
        go.Parcoords(
            dimensions=axes,
            line={
                "color": accuracies,
                "colorscale": COLOURS,
                "cmin": min(accuracies, default=0.0),
                "cmax": max(accuracies, default=1.0),
            },
            labelfont={"size": 15},
            tickfont={"size": 13},
            rangefont={"size": 1, "color": "rgba(0, 0, 0, 0)"},  # the ticks say it
        )
    )
    figure.update_layout(height=380, margin={"l": 64, "r": 64, "t": 56, "b": 24}, template=None)
    return figure


def _axis(name: str, values: Sequence[Value]) -> dict[str, Any]:
    """One axis: names at equal distances, numbers on their scale."""
    distinct = sorted(set(values), key=lambda value: (isinstance(value, str), value))
    if PARAMETERS[name].kind == CHOICE:
        numbers = [float(distinct.index(value)) for value in values]
        ticks = [float(i) for i in range(len(distinct))]
    elif _is_log(name, values):
        numbers = [math.log10(float(value)) for value in values]
        ticks = [math.log10(float(value)) for value in distinct]
    else:
        numbers = [float(value) for value in values]
        ticks = [float(value) for value in distinct]
    step = -(-len(distinct) // MOST_TICKS) or 1
    return {
        "label": label(name),
        "values": numbers,
        "tickvals": ticks[::step],
        "ticktext": [format_value(name, value) for value in distinct[::step]],
    }


def _is_log(name: str, values: Sequence[Value]) -> bool:
    """Whether the setting's numbers are better seen by their factors."""
    numbers = [float(value) for value in values if not isinstance(value, str)]
    return PARAMETERS[name].log and bool(numbers) and min(numbers) > 0


def _setting(point: Mapping[str, Value]) -> str:
    return ", ".join(f"{label(name)} {format_value(name, value)}" for name, value in point.items())
