"""How long trainings take and when waiting ones start, judged by those that ran. Pure.

The caller locks.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from contextlib import suppress

from model_store import Run
from model_store.recipe.recipe import Recipe
from training.loop.cost import step_seconds


def expected_starts(
    free_in: Iterable[float | None], durations: Iterable[float | None]
) -> list[float | None]:
    """Seconds until each waiting run starts, in their order; None where that is unknown.

    `free_in` has an entry for each worker: seconds until it is free, None if nobody knows.
    `durations` has the seconds that each waiting run will take, None if nobody knows. A worker of
    unknown end is not counted on, nor is one after a run of unknown length.
    """
    free = [seconds for seconds in free_in if seconds is not None]
    heapq.heapify(free)
    out: list[float | None] = []
    for duration in durations:
        if not free:
            out.append(None)
            continue
        start = heapq.heappop(free)
        out.append(start)
        if duration is not None:
            heapq.heappush(free, start + duration)
    return out


class DurationModel:
    """How long trainings take here, learned from those that ran."""

    NEWEST = 0.1  # weight of the newest figure
    START = 1.5  # seconds around a training until some were measured: compile, evaluate, save

    def __init__(self) -> None:
        self._unit: float | None = None  # seconds here for one of `training.loop.cost`
        self._around: float | None = None

    def add_rate(self, recipe: Recipe, images_per_second: float) -> None:
        """Learn from a running training; not from its first figures, which include compiling."""
        if images_per_second <= 0:
            return
        new = 1 / (images_per_second * self._cost(recipe))
        self._unit = self._blend(self._unit, new)

    def add_duration(self, recipe: Recipe, seconds: float, images_per_second: float) -> None:
        """Learn from a training that was done in so many seconds, start and end included."""
        steps = recipe.epochs * recipe.train_images / images_per_second
        self._around = self._blend(self._around, max(0.0, seconds - steps))

    @property
    def overhead(self) -> float:
        """Seconds that a training takes beside its steps."""
        return self.START if self._around is None else self._around

    def add_run(self, run: Run) -> None:
        """Learn from a training of another day, if it has a result."""
        with suppress(LookupError, TypeError, ZeroDivisionError):  # without a result, or odd
            images = run.recipe.train_images * run.result["epochs"]
            self.add_rate(run.recipe, images / run.result["seconds"])

    def seconds(
        self, recipe: Recipe, done: float = 0.0, images_per_second: float | None = None
    ) -> float | None:
        """What a training still needs after `done` epochs; None before anything was learned.

        `images_per_second` is the training's own pace, where that is known.
        """
        images = max(0.0, recipe.epochs - done) * recipe.train_images
        if images_per_second:
            return images / images_per_second
        return None if self._unit is None else self._unit * self._cost(recipe) * images

    def _blend(self, old: float | None, new: float) -> float:
        return new if old is None else (1 - self.NEWEST) * old + self.NEWEST * new

    def _cost(self, recipe: Recipe) -> float:
        """Of one image."""
        return step_seconds(recipe) / recipe.batch_size
