"""A run's record as curves and progress: plain numbers, ready to be drawn. Pure, any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from model_store.runs.events import (
    Chunk,
    EpochEnd,
    Evaluated,
    Event,
    LearningRate,
    Started,
    StateChanged,
)
from model_store.runs.run import RunState

POINTS = 400


@dataclass(frozen=True, slots=True)
class History:
    """What a run has said, sorted by kind; each list is in the order of the training."""

    chunks: tuple[Chunk, ...] = ()
    epochs: tuple[EpochEnd, ...] = ()
    learning_rates: tuple[LearningRate, ...] = ()
    started: Started | None = None
    evaluated: Evaluated | None = None
    state: StateChanged | None = None

    @classmethod
    def from_events(cls, events: Sequence[Event]) -> History:
        """Sort a run's events. A resumed run repeats the steps after its checkpoint: the later
        telling counts."""
        chunks: list[Chunk] = []
        epochs: list[EpochEnd] = []
        rates: list[LearningRate] = []
        started: Started | None = None
        evaluated: Evaluated | None = None
        state: StateChanged | None = None
        for event in events:
            match event:
                case Chunk():
                    chunks.append(event)
                case EpochEnd():
                    epochs.append(event)
                case LearningRate():
                    rates.append(event)
                case Started():
                    started = event
                    chunks = [c for c in chunks if c.epoch <= event.epoch]
                    epochs = [e for e in epochs if e.epoch <= event.epoch]
                    rates = [r for r in rates if r.epoch <= event.epoch]
                case Evaluated():
                    evaluated = event
                case StateChanged():
                    state = event
        return cls(tuple(chunks), tuple(epochs), tuple(rates), started, evaluated, state)

    def curve(self, figure: str, points: int = POINTS) -> tuple[list[float], list[float]]:
        """Epochs and the chunks' `figure` ("loss" or "accuracy"), at most `points` of each.

        Where there are more chunks than points, neighbours are averaged.
        """
        stride = -(-len(self.chunks) // points) or 1
        groups = [self.chunks[i : i + stride] for i in range(0, len(self.chunks), stride)]
        return (
            [group[-1].epoch for group in groups],
            [sum(getattr(c, figure) for c in group) / len(group) for group in groups],
        )

    def validation(self, figure: str) -> tuple[list[float], list[float]]:
        """Epochs and the validation `figure`; empty where the recipe does not validate."""
        pairs = [(float(e.epoch), getattr(e, f"val_{figure}")) for e in self.epochs]
        pairs = [pair for pair in pairs if pair[1] is not None]
        return [x for x, _y in pairs], [y for _x, y in pairs]

    @property
    def images_per_second(self) -> float | None:
        """The last chunk's rate."""
        return self.chunks[-1].images_per_second if self.chunks else None


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is: `done` of `epochs` (with the fraction of the running one), seconds left."""

    done: float
    epochs: int
    seconds_left: float | None

    @property
    def fraction(self) -> float:
        """In [0, 1]."""
        return min(1.0, self.done / self.epochs) if self.epochs else 0.0

    @classmethod
    def from_history(cls, history: History, epochs: int, state: RunState) -> RunProgress:
        """Progress from the record; `epochs` is the recipe's. The rate of the last epoch counts."""
        if state is RunState.DONE:
            return cls(float(epochs), epochs, 0.0)
        started = history.started.epoch if history.started else 0
        done = history.chunks[-1].epoch if history.chunks else float(started)
        recent = [c for c in history.chunks if c.epoch > done - 1]
        left = None
        paces = [
            (after.time - before.time) / (after.epoch - before.epoch)
            for before, after in pairwise(recent)
            if after.epoch > before.epoch
        ]
        if paces:  # the median: a pause, or a clock that was set, is one of many
            left = max(0.0, median(paces) * (epochs - done))
        return cls(done, epochs, left)
