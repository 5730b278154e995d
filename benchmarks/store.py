"""Milliseconds that a full store takes to answer: `python -m benchmarks.store` prints a table.

Stores of 100, 1,000, 10,000 and 100,000 finished runs, written as rows into the real tables, are
asked what the pages ask. Times are those of a clock, the least of `ROUNDS` calls: neighbours count
little. "start" is a new process's first look, with connections and schema check, without imports.

`--address postgresql+psycopg://...` measures a server (an empty database), `--runs` other sizes,
`--writers` how 16 processes that write and 200 threads that read get on.
"""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from model_store import ModelStore, Run, RunState
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.events import Chunk, EpochEnd
from model_store.runs.label import Label
from model_store.runs.scores import Scores
from model_store.storage.run_query import Column, RunQuery
from model_store.storage.takeover import insert_rows

SIZES = (100, 1_000, 10_000, 100_000)
ROUNDS = 21
OWNERS = 300
WRITERS, READERS, SECONDS = 16, 200, 10.0
BEGAN = 1_790_000_000.0  # unix seconds


def synthetic(root: Path, count: int) -> Iterator[Run]:
    """So many finished runs of a few hundred people, a tenth of them without a model."""
    choose = random.Random(1)
    recipes = [
        Recipe("", data, (Hidden(units),), optimizer=name, epochs=20, validation="split", seed=seed)
        for data in ("mnist", "fashion_mnist", "digits")
        for units in (16, 32, 64, 128, 256, 512)
        for name in ("adam", "sgd", "rmsprop")
        for seed in range(3)
    ]
    for number in range(count):
        recipe = choose.choice(recipes)
        accuracy = choose.uniform(0.5, 0.99)
        figures = {"test_loss": 0.3, "test_accuracy": accuracy, "train_loss": 0.2}
        has_model = number % 10 != 9
        run_id = f"20260901-120000-{recipe.dataset.replace('_', '-')}-run-{number:06x}"
        yield Run(
            *(run_id, root / run_id, recipe, f"owner-{choose.randrange(OWNERS)}"),
            *(RunState.DONE if has_model else RunState.FAILED, "", BEGAN + 60 * number),
            finished=BEGAN + 60 * number + 30,
            result={**figures, "train_accuracy": 0.97, "epochs": 20, "steps": 1, "seconds": 12.5},
            manifest={"files": {"weights.npz": "0" * 64}, "data": "0" * 64} if has_model else {},
            label=Label(f"Trial of mine {number % 977}", "", ("fast",) if number % 7 == 0 else ()),
            scores=Scores(20, 12.5, 0.97, accuracy - 0.01, accuracy + 0.001, 17),
        )


def fill(store: ModelStore, count: int) -> None:
    """Put so many runs into the store's tables; they have no folders."""
    insert_rows(store.database, synthetic(store.root, count))


def looks(store: ModelStore, count: int) -> dict[str, Callable[[], object]]:
    """Return the queries to measure, by their names in the table."""
    middle = f"20260901-120000-%-run-{count // 2:06x}"
    some = next(run.id for run in synthetic(store.root, count) if run.id.endswith(middle[-6:]))
    mine = store.create(Recipe(), "me", "0" * 16)
    number = iter(range(10**9))

    def end_and_resume() -> None:
        store.set_state(mine.id, RunState.INTERRUPTED)
        assert store.queue_again(mine.id, "0" * 16)

    def epoch() -> None:
        n = next(number) + 1
        store.append(mine.id, EpochEnd(n, n, 0.1, 0.9, 0.1, 0.9, 0.6, 0.001, 1.0))

    mnist = RunQuery(dataset="mnist")
    return {
        "newest 50": lambda: store.find(limit=50),
        "newest 8 (Train)": lambda: store.newest(8),
        "page 50 of all": lambda: store.find(limit=10, offset=500),
        "last page": lambda: store.find(limit=10, offset=max(0, count - 10)),
        "by test accuracy": lambda: store.find(sort=Column.TEST, limit=50),
        "MNIST by test accuracy": lambda: store.find(mnist, Column.TEST, limit=50),
        "failed, newest": lambda: store.find(RunQuery(state="failed"), limit=50),
        "one owner's": lambda: store.find(RunQuery(owner="owner-7"), limit=50),
        "text, many runs": lambda: store.find(RunQuery(text="adam 784-128"), limit=50),
        "text, few runs": lambda: store.find(RunQuery(text="mine 976"), limit=50),
        "text, no run": lambda: store.find(RunQuery(text="nothing"), limit=50),
        "a tag": lambda: store.find(RunQuery(tags=("fast",)), limit=50),
        "models for Draw": lambda: store.models(50),
        "owners (Compare)": store.owners,
        "open one": lambda: store.open(some),
        "unfinished": store.unfinished,
        "claim": lambda: store.claim(mine.id, "0" * 16),
        "end and resume": end_and_resume,
        "append a chunk": lambda: store.append(mine.id, Chunk(1, 0.1, 1.0, 0.9, 1e4, 1.0)),
        "append an epoch": epoch,
    }


