"""Figure that early stopping and the schedule "on plateau" watch, as Keras' callbacks do. Pure.

`EarlyStopping` and `ReduceLROnPlateau` with the same figure and `min_delta` have one best value.
"""

import numpy as np

from model_store.recipe.recipe import Recipe
from training.loop.checkpoint import Position


def improves(value: float, best: float, figure: str, min_delta: float) -> bool:
    """True if `value` is better than `best` by more than `min_delta`. Keras compares in float32."""
    if figure.endswith("accuracy"):
        return bool(np.float32(value - min_delta) > np.float32(best))
    return bool(np.float32(value + min_delta) < np.float32(best))


def enter(position: Position, recipe: Recipe, value: float, rate: float) -> float:
    """Enter the watched figure of the epoch that has ended into its `position`.

    Return the learning rate from now on; `rate` is that of the last step.
    """
    best = position.best if position.best_epoch else None
    if best is None or improves(value, best, recipe.watch, recipe.min_delta):
        position.best, position.best_epoch = value, position.epoch
        position.idle = position.waited = 0
        return rate
    position.idle += 1
    position.waited += 1
    if recipe.schedule == "plateau" and position.waited >= recipe.decay_epochs:
        lowest = recipe.lowest_rate * recipe.learning_rate
        if rate > np.float32(lowest):
            position.waited = 0
            return max(rate * recipe.decay, lowest)
    return rate


def stops(position: Position, recipe: Recipe) -> bool:
    """True if the training ends after this epoch, though there could be more."""
    return 0 < recipe.patience <= position.idle
