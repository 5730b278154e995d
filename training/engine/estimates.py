"""Estimates of how long trainings take and when waiting ones start. Pure; the caller locks."""

import heapq
import statistics
from collections import deque
from collections.abc import Iterable
from contextlib import suppress

from model_store import Run
from model_store.recipe.recipe import Recipe
from model_store.runs.events import Chunk
from training.loop.program_shape import step_seconds

NEWEST = 0.1  # weight of the newest figure
OVERHEAD = 1.5  # seconds to compile, evaluate and save, until some were measured


def expected_starts(
    free_in: Iterable[float | None], durations: Iterable[float | None]
) -> list[float | None]:
    """Return the seconds until each waiting run starts, in their order; None where unknown.

    `free_in` has the seconds until each worker is free, `durations` those that each waiting run
    takes; None is unknown. A worker of unknown end is left out.
    """
    free = [seconds for seconds in free_in if seconds is not None]
    heapq.heapify(free)
    out: list[float | None] = []
    for duration in durations:
        start = heapq.heappop(free) if free else None
        out.append(start)
        if start is not None and duration is not None:
            heapq.heappush(free, start + duration)
    return out


class DurationModel:
    """Durations of trainings on this server, learned from earlier ones."""

    def __init__(self) -> None:
        self._unit: float | None = None  # seconds here for one of `step_seconds`
        self._overhead: float | None = None

    def add_rate(self, recipe: Recipe, images_per_second: float) -> None:
        """Learn from a running training; not from its first figures, which include compiling."""
        if images_per_second > 0:
            self._unit = _blend(self._unit, 1 / (images_per_second * _image_cost(recipe)))

    def add_duration(self, recipe: Recipe, seconds: float, images_per_second: float) -> None:
        """Learn from a finished training; `seconds` include its start and its end."""
        steps = recipe.epochs * recipe.train_images / images_per_second
        self._overhead = _blend(self._overhead, max(0.0, seconds - steps))

    def add_run(self, run: Run) -> None:
        """Learn from a stored run, if it has a result."""
        with suppress(LookupError, TypeError, ZeroDivisionError):  # no result, or a damaged one
            images = run.recipe.train_images * run.result["epochs"]
            self.add_rate(run.recipe, images / run.result["seconds"])

    @property
    def overhead(self) -> float:
        """Seconds that a training takes beside its steps."""
        return OVERHEAD if self._overhead is None else self._overhead

    def seconds(
        self, recipe: Recipe, done: float = 0.0, images_per_second: float | None = None
    ) -> float | None:
        """Return the seconds that the steps after `done` epochs take; None if unknown.

        `images_per_second` is the training's own rate, where that is known.
        """
        images = max(0.0, recipe.epochs - done) * recipe.train_images
        if images_per_second:
            return images / images_per_second
        return None if self._unit is None else self._unit * _image_cost(recipe) * images


class RunMeter:
    """Measured speed of one run. An `uninterrupted` one shows the model how long one takes."""

    def __init__(
        self, model: DurationModel, recipe: Recipe, now: float, uninterrupted: bool
    ) -> None:
        self.uninterrupted = uninterrupted
        self._model, self._recipe, self._began = model, recipe, now
        self._done: float | None = None  # epochs, with the fraction of the running one
        self._rates: deque[float] = deque(maxlen=9)  # images a second

    def add(self, chunk: Chunk) -> None:
        """Take in a chunk's figures; the first chunk's time includes compiling."""
        if self._done is not None:
            self._rates.append(chunk.images_per_second)
            self._model.add_rate(self._recipe, chunk.images_per_second)
        self._done = chunk.epoch

    def seconds_left(self) -> float | None:
        """Return the seconds that its steps still take; None if unknown."""
        return self._model.seconds(self._recipe, self._done or 0.0, self._rate())

    def finish(self, now: float) -> None:
        """Let the model learn from the whole training."""
        if self.uninterrupted and (rate := self._rate()):
            self._model.add_duration(self._recipe, now - self._began, rate)

    def _rate(self) -> float | None:
        return statistics.median(self._rates) if self._rates else None


def _blend(old: float | None, new: float) -> float:
    return new if old is None else (1 - NEWEST) * old + NEWEST * new


def _image_cost(recipe: Recipe) -> float:
    return step_seconds(recipe) / recipe.batch_size
