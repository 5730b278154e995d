"""Topic of a sweep on the live channel: how far it is, and each trial that has changed.

Any thread. Values are plain JSON types, public, and the same in every language.
"""

import math
from collections.abc import Sequence
from typing import Any

from model_store import StoreError
from model_store.storage.sweep_store import Sweep, Trial, TrialState
from model_store.text import in_all_languages, read
from pages.ui.server.live.parts_topic import PartsTopic
from pages.ui.services import singletons
from training.sweeps.search_space import format_value

POINTS = 40  # of a trial's curve
DIGITS = 4  # of an accuracy in [0, 1]
Value = dict[str, Any]


def sweep_topic(sweep_id: str) -> PartsTopic[Trial] | None:
    """Return the topic of a sweep; None if there is no such sweep."""

    def read() -> tuple[Value | None, Sequence[Trial]]:
        try:
            sweep = singletons.sweeps().open(sweep_id)
        except StoreError:
            return None, ()
        return sweep_value(sweep), sweep.trials

    return None if read()[0] is None else PartsTopic(read, trial_value)


def sweep_value(sweep: Sweep) -> Value:
    """Return what changes of a sweep beside its trials.

    "spent" is in seconds, "best" the number of the best complete trial or None.
    """
    complete = sweep.of(TrialState.COMPLETE)
    best = max(complete, key=lambda trial: trial.value or 0.0, default=None)
    held = not sweep.state.is_finished() and singletons.engine().status().held
    return {
        "version": [sweep.state, held],
        "spent": round(sweep.spent, 1),
        "best": None if best is None else best.number,
    }


def trial_value(trial: Trial) -> Value:
    """Return what a browser shows of a trial.

    "curve" has [epoch, accuracy] of at most `POINTS` epochs, "point" [setting, value]: a number as
    text, a choice by its name.
    """
    return {
        "number": trial.number,
        "state": trial.state,
        "run": "" if trial.state is TrialState.GONE else trial.run,
        "message": in_all_languages(read(trial.message)),
        "point": [
            [name, value if isinstance(value, str) else format_value(name, value)]
            for name, value in trial.point.items()
        ],
        "value": _rounded(trial.value),
        "curve": thinned(trial.curve, POINTS),
    }


def thinned(curve: Sequence[float], points: int) -> list[tuple[int, float]]:
    """Return (epoch, value) of at most `points` of a curve, first and last included."""
    kept = min(points, len(curve))
    places = [round(i * (len(curve) - 1) / max(1, kept - 1)) for i in range(kept)]
    rounded = [(place + 1, _rounded(curve[place])) for place in places]
    return [(epoch, value) for epoch, value in rounded if value is not None]


def _rounded(value: float | None) -> float | None:
    """Return a value as it is sent; None for what JSON has no number for."""
    return None if value is None or not math.isfinite(value) else round(value, DIGITS)
