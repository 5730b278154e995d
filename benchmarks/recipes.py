"""Reproduction of the tutorials: `python -m benchmarks.recipes` prints the README's table.

Trains each recipe with the seeds 0, 1 and 2 on the full data sets (SOFTMAX_LAB_DATA). A recipe
reproduces if the mean of its seeds lies within plain Keras' spread, widened by half a point; single
runs outside it are marked with a star. Exit code 1 if one does not.
"""

import argparse
import sys

from model_store.recipe.presets import TUTORIALS, Preset
from model_store.runs.events import Event
from training.data.datasets import load
from training.loop import trainer
from training.loop.control import Control

SEEDS = (0, 1, 2)


def accuracies(published: Preset) -> list[float]:
    """Return the test accuracy in [0, 1] for each seed."""
    out = []
    data = load(published.recipe.dataset)
    for seed in SEEDS:
        result = trainer.train(
            published.recipe.with_(seed=seed),
            data,
            emit=_ignore,
            control=Control(),
            save=_ignore_file,
        )
        out.append(result.test_accuracy)
    return out


def _ignore(_event: Event) -> None:
    pass


def _ignore_file(_name: str, _data: bytes) -> None:
    pass


def main() -> int:
    """Print the table; return 1 if a recipe does not reproduce."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(TUTORIALS), help="recipes, default all")
    wrong = 0
    print(
        "| recipe | published | plain Keras, seeds 0 1 2 | Softmax Lab, seeds 0 1 2 | mean within |"
    )
    print("|---|---|---|---|---|")
    for name in parser.parse_args().names:
        published = TUTORIALS[name]
        printed = published.figures.get("test_accuracy")
        ours = accuracies(published)
        low, high = published.accepted or (0.0, 1.0)
        good = low <= sum(ours) / len(ours) <= high
        wrong += not good
        reference = " ".join(f"{value:.4f}" for value in published.reference)
        mine = " ".join(f"{value:.4f}{'' if low <= value <= high else '*'}" for value in ours)
        shown = f"{printed:.4f}" if isinstance(printed, float) else "–"
        print(
            f"| `{name}` | {shown} | {reference} | {mine} | {'yes' if good else 'no'} |", flush=True
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
