"""Accuracy on drawings: `python -m benchmarks.drawing STROKES.json.gz` prints the tables.

STROKES is a file as `training.data.pen_files` reads it. Each digit is drawn on the pad at three
sizes, with three pens, in nine places (each drawing takes the next one). Every digit model of the
app and the store (one a recipe and its data) answers each preparation step, from the whole pad
shrunk to the network's input on the Draw page. The last columns are: no even pen, raw with paper
and ink swapped, and (every fifth drawing) photos of dark ink on light paper and of light ink on
dark. `python -m training --recipe NAME` adds a recipe's model to the store.

A star marks a model that was trained on a file of this name: it has seen these drawings.
`benchmarks.writers` gives its accuracy on drawings that it has not seen.
"""

import argparse
import io
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from model_store import ModelStore, Run
from model_store.classroom.drawing import Stroke
from model_store.inference.classifier import Classifier
from model_store.storage.run_query import RunQuery
from model_store.storage.store import default_root
from training.data.pen_files import PenDrawing, read_pen_file
from training.images.photo import PhotoError, read_photo
from training.images.preparation import normalise_strokes, prepare
from training.images.preprocess import ALL_STEPS, BlankDrawing, StepImages

PAD = 280  # units of the canvas' side
SIZES = (60, 120, 200)  # units of a digit's longer side
PENS = (8, 22, 32)  # units
RIM = 10  # pixels of paper around a photo's pad
DETAIL = 4  # pixels of a photo for each unit, before it is shrunk
USUAL = (200.0, 22.0, 1)  # size, pen, and places: in the middle
STEPS = tuple(field.name for field in fields(StepImages))
DRAWN = (*STEPS, "pen as drawn", "raw, inverted")
PHOTOS = ("photo, dark ink", "photo, light ink")
COLUMNS = (*DRAWN, *PHOTOS)
EACH = 5  # one drawing of so many is also a photo: those take longest
Pictures = NDArray[np.uint8]
Case = tuple[float, float, int]
CASES: tuple[Case, ...] = (USUAL, *((size, pen, 9) for size in SIZES for pen in PENS))


def on_pad(
    drawing: PenDrawing, size: float, pen: float, place: tuple[float, float]
) -> tuple[Stroke, ...]:
    """Scale and move the strokes; `place` in [0, 1] is left to right and top to bottom."""
    points = drawing.points
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = size / max(float(extent.max()), 1e-9)
    free = PAD - pen - extent * scale
    shift = pen / 2 + free * np.asarray(place) - low * scale
    return tuple(Stroke(tuple(map(tuple, s * scale + shift)), pen) for s in drawing.strokes)


def pictures(drawings: Sequence[PenDrawing], case: Case) -> Pictures:
    """Return the images of strokes, uint8 [len(DRAWN), n, 28, 28]."""
    size, pen, _places = case
    shown = [on_pad(d, size, pen, place) for d, place in zip(drawings, _grid(case), strict=False)]
    return np.stack([_columns(strokes) for strokes in shown], axis=1)


def photos(drawings: Sequence[PenDrawing], case: Case) -> Pictures:
    """Return the images of photos, uint8 [len(PHOTOS), n, 28, 28]; blank if one is refused."""
    size, pen, _places = case
    return np.stack(
        [
            np.stack([_photo(on_pad(d, size, pen, place), dark) for dark in (True, False)])
            for d, place in zip(drawings, _grid(case), strict=False)
        ],
        axis=1,
    )


def _grid(case: Case) -> Iterator[tuple[float, float]]:
    """Yield the place of each drawing: the middle, or nine in turn."""
    places = case[2]
    return cycle(
        [(0.5, 0.5)] if places == 1 else [(x / 2, y / 2) for x in range(3) for y in range(3)]
    )


def _photo(strokes: Sequence[Stroke], dark: bool) -> Pictures:
    """Read a photo of the whole pad, with a rim of paper around it."""
    side = PAD + 2 * RIM
    large = Image.new("L", (side * DETAIL, side * DETAIL))
    pen = ImageDraw.Draw(large)
    for stroke in strokes:
        points = (np.asarray(stroke.points) + RIM) * DETAIL
        radius = stroke.width / 2 * DETAIL
        pen.line(points.ravel().tolist(), fill=255, width=round(2 * radius))
        for ends in np.hstack([points - radius, points + radius]).tolist():
            pen.ellipse(ends, fill=255)
    paper = large.reduce(DETAIL)
    file = io.BytesIO()
    (paper.point(lambda value: 255 - value) if dark else paper).save(file, "PNG")
    try:
        return read_photo(file.getvalue()).prepare(ALL_STEPS).centred
    except (PhotoError, BlankDrawing):
        return np.zeros((28, 28), np.uint8)


