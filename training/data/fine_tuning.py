"""Fine-tuning of a run on labelled drawings: which are trained on, and which remain a test.

NumPy and Pillow only; any thread.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from model_store import Run
from model_store.classroom.drawing import Drawing, DrawingError
from model_store.classroom.drawing_set import DrawingSet
from model_store.recipe.recipe import Recipe
from model_store.recipe.validation import MAX_NAME
from model_store.runs.provenance import InitialWeights, Provenance
from model_store.text import _
from training.data import pen_files
from training.data.extra_images import ExtraImages
from training.images.drawing_images import labels, prepared_image

DRAWINGS_FRACTION = 0.1  # of an epoch's images
MAX_COPIES = 20
MAX_IMAGES = 3_000
STREAM = 6  # of random numbers from a recipe's seed


def training_half(drawings: DrawingSet, seen: Sequence[str] = ()) -> DrawingSet:
    """Return the drawings in `seen` and every second other one of each digit: the rest tests."""
    known = frozenset(seen)
    by_label: dict[int, list[str]] = defaultdict(list)
    for drawing in sorted(drawings.drawings, key=lambda drawing: drawing.id):
        if drawing.id not in known:
            by_label[drawing.label].append(drawing.id)
    taken = known | {drawing_id for ids in by_label.values() for drawing_id in ids[::2]}
    return drawings.chosen(lambda drawing: drawing.id in taken)


def copies_per_drawing(recipe: Recipe, drawings: int) -> int:
    """Return how often an epoch shows each of `drawings` drawings, at least one."""
    wanted = round(DRAWINGS_FRACTION * recipe.train_images / drawings)
    return max(1, min(wanted, MAX_COPIES, MAX_IMAGES // drawings))


def prepare_fine_tuning(
    run: Run, weights: bytes, drawings: DrawingSet, epochs: int
) -> tuple[Recipe, InitialWeights, ExtraImages]:
    """Return what to submit to train `run` for `epochs` more, on `drawings` as well.

    `weights` is the content of the run's `weights.npz`.

    Raises:
        DrawingError: without drawings.
        RecipeError: for a number of epochs that no recipe can have.
    """
    if not len(drawings):
        raise DrawingError(_("There are no drawings to train on."))
    ending = _(" + drawings")
    name = run.title.removesuffix(ending)[: MAX_NAME - len(ending)] + ending
    warmup = run.recipe.warmup if run.recipe.warmup < epochs else 0.0
    recipe = run.recipe.with_(name=name, epochs=epochs, warmup=warmup)
    times = copies_per_drawing(recipe, len(drawings))
    seen = set(run.provenance.seen if run.provenance else ()) | set(drawings.by_id)
    origin = Provenance(
        run=run.id,
        title=run.title,
        weights=hashlib.sha256(weights).hexdigest(),
        drawings=drawings.hash,
        copies=times,
        seen=tuple(sorted(seen)),
    )
    source = _("Our drawings ({hash})").format(hash=drawings.hash[:12])
    made = render_drawings(drawings.drawings, times, recipe.seed)
    added = ExtraImages.of(source, _("of those who drew them"), *made)
    return recipe, InitialWeights(origin, weights), added


def render_drawings(
    drawings: Sequence[Drawing], times: int, seed: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return images uint8 [n * times, 28, 28] and labels uint8 [n * times].

    The first n are as drawn. In the copies strokes vary like another hand's, and pictures stay as
    they are. The drawings are sorted by id: the same drawings and seed give the same images.
    """
    ordered = sorted(drawings, key=lambda drawing: drawing.id)
    rng = np.random.default_rng([seed, STREAM])
    made = [_copy(drawing, rng if copy else None) for copy in range(times) for drawing in ordered]
    return np.stack(made), np.tile(labels(ordered), times)


def _copy(drawing: Drawing, rng: np.random.Generator | None) -> NDArray[np.uint8]:
    if drawing.strokes and rng:
        strokes = tuple(np.array(line.points) for line in drawing.strokes)
        with suppress(ValueError):  # specks that leave no ink
            return pen_files.render(pen_files.PenDrawing(drawing.label, strokes), rng)
    return prepared_image(drawing)
