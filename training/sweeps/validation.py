"""Checks of a search space, as sentences beside its fields; methods and limits of a plan. Pure."""

from collections.abc import Iterator, Mapping

from model_store.recipe.recipe import Recipe, RecipeError
from model_store.recipe.validation import Choice, Number, is_number
from model_store.text import N_, _
from training.sweeps import search_space
from training.sweeps.search_space import CHOICE, LAYERWISE, PARAMETERS, WHOLE, Dimension, Range

MAX_TRIALS = 200
MAX_VALUES = 50  # of one parameter
TRIALS = Number(N_("Trials"), N_("How many points are tried."), 1, MAX_TRIALS, whole=True)
STEPS = Number(N_("Values in a grid"), "", 2, MAX_VALUES, whole=True)
METHODS: Mapping[str, Choice] = {
    "grid": Choice(
        N_("grid"), N_("Every combination once. Nothing is left out, but it grows fast.")
    ),
    "random": Choice(N_("random"), N_("Random points: better than a grid if many settings vary.")),
    "bayes": Choice(
        N_("Bayesian"),
        N_("Looks where results were good so far (Optuna's TPE): the fewest trials."),
    ),
}
PRUNINGS: Mapping[str, Choice] = {
    "none": Choice(N_("none"), N_("Every trial is trained to its end.")),
    "median": Choice(
        N_("median"), N_("Stops a trial that is worse than half of the others at the same epoch.")
    ),
    "hyperband": Choice(
        N_("Hyperband"), N_("Starts many and keeps few: the best third survives each round.")
    ),
}
Space = tuple[tuple[str, Dimension], ...]


def space_problems(base: Recipe, space: Space) -> Iterator[tuple[str, str]]:
    """Yield field and sentence for what cannot be tried with the base recipe."""
    names = [name for name, _dimension in space]
    if not space:
        yield "space", _("Nothing varies yet. Choose at least one setting.")
    if len(set(names)) < len(names):
        yield "space", _("A setting can vary only once.")
    for name, dimension in space:
        problem = _dimension_problem(base, name, dimension, names)
        if problem:
            yield f"space.{name}", problem


def _dimension_problem(base: Recipe, name: str, dimension: Dimension, names: list[str]) -> str:
    if name not in PARAMETERS:
        return _("There is no setting called {name}.").format(name=repr(name)[:40])
    if name in LAYERWISE and not base.hidden and "hidden_layers" not in names:
        return _("The base recipe has no hidden layer. Add one, or vary their number too.")
    if isinstance(dimension, Range):
        if problem := _range_problem(name, dimension):
            return problem
        values = tuple(search_space.rounded(name, end) for end in (dimension.low, dimension.high))
    else:
        values = dimension.values
    if not values:
        return _("Give at least one value.")
    if len(values) > MAX_VALUES:
        return _("Give at most {n} values.").format(n=MAX_VALUES)
    # Where depth varies, one layer of the usual width is added for the check.
    depth = {"hidden_layers": 1} if name in LAYERWISE and not base.hidden else {}
    for value in values:
        problem = PARAMETERS[name].setting.problem(value)
        try:
            if not problem:
                search_space.apply(base, {**depth, name: value})
        except RecipeError as error:
            problem = str(error)
        if problem:
            return f"{search_space.format_value(name, value)}: {problem}"
    return ""


def _range_problem(name: str, dimension: Range) -> str:
    kind = PARAMETERS[name].kind
    if kind == CHOICE:
        return _("{name} has no numbers in between. List its values.").format(
            name=search_space.label(name)
        )
    if not (is_number(dimension.low) and is_number(dimension.high)):
        return _("Both ends must be numbers.")
    if not dimension.low < dimension.high:
        return _("The lowest value must be below the highest.")
    if dimension.log and dimension.low < (1 if kind == WHOLE else 5e-324):
        return _("On a log scale, the lowest value must be above 0.")
    return STEPS.problem(dimension.steps)
