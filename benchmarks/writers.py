"""Accuracy on unseen handwriting: `python -m benchmarks.writers STROKES.json.gz`.

A model that is trained on pen strokes must be tested on other writers. Where the file names the
writers, no writer is in training and test at once. Elsewhere the drawings are split by handwriting:
within each digit similar drawings form one of `HANDS` groups, and no group is in training and test
at once. Whole ways to write a digit are then unseen, though not all ways of one writer. A second
split, at random, is easier: a writer's other drawings are in the training. A third gets no stroke
at all, which is harder than either.

Each fold trains the recipe on its data set, scikit-learn's digits, and the other folds' strokes
(copied as `python -m training --strokes` does). A fold takes two minutes on an idle core.
"""

import argparse
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model_store.inference.classifier import Classifier
from model_store.inference.folding import dense_layers
from model_store.recipe.choices import CLASSES
from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Recipe
from training.data.datasets import load
from training.data.extra_images import AnyData, ExtraImages, as_extra_images, extend
from training.data.pen_files import COPIES, PenDrawing, read_pen_file, render, render_copies

HANDS = 30  # ways to write a digit: as many as the file has writers
Indices = NDArray[np.intp]


def by_hand(pictures: NDArray[np.uint8], labels: Indices, folds: int) -> Indices:
    """Return the fold of each image uint8 [n, 28, 28]; similar ones of a digit share a fold."""
    from scipy.ndimage import gaussian_filter
    from sklearn.cluster import KMeans

    soft = gaussian_filter(pictures.astype(float), (0, 1.5, 1.5))[:, ::2, ::2]
    rng = np.random.default_rng(0)
    fold = np.zeros(len(labels), np.intp)
    for digit in range(CLASSES):
        chosen = np.flatnonzero(labels == digit)
        if not len(chosen):
            continue
        hands = min(HANDS, len(chosen))
        forms = soft[chosen].reshape(len(chosen), -1)
        group = KMeans(hands, n_init=4, random_state=0).fit_predict(forms)
        fold[chosen] = (rng.permutation(hands) % folds)[group]
    return fold


def by_writer(writers: Sequence[str], folds: int) -> Indices:
    """Return the fold of each drawing, by its writer."""
    names, who = np.unique(np.array(writers), return_inverse=True)
    return (np.random.default_rng(0).permutation(len(names)) % folds)[who]


def at_random(n: int, folds: int) -> Indices:
    """Return the fold of each of n drawings: equal parts."""
    return np.random.default_rng(0).permutation(n) % folds


def trained(recipe: Recipe, drawings: Sequence[PenDrawing]) -> tuple[Classifier, float]:
    """Train on these drawings and the data set; return the network and its test accuracy."""
    added = [as_extra_images(load("digits"))]
    if drawings:
        added.append(ExtraImages.of("strokes", "", *render_copies(drawings, COPIES, recipe.seed)))
    return fit(recipe, extend(load(recipe.dataset), added))


def fit(recipe: Recipe, data: AnyData) -> tuple[Classifier, float]:
    """Train on this data as the app does; return the network and its test accuracy."""
    from training.loop.control import Control
    from training.loop.trainer import train

    files: dict[str, bytes] = {}
    result = train(
        recipe,
        data,
        emit=lambda event: None,
        control=Control(),
        save=lambda name, content: files.update({Path(name).name: content}),
    )
    with np.load(io.BytesIO(files["weights.npz"])) as archive:
        arrays = {name: archive[name] for name in recipe.weight_shapes}
    return Classifier(recipe, dense_layers(recipe, arrays)), result.test_accuracy


def rows(
    recipe: Recipe, drawings: Sequence[PenDrawing], fold: Indices, only: Sequence[int] | None = None
) -> Iterator[tuple[int, int, float, float]]:
    """Yield for each fold its number, drawings tested, accuracy on them and on the test set.

    Folds count from 1; `only` leaves out all others.
    """
    pictures = np.stack([render(drawing) for drawing in drawings])
    labels = np.array([drawing.label for drawing in drawings])
    for number in (n - 1 for n in only or range(1, int(fold.max()) + 2)):
        known = [d for d, where in zip(drawings, fold, strict=True) if where != number]
        held = fold == number
        classifier, test = trained(recipe, known)
        right = classifier.probabilities(pictures[held]).argmax(axis=1) == labels[held]
        yield number + 1, int(held.sum()), float(right.mean()), test


def show(
    title: str,
    recipe: Recipe,
    drawings: Sequence[PenDrawing],
    fold: Indices,
    only: Sequence[int] | None = None,
) -> None:
    """Print a line a fold, and the mean over all drawings that were tested on."""
    hits, tested = 0.0, 0
    for number, held, accuracy, test in rows(recipe, drawings, fold, only):
        hits += held * accuracy
        tested += held
        print(f"| {title} | {number} | {held} | {accuracy:.2%} | {test:.2%} |", flush=True)
    print(f"| {title} | all | {tested} | **{hits / tested:.2%}** | |", flush=True)


def main() -> None:
    """Print a table of folds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("strokes", type=Path, help="the file of drawings")
    parser.add_argument("--recipe", default="drawing-ready", help="its name")
    parser.add_argument("--epochs", type=int, help="instead of the recipe's")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument(
        "--split", choices=("hand", "random", "none"), action="append", help="default: all three"
    )
    parser.add_argument("--fold", type=int, action="append", help="only this one, from 1 on")
    options = parser.parse_args()
    recipe = PRESETS[options.recipe].recipe
    if options.epochs:
        recipe = recipe.with_(epochs=options.epochs)
    drawings = read_pen_file(options.strokes)
    print(f"{recipe.title}: {recipe.network}, {recipe.epochs} epochs\n")
    print("| split | fold | drawings tested on | right | MNIST test |\n|---|---|---|---|---|")
    splits = options.split or ["hand", "random", "none"]
    if "hand" in splits and all(drawing.writer for drawing in drawings):
        fold = by_writer([drawing.writer for drawing in drawings], options.folds)
        show("by writer", recipe, drawings, fold, options.fold)
    elif "hand" in splits:
        pictures = np.stack([render(drawing) for drawing in drawings])
        labels = np.array([drawing.label for drawing in drawings])
        fold = by_hand(pictures, labels, options.folds)
        show("by handwriting", recipe, drawings, fold, options.fold)
    if "random" in splits:
        show("at random", recipe, drawings, at_random(len(drawings), options.folds), options.fold)
    if "none" in splits:
        show("no stroke trained on", recipe, drawings, np.zeros(len(drawings), np.intp))


if __name__ == "__main__":
    main()
