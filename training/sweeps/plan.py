"""A sweep's plan: the base recipe, what varies, how points are chosen, when it ends. Frozen, pure.

A sweep chooses by validation images kept aside from the training set, never by the test set: a base
recipe that validates otherwise is changed to do so (`Plan.validated_base`).
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from gettext import gettext as _
from typing import Any

import numpy as np

from model_store.recipe.recipe import Recipe, RecipeError
from model_store.recipe.validation import MAX_NAME
from training.sweeps import search_space
from training.sweeps.search_space import Dimension, Point, Range, Values
from training.sweeps.validation import MAX_TRIALS, point_problems_of, problems_of

WISHED_VALIDATION = 1000  # images; fewer make the accuracy too coarse to choose by
LARGEST_SHARE, SMALLEST_SHARE = 0.3, 0.1
SAMPLES = 24  # points drawn to guess how long an unknown search takes
TRIES = 40  # draws for a point that was not there yet


class PlanError(ValueError):
    """A plan that cannot be carried out.

    `problems` maps `space`, `space.<parameter>`, `trials`, `budget`, `method`, `pruning` or `base`
    to one sentence for a person.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(" ".join(self.problems.values()))


@dataclass(frozen=True)
class Plan:
    """What a sweep does. `space` holds (parameter, dimension) pairs in the order they are shown.

    `trials` counts for random and Bayesian search; a grid has as many as it has combinations.
    `budget` is the most that the sweep may take, in seconds (None: as long as it takes). `seed`
    fixes which points are drawn; the recipes' own seeds are theirs.

    Raises:
        PlanError: on creation, naming everything that cannot be carried out.
    """

    base: Recipe
    space: tuple[tuple[str, Dimension], ...]
    name: str = ""
    method: str = "grid"
    pruning: str = "none"
    trials: int = 20
    budget: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        problems = dict(problems_of(self))
        if not problems:
            problems = dict(point_problems_of(self))
        if problems:
            raise PlanError(problems)

    @property
    def dimensions(self) -> dict[str, Dimension]:
        """What varies, by name."""
        return dict(self.space)

    @property
    def title(self) -> str:
        """The plan's name, or what varies."""
        return self.name or ", ".join(search_space.label(name) for name, _d in self.space)

    @cached_property
    def validated_base(self) -> Recipe:
        """The base recipe, validating on a share of the training set."""
        if self.base.validation == "split":
            return self.base
        share = WISHED_VALIDATION / self.base.selected_images
        share = math.ceil(100 * min(LARGEST_SHARE, max(SMALLEST_SHARE, share))) / 100
        return self.base.with_(validation="split", validation_share=share)

    def recipe(self, point: Point) -> Recipe:
        """The recipe of one trial, named after its point.

        Raises:
            RecipeError: if it cannot be trained.
        """
        return search_space.apply(self.validated_base, point).with_(
            name=search_space.describe_point(point)[:MAX_NAME]
        )

    @cached_property
    def points(self) -> tuple[Mapping[str, search_space.Value], ...]:
        """All points of a grid or random search, each another recipe; none for a Bayesian one."""
        if self.method == "bayes":
            return ()
        if self.method == "grid":
            return tuple(self._distinct(search_space.grid(self.dimensions), MAX_TRIALS))
        return tuple(self._distinct(self._draws(), self.trials))

    @property
    def size(self) -> int:
        """The most trials there can be."""
        return self.trials if self.method == "bayes" else len(self.points)

    @property
    def max_epochs(self) -> int:
        """Of the longest trial that can be."""
        dimension = self.dimensions.get("epochs")
        if dimension is None:
            return self.base.epochs
        return max(int(value) for value in search_space.grid_values("epochs", dimension))

    def draw(self, seen: set[str], number: int) -> dict[str, search_space.Value] | None:
        """A random point whose recipe's hash is not in `seen`; None if none was found.

        The same plan, `seen` and `number` give the same point.
        """
        rng = np.random.default_rng([self.seed, 2, number])
        for _attempt in range(TRIES):
            point = search_space.sample_point(self.dimensions, rng)
            try:
                if self.recipe(point).hash not in seen:
                    return point
            except RecipeError:
                continue
        return None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types; `from_dict` brings the same plan back."""
        return {
            "name": self.name,
            "base": self.base.to_dict(),
            "space": [[name, _dimension_to_dict(each)] for name, each in self.space],
            "method": self.method,
            "pruning": self.pruning,
            "trials": self.trials,
            "budget": self.budget,
            "seed": self.seed,
        }

    @classmethod
    def from_dict(cls, raw: object) -> Plan:
        """A plan from plain JSON types.

        Raises:
            PlanError: for anything that is no plan.
        """
        try:
            assert isinstance(raw, Mapping)
            values = dict(raw)
            base = Recipe.from_dict(values.pop("base"))
            space = [(str(n), _dimension_from_dict(each)) for n, each in values.pop("space")]
            return cls(base=base, space=tuple(space), **values)
        except RecipeError as error:
            raise PlanError({"base": str(error)}) from None
        except PlanError:
            raise
        except (
            AssertionError,
            ArithmeticError,
            AttributeError,
            LookupError,
            TypeError,
            ValueError,
        ):
            raise PlanError({"plan": _("This is not a readable plan of a sweep.")}) from None

    def _draws(self) -> Iterator[Mapping[str, search_space.Value]]:
        rng = np.random.default_rng([self.seed, 1])
        for _attempt in range(TRIES * self.trials):
            yield search_space.sample_point(self.dimensions, rng)

    def _distinct(
        self, points: Iterator[Mapping[str, search_space.Value]], most: int
    ) -> Iterator[Mapping[str, search_space.Value]]:
        seen: set[str] = set()
        for point in points:
            try:
                name = self.recipe(point).hash
            except RecipeError:
                continue
            if name not in seen:
                seen.add(name)
                yield point
            if len(seen) == most:
                return


def expected_seconds(
    plan: Plan, seconds: Callable[[Recipe], float | None], workers: int
) -> float | None:
    """How long the whole sweep takes on so many workers, at most; None if nobody knows.

    `seconds` gives what one trial takes alone. Pruning makes it shorter; others' trainings longer.
    """
    points: Sequence[Point] = plan.points
    if not points:
        rng = np.random.default_rng([plan.seed, 3])
        points = [search_space.sample_point(plan.dimensions, rng) for _sample in range(SAMPLES)]
    each = []
    for point in points:
        try:
            took = seconds(plan.recipe(point))
        except RecipeError:
            continue
        if took is None:
            return None
        each.append(took)
    if not each:
        return None
    if plan.method == "bayes":
        each = [each[i % len(each)] for i in range(plan.trials)]
    free = [0.0] * max(1, workers)
    for took in each:
        heapq.heappush(free, heapq.heappop(free) + took)
    return max(free)


def _dimension_to_dict(dimension: Dimension) -> dict[str, Any]:
    if isinstance(dimension, Values):
        return {"values": list(dimension.values)}
    return {
        "low": dimension.low,
        "high": dimension.high,
        "log": dimension.log,
        "steps": dimension.steps,
    }


def _dimension_from_dict(raw: Mapping[str, Any]) -> Dimension:
    if "values" in raw:
        return Values(tuple(raw["values"]))
    return Range(**raw)
