"""Keras: `model.fit`."""

import contextlib
import os
import time
from typing import Any

import numpy as np

from benchmarks.rivals import Result, images
from model_store.recipe.recipe import Recipe


def as_written(recipe: Recipe) -> Result:
    """Train as the tutorials do: images divided by 255.0 (so float64), with progress bar."""
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        return _fit(recipe, np.float64, "auto")


def tuned(recipe: Recipe) -> Result:
    """Train silently on float32, with 75 steps per call, compiled by XLA."""
    return _fit(recipe, steps_per_execution=75, jit_compile=True)


def _fit(recipe: Recipe, dtype: type = np.float32, verbose: str | int = 0, **how: Any) -> Result:
    import keras

    from training.loop.model import build, make_optimizer

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

    x, x_test = (part.x.reshape(-1, 28, 28).astype(dtype) for part in (data, test))
    size, epochs = recipe.batch_size, recipe.epochs
    model.fit(x, y, batch_size=size, epochs=epochs, verbose=verbose, callbacks=[Clock()])
    result.accuracy = float(model.evaluate(x_test, y_test, verbose=0)[1])
    return result
