"""What a sweep's plan must hold, as sentences beside its fields; the choices and limits. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from gettext import gettext as _
from typing import TYPE_CHECKING

from model_store.recipe.choices import Choice
from model_store.recipe.recipe import Recipe, RecipeError
from model_store.recipe.validation import MAX_NAME, choice_problem, is_number, is_whole
from training.sweeps import search_space
from training.sweeps.search_space import (
    CHOICE,
    LAYERWISE,
    PARAMETERS,
    WHOLE,
    Dimension,
    Range,
    Values,
)

if TYPE_CHECKING:
    from training.sweeps.plan import Plan

MAX_TRIALS = 200
MAX_STEPS = 50
MAX_BUDGET = 7 * 24 * 3600.0  # seconds

METHODS: Mapping[str, Choice] = {
    "grid": Choice("grid", "Every combination, once. Fair and complete, and soon large."),
    "random": Choice("random", "Points drawn at random: better than a grid where much varies."),
    "bayes": Choice(
        "Bayesian", "Looks where it went well so far (Optuna's TPE): the fewest trials."
    ),
}
PRUNINGS: Mapping[str, Choice] = {
    "none": Choice("none", "Every trial is trained to its end."),
    "median": Choice(
        "median", "A trial is stopped that does worse than half of the others at the same epoch."
    ),
    "hyperband": Choice(
        "Hyperband", "Many start, few go on: only the best third survives each round."
    ),
}

Problem = tuple[str, str]


def problems_of(plan: Plan) -> Iterator[Problem]:
    yield from _name_problems(plan)
    if not isinstance(plan.name, str) or len(plan.name) > MAX_NAME:
        yield "name", _("A name is at most {n} characters.").format(n=MAX_NAME)
    if not is_whole(plan.trials, 1, MAX_TRIALS):
        yield "trials", _("Needs a whole number from {low} to {high}.").format(low=1, high=200)
    if not is_whole(plan.seed, 0, 2**31 - 1):
        yield "seed", _("Needs a whole number from {low} to {high}.").format(low=0, high=2**31 - 1)
    if plan.budget is not None and not (is_number(plan.budget) and 0 < plan.budget <= MAX_BUDGET):
        yield "budget", _("A time budget is more than nothing and at most a week.")
    if not plan.space:
        yield "space", _("Nothing varies yet: choose at least one setting to vary.")
    names = [name for name, _dimension in plan.space]
    if len(set(names)) < len(names):
        yield "space", _("A setting can vary only once.")
    for name, dimension in plan.space:
        sentence = _dimension_problem(plan.base, name, dimension, names)
        if sentence:
            yield f"space.{name}", sentence


def _name_problems(plan: Plan) -> Iterator[Problem]:
    for field, choices in (("method", METHODS), ("pruning", PRUNINGS)):
        if sentence := choice_problem(getattr(plan, field), choices):
            yield field, sentence


def _dimension_problem(base: Recipe, name: str, dimension: Dimension, names: list[str]) -> str:
    if name not in PARAMETERS:
        return _("There is no setting called {name}.").format(name=repr(name)[:40])
    if name in LAYERWISE and not base.hidden and "hidden_layers" not in names:
        return _("The base recipe has no hidden layer for it. Add one, or vary their number too.")
    if isinstance(dimension, Range):
        return _range_problem(name, dimension)
    if not dimension.values:
        return _("Needs at least one value.")
    if len(dimension.values) > search_space.MAX_VALUES:
        return _("At most {n} values.").format(n=search_space.MAX_VALUES)
    if not all(_fits(name, value) for value in dimension.values):
        return _KINDS[PARAMETERS[name].kind]()
    return ""


def _range_problem(name: str, dimension: Range) -> str:
    if PARAMETERS[name].kind == CHOICE:
        return _("{name} has no numbers in between: list its values.").format(
            name=search_space.label(name)
        )
    if not (is_number(dimension.low) and is_number(dimension.high)):
        return _("Needs numbers.")
    if not dimension.low < dimension.high:
        return _("The lowest value has to be below the highest.")
    whole = PARAMETERS[name].kind == WHOLE
    if dimension.log and (dimension.low <= 0 or (whole and dimension.low < 1)):
        return _("A log scale needs a lowest value above 0.")
    if not is_whole(dimension.steps, 2, MAX_STEPS):
        return _("Needs a whole number from {low} to {high}.").format(low=2, high=MAX_STEPS)
    return ""


_KINDS: Mapping[str, Callable[[], str]] = {
    "number": lambda: _("Needs numbers."),
    "whole": lambda: _("Needs whole numbers."),
    "choice": lambda: _("Needs names from the list."),
}


def _fits(name: str, value: object) -> bool:
    kind = PARAMETERS[name].kind
    if kind == CHOICE:
        return isinstance(value, str)
    return is_whole(value, -(2**53), 2**53) if kind == WHOLE else is_number(value)


def point_problems_of(plan: Plan) -> Iterator[Problem]:
    """What a recipe says to the values, one by one and, for a grid, all together."""
    bad = False
    for name, dimension in plan.space:
        sentence = _value_problem(plan, name, dimension)
        if sentence:
            bad = True
            yield f"space.{name}", sentence
    if bad or plan.method != "grid":
        return
    size = search_space.grid_size(plan.dimensions)
    if size > MAX_TRIALS:
        yield (
            "space",
            _(
                "The grid has {n} combinations; at most {most} are trained. Take fewer values, or "
                "let random or Bayesian search choose among them."
            ).format(n=f"{size:,}", most=MAX_TRIALS),
        )
        return
    for point in search_space.grid(plan.dimensions):
        try:
            plan.recipe(point)
        except RecipeError as error:
            yield "space", f"{search_space.describe_point(point)}: {error}"
            return


def _value_problem(plan: Plan, name: str, dimension: Dimension) -> str:
    if isinstance(dimension, Values):
        values = dimension.values
    else:
        values = tuple(search_space.rounded(name, end) for end in (dimension.low, dimension.high))
    # Where depth varies, a layer of the usual width stands for those that come.
    depth = {"hidden_layers": 1} if name in LAYERWISE and not plan.base.hidden else {}
    for value in values:
        try:
            search_space.apply(plan.base, {**depth, name: value})
            search_space.apply(plan.validated_base, {**depth, name: value})
        except RecipeError as error:
            return f"{search_space.format_value(name, value)}: {error}"
    return ""
