"""The few figures of a run that a table shows, worked out from its epochs. Pure, any thread."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from model_store.runs.events import EpochEnd, Event, Started


@dataclass(frozen=True, slots=True)
class Scores:
    """Accuracies in [0, 1], None where there are none; `epochs` that were trained to their end.

    `seconds` are those of the training, None before an epoch has ended.
    """

    epochs: int = 0
    seconds: float | None = None
    training: float | None = None
    last: float | None = None
    best: float | None = None
    best_epoch: int | None = None

    @classmethod
    def of(cls, events: Iterable[Event]) -> Scores:
        """Return the figures of a whole record; what a resumed run repeats counts once."""
        ends: list[EpochEnd] = []
        for event in events:
            if isinstance(event, EpochEnd | Started):
                before = event.epoch - 1 if isinstance(event, EpochEnd) else event.epoch
                ends = [end for end in ends if end.epoch <= before]
            if isinstance(event, EpochEnd):
                ends.append(event)
        scores = cls()
        for end in ends:
            scores = scores.after(end)
        return scores

    def after(self, end: EpochEnd) -> Scores:
        """Return the figures once this epoch, the next one, has ended."""
        scores = replace(
            self,
            epochs=self.epochs + 1,
            seconds=(self.seconds or 0.0) + end.seconds,
            training=end.accuracy,
            last=end.val_accuracy,
        )
        if end.val_accuracy is not None and (self.best is None or end.val_accuracy > self.best):
            scores = replace(scores, best=end.val_accuracy, best_epoch=end.epoch)
        return scores
