"""A run's events by kind, and curves of them: plain numbers, ready to be drawn. Any thread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from model_store.recipe.recipe import Recipe
from model_store.runs.events import (
    Chunk,
    EpochEnd,
    Evaluated,
    Event,
    LearningRate,
    Started,
    StateChanged,
)

POINTS = 400
Curve = tuple[list[float], list[float]]


@dataclass(frozen=True, slots=True)
class History:
    """A run's events by kind; each list is in the order of the training."""

    chunks: tuple[Chunk, ...] = ()
    epochs: tuple[EpochEnd, ...] = ()
    learning_rates: tuple[LearningRate, ...] = ()
    started: Started | None = None
    evaluated: Evaluated | None = None
    state: StateChanged | None = None

    @classmethod
    def from_events(cls, events: Sequence[Event]) -> History:
        """Sort a run's events by kind."""
        found: dict[type[Event], list[Any]] = defaultdict(list)
        for event in events:
            if isinstance(event, Started):  # a resumed run repeats the steps after its checkpoint
                for kind in (Chunk, EpochEnd, LearningRate):
                    found[kind] = [e for e in found[kind] if e.epoch <= event.epoch]
            found[type(event)].append(event)

        def last(kind: type[Event]) -> Any:
            return found[kind][-1] if found[kind] else None

        return cls(
            *(tuple(found[Chunk]), tuple(found[EpochEnd]), tuple(found[LearningRate])),
            *(last(Started), last(Evaluated), last(StateChanged)),
        )

    def validation(self, figure: str) -> Curve:
        """Return epochs and the validation `figure`; empty if the recipe does not validate."""
        pairs = [(float(end.epoch), getattr(end, f"val_{figure}")) for end in self.epochs]
        known = [pair for pair in pairs if pair[1] is not None]
        return [x for x, _y in known], [y for _x, y in known]

    @property
    def rates_by_hand(self) -> tuple[LearningRate, ...]:
        """Learning rates that a person set."""
        return tuple(rate for rate in self.learning_rates if rate.by == "hand")

    def last_learning_rate(self, recipe: Recipe) -> float:
        """Return the learning rate at the end: the recipe's, or the last one set since."""
        return self.learning_rates[-1].value if self.learning_rates else recipe.learning_rate


def thin(xs: Sequence[float], ys: Sequence[float], points: int = POINTS) -> Curve:
    """Return at most `points` points: neighbours become one, with the last x and the mean y."""
    stride = -(-len(xs) // points) or 1
    groups = [slice(start, start + stride) for start in range(0, len(xs), stride)]
    return [xs[group][-1] for group in groups], [fmean(ys[group]) for group in groups]
