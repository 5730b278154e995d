"""Learning rates of a recipe, step by step, as Keras' schedules give them. Pure, any thread."""

import ctypes
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.recipe import Recipe

_f = np.float32  # Keras computes schedules in float32


def warmup_steps(recipe: Recipe, steps_per_epoch: int) -> int:
    """Return the number of steps in which the learning rate grows."""
    return int(recipe.warmup * steps_per_epoch)


def step_rates(
    recipe: Recipe, steps: NDArray[np.integer[Any]], steps_per_epoch: int
) -> NDArray[np.float32]:
    """Return the learning rate of each of the `steps`; 0 is the very first.

    They equal those of Keras' schedule objects bit for bit: `CosineDecay` with its warm-up, and
    `ExponentialDecay`, with `staircase` for "step". With those, and with a constant learning rate,
    the warm-up is that of `CosineDecay`; the schedule starts after it. "plateau" counts as constant
    here: it depends on the training.
    """
    warmup = warmup_steps(recipe, steps_per_epoch)
    at = steps.astype(_f)
    rates = _decayed(recipe, np.maximum(at - _f(warmup), _f(0)), steps_per_epoch, warmup)
    if warmup:
        rates = np.where(at < _f(warmup), _f(recipe.learning_rate) * (at / _f(warmup)), rates)
    return rates


def planned_rates(recipe: Recipe, points: int = 200) -> list[tuple[float, float]]:
    """Return (epoch, learning rate) over the whole training, as the recipe plans it.

    It is empty for a constant learning rate, and constant for "plateau" without a warm-up.
    """
    if not recipe.rate_varies:
        flat = recipe.schedule == "plateau"
        return [(x, recipe.learning_rate) for x in (0.0, float(recipe.epochs)) if flat]
    per_epoch = recipe.steps_per_epoch
    even = np.linspace(0, recipe.epochs * per_epoch - 1, points + 1).astype(np.int64)
    steps = np.unique(np.append(even[:-1], [warmup_steps(recipe, per_epoch), even[-1]]))
    rates = step_rates(recipe, steps, per_epoch)
    epochs = np.append(steps[:-1] / per_epoch, recipe.epochs)
    return list(zip(epochs.tolist(), rates.tolist(), strict=True))


def _decayed(
    recipe: Recipe, steps: NDArray[np.float32], steps_per_epoch: int, warmup: int
) -> NDArray[np.float32]:
    """Return the rates of steps counted from the end of the warm-up."""
    rate = _f(recipe.learning_rate)
    if recipe.schedule == "cosine":
        total = _f(recipe.epochs * steps_per_epoch - warmup)
        wave = _each(_cosf, _f(math.pi) * (np.minimum(steps, total) / total))
        low = recipe.lowest_rate
        return rate * (_f(1 - low) * (_f(0.5) * (_f(1) + wave)) + _f(low))
    if recipe.schedule in ("step", "exponential"):
        power: NDArray[Any] = steps / _f(recipe.decay_epochs * steps_per_epoch)
        if recipe.schedule == "step":
            power = np.floor(power)
        base = float(_f(recipe.decay))
        return rate * _each(lambda exponent: _powf(base, exponent), power)
    return np.full(len(steps), rate)


def _each(function: Callable[[float], float], values: NDArray[Any]) -> NDArray[np.float32]:
    return np.fromiter(map(function, values.tolist()), _f, len(values))


def _c_function(name: str, arguments: int, other: Callable[..., float]) -> Callable[..., float]:
    """Return a float32 function of the C library, or `other`, which can differ in the last bit.

    TensorFlow calls the same one for a single number; NumPy's own versions differ.
    """
    try:
        function = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):  # no such library, as on Windows
        return other
    function.restype, function.argtypes = ctypes.c_float, [ctypes.c_float] * arguments
    return function


_cosf = _c_function("cosf", 1, math.cos)
_powf = _c_function("powf", 2, math.pow)
