"""Figures of the engine: delay of a training's start, and trainings at the same time.

`python -m benchmarks.engine [--workers N] [RECIPE ...]` starts a real engine on its own store and
prints:

- seconds until the workers are warm, seconds until a killed one is replaced, and the memory of all,
  for forked workers and for workers that each load everything
- seconds from submit to the first live point, with compilation and without
- the same for networks that stood in a form for 3 s before, compiled ahead or not
- seconds until a command acts
- images per second of N trainings together and of one alone
- processor time of the idle engine

It needs the recipes' data sets (SOFTMAX_LAB_DATA). `--only workers` prints the first item alone,
`--only ahead` the third.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from model_store import ModelStore, Run, RunState
from model_store.recipe.presets import PRESETS, TUTORIALS
from model_store.recipe.recipe import Recipe
from model_store.runs.history import History
from training.engine.engine import Engine
from training.loop.control import Action, Command
from training.workers.host import START_METHOD
from training.workers.job import TRAIN

PATIENCE = 300.0  # seconds
LOOK = 0.002  # seconds between two checks
PRESSES = 20
IDLE_SECONDS = 20.0
FORM_SECONDS = 3.0  # from the last change of the form to Start
TRIES = 5
AHEAD = ("mnist-softmax-regression", "mnist-mlp-128", "fashion-dropout")


class Bench:
    """Engine, its store and the measurements."""

    def __init__(self, store: ModelStore, engine: Engine) -> None:
        self.store, self.engine = store, engine

    def history(self, run: Run) -> History:
        return History.from_events(self.store.events(run.id))

    def state(self, run: Run) -> RunState:
        return self.store.open(run.id).state

    def wait(self, condition: Callable[[], bool]) -> float:
        """Wait until the condition is true; return the seconds."""
        began = time.perf_counter()
        while not condition():
            if time.perf_counter() - began > PATIENCE:
                raise TimeoutError("the condition did not become true")
            time.sleep(LOOK)
        return time.perf_counter() - began

    def start(self, name: str, epochs: int, owner: str = "somebody") -> Run:
        recipe = PRESETS[name].recipe.with_(epochs=epochs, validation="none")
        return self.engine.submit(recipe, owner)

    def stop(self, *runs: Run) -> None:
        for run in runs:
            self.engine.command(run.id, Command(Action.STOP))
        self.wait(lambda: all(self.state(run).is_finished() for run in runs))

    # -- measurements ----------------------------------------------------------------------------

    def first_point(self, name: str) -> float:
        """Return the seconds from submit to the first recorded figures."""
        return self.first_point_of(PRESETS[name].recipe)[0]

    def first_point_of(self, recipe: Recipe) -> tuple[float, float]:
        """Return the seconds, and the processor time of all processes meanwhile."""
        before = processor_time()
        run = self.engine.submit(recipe.with_(epochs=50, validation="none"), "somebody")
        seconds = self.wait(lambda: bool(self.history(run).chunks))
        used = processor_time() - before
        self.stop(run)
        return seconds, used

    def ahead(self, name: str) -> dict[str, list[tuple[float, float]]]:
        """Return `first_point_of`, in turns: compiled ahead or not, or with another in the way.

        Each time it is a new shape, by its batch size. In the last case another network is just
        being compiled, at the only worker.
        """
        found: dict[str, list[tuple[float, float]]]
        found = {"new": [], "compiled ahead": [], "while another is compiled": []}
        for number in range(TRIES):
            sizes = (100 + 3 * number + case for case in range(3))
            new, stood, late = (PRESETS[name].recipe.with_(batch_size=size) for size in sizes)
            found["new"].append(self.first_point_of(new))
            self.engine.prepare(stood)
            time.sleep(FORM_SECONDS)
            found["compiled ahead"].append(self.first_point_of(stood))
            self.engine.prepare(late.with_(optimizer="adagrad", optimizer_options=()))
            time.sleep(0.1)
            found["while another is compiled"].append(self.first_point_of(late))
        return found

    def pauses(self) -> list[float]:
        """Return the seconds from Pause to the paused state, with the rest of the current chunk."""
        run = self.start("fashion-mlp-5", 200)
        self.wait(lambda: bool(self.history(run).chunks))
        out = []
        for _ in range(PRESSES):
            for action, state in ((Action.PAUSE, "paused"), (Action.RESUME, "running")):
                began = time.perf_counter()
                self.engine.command(run.id, Command(action))
                self.wait(lambda state=state: self.state(run).value == state)  # type: ignore[misc]
                if action is Action.PAUSE:
                    out.append(time.perf_counter() - began)
        self.stop(run)
        return out

    def rate(self, name: str, count: int) -> float:
        """Return the images per second of `count` trainings together, without compilation."""
        runs = [self.start(name, 60, f"user {i}") for i in range(count)]
        self.wait(lambda: all(len(self.history(run).epochs) > 1 for run in runs))
        marks = [(time.time(), self.images(run)) for run in runs]
        time.sleep(10)
        ends = [(time.time(), self.images(run)) for run in runs]
        self.stop(*runs)
        return sum((b[1] - a[1]) / (b[0] - a[0]) for a, b in zip(marks, ends, strict=True))

    def images(self, run: Run) -> int:
        return self.history(run).chunks[-1].step * run.recipe.batch_size


def processor_time() -> float:
    """Return the seconds that this process, the host and the workers have used."""
    return sum(sum(each.cpu_times()[:2]) for each in (psutil.Process(), *descendants()))


def idle_cost() -> float:
    """Return the fraction of a core that the processes use while nothing trains."""
    before = processor_time()
    time.sleep(IDLE_SECONDS)
    return (processor_time() - before) / IDLE_SECONDS


@contextmanager
def bench(workers: int, train: str = TRAIN) -> Iterator[tuple[Bench, float]]:
    """Start an engine; yield it warm, with the seconds that this took. `train`: see `Engine`."""
    with tempfile.TemporaryDirectory() as folder:
        store = ModelStore(Path(folder), starter=None)
        engine = Engine(store, workers=workers, train=train)
        began = time.perf_counter()
        engine.start()
        try:
            while engine.status().state != "ready" or engine.status().workers < workers:
                time.sleep(LOOK)
            yield Bench(store, engine), time.perf_counter() - began
        finally:
            engine.close()


def descendants() -> list[psutil.Process]:
    """Return the host and all workers."""
    return psutil.Process().children(recursive=True)


def made(workers: int, method: str) -> tuple[float, float, float]:
    """Return seconds until workers are warm and until a killed one is replaced, and MB of all."""
    os.environ[START_METHOD] = method
    try:
        with bench(workers) as (measured, warm):
            # PSS: each process counts its part of shared pages.
            memory = sum(process.memory_full_info().pss for process in descendants()) / 1e6
            leaves = [process for process in descendants() if not process.children()]
            worker = max(leaves, key=lambda process: sum(process.cpu_times()[:2]))
            began = time.perf_counter()
            worker.kill()
            measured.wait(lambda: measured.engine.status().workers < workers)
            measured.wait(lambda: measured.engine.status().workers == workers)
            return warm, time.perf_counter() - began, memory
    finally:
        del os.environ[START_METHOD]


def print_ahead() -> int:
    """Print the seconds to the first point with compiling ahead, and without."""
    print(f"\n| recipe | Start to first point | median of {TRIES} | slowest | processor time |")
    print("|---|---|---|---|---|")
    with bench(1) as (measured, _seconds):
        for name in AHEAD:
            for case, pairs in measured.ahead(name).items():
                seconds, processor = zip(*pairs, strict=True)
                middle, used = statistics.median(seconds), statistics.median(processor)
                cells = f"{middle:.2f} s | {max(seconds):.2f} s | {used:.2f} s"
                print(f"| `{name}` | {case} | {cells} |", flush=True)
    return 0


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(TUTORIALS), help="recipes")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", choices=["workers", "ahead"], help="leave the rest out")
    options = parser.parse_args()
    if options.only == "ahead":
        return print_ahead()
    print(f"| {options.workers} workers | warm after | replaced after | memory of all |")
    print("|---|---|---|---|")
    for what, method in (("forked, as they are", "forkserver"), ("spawned", "spawn")):
        warm, replaced, memory = made(options.workers, method)
        print(f"| {what} | {warm:.1f} s | {replaced:.1f} s | {memory:.0f} MB |", flush=True)
    if options.only:
        return 0
    with bench(options.workers) as (measured, _seconds):
        print(f"\nidle: {idle_cost():.1%} of a core, everything together")
    with bench(1) as (measured, _seconds):
        print("\n| recipe | first live point, new shape | shape seen before |\n|---|---|---|")
        for name in options.names:
            new, seen = measured.first_point(name), measured.first_point(name)
            print(f"| `{name}` | {new:.2f} s | {seen:.2f} s |", flush=True)
        pauses = sorted(measured.pauses())
        print(
            f"\nPause to paused, the chunk under way included: median "
            f"{1000 * statistics.median(pauses):.0f} ms, slowest {1000 * pauses[-1]:.0f} ms "
            f"of {len(pauses)}"
        )
    print_ahead()
    with bench(options.workers) as (measured, _seconds):
        one = measured.rate("fashion-mlp-5", 1)
        all_ = measured.rate("fashion-mlp-5", options.workers)
        print(
            f"{options.workers} trainings at once: {all_ / one:.2f} times one "
            f"({all_:,.0f} against {one:,.0f} images a second)"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
