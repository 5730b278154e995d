"""Figures of a sweep, from plain data. No Streamlit, no state: any thread."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from model_store.storage.sweep_store import Trial, TrialState
from model_store.text import _
from pages.ui.figures.theme import BLUE, ORANGE, PERCENTS, PURPLE, YELLOW, axis, percent
from training.sweeps.findings import Findings, pareto
from training.sweeps.search_space import CHOICE, PARAMETERS, Value, format_value, label

COLOURS = [[0.0, PURPLE], [0.5, BLUE], [1.0, YELLOW]]  # low to high accuracy
MOST_TICKS = 12
HEIGHT = 300


def setting_effect(findings: Findings, name: str) -> go.Figure:
    """Return each complete trial's accuracy over one setting, and the mean of each value."""
    dots = [(g.point[name], t.value) for g in findings.groups for t in g.trials]
    means = findings.means_by_value(name)
    values = [value for value, _mean, _n in means]
    words = [format_value(name, value) for value in values]
    x_axis = axis(label(name), type="log" if _is_log(name, values) else None)
    x: Sequence[Value] = [x for x, _y in dots]
    if PARAMETERS[name].kind == CHOICE:
        x, values = [format_value(name, value) for value in x], [*words]
        x_axis["type"] = "category"
    elif len(values) <= MOST_TICKS:
        x_axis |= {"tickmode": "array", "tickvals": values, "ticktext": words}
    figure = go.Figure(_dots(x, [y for _x, y in dots], _("a trial")))
    if findings.balanced:
        figure.add_trace(_line(values, [mean for _value, mean, _n in means], _("mean")))
    return figure.update_layout(_layout(x_axis))


def cost_tradeoff(findings: Findings, cost: str) -> go.Figure:
    """Return accuracy against `cost` ("seconds" or "parameters") by setting, and the front."""
    groups = [g for g in findings.groups if getattr(g, cost) is not None]
    points = [(float(getattr(g, cost)), g.accuracy) for g in groups]
    front = pareto(points)
    amount = "%{x:.3g} s" if cost == "seconds" else "%{x:,}"
    hover = f"%{{text}}<br>{amount}: %{{y:.1%}}<extra></extra>"
    traces = []
    for draw, name, chosen in (
        (_dots, _("a setting"), range(len(points))),
        (_line, _("best for its cost"), front),
    ):
        x, y = [points[i][0] for i in chosen], [points[i][1] for i in chosen]
        traces.append(draw(x, y, name).update(text=[groups[i].name for i in chosen]))
    figure = go.Figure(traces).update_traces(hovertemplate=hover)
    figure.update_traces(selector=1, line_shape="hv", marker_size=11)
    title = _("seconds of training") if cost == "seconds" else _("parameters")
    x_axis = axis(title, rangemode="tozero")
    costs = [x for x, _y in points]
    if costs and 0 < 20 * min(costs) < max(costs):
        x_axis |= {"type": "log", "dtick": 1}
    return figure.update_layout(_layout(x_axis))


def setting_importance(importances: Mapping[str, float]) -> go.Figure:
    """Return a bar for each setting's importance in [0, 1], the largest on top."""
    names = list(importances)[::-1]
    bar = go.Bar(
        x=[importances[name] for name in names],
        y=[label(name) for name in names],
        text=[percent(importances[name], 0) for name in names],
        textposition="outside",
        cliponaxis=False,
        orientation="h",
        marker={"color": BLUE},
        hoverinfo="skip",
    )
    return go.Figure(bar).update_layout(
        margin={"l": 8, "r": 48, "t": 8, "b": 32},
        xaxis={"range": [0, 1.08], "tickformat": ".0%", "fixedrange": True},
        yaxis={"fixedrange": True, "ticksuffix": "  "},
    )


def parallel_coordinates(names: Sequence[str], trials: Sequence[Trial]) -> go.Figure:
    """Return an axis for each setting, the accuracy last, and a line for each complete trial."""
    complete = [t for t in trials if t.state is TrialState.COMPLETE and t.value is not None]
    accuracies = [float(trial.value or 0.0) for trial in complete]
    axes = [_axis(name, [trial.point[name] for trial in complete]) for name in names]
    axes.append(
        {"label": _("accuracy"), "values": accuracies, "tickformat": PERCENTS["tickformat"]}
    )
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
    return figure.update_layout(margin={"l": 64, "r": 64, "t": 56, "b": 24})


def _dots(x: Sequence[Value], y: Sequence[float | None], name: str) -> go.Scatter:
    marker = {"size": 9, "color": BLUE, "opacity": 0.7}
    return go.Scatter(x=x, y=y, name=name, mode="markers", marker=marker)


def _line(x: Sequence[Value], y: Sequence[float | None], name: str) -> go.Scatter:
    line, marker = {"color": ORANGE, "width": 2.5}, {"size": 7}
    return go.Scatter(x=x, y=y, name=name, mode="lines+markers", line=line, marker=marker)


def _layout(x_axis: Mapping[str, Any]) -> dict[str, Any]:
    """Return the layout of validation accuracy over `x_axis`."""
    return {"xaxis": x_axis, "yaxis": axis(_("validation accuracy"), **PERCENTS)}


def _axis(name: str, values: Sequence[Value]) -> dict[str, Any]:
    """Return one parallel axis: names at equal distances, numbers on their scale."""
    distinct = sorted(set(values), key=lambda value: (isinstance(value, str), value))
    if PARAMETERS[name].kind == CHOICE:
        place = {value: float(i) for i, value in enumerate(distinct)}
    else:
        scale = math.log10 if _is_log(name, values) else float
        place = {value: scale(float(value)) for value in distinct}
    ticks = distinct[:: -(-len(distinct) // MOST_TICKS) or 1]
    return {
        "label": label(name),
        "values": [place[value] for value in values],
        "tickvals": [place[value] for value in ticks],
        "ticktext": [format_value(name, value) for value in ticks],
    }


def _is_log(name: str, values: Sequence[Value]) -> bool:
    """True if equal factors of the setting should be equally far apart."""
    numbers = [float(value) for value in values if not isinstance(value, str)]
    return PARAMETERS[name].log and bool(numbers) and min(numbers) > 0
