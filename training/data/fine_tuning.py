"""Training a run further on labelled drawings: what is added to its data, and what stays a test.

NumPy and Pillow only; any thread.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from gettext import gettext as _

import numpy as np
from numpy.typing import NDArray

from model_store import Run
from model_store.classroom.drawing import Drawing, DrawingError
from model_store.classroom.drawing_set import DrawingSet
from model_store.recipe.recipe import Recipe
from model_store.recipe.validation import MAX_NAME
from model_store.runs.provenance import InitialWeights, Provenance
from training.data import pen_files
from training.data.extra_images import ExtraImages
from training.images.drawing_files import labels, prepared_image

DRAWINGS_FRACTION = 0.1  # of an epoch's images that drawings and their copies shall be
MAX_COPIES = 20
MAX_IMAGES = 3_000
STREAM = 6  # of random numbers from a recipe's seed


def training_half(drawings: DrawingSet, seen: Sequence[str] = ()) -> DrawingSet:
    """Those in `seen`, and of the others every second one of each digit: the rest stays a test."""
    known = frozenset(seen)
    by_label: dict[int, list[str]] = defaultdict(list)
    for drawing in sorted(drawings.drawings, key=lambda drawing: drawing.id):
        if drawing.id not in known:
            by_label[drawing.label].append(drawing.id)
    taken = known | {drawing_id for ids in by_label.values() for drawing_id in ids[::2]}
    return drawings.chosen(lambda drawing: drawing.id in taken)


def copies_per_drawing(recipe: Recipe, drawings: int) -> int:
    """How often each of so many drawings (at least one) is trained on in an epoch."""
    wanted = round(DRAWINGS_FRACTION * recipe.train_images / drawings)
    return max(1, min(wanted, MAX_COPIES, MAX_IMAGES // drawings))


def prepare_fine_tuning(
    run: Run, weights: bytes, drawings: DrawingSet, epochs: int
) -> tuple[Recipe, InitialWeights, ExtraImages]:
    """What to submit so that `run` is trained for `epochs` more, on `drawings` as well.

    `weights` is the content of the run's `weights.npz`.

    Raises:
        DrawingError: without drawings.
        RecipeError: for a number of epochs that no recipe can have.
    """
    if not len(drawings):
        raise DrawingError(_("There are no drawings to train on."))
    recipe = run.recipe.with_(name=_name(run.title), epochs=epochs)
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
    images, truth = render_drawings(drawings.drawings, times, recipe.seed)
    added = ExtraImages.of(source, _("theirs who drew them"), images, truth)
    return recipe, InitialWeights(origin, weights), added


def render_drawings(
    drawings: Sequence[Drawing], times: int, seed: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images uint8 [n * times, 28, 28] and labels [n * times]: as drawn, then as others might draw.

    Strokes are copied as another hand would draw them, pictures as they are. In the order of the
    drawings' ids: the same drawings and seed give the same images.
    """
    ordered = sorted(drawings, key=lambda drawing: drawing.id)
    rng = np.random.default_rng([seed, STREAM])
    made = [
        _copy(drawing, rng) if copy else prepared_image(drawing)
        for copy in range(times)
        for drawing in ordered
    ]
    return np.stack(made), np.tile(labels(ordered), times)


def _copy(drawing: Drawing, rng: np.random.Generator) -> NDArray[np.uint8]:
    if drawing.pixels:
        return prepared_image(drawing)
    lines = tuple(np.array(line.points) for line in drawing.strokes)
    try:
        return pen_files.render(pen_files.PenDrawing(drawing.label, lines), rng)
    except ValueError:  # specks that come to nothing
        return prepared_image(drawing)


def _name(title: str) -> str:
    ending = _(" + drawings")
    return f"{title.removesuffix(ending)[: MAX_NAME - len(ending)]}{ending}"