def milliseconds(ask: Callable[[], object]) -> float:
    """The quickest of some calls."""
    times = []
    for _n in range(ROUNDS):
        began = time.perf_counter()
        ask()
        times.append(1000 * (time.perf_counter() - began))
    return min(times)


START = """
import sys, time
from pathlib import Path
from model_store import ModelStore
import sqlalchemy.dialects.sqlite
began = time.perf_counter()
store = ModelStore(Path(sys.argv[1]), address=sys.argv[2])
store.newest(8)
print(1000 * (time.perf_counter() - began))
"""


def start(root: Path, address: str) -> float:
    """Milliseconds until a new process has its first answer; the best of three."""
    words = [sys.executable, "-c", START, str(root), address]
    return min(float(subprocess.check_output(words)) for _n in range(3))


def table(sizes: list[int], address: str) -> None:
    """Print what each look takes for each size."""
    columns: dict[str, list[float]] = {}
    for count in sizes:
        with tempfile.TemporaryDirectory() as folder:
            store = ModelStore(Path(folder), starter=None, address=address)
            began = time.perf_counter()
            fill(store, count)
            print(f"{count:,} runs written in {time.perf_counter() - began:.1f} s", flush=True)
            columns.setdefault("start", []).append(start(Path(folder), address))
            for words, ask in looks(store, count).items():
                columns.setdefault(words, []).append(milliseconds(ask))
            store.close()
    print("| ms | " + " | ".join(f"{count:,}" for count in sizes) + " |")
    print("|---|" + "---|" * len(sizes))
    for words, times in columns.items():
        print(f"| {words} | " + " | ".join(f"{ms:.1f}" for ms in times) + " |")


WRITE = """
import sys, time
from pathlib import Path
from model_store import ModelStore, RunState
from model_store.recipe.recipe import Recipe
from model_store.runs.events import Chunk, EpochEnd
store = ModelStore(Path(sys.argv[1]), starter=None, address=sys.argv[2])
run = store.create(Recipe(epochs=200), "me")
store.set_state(run.id, RunState.RUNNING)
said, slowest, ends = 0, 0.0, time.monotonic() + float(sys.argv[3])
while time.monotonic() < ends:
    for n in range(26):
        step = said + 1
        event = Chunk(step, step / 26, 1.0, 0.9, 1e4, 1.0)
        if n == 25:
            event = EpochEnd(step // 26, step, 1.0, 0.9, 1.0, 0.9, 0.5, 0.001, 1.0)
        began = time.perf_counter()
        store.append(run.id, event)
        slowest = max(slowest, time.perf_counter() - began)
        said += 1
        time.sleep(0.02)
print(run.id, said, 1000 * slowest)
"""


def writers(address: str) -> None:
    """Print whether anything is lost while trainings write and people look."""
    with tempfile.TemporaryDirectory() as folder:
        store = ModelStore(Path(folder), starter=None, address=address)
        fill(store, 10_000)
        words = [sys.executable, "-c", WRITE, folder, address, str(SECONDS)]
        processes = [
            subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _n in range(WRITERS)
        ]
        done = threading.Event()
        taken: list[float] = []

        def look() -> None:
            while not done.wait(1.0):
                began = time.perf_counter()
                store.find(limit=10)
                taken.append(1000 * (time.perf_counter() - began))

        readers = [threading.Thread(target=look) for _n in range(READERS)]
        for reader in readers:
            reader.start()
        ends = [process.communicate()[0].split() for process in processes]
        done.set()
        for reader in readers:
            reader.join()
        said = sum(int(count) for _run, count, _slowest in ends)
        kept = sum(len(store.events(run)) - 1 for run, _count, _slowest in ends)
        epochs = sum(store.open(run).scores.epochs for run, _count, _slowest in ends)
        slowest = max(float(ms) for _run, _count, ms in ends)
        looks_ = statistics.quantiles(taken, n=20)
        print(f"{WRITERS} processes wrote {said} events, {kept} are kept, {epochs} epochs counted;")
        print(f"the slowest append took {slowest:.0f} ms. {READERS} readers looked {len(taken)} ")
        print(f"times: median {statistics.median(taken):.1f} ms, 95 % within {looks_[-1]:.1f} ms.")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--address", default="", help="a database instead of SQLite")
    parser.add_argument("--writers", action="store_true")
    options = parser.parse_args()
    if options.writers:
        writers(options.address)
    else:
        table(options.runs, options.address)


if __name__ == "__main__":
    main()
