"""Seconds an epoch: ours against its rivals, each in a process of its own on one core.

`python -m benchmarks.training [RECIPE ...]` prints a table: seconds for an epoch after the first
(the median), the ratio to ours, and test accuracy. All train the same recipe on the same full data
set (SOFTMAX_LAB_DATA). Ours runs with its live events on, checkpoints and all. Rivals: `model.fit`
on NumPy arrays as the tutorials write it, the same with `steps_per_execution` and `jit_compile`,
and, for a plain ReLU network with Adam, scikit-learn's `MLPClassifier`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from typing import Any

import numpy as np

from training.backend import configure
from training.datasets import load
from training.events import EpochEnd, Event
from training.recipe import Recipe
from training.recipes import RECIPES

Result = dict[str, Any]
EPOCHS = 4


def ours(recipe: Recipe) -> Result:
    """The app's own loop."""
    from training import trainer
    from training.control import Control

    ends: list[EpochEnd] = []
    points = 0

    def emit(event: Event) -> None:
        nonlocal points
        points += 1
        if isinstance(event, EpochEnd):
            ends.append(event)

    result = trainer.train(
        recipe, load(recipe.dataset), emit=emit, control=Control(), save=lambda _name, _data: None
    )
    seconds = [end.seconds for end in ends]
    return {"seconds": seconds, "accuracy": result.test_accuracy, "events": points}


def fit(recipe: Recipe, **options: Any) -> Result:
    """Keras' own loop on arrays of floats."""
    import keras

    from training.network import build, make_optimizer

    data = load(recipe.dataset)
    x, x_test = (np.asarray(a) / 255.0 for a in (data.x_train, data.x_test))
    y, y_test = (np.asarray(a) for a in (data.y_train, data.y_test))
    if recipe.labels == "one_hot":
        y, y_test = (np.eye(10, dtype=np.float32)[a] for a in (y, y_test))
    model = build(recipe)
    model.compile(make_optimizer(recipe), recipe.loss, metrics=["accuracy"], **options)
    seconds: list[float] = []

    class Clock(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.began = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seconds.append(time.perf_counter() - self.began)

    model.fit(
        x, y, batch_size=recipe.batch_size, epochs=recipe.epochs, verbose=0, callbacks=[Clock()]
    )
    return {"seconds": seconds, "accuracy": float(model.evaluate(x_test, y_test, verbose=0)[1])}


def sklearn(recipe: Recipe) -> Result:
    """scikit-learn's network: ReLU, Adam, no dropout."""
    from sklearn.neural_network import MLPClassifier

    data = load(recipe.dataset)
    x, x_test = (np.asarray(a).reshape(len(a), -1) / 255.0 for a in (data.x_train, data.x_test))
    model = MLPClassifier(
        [layer.units for layer in recipe.hidden],
        batch_size=recipe.batch_size,
        learning_rate_init=recipe.learning_rate,
        alpha=0.0,
        random_state=recipe.seed,
    )
    seconds = []
    for _epoch in range(recipe.epochs):
        began = time.perf_counter()
        model.partial_fit(x, np.asarray(data.y_train), classes=np.arange(10))
        seconds.append(time.perf_counter() - began)
    return {"seconds": seconds, "accuracy": float(model.score(x_test, data.y_test))}


def rivals(recipe: Recipe) -> dict[str, Any]:
    """What can train this recipe, by name."""
    out = {
        "Softmax Lab": ours,
        "model.fit": fit,
        "model.fit, 75 steps an execution, XLA": lambda r: fit(
            r, steps_per_execution=75, jit_compile=True
        ),
    }
    plain = all(layer.activation == "relu" and not layer.dropout for layer in recipe.hidden)
    if recipe.hidden and plain and recipe.optimizer == "adam":
        out["scikit-learn MLPClassifier"] = sklearn
    return out


def measure(name: str, rival: str, core: int) -> Result:
    """One rival in a fresh process that has one core."""
    command = [sys.executable, "-m", "benchmarks.training", "--one", rival, "--core", str(core)]
    out = subprocess.run([*command, name], check=True, capture_output=True, text=True).stdout
    result: Result = json.loads(out.splitlines()[-1])
    return result


def main() -> int:
    """Print the table, or with --one measure one rival in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=["fashion-mlp-5"], help="recipes")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--core", type=int, default=0, help="the core to measure on")
    options = parser.parse_args()
    if options.one:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {options.core})
        configure()
        recipe = RECIPES[options.names[0]].recipe.with_(epochs=EPOCHS, validation="none")
        print(json.dumps(rivals(recipe)[options.one](recipe)))
        return 0
    print("| recipe | how, on one core | seconds an epoch | times ours | test accuracy |")
    print("|---|---|---|---|---|")
    for name in options.names:
        base = 0.0
        for rival in rivals(RECIPES[name].recipe):
            result = measure(name, rival, options.core)
            median = statistics.median(result["seconds"][1:])
            base = base or median
            row = f"{median:.2f} | {median / base:.1f} | {result['accuracy']:.4f}"
            print(f"| `{name}` | {rival} | {row} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
