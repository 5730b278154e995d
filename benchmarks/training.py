"""Seconds per epoch: the app against its rivals, each in its own process on one core.

`python -m benchmarks.training [RECIPE ...]` (default: all tutorials) prints for each recipe: median
seconds of an epoch after the first, the ratio to ours, test accuracy, and the used fraction of the
core's matrix-multiply speed. All train the same recipe on the same full data set
(SOFTMAX_LAB_DATA). "ours" writes its live events and checkpoints to a store. "silent" is the same
program in its longest chunks, without events: the difference is their cost. JAX and PyTorch take
part where they are installed.

`python -m benchmarks.training --live` prints what it costs that a page shows a training: runs of
three networks on MNIST at a real engine with one worker, in turn without live points, with them,
and with live weights as well. Its figures are medians over the turns: seconds an epoch, processor
seconds a run of the worker and of all other processes, and the ratios within a turn.
"""

import argparse
import importlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.engine import Bench, bench
from benchmarks.rivals import Result, epochs, is_plain
from model_store import ModelStore
from model_store.recipe.presets import PRESETS, TUTORIALS
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.events import Chunk, EpochEnd, Evaluated, Event
from training.data.datasets import load
from training.tensorflow_setup import configure

EPOCHS = 5
OURS = "Softmax Lab"
QUIET, POINTS, WEIGHTS = "no live points", "live points", "live points and weights"
LIVE = {(): 40, (128,): 12, (512, 512): 4}  # hidden units -> epochs of a run
TURNS = 5


def ours(recipe: Recipe) -> Result:
    """Train as the app does, with events and files in a store."""
    from training.loop import trainer
    from training.loop.control import Control

    result = Result()
    with tempfile.TemporaryDirectory() as folder:
        store = ModelStore(Path(folder), starter=None)
        run = store.create(recipe)
        at = time.perf_counter()

        def emit(event: Event) -> None:
            nonlocal at
            store.append(run.id, event)
            if isinstance(event, EpochEnd):
                now = time.perf_counter()
                result.seconds.append(now - at)
                at = now

        evaluated = trainer.train(
            recipe,
            load(recipe.dataset),
            emit=emit,
            control=Control(),
            save=lambda name, content: store.save(run.id, name, content),
        )
    result.accuracy = evaluated.test_accuracy
    return result


def silent(recipe: Recipe) -> Result:
    """Run the app's compiled program alone, in its longest chunks: no events, no checkpoints."""
    from training.loop.compiled import DeviceData, Program
    from training.loop.model import build

    data = load(recipe.dataset)
    program = Program(recipe)
    program.restart(build(recipe), recipe.learning_rate)
    on_device = DeviceData.put(data.x_train, data.y_train)
    rng = np.random.default_rng(recipe.seed)
    size = program.capacity * recipe.batch_size
    result = Result()
    for _epoch in epochs(recipe, result):
        order = rng.permutation(recipe.train_images).astype(np.int32)
        for start in range(0, len(order), size):
            program.train(on_device, order[start : start + size])
    result.accuracy = program.evaluate(data.x_test, data.y_test).accuracy
    return result


@dataclass(frozen=True, slots=True)
class Rival:
    """Function that trains, packages it needs, and recipes it supports."""

    function: str  # module:name
    needs: str = ""
    fits: Callable[[Recipe], bool] = lambda _recipe: True


def _is_adam_mlp(recipe: Recipe) -> bool:
    plain = all(not layer.dropout for layer in recipe.hidden)
    cross_entropy = recipe.loss != "mean_squared_error"
    return is_plain(recipe) and bool(recipe.hidden) and plain and cross_entropy


RIVALS = {
    OURS: Rival("benchmarks.training:ours"),
    "the same, silent": Rival("benchmarks.training:silent"),
    "model.fit as tutorials write it": Rival("benchmarks.rivals.keras_fit:as_written"),
    "model.fit, 75 steps a call, XLA": Rival("benchmarks.rivals.keras_fit:tuned"),
    "JAX, lax.scan": Rival("benchmarks.rivals.jax_scan:train", "jax", is_plain),
    "NumPy by hand": Rival("benchmarks.rivals.numpy_loop:train", "", is_plain),
    "PyTorch loop": Rival("benchmarks.rivals.torch_loop:train", "torch", is_plain),
    "scikit-learn MLPClassifier": Rival(
        "benchmarks.rivals.sklearn_mlp:train",
        "",
        lambda recipe: _is_adam_mlp(recipe) and recipe.optimizer == "adam",
    ),
}


def matmul_speed() -> float:
    """Return the operations per second of the fastest float32 matrix product."""
    best = 0.0
    for side in (256, 512, 1024):
        a = np.random.default_rng(0).random((side, side), np.float32)
        for _ in range(20):
            began = time.perf_counter()
            a @ a
            best = max(best, 2 * side**3 / (time.perf_counter() - began))
    return best


