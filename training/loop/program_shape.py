"""Compiled programs: which recipes share one, how many a process keeps, a step's cost. Pure."""

from collections.abc import Collection
from functools import lru_cache

from model_store.recipe.own_data import unnamed
from model_store.recipe.recipe import Recipe

MAX_PROGRAMS = 8
MAX_PARAMETERS = 10_000_000  # of all kept programs together: 160 MB with their optimizers
FREE = (
    *("name", "dataset", "kernel_initializer", "bias_initializer", "learning_rate", "shuffle"),
    *("epochs", "validation", "validation_share", "seed", "subset"),
    *("schedule", "warmup", "decay", "decay_epochs", "lowest_rate"),
    *("watch", "min_delta", "patience", "kept_weights", "spoil"),
)
# Constants of one core. A measured time would be more exact, but would move the live points of the
# same run. Forecasts scale the estimate by measurements.
SECONDS_A_STEP = 20e-6
SECONDS_A_PARAMETER = 0.6e-9
SECONDS_AN_OPERATION = 1 / 80e9
SECONDS_AN_AUGMENTED_IMAGE = 4e-6

_DEFAULT = Recipe()


@lru_cache(maxsize=256)  # each visit of a class to Train asks for that of the same recipe
def program_shape(recipe: Recipe) -> Recipe:
    """Return the recipe with defaults in all fields that the same program can vary."""
    values = {name: getattr(_DEFAULT, name) for name in FREE}
    if recipe.rate_varies:  # any schedule: the program is given each step's learning rate
        values["schedule"] = "step"
    values["dataset"], values["own"] = unnamed(recipe.classes)
    return recipe.with_(**values)


def are_too_many(parameters: Collection[int]) -> bool:
    """True if a process cannot keep programs of so many parameters each."""
    return len(parameters) > MAX_PROGRAMS or sum(parameters) > MAX_PARAMETERS


def step_seconds(recipe: Recipe) -> float:
    """Return an estimate of one compiled step on one core, for chunks and forecasts."""
    return (
        SECONDS_A_STEP
        + SECONDS_A_PARAMETER * recipe.parameters
        + SECONDS_AN_OPERATION * 6 * recipe.parameters * recipe.batch_size
        + SECONDS_AN_AUGMENTED_IMAGE * bool(recipe.augment) * recipe.batch_size
    )
