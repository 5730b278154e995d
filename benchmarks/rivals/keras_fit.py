"""Keras' own loop."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.rivals import Result, images
from training.recipe import Recipe


def as_written(recipe: Recipe) -> Result:
    """`model.fit` on arrays of floats, as the tutorials do."""
    return _fit(recipe)


def tuned(recipe: Recipe) -> Result:
    """The same with 75 steps in each call, compiled by XLA."""
    return _fit(recipe, steps_per_execution=75, jit_compile=True)


def _fit(recipe: Recipe, **how: Any) -> Result:
    import keras

    from training.network import build, make_optimizer

    data, test = images(recipe)
    y, y_test = (data.one_hot, test.one_hot) if recipe.labels == "one_hot" else (data.y, test.y)
    model = build(recipe)
    model.compile(make_optimizer(recipe), recipe.loss, metrics=["accuracy"], **how)
    result = Result()

    class Clock(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.began = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            result.seconds.append(time.perf_counter() - self.began)

    x, x_test = (part.x.reshape(-1, 28, 28) for part in (data, test))
    model.fit(
        x, y, batch_size=recipe.batch_size, epochs=recipe.epochs, verbose=0, callbacks=[Clock()]
    )
    result.accuracy = float(model.evaluate(x_test, y_test, verbose=0)[1])
    return result
