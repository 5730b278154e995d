"""Figures of sweeps: overhead, savings by pruning, and trials until a good rate is found.

`python -m benchmarks.sweeps [--workers N] [--rounds N] [--recipe NAME] [--epochs N]` starts a real
engine on its own store. Each round trains the same recipes twice, as separate runs and as a sweep,
in alternating order; the ratio is of the medians. Then each method searches the same space, with
and without pruning. It needs the recipe's data set.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from model_store import ModelStore
from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Recipe
from model_store.storage.sweep_store import Sweep, TrialState
from training.engine.engine import Engine
from training.sweeps.manager import SweepManager
from training.sweeps.plan import Plan
from training.sweeps.search_space import Range, Values

PATIENCE = 1800.0  # seconds
LOOK = 0.05  # seconds between two checks: rare, so that they slow neither side
RATES = Values((0.0003, 0.001, 0.003, 0.01))
TRIALS = 24


class Bench:
    """Engine with its sweeps."""

    def __init__(self, root: Path, workers: int) -> None:
        self.store = ModelStore(root, starter=None)
        self.engine = Engine(self.store, workers=workers)
        self.sweeps = SweepManager(self.engine, self.store)
        self.engine.start()
        self.sweeps.start()
        status = self.engine.status
        self.wait(lambda: status().state == "ready" and status().workers == workers)

    def close(self) -> None:
        self.sweeps.close()
        self.engine.close()

    def wait(self, condition: Callable[[], bool]) -> float:
        """Wait until the condition is true; return the seconds."""
        began = time.perf_counter()
        while not condition():
            if time.perf_counter() - began > PATIENCE:
                raise TimeoutError("the condition did not become true")
            time.sleep(LOOK)
        return time.perf_counter() - began

    def by_hand(self, recipes: Sequence[Recipe]) -> float:
        """Submit all recipes at once; return the seconds until they are done."""
        began = time.perf_counter()
        left = {self.engine.submit(recipe, "somebody").id for recipe in recipes}

        def done() -> bool:
            left.difference_update(
                [run_id for run_id in left if self.store.open(run_id).state.is_finished()]
            )
            return not left

        self.wait(done)
        return time.perf_counter() - began

    def sweep(self, plan: Plan) -> tuple[float, Sweep]:
        """Run the sweep; return its seconds and its final record."""
        began = time.perf_counter()
        sweep_id = self.sweeps.submit(plan, "somebody").id
        self.wait(lambda: self.sweeps.open(sweep_id).state.is_finished())
        return time.perf_counter() - began, self.sweeps.open(sweep_id)


def overhead(bench: Bench, base: Recipe, rounds: int) -> None:
    """Print the seconds of the same trainings as separate runs and as a sweep."""
    plan = Plan(base, (("learning_rate", RATES), ("seed", Values((0, 1, 2, 3)))))
    recipes = [plan.recipe(point) for point in plan.points]
    bench.by_hand(recipes)  # every worker has seen the shape
    hand: list[float] = []
    swept: list[float] = []
    for number in range(rounds):
        for as_sweep in (number % 2 == 0, number % 2 == 1):
            if as_sweep:
                swept.append(bench.sweep(plan)[0])
            else:
                hand.append(bench.by_hand(recipes))
    one, two = statistics.median(hand), statistics.median(swept)
    print(f"{len(recipes)} trainings of {base.epochs} epochs, {rounds} rounds, medians")
    print(f"  by hand   {one:7.2f} s  {len(recipes) / one:6.2f} trainings a second")
    print(f"  as sweep  {two:7.2f} s  {len(recipes) / two:6.2f} trials a second")
    print(f"  ratio     {two / one:7.3f}")


def methods(bench: Bench, base: Recipe) -> None:
    """Print the costs and results of each method on one space, with and without pruning."""
    space = (("learning_rate", Range(1e-5, 1.0, log=True, steps=TRIALS)),)
    print(f"{TRIALS} trials, learning rate from 1e-5 to 1 on a log scale")
    print("  method   pruning     seconds  epochs  stopped  best of first 8  best")
    for method in ("grid", "random", "bayes"):
        for pruning in ("none", "median", "hyperband"):
            plan = Plan(base, space, method=method, pruning=pruning, trials=TRIALS)
            seconds, sweep = bench.sweep(plan)
            values = [trial.value or 0.0 for trial in sweep.trials]
            epochs = sum(len(trial.curve) for trial in sweep.trials)
            print(
                f"  {method:8} {pruning:10} {seconds:8.2f} {epochs:7d} "
                f"{len(sweep.of(TrialState.PRUNED)):8d} {max(values[:8]):16.3f} {max(values):5.3f}"
            )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--recipe", default="digits-quick", choices=PRESETS)
    parser.add_argument("--epochs", type=int)
    given = parser.parse_args()
    base = PRESETS[given.recipe].recipe
    base = base.with_(epochs=given.epochs or base.epochs)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), given.workers)
        try:
            print(f"{base.title}, {given.workers} workers")
            overhead(bench, base, given.rounds)
            methods(bench, base)
        finally:
            bench.close()


if __name__ == "__main__":
    main()