def operations(recipe: Recipe) -> int:
    """Return the multiplications and additions of an epoch's matrix products, both passes."""
    widths = [784, *(layer.units for layer in recipe.hidden), 10]
    sizes = [rows * columns for rows, columns in pairwise(widths)]
    return recipe.train_images * (6 * sum(sizes) - 2 * sizes[0])  # no gradient for the pixels


def call(name: str, recipe: str, core: int) -> dict[str, object]:
    """Measure one rival in a new process on one core."""
    command = [sys.executable, "-m", "benchmarks.training", "--core", str(core), "--one", name]
    done = subprocess.run([*command, recipe], check=True, capture_output=True, text=True)
    result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return result


def table(name: str, core: int, speed: float) -> None:
    """Print one recipe's rows, ours first."""
    recipe = PRESETS[name].recipe
    base = 0.0
    for rival, what in RIVALS.items():
        if not what.fits(recipe) or (what.needs and not importlib.util.find_spec(what.needs)):
            continue
        result = Result(**call(rival, name, core))  # type: ignore[arg-type]
        median = statistics.median(result.seconds[1:])
        base = base or median
        share = operations(recipe) / median / speed
        figures = f"{median:.3f} | {median / base:.2f} | {result.accuracy:.4f} | {share:.0%}"
        print(f"| `{name}` | {rival} | {figures} |", flush=True)


def train_as_named(
    recipe: Recipe, data: Any, *, emit: Callable[[Event], None], show: Any, **others: Any
) -> Evaluated:
    """Train as `training.loop.trainer.train`, but report only what the recipe's name says."""
    from training.loop import trainer

    def report(event: Event) -> None:
        if recipe.name != QUIET or not isinstance(event, Chunk):
            emit(event)

    shown = show if recipe.name == WEIGHTS else None
    return trainer.train(recipe, data, emit=report, show=shown, **others)


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds an epoch after the first, and processor seconds of a whole run."""

    epoch: float
    worker: float
    others: float


def cost(measured: Bench, recipe: Recipe) -> Cost:
    """Train once and return what it took."""
    everyone = [psutil.Process(), *psutil.Process().children(recursive=True)]

    def used() -> list[float]:
        return [sum(process.cpu_times()[:2]) for process in everyone]

    before = used()
    run = measured.engine.submit(recipe, "somebody")
    measured.wait(lambda: measured.state(run).is_finished())
    worker, *others = sorted((b - a for a, b in zip(before, used(), strict=True)), reverse=True)
    ends = [event.time for event in measured.history(run).epochs]
    return Cost((ends[-1] - ends[0]) / (len(ends) - 1), worker, sum(others))


def live_costs() -> None:
    """Print the table of `--live`."""
    print("| network | how | s an epoch | ratio | worker, s | ratio | other processes, s |")
    print("|---|---|---|---|---|---|---|")
    with bench(1, train="benchmarks.training:train_as_named") as (measured, _seconds):
        for hidden, count in LIVE.items():
            layers = tuple(Hidden(units) for units in hidden)
            recipe = Recipe(dataset="mnist", hidden=layers, epochs=count, validation="none")
            cost(measured, recipe.with_(name=WEIGHTS, epochs=2))  # compiles
            turns = [
                {name: cost(measured, recipe.with_(name=name)) for name in (QUIET, POINTS, WEIGHTS)}
                for _turn in range(TURNS)
            ]
            for name in turns[0]:
                base = [turn[QUIET] for turn in turns]
                own = [turn[name] for turn in turns]
                pairs = list(zip(own, base, strict=True))
                print(
                    f"| {recipe.network} | {name} | {_median(c.epoch for c in own):.3f} "
                    f"| {_median(c.epoch / b.epoch for c, b in pairs):.3f} "
                    f"| {_median(c.worker for c in own):.2f} "
                    f"| {_median(c.worker / b.worker for c, b in pairs):.3f} "
                    f"| {_median(c.others for c in own):.2f} |",
                    flush=True,
                )


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)


def main() -> int:
    """Print the tables, or with --one measure one rival in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(TUTORIALS), help="recipes")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--live", action="store_true", help="the cost of live points and weights")
    parser.add_argument("--core", type=int, default=0, help="the core to measure on")
    options = parser.parse_args()
    configure()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if options.one:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {options.core})
        if options.one == "matmul":
            print(json.dumps({"speed": matmul_speed()}))
            return 0
        module, _, function = RIVALS[options.one].function.partition(":")
        recipe = PRESETS[options.names[0]].recipe.with_(epochs=EPOCHS, validation="none")
        print(json.dumps(asdict(getattr(importlib.import_module(module), function)(recipe))))
        return 0
    if options.live:
        live_costs()
        return 0
    speed = float(str(call("matmul", options.names[0], options.core)["speed"]))
    print(f"Matrix products of float32 on one core: {speed / 1e9:.0f} GFLOP/s (NumPy)\n")
    print("| recipe | how, on one core | s an epoch | times ours | test accuracy | of that speed |")
    print("|---|---|---|---|---|---|")
    for name in options.names:
        table(name, options.core, speed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
