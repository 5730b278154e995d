"""Each trial as a small card with its curve, as HTML: no Streamlit, no state; any thread."""

from __future__ import annotations

from collections.abc import Sequence
from gettext import gettext as _
from html import escape
from urllib.parse import quote, urlencode

from model_store.storage.sweep_store import Trial, TrialState
from training.sweeps.search_space import format_value, label

STATES = {
    TrialState.OPEN: "in work",
    TrialState.COMPLETE: "done",
    TrialState.PRUNED: "stopped early",
    TrialState.FAILED: "failed",
    TrialState.STOPPED: "stopped",
    TrialState.GONE: "deleted",
}
WIDTH, HEIGHT = 100, 36  # of a small curve's own units
POINTS = 40  # of a small curve
BEST, LINE = "#e76300", "#3f90da"
_EDGE = 3


def ranked(trials: Sequence[Trial]) -> list[Trial]:
    """Trials in work first, then the best, then those without a result; else in their order."""
    return sorted(
        trials,
        key=lambda trial: (trial.state is not TrialState.OPEN, -_standing(trial), trial.number),
    )


def cards(trials: Sequence[Trial], best: int | None) -> str:
    """The trials in the order given; all curves have one scale. `best` is a trial's number."""
    scale = _scale(trials)
    inside = "".join(_card(trial, trial.number == best, scale) for trial in trials)
    return f'<div class="lab-trials" role="list">{inside}</div>'


def thinned(curve: Sequence[float], points: int) -> list[tuple[int, float]]:
    """(epoch, value) of a curve, evenly at most so many of them, first and last included."""
    count = len(curve)
    if count <= points:
        return [(epoch, value) for epoch, value in enumerate(curve, 1)]
    places = {round(i * (count - 1) / (points - 1)) for i in range(points)}
    return [(place + 1, curve[place]) for place in sorted(places)]


def _standing(trial: Trial) -> float:
    if trial.value is not None:
        return trial.value
    return trial.curve[-1] - 1 if trial.curve else -2.0


def _scale(trials: Sequence[Trial]) -> tuple[float, float, int]:
    """Lowest and highest accuracy and most epochs of any of the curves."""
    values = [value for trial in trials for value in trial.curve]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    return low, max(high, low + 0.01), max((len(trial.curve) for trial in trials), default=1)


def _card(trial: Trial, best: bool, scale: tuple[float, float, int]) -> str:
    reached = trial.value if trial.value is not None else (trial.curve or (None,))[-1]
    told = "–" if reached is None else f"{100 * reached:.1f} %"
    setting = "".join(
        f"<span>{escape(label(name))} <b>{escape(format_value(name, value))}</b></span>"
        for name, value in trial.point.items()
    )
    state = _("best") if best else _(STATES[trial.state])
    inside = (
        f'<p class="lab-trial-head"><b>{told}</b><small>{escape(state)}</small></p>'
        f"{_curve(trial, best, scale)}<p>{setting}</p>"
    )
    if trial.message:
        inside += f"<small>{escape(trial.message)}</small>"
    mark = f'role="listitem" data-state="{trial.state}" data-best="{str(best).lower()}"'
    number = _("Trial {n}").format(n=trial.number + 1)
    if trial.run and trial.state is not TrialState.GONE:
        address = escape("train?" + urlencode({"run": trial.run}))
        return (
            f'<div {mark}><a href="{address}" target="_self" title="{escape(number)}">{inside}</a>'
            "</div>"
        )
    return f"<div {mark}>{inside}</div>"


def _curve(trial: Trial, best: bool, scale: tuple[float, float, int]) -> str:
    """The small curve as a picture: an svg inside the page would be taken out of it."""
    if not trial.curve:
        return _picture("", _("no epoch yet"))
    low, high, epochs = scale
    points = [
        (
            _EDGE + (WIDTH - 2 * _EDGE) * (epoch - 1) / max(1, epochs - 1),
            HEIGHT - _EDGE - (HEIGHT - 2 * _EDGE) * (value - low) / (high - low),
        )
        for epoch, value in thinned(trial.curve, POINTS)
    ]
    told = _("Validation accuracy from {first} % to {last} % in {n} epochs").format(
        first=f"{100 * trial.curve[0]:.1f}",
        last=f"{100 * trial.curve[-1]:.1f}",
        n=len(trial.curve),
    )
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    colour = BEST if best else LINE
    dashed = trial.state in (TrialState.PRUNED, TrialState.STOPPED)
    dashes = ' stroke-dasharray="3 2"' if dashed else ""
    x, y = points[-1]
    return _picture(
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.4"{dashes}/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{colour}"/>',
        told,
    )


def _picture(inside: str, told: str) -> str:
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{inside}</svg>'
    return f'<img src="data:image/svg+xml,{quote(svg)}" alt="{escape(told)}">'
