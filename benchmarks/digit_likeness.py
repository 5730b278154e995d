"""Doubt about what is no digit: `python -m benchmarks.digit_likeness [STROKES]` prints a table.

Prints which share of digits and of other pictures is farther from the prototypes than the limit.
`--make` makes the prototypes of `training.images.digit_likeness` from MNIST's training images.
"""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import MiniBatchKMeans

from tests.support.other_pictures import OTHERS
from training.data.datasets import load
from training.data.pen_files import read_pen_file, render
from training.images import digit_likeness
from training.images.digit_likeness import LIMIT, distances

EACH = 30  # prototypes of a class
LEARNED = 30_000  # training images
COUNT = 300  # pictures of each other kind
Images = NDArray[np.uint8]


def make() -> None:
    """Write the prototypes."""
    data = load("mnist")
    flat = data.x_train[:LEARNED].reshape(-1, 784).astype(np.float32) / np.float32(255)
    labels = data.y_train[:LEARNED]
    means = [
        MiniBatchKMeans(EACH, random_state=0, n_init=1, batch_size=1000)
        .fit(flat[labels == digit])
        .cluster_centers_
        for digit in range(10)
    ]
    prototypes = np.rint(255 * np.concatenate(means)).astype(np.uint8)
    np.savez_compressed(digit_likeness.PROTOTYPES, prototypes=prototypes)


def others(kind: Callable[[np.random.Generator], Images]) -> Images:
    """Return prepared images of one kind of picture that is no digit."""
    random = np.random.default_rng(0)
    return np.stack([kind(random) for _i in range(COUNT)])


def main() -> None:
    """Print a line for each kind of picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("strokes", type=Path, nargs="?", help="file of drawings")
    parser.add_argument("--make", action="store_true", help="make the prototypes first")
    options = parser.parse_args()
    if options.make:
        make()
    kinds: dict[str, Images] = {"MNIST's test images": load("mnist").x_test}
    if options.strokes:
        kinds["pen strokes"] = np.stack([render(each) for each in read_pen_file(options.strokes)])
    named: Mapping[str, Callable[[np.random.Generator], Images]] = OTHERS
    kinds |= {name: others(kind) for name, kind in named.items()}
    print("| pictures | doubted |\n|---|---|")
    for name, images in kinds.items():
        print(f"| {name} | {100 * float((distances(images) > LIMIT).mean()):.1f} % |")


if __name__ == "__main__":
    main()
