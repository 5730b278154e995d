"""Small card with a curve for each trial, as HTML. No Streamlit, no state: any thread."""

from collections.abc import Sequence
from gettext import gettext as _
from html import escape
from urllib.parse import quote, urlencode

import numpy as np

from model_store.storage.sweep_store import Trial, TrialState
from pages.ui.figures.theme import BLUE, ORANGE, percent
from training.sweeps.search_space import format_value, label

STATES = {
    TrialState.OPEN: "training",
    TrialState.COMPLETE: "done",
    TrialState.PRUNED: "stopped early",
    TrialState.FAILED: "failed",
    TrialState.STOPPED: "stopped",
    TrialState.GONE: "deleted",
}
WIDTH, HEIGHT, EDGE = 100, 36, 3  # of a small curve's own units
POINTS = 40  # of a small curve


def ranked(trials: Sequence[Trial]) -> list[Trial]:
    """Sort trials: those in training first, then the best, then those without a result."""
    return sorted(
        trials, key=lambda trial: (trial.state is not TrialState.OPEN, -_rank(trial), trial.number)
    )


def _rank(trial: Trial) -> float:
    if trial.value is not None:
        return trial.value
    return trial.curve[-1] - 1 if trial.curve else -2.0


def cards(trials: Sequence[Trial], best: int | None) -> str:
    """Return the trials in the order given; all curves have one scale. `best` is a number."""
    values = [value for trial in trials for value in trial.curve]
    low, high = min(values, default=0.0), max(values, default=1.0)
    epochs = max((len(trial.curve) for trial in trials), default=1)
    scale = low, max(high, low + 0.01), epochs
    inside = "".join(_card(trial, trial.number == best, scale) for trial in trials)
    return f'<div class="lab-trials" role="list">{inside}</div>'


def thinned(curve: Sequence[float], points: int) -> list[tuple[int, float]]:
    """Return (epoch, value) of at most `points` of a curve, first and last included."""
    places = np.linspace(0, len(curve) - 1, min(points, len(curve))).round().astype(int)
    return [(place + 1, curve[place]) for place in places.tolist()]


def _card(trial: Trial, best: bool, scale: tuple[float, float, int]) -> str:
    accuracy = trial.value if trial.value is not None else (trial.curve or (None,))[-1]
    setting = "".join(
        f"<span>{escape(label(name))} <b>{escape(format_value(name, value))}</b></span>"
        for name, value in trial.point.items()
    )
    state = _("best") if best else _(STATES[trial.state])
    inside = (
        f'<p class="lab-trial-head"><b>{percent(accuracy)}</b><small>{escape(state)}</small></p>'
        f"{_curve(trial, best, scale)}<p>{setting}</p>"
    )
    if trial.message:
        inside += f"<small>{escape(trial.message)}</small>"
    if trial.run and trial.state is not TrialState.GONE:
        address = escape("train?" + urlencode({"run": trial.run}))
        number = escape(_("Trial {n}").format(n=trial.number + 1))
        inside = f'<a href="{address}" target="_self" title="{number}">{inside}</a>'
    facts = f'data-state="{trial.state}" data-best="{str(best).lower()}"'
    return f'<div role="listitem" {facts}>{inside}</div>'


def _curve(trial: Trial, best: bool, scale: tuple[float, float, int]) -> str:
    """Return the small curve as a picture: Streamlit takes an svg out of the page's HTML."""
    if not trial.curve:
        return _picture("", _("no epoch yet"))
    low, high, epochs = scale
    points = [
        (
            EDGE + (WIDTH - 2 * EDGE) * (epoch - 1) / max(1, epochs - 1),
            HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (value - low) / (high - low),
        )
        for epoch, value in thinned(trial.curve, POINTS)
    ]
    words = _("Validation accuracy from {first} to {last} in {n} epochs").format(
        first=percent(trial.curve[0]), last=percent(trial.curve[-1]), n=len(trial.curve)
    )
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    colour = ORANGE if best else BLUE
    dashed = trial.state in (TrialState.PRUNED, TrialState.STOPPED)
    dashes = ' stroke-dasharray="3 2"' if dashed else ""
    x, y = points[-1]
    return _picture(
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.4"{dashes}/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{colour}"/>',
        words,
    )


def _picture(inside: str, words: str) -> str:
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{inside}</svg>'
    return f'<img src="data:image/svg+xml,{quote(svg)}" alt="{escape(words)}">'
