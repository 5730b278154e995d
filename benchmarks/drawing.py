"""How well are drawings read? `python -m benchmarks.drawing STROKES.json.gz` prints the tables.

STROKES is a JSON list (gzip or not) of `{"label": 0-9, "strokes": [[[x, y], ...], ...]}` with y
upwards, in any unit. Each digit is drawn anew on the pad: at three sizes, with three pens, in nine
places (each drawing takes the next one). Each column is a picture that the model that comes with
the app is asked about: the steps of the preparation, from the whole pad shrunk to what the page
Draw uses, and last the same without the even pen.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store import ModelStore
from model_store.classifier import Classifier
from model_store.store import default_root
from training.images import Stages, Stroke, normalise, rasterise, stages

PAD = 280  # units of the canvas' side
SIZES = (60, 120, 200)  # units of a digit's longer side
PENS = (8, 22, 32)  # units
STEPS = tuple(field.name for field in fields(Stages))
COLUMNS = (*STEPS, "pen as drawn")


@dataclass(frozen=True, slots=True)
class Drawing:
    """One digit: its label, and strokes as arrays float64 [n, 2], y downwards, in any unit."""

    label: int
    strokes: tuple[NDArray[np.float64], ...]

    def on_pad(self, size: float, pen: float, place: tuple[float, float]) -> list[Stroke]:
        """Its strokes at a size; `place` in [0, 1] is left to right and top to bottom."""
        points = np.concatenate(self.strokes)
        low, extent = points.min(axis=0), np.ptp(points, axis=0)
        scale = size / max(float(extent.max()), 1e-9)
        free = PAD - pen - extent * scale
        shift = pen / 2 + free * np.asarray(place) - low * scale
        return [Stroke(tuple(map(tuple, s * scale + shift)), pen) for s in self.strokes]


def read(path: Path) -> list[Drawing]:
    """The drawings of a file."""
    content = path.read_bytes()
    raw: list[dict[str, Any]] = json.loads(
        gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    )
    return [
        Drawing(
            int(item["label"]),
            tuple(np.asarray(s, np.float64).reshape(-1, 2) * (1, -1) for s in item["strokes"] if s),
        )
        for item in raw
    ]


def accuracies(
    classifier: Classifier, drawings: Sequence[Drawing], size: float, pen: float, places: int
) -> list[float]:
    """Accuracy in [0, 1] for each of `COLUMNS`; 1 place is the middle, 9 are a grid."""
    grid = [(0.5, 0.5)] if places == 1 else [(x / 2, y / 2) for x in range(3) for y in range(3)]
    pictures = np.stack(
        [_pictures(d.on_pad(size, pen, grid[i % len(grid)])) for i, d in enumerate(drawings)],
        axis=1,
    )
    labels = np.array([drawing.label for drawing in drawings])
    return [
        float((classifier.probabilities(column).argmax(axis=1) == labels).mean())
        for column in pictures
    ]


def _pictures(strokes: Sequence[Stroke]) -> NDArray[np.uint8]:
    steps = stages(strokes, PAD, PAD)
    return np.stack([*(getattr(steps, name) for name in STEPS), normalise(rasterise(strokes))])


def show(classifier: Classifier, drawings: Sequence[Drawing]) -> None:
    """Print one model's table."""
    print("| digit | pen | place | " + " | ".join(COLUMNS) + " |")
    print("|---" * (3 + len(COLUMNS)) + "|")
    rows = [(200, 22, 1), *((size, pen, 9) for size in SIZES for pen in PENS)]
    for size, pen, places in rows:
        shares = accuracies(classifier, drawings, size, pen, places)
        where = "middle" if places == 1 else "nine"
        figures = " | ".join(f"{100 * share:.1f}%" for share in shares)
        print(f"| {size} | {pen} | {where} | {figures} |", flush=True)


def main() -> None:
    """Print a table for each model that comes with the app and knows digits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("strokes", type=Path, help="the file of drawings")
    parser.add_argument("--limit", type=int, help="only so many drawings")
    options = parser.parse_args()
    drawings = read(options.strokes)[: options.limit]
    print(f"{len(drawings)} drawings on a pad of {PAD} x {PAD}\n")
    start = time.perf_counter()
    for drawing in drawings:
        stages(drawing.on_pad(200, 22, (0.5, 0.5)), PAD, PAD)
    each = 1000 * (time.perf_counter() - start) / len(drawings)
    print(f"All steps for one drawing take {each:.1f} ms.\n")
    for run in ModelStore(default_root()).list():
        if run.shipped and run.recipe.data.drawable:
            print(f"{run.title} ({run.id}), test accuracy {run.result['test_accuracy']:.4f}\n")
            show(Classifier.load(run), drawings)


if __name__ == "__main__":
    main()
