"""Accuracy on pictures as people bring them: `python -m benchmarks.pictures` prints a table.

Digits of a file of strokes (`--strokes`, as `training.data.pen_files` reads it) and of MNIST's test
set (of SOFTMAX_LAB_DATA) are made into pictures of each kind of `tests.support.digit_pictures`.
A built-in model reads them as a photo and as a set in a ZIP. "Wrong, > 90 %" counts wrong answers
with a probability above 90 %; pictures that are refused or doubted are neither right nor wrong.
"""

import argparse
import io
import time
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Photo
from PIL import ImageOps

from model_store import ModelStore, StoreError
from model_store.inference.classifier import Classifier
from model_store.storage.store import default_root
from tests.support.digit_pictures import CROOKED, KINDS, PLAIN, Digit, written
from training.data.datasets import load
from training.data.pen_files import read_pen_file
from training.images.drawing_files import DrawingFile
from training.images.drawing_images import prepared_image
from training.images.photo import PhotoError, read_photo
from training.images.preprocess import ALL_STEPS, BlankDrawing

Image = NDArray[np.uint8]


def digits(strokes: Path | None, count: int, seed: int) -> list[tuple[int, Digit]]:
    """Return labelled digits, half of them MNIST's if it is on this computer."""
    random = np.random.default_rng(seed)
    if strokes is None:
        return [(i % 10, written(i % 10, random)) for i in range(count)]
    drawings = read_pen_file(strokes)
    chosen = random.choice(len(drawings), count, replace=False)
    drawn: list[tuple[int, Digit]] = [(drawings[i].label, drawings[i].strokes) for i in chosen]
    data = load("mnist")
    picked = random.choice(len(data.x_test), count // 2, replace=False)
    return drawn[count // 2 :] + [(int(data.y_test[i]), data.x_test[i]) for i in picked]


def as_photo(content: bytes) -> Image | None:
    """Return the network's input for a photo; None if it is refused."""
    try:
        return read_photo(content).prepare(ALL_STEPS).centred
    except (PhotoError, BlankDrawing):
        return None


def as_set(content: bytes) -> Image | None:
    """Return the network's input for a picture in a ZIP; None if it is refused."""
    packed, png = io.BytesIO(), io.BytesIO()
    with Photo.open(io.BytesIO(content)) as image:
        ImageOps.exif_transpose(image).save(png, "PNG")
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("7/a.png", png.getvalue())
    try:
        file = DrawingFile(packed.getvalue(), "me")
    except StoreError:
        return None
    file.read(float("inf"))
    return prepared_image(file.drawings[0]) if file.drawings else None


def figures(
    classifier: Classifier, images: list[Image | None], labels: NDArray[np.intp]
) -> tuple[float, float, float]:
    """Return the shares that are right, wrong with over 90 %, and refused."""
    shown = np.array([image is not None and bool(image.any()) for image in images])
    stack = np.stack([np.zeros((28, 28), np.uint8) if i is None else i for i in images])
    probabilities = classifier.probabilities(stack)
    is_right = shown & (probabilities.argmax(axis=1) == labels)
    is_sure = probabilities.max(axis=1) > 0.9
    return (
        float(is_right.mean()),
        float((shown & ~is_right & is_sure).mean()),
        float((~shown).mean()),
    )


def main() -> None:
    """Print a line for each kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--strokes", type=Path, help="file of drawings; default: ten written digits"
    )
    parser.add_argument("--count", type=int, default=100, help="pictures of each kind")
    parser.add_argument("--kinds", nargs="*", help="only these")
    parser.add_argument("--model", default="starter-drawing", help="id of the run that answers")
    parser.add_argument("--zip", action="store_true", help="read them as a set too")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    classifier = Classifier.load(ModelStore(default_root()).open(options.model))
    chosen = digits(options.strokes, options.count, options.seed)
    labels = np.array([label for label, _digit in chosen])
    print("| kind | right | wrong, > 90 % | refused | ms | " + "in a ZIP: right |" * options.zip)
    print("|---" * (5 + options.zip) + "|")
    for kind in options.kinds or KINDS:
        random = np.random.default_rng([options.seed, len(kind)])
        files = [KINDS[kind](digit, random) for _label, digit in chosen]
        start = time.process_time()
        found = figures(classifier, [as_photo(content) for content in files], labels)
        each = 1000 * (time.process_time() - start) / len(files)
        cells = [*(f"{100 * share:.1f} %" for share in found), f"{each:.0f}"]
        if options.zip:
            found = figures(classifier, [as_set(content) for content in files], labels)
            cells.append(f"{100 * found[0]:.1f} %")
        mark = "" if kind in PLAIN else "*" if kind in CROOKED else ""
        print(f"| {kind}{mark} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
