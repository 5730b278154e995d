"""Plan of a sweep: base recipe, search space, method, and when it ends. Frozen, pure.

A sweep compares trials by validation images kept aside from the training set, never by the test
set.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from model_store.recipe.recipe import Recipe, RecipeError
from model_store.recipe.settings import SETTINGS
from model_store.recipe.validation import MAX_NAME, OneOf, Setting, is_number
from model_store.text import N_, _
from training.engine.estimates import expected_starts
from training.sweeps import search_space
from training.sweeps.search_space import Dimension, Point, Range, Value, Values
from training.sweeps.validation import METHODS, PRUNINGS, TRIALS, space_problems

VALIDATION_IMAGES = 1000  # wished for: fewer make the accuracy too coarse to choose by
MAX_SHARE, MIN_SHARE = 0.3, 0.1  # of the training images
CHECKS: Mapping[str, Setting] = {
    "method": OneOf(N_("Method"), "", METHODS),
    "pruning": OneOf(N_("Pruning"), "", PRUNINGS),
    "name": SETTINGS["name"],
    "trials": TRIALS,
    "seed": SETTINGS["seed"],
}
MAX_BUDGET = 7 * 24 * 3600.0  # seconds
SAMPLES = 24  # points drawn to guess how long a Bayesian search takes
TRIES = 40  # draws for a point that was not there yet


class PlanError(ValueError):
    """A plan that cannot be carried out; `problems` maps fields to sentences for a person.

    A field is one of the plan's, or `space.<parameter>`.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(" ".join(self.problems.values()))


@dataclass(frozen=True)
class Plan:
    """Plan of a sweep; `space` has (parameter, dimension) pairs in the order they are shown.

    `trials` counts for random and Bayesian search. `budget` is in seconds (None: no limit). `seed`
    fixes which points are drawn, not the recipes' own seeds.

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
        problems = {name: check.problem(getattr(self, name)) for name, check in CHECKS.items()}
        if self.budget is not None and not is_number(self.budget, 0.001, MAX_BUDGET):
            problems["budget"] = _("A time budget must be more than nothing and at most a week.")
        try:
            problems |= dict(space_problems(self.validated_base, self.space))
        except RecipeError as error:
            problems["base"] = str(error)
        if not any(problems.values()) and self.method == "grid":
            problems["space"] = self._grid_problem()
        if problems := {field: problem for field, problem in problems.items() if problem}:
            raise PlanError(problems)

    def _grid_problem(self) -> str:
        size = search_space.grid_size(self.dimensions)
        if size > TRIALS.high:
            return _(
                "The grid has {n} combinations, but a sweep trains at most {most}. Give fewer "
                "values, or use random or Bayesian search."
            ).format(n=f"{size:,}", most=TRIALS.high)
        for point in search_space.grid(self.dimensions):
            try:
                self.recipe(point)
            except RecipeError as error:
                return f"{search_space.describe_point(point)}: {error}"
        return ""

    @property
    def dimensions(self) -> dict[str, Dimension]:
        """Dimensions by name."""
        return dict(self.space)

    @property
    def title(self) -> str:
        """The plan's name, or what varies."""
        return self.name or ", ".join(search_space.label(name) for name, _d in self.space)

    @cached_property
    def validated_base(self) -> Recipe:
        """Base recipe, validating on a part of the training set."""
        if self.base.validation == "split":
            return self.base
        share = VALIDATION_IMAGES / self.base.selected_images
        share = math.ceil(100 * min(MAX_SHARE, max(MIN_SHARE, share))) / 100
        return self.base.with_(validation="split", validation_share=share)

    def recipe(self, point: Point) -> Recipe:
        """Return the recipe of one trial, named after its point.

        Raises:
            RecipeError: if it cannot be trained.
        """
        name = search_space.describe_point(point)[:MAX_NAME]
        return search_space.apply(self.validated_base, point).with_(name=name)

    @cached_property
    def points(self) -> tuple[Mapping[str, Value], ...]:
        """All points of a grid or random search, each another recipe; none for a Bayesian one."""
        if self.method != "random":
            points = search_space.grid(self.dimensions) if self.method == "grid" else ()
            return tuple(self._distinct(points))
        rng = np.random.default_rng([self.seed, 1])
        draws = (
            search_space.sample_point(self.dimensions, rng) for _ in range(TRIES * self.trials)
        )
        return tuple(islice(self._distinct(draws), self.trials))

    @property
    def size(self) -> int:
        """The most trials there can be."""
        return self.trials if self.method == "bayes" else len(self.points)

    @property
    def max_epochs(self) -> int:
        """Epochs of the longest trial that can be."""
        dimension = self.dimensions.get("epochs")
        if dimension is None:
            return self.base.epochs
        return max(int(value) for value in search_space.grid_values("epochs", dimension))

    def draw(self, seen: set[str], number: int) -> dict[str, Value] | None:
        """Return a random point, by the seed and `number`; its recipe's hash is not in `seen`."""
        rng = np.random.default_rng([self.seed, 2, number])
        draws = (search_space.sample_point(self.dimensions, rng) for _ in range(TRIES))
        return next(self._distinct(draws, seen), None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types for `from_dict`."""
        return {**asdict(self), "base": self.base.to_dict()}

    @classmethod
    def from_dict(cls, raw: object) -> Plan:
        """Return a plan from plain JSON types.

        Raises:
            PlanError: for anything that is no plan.
        """
        try:
            values = dict(raw)  # type: ignore[call-overload]
            base = Recipe.stored(values.pop("base"))
            space = tuple((str(name), _dimension(each)) for name, each in values.pop("space"))
            return cls(base=base, space=space, **values)
        except RecipeError as error:
            raise PlanError({"base": str(error)}) from None
        except PlanError:
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            raise PlanError({"plan": _("This is not a readable plan of a sweep.")}) from None

    def _distinct(
        self, points: Iterable[dict[str, Value]], seen: Iterable[str] = ()
    ) -> Iterator[dict[str, Value]]:
        """Yield the points whose recipe has a new hash."""
        known = set(seen)
        for point in points:
            try:
                name = self.recipe(point).hash
            except RecipeError:
                continue
            if name not in known:
                known.add(name)
                yield point


def expected_seconds(
    plan: Plan, seconds: Callable[[Recipe], float | None], workers: int
) -> float | None:
    """Return how long the whole sweep takes on so many workers, at most; None if unknown.

    `seconds` gives what one trial takes alone. Pruning makes it shorter; others' trainings longer.
    """
    points: Sequence[Point] = plan.points
    if not points:
        rng = np.random.default_rng([plan.seed, 3])
        points = [search_space.sample_point(plan.dimensions, rng) for _sample in range(SAMPLES)]
    each: list[float] = []
    for point in points:
        with suppress(RecipeError):
            took = seconds(plan.recipe(point))
            if took is None:
                return None
            each.append(took)
    if plan.method == "bayes":
        each = [each[i % len(each)] for i in range(plan.trials) if each]
    starts = expected_starts([0.0] * max(1, workers), each)
    return (
        max((start or 0.0) + took for start, took in zip(starts, each, strict=True))
        if each
        else None
    )


def _dimension(raw: Mapping[str, Any]) -> Dimension:
    return Values(tuple(raw["values"])) if "values" in raw else Range(**raw)
