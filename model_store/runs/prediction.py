"""A person's prediction of a run's accuracy, drawn before it began, and what came of it.

It is in the run's `prediction.json`. Any thread.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from model_store.runs.history import History

FILE = "prediction.json"
POINTS = 11  # from before the first epoch to the end of the last, at equal distances


@dataclass(frozen=True, slots=True)
class Outcome:
    """A prediction beside the accuracy on training images, both in [0, 1].

    `predicted` and `actual` at the end. The largest difference, `actual` minus predicted, is `gap`,
    after `epoch` epochs.
    """

    predicted: float
    actual: float
    gap: float
    epoch: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """Accuracies in [0, 1] at `POINTS` places of the training; None where nothing was drawn."""

    values: tuple[float | None, ...]

    @classmethod
    def of(cls, raw: Any) -> Prediction | None:
        """Return the prediction in a list of numbers and None; None if it is none, or empty."""
        if not isinstance(raw, list | tuple) or len(raw) != POINTS:
            return None
        if not all(value is None or _is_share(value) for value in raw):
            return None
        if sum(value is not None for value in raw) < 2:
            return None
        return cls(tuple(None if value is None else float(value) for value in raw))

    @classmethod
    def read(cls, folder: Path) -> Prediction | None:
        """Return the prediction in a run's folder; None if there is none or it is damaged."""
        try:
            return cls.of(json.loads((folder / FILE).read_bytes()))
        except (OSError, ValueError, RecursionError):
            return None

    def to_json(self) -> bytes:
        """Return the content of `FILE`."""
        return json.dumps(self.values).encode()

    def curve(self, epochs: int) -> list[tuple[float, float]]:
        """Return (epoch, accuracy) of what was drawn for a training of so many epochs."""
        return [(epochs * x, y) for x, y in self._drawn()]

    def outcome(self, history: History, epochs: int) -> Outcome | None:
        """Compare with a run of so many epochs; None before any figure of it is known.

        Only the stretch that was drawn and trained counts.
        """
        drawn = self.curve(epochs)
        chunks = [c for c in history.chunks if drawn[0][0] <= c.epoch <= drawn[-1][0]]
        if not chunks:
            return None
        gaps = [(chunk.accuracy - _at(drawn, chunk.epoch), chunk.epoch) for chunk in chunks]
        gap, epoch = max(gaps, key=lambda pair: abs(pair[0]))
        last = chunks[-1]
        return Outcome(_at(drawn, last.epoch), last.accuracy, gap, epoch)

    def _drawn(self) -> Iterator[tuple[float, float]]:
        for place, value in enumerate(self.values):
            if value is not None:
                yield place / (POINTS - 1), value


def _is_share(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and 0 <= value <= 1


def _at(curve: Sequence[tuple[float, float]], x: float) -> float:
    """Return the height of a curve at `x`, between its points in a straight line."""
    for (x0, y0), (x1, y1) in pairwise(curve):
        if x <= x1:
            return y0 + (y1 - y0) * max(0.0, x - x0) / (x1 - x0)
    return curve[-1][1]