def _columns(strokes: Sequence[Stroke]) -> Pictures:
    steps = prepare(strokes, PAD)
    as_drawn = normalise_strokes(strokes)
    inverted = 255 - steps.raw
    return np.stack([*(getattr(steps, name) for name in STEPS), as_drawn, inverted])


def accuracies(classifier: Classifier, asked: Pictures, labels: NDArray[np.intp]) -> list[float]:
    """Return the accuracy in [0, 1] of each column; a blank image is never right."""
    return [
        float(
            (
                (classifier.probabilities(column).argmax(axis=1) == labels)
                & column.any(axis=(1, 2))
            ).mean()
        )
        for column in asked
    ]


def models(store: ModelStore) -> list[Run]:
    """Return the newest digit model of each recipe and data, built-in ones first."""
    found: dict[tuple[str, str], Run] = {}
    for run in sorted(
        store.find(RunQuery(trials=True), limit=1000).runs,
        key=lambda run: (run.shipped, run.created),
        reverse=True,
    ):
        if run.has_model and run.recipe.data.drawable:
            found.setdefault((run.recipe.hash, run.manifest["data"]), run)
    return list(found.values())


def name(run: Run, strokes: Path) -> str:
    """Return the model's name in the tables; a star if it was trained on these drawings."""
    learned = [source["name"] for source in run.manifest.get("sources", ())]
    origin = f" ({run.id})" if run.shipped else f", from {' and '.join(learned)}"
    return run.title + ("*" if strokes.name in learned else "") + origin


def show(title: str, run: Run, table: Mapping[Case, list[float]]) -> None:
    """Print one model's table: a line for each size, pen and place."""
    print(f"\n{title}, test accuracy {run.result['test_accuracy']:.4f}\n")
    print("| digit | pen | place | " + " | ".join(COLUMNS) + " |")
    print("|---" * (3 + len(COLUMNS)) + "|")
    for (size, pen, places), row in table.items():
        where = "middle" if places == 1 else "nine"
        print(f"| {size:g} | {pen:g} | {where} | {' | '.join(map(_percent, row))} |")


def summary(title: str, run: Run, table: Mapping[Case, list[float]]) -> str:
    """Return one model's line: the usual drawing shrunk, then nine places' means by step."""
    anywhere = np.array([row for (_size, _pen, places), row in table.items() if places == 9])
    last = len(STEPS) - 1
    row = [
        run.result["test_accuracy"],
        table[USUAL][0],
        *anywhere[:, : last + 1].mean(axis=0),
        anywhere[:, last].min(),
        *anywhere[:, len(DRAWN) :].mean(axis=0),
    ]
    return f"| {title} | {' | '.join(map(_percent, row))} |"


def _percent(accuracy: float) -> str:
    return f"{100 * accuracy:.1f}%"


def main() -> None:
    """Print a table for each model, and a line for each of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("strokes", type=Path, help="the file of drawings")
    parser.add_argument("--limit", type=int, help="only so many drawings")
    parser.add_argument("--store", type=Path, help="folder of the runs")
    options = parser.parse_args()
    drawings = read_pen_file(options.strokes)[: options.limit]
    labels = np.array([drawing.label for drawing in drawings])
    start = time.perf_counter()
    for drawing in drawings:
        prepare(on_pad(drawing, 200, 22, (0.5, 0.5)), PAD)
    each = 1000 * (time.perf_counter() - start) / len(drawings)
    print(f"{len(drawings)} drawings on a pad of {PAD} x {PAD}; all steps take {each:.1f} ms each.")
    runs = models(ModelStore(options.store or default_root()))
    classifiers = [Classifier.load(run) for run in runs]
    tables: list[dict[Case, list[float]]] = [{} for _run in runs]
    for case in CASES:
        asked, taken = pictures(drawings, case), photos(drawings[::EACH], case)
        for classifier, table in zip(classifiers, tables, strict=True):
            table[case] = accuracies(classifier, asked, labels)
            table[case] += accuracies(classifier, taken, labels[::EACH])
    titles = [name(run, options.strokes) for run in runs]
    for row in zip(titles, runs, tables, strict=True):
        show(*row)
    steps = [f"+ {step}" for step in STEPS[1:]]
    print(
        f"\n| model | test set | raw, middle | raw, anywhere | {' | '.join(steps)} | lowest |",
        end="",
    )
    print(f" {' | '.join(PHOTOS)} |\n" + "|---" * (7 + len(steps)) + "|")
    for row in zip(titles, runs, tables, strict=True):
        print(summary(*row))


if __name__ == "__main__":
    main()
