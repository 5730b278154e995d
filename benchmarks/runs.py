"""Times of a full store: `python -m benchmarks.runs` prints a table of milliseconds.

A store of 500 finished runs is made in a temporary folder, each with the record of twenty epochs of
25 points and a manifest, and asked what the page Compare asks it: all runs, their figures, an
order, a filter, and the overlaid curves of four. CPU time of this process, so that neighbours do
not count; "first" is after a server's start, "again" the median of five.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from model_store import ModelStore, RunState
from model_store.analysis.curves import Axis, Split, curve
from model_store.analysis.run_query import Column, RunFilter, sort_runs
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.events import Chunk, EpochEnd, to_dict
from model_store.runs.history import History
from model_store.storage.score_cache import ScoreBook

EPOCHS, CHUNKS, STEPS = 20, 25, 1875


def fill(root: Path, runs: int) -> None:
    """Make so many runs."""
    store = ModelStore(root, starter=None)
    lines = "".join(_epoch(epoch) for epoch in range(EPOCHS))
    for number in range(runs):
        recipe = Recipe(f"Run {number}", "mnist", (Hidden(64 + number % 64),), epochs=EPOCHS)
        run = store.create(recipe, f"visitor {number % 30}")
        (run.folder / "events.jsonl").write_text(lines, "utf-8")
        for name in ("model.keras", "summary.json", "weights.npz"):
            store.save(run.id, name, b"{}")
        store.finish(run.id, data="0" * 64)
        store.set_state(run.id, RunState.DONE)


def _epoch(done: int) -> str:
    """An epoch's lines in a record."""
    events: list[Chunk | EpochEnd] = []
    for part in range(1, CHUNKS + 1):
        step = done * STEPS + part * STEPS // CHUNKS
        events.append(Chunk(step, done + part / CHUNKS, 0.1 / (1 + done), 0.97, 61234.5, 1e9))
    last = (done + 1) * STEPS
    events.append(EpochEnd(done + 1, last, 0.1, 0.97, 0.12, 0.96, 0.61, 0.001, 1e9))
    return "".join(json.dumps(to_dict(event)) + "\n" for event in events)


def questions(store: ModelStore, book: ScoreBook) -> dict[str, Callable[[], object]]:
    """Return the measured calls by their names in the table."""
    runs = store.list()
    some = runs[:4]

    def curves() -> None:
        for run in some:
            history = History.from_events(store.events(run.id))
            for figure in ("loss", "accuracy"):
                for split in Split:
                    curve(run.recipe, history, figure, Axis.SECONDS, split, smoothing=0.9)

    return {
        "figures of all": lambda: [book.of(run.folder) for run in runs],
        "ordered by best validation": lambda: sort_runs(
            runs, Column.BEST, True, lambda run: book.of(run.folder)
        ),
        "filtered by text": lambda: [
            run for run in runs if RunFilter(text="784-100 adam").matches(run)
        ],
        "curves of four, smoothed": curves,
    }


def milliseconds(ask: Callable[[], object]) -> float:
    """CPU time of one call."""
    before = time.process_time()
    ask()
    return 1000 * (time.process_time() - before)


def show(words: str, ask: Callable[[], object]) -> None:
    """Print a line: the first call, and the median of five more."""
    first = milliseconds(ask)
    again = statistics.median(milliseconds(ask) for _n in range(5))
    print(f"| {words} | {first:.0f} | {again:.1f} |")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500, help="how many runs the store holds")
    count = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), count)
        store, book = ModelStore(Path(folder), starter=None), ScoreBook()
        print(f"| {count} runs, ms of CPU | first | again |\n|---|---|---|")
        show("all runs", store.list)
        for words, ask in questions(store, book).items():
            show(words, ask)


if __name__ == "__main__":
    main()
