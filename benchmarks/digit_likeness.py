"""Doubt about what is no digit: `python -m benchmarks.digit_likeness [STROKES]` prints a table.

Prints which share of digits and of other pictures the network of `training.images.digit_likeness`
takes for something else. `--make` trains it first: on 50,000 training images of MNIST, on the
drawings of STROKES but those of every fifth writer, and on `benchmarks.no_digits`. The digits of
the table are MNIST's test images and the drawings of the writers left out. Its letters are of
another font than the learned ones, its faces are no kind that was learned.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.no_digits import pictures
from benchmarks.writers import by_writer, fit
from model_store.inference.classifier import Classifier
from model_store.recipe.own_data import unnamed
from model_store.recipe.recipe import Augment, Hidden, Recipe
from tests.support.other_pictures import OTHERS
from training.data.datasets import Arrays, load
from training.data.extra_images import ExtraImages, extend
from training.data.pen_files import PenDrawing, read_pen_file, render, render_copies
from training.images.digit_likeness import NETWORK, likeness

LEARNED = 50_000  # images of MNIST's training set; the limit comes from the other 10,000
DOUBTED = 0.01  # of those
OTHER = 60_000  # pictures that are no digits
COPIES = 3  # of each drawing
FOLDS = 5  # of writers; the first is left out
NAME, TWO_CLASSES = unnamed(2)
RECIPE = Recipe(
    dataset=NAME,
    own=TWO_CLASSES,
    hidden=(Hidden(128, dropout=0.1), Hidden(32)),
    batch_size=128,
    epochs=15,
    schedule="cosine",
    augment=Augment(shift=1.0, stroke=0.3, warp=0.5),
)
COUNT = 300  # pictures of each other kind
Images = NDArray[np.uint8]


def make(drawings: Sequence[PenDrawing]) -> None:
    """Train the network, move its limit to a probability of 1/2, and write it."""
    mnist = load("mnist")
    digits = np.concatenate([mnist.x_train[:LEARNED], render_copies(drawings, COPIES, 0)[0]])
    others = pictures(OTHER, drawings, 1)
    n = RECIPE.data.train
    is_other = np.zeros(len(digits), np.uint8)
    tested = mnist.x_train[LEARNED:]
    data = Arrays(NAME, "", digits[:n], is_other[:n], tested, is_other[: len(tested)], TWO_CLASSES)
    more = [
        ExtraImages.of("more digits", "", digits[n:], is_other[n:]),
        ExtraImages.of("others", "", others, np.ones(OTHER, np.uint8)),
    ]
    network, _accuracy = fit(RECIPE, extend(data, more))
    lowest = float(np.quantile(network.probabilities(tested)[:, 0], DOUBTED))
    network.weights[-1][1][0] -= np.log(lowest / (1 - lowest))
    write(network)


def write(network: Classifier) -> None:
    """Write kernels and biases as float16."""
    named = {}
    for n, (kernel, bias) in enumerate(network.weights):
        named |= {f"kernel_{n}": kernel.astype(np.float16), f"bias_{n}": bias.astype(np.float16)}
    np.savez_compressed(NETWORK, **named)


def others(kind: Callable[[np.random.Generator], Images]) -> Images:
    """Return prepared images of one kind of picture that is no digit."""
    random = np.random.default_rng(0)
    return np.stack([kind(random) for _i in range(COUNT)])


def main() -> None:
    """Print a line for each kind of picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("strokes", type=Path, nargs="?", help="file of drawings with writers")
    parser.add_argument("--make", action="store_true", help="train the network first")
    options = parser.parse_args()
    kinds: dict[str, Images] = {"MNIST's test images": load("mnist").x_test}
    if options.strokes:
        drawings = read_pen_file(options.strokes)
        left_out = by_writer([each.writer for each in drawings], FOLDS) == 0
        pairs = list(zip(drawings, left_out, strict=True))
        if options.make:
            make([drawing for drawing, out in pairs if not out])
        kinds["pen strokes"] = np.stack([render(drawing) for drawing, out in pairs if out])
    named: Mapping[str, Callable[[np.random.Generator], Images]] = OTHERS
    kinds |= {name: others(kind) for name, kind in named.items()}
    print("| pictures | doubted |\n|---|---|")
    for name, images in kinds.items():
        print(f"| {name} | {100 * float((likeness(images) < 0.5).mean()):.1f} % |")


if __name__ == "__main__":
    main()
