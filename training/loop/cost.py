"""Estimated cost of a training step, for the length of a chunk and for forecasts."""

from model_store.recipe.recipe import Recipe

# Constants of one core. A measured time would be more exact, but would move the live points of the
# same run. Forecasts scale the estimate by measurements.
SECONDS_A_STEP = 20e-6
SECONDS_A_PARAMETER = 0.6e-9
SECONDS_AN_OPERATION = 1 / 80e9
SECONDS_AN_AUGMENTED_IMAGE = 4e-6


def step_seconds(recipe: Recipe) -> float:
    """Return the seconds of one compiled step on one core."""
    return (
        SECONDS_A_STEP
        + SECONDS_A_PARAMETER * recipe.parameters
        + SECONDS_AN_OPERATION * 6 * recipe.parameters * recipe.batch_size
        + SECONDS_AN_AUGMENTED_IMAGE * bool(recipe.augment) * recipe.batch_size
    )
