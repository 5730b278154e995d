"""Plan of a sweep: base recipe, search space, method, and when it ends. Frozen, pure.

A sweep compares trials by validation images kept aside from the training set, never by the test
set: `Plan.validated_base` changes a base recipe that validates otherwise.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from gettext import gettext as _
from itertools import islice
from typing import Any

import numpy as np

from model_store.recipe.recipe import Recipe, RecipeError
from model_store.recipe.settings import SETTINGS
from model_store.recipe.validation import MAX_NAME, choice_problem, is_number
from training.sweeps import search_space
from training.sweeps.search_space import Dimension, Point, Range, Value, Values
from training.sweeps.validation import METHODS, PRUNINGS, TRIALS, space_problems

VALIDATION_IMAGES = 1000  # wished for: fewer make the accuracy too coarse to choose by
MAX_SHARE, MIN_SHARE = 0.3, 0.1  # of the training images
MAX_BUDGET = 7 * 24 * 3600.0  # seconds
SAMPLES = 24  # points drawn to guess how long a Bayesian search takes
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
    """Plan of a sweep; `space` has (parameter, dimension) pairs in the order they are shown.

    `trials` counts for random and Bayesian search; a grid has as many as it has combinations.
    `budget` is in seconds (None: no limit). `seed` fixes which points are drawn, not the recipes'
    own seeds.

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
        problems = {
            "method": choice_problem(self.method, METHODS),
            "pruning": choice_problem(self.pruning, PRUNINGS),
            "name": SETTINGS["name"].problem(self.name),
            "trials": TRIALS.problem(self.trials),
            "seed": SETTINGS["seed"].problem(self.seed),
        }
        if self.budget is not None and not (
            is_number(self.budget, 0.0, MAX_BUDGET) and self.budget > 0
        ):
            problems["budget"] = _("A time budget must be more than nothing and at most a week.")
        try:
            problems |= dict(space_problems((self.base, self.validated_base), self.space))
        except RecipeError as error:
            problems["base"] = str(error)
        problems = {field: problem for field, problem in problems.items() if problem}
        if not problems and self.method == "grid" and (problem := self._grid_problem()):
            problems = {"space": problem}
        if problems:
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
        if self.method == "bayes":
            return ()
        if self.method == "grid":
            return tuple(self._distinct(search_space.grid(self.dimensions)))
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
        """Return a random point whose recipe's hash is not in `seen`; None if none was found.

        The same plan, `seen` and `number` give the same point.
        """
        rng = np.random.default_rng([self.seed, 2, number])
        draws = (search_space.sample_point(self.dimensions, rng) for _ in range(TRIES))
        return next(self._distinct(draws, seen), None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types for `from_dict`."""
        space = [
            [name, {"values": list(each.values)} if isinstance(each, Values) else asdict(each)]
            for name, each in self.space
        ]
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {**values, "base": self.base.to_dict(), "space": space}

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
        """Yield the points that make a recipe whose hash was not there yet."""
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
        try:
            took = seconds(plan.recipe(point))
        except RecipeError:
            continue
        if took is None:
            return None
        each.append(took)
    if plan.method == "bayes" and each:
        each = [each[i % len(each)] for i in range(plan.trials)]
    free = [0.0] * max(1, workers)
    for took in each:
        heapq.heappush(free, heapq.heappop(free) + took)
    return max(free) if each else None


def _dimension(raw: Mapping[str, Any]) -> Dimension:
    return Values(tuple(raw["values"])) if "values" in raw else Range(**raw)
