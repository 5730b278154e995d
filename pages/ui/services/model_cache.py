"""Answers of models, computed once for all sessions until the weights change. Any thread."""

import gzip
import hashlib
from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store import Run, StoreError
from model_store.analysis import initial_weights
from model_store.analysis.failures import DeadUnits, count_dead_units
from model_store.classroom.drawing import Drawing
from model_store.classroom.drawing_set import MAX_DRAWINGS, DrawingSet
from model_store.inference.checkpoint_answers import CheckpointAnswers, CheckpointCache
from model_store.inference.classifier import Classifier
from model_store.inference.metrics import Evaluation
from model_store.inference.robustness import Robustness, measure
from model_store.recipe.recipe import Recipe
from model_store.storage import run_folder
from model_store.storage.atomic_files import stamp
from pages.ui.server.browser_routes import weights_path
from pages.ui.services import singletons
from pages.ui.services.shared import shared
from training.images import digit_likeness
from training.images.drawing_images import prepared_image
from training.images.drawing_test import DrawingResults

FIRING_IMAGES = 2000  # of each split
LIKENESS = "digit_likeness"  # in place of a run's id, which has no underscore
FAST = 1  # level of gzip: higher ones save no more of weights


def weights_key(run: Run) -> tuple[str, str]:
    """Return a key that changes with the run's weights."""
    return run.id, str(run.manifest.get("files", {}).get("weights.npz", ""))


@shared(64, key=weights_key)
def classifier(run: Run) -> Classifier:
    """Load the run's network for NumPy.

    Raises:
        RunDamaged: if its weights cannot be used.
    """
    return Classifier.load(run)


@shared(256, key=weights_key)
def _weights_digest(run: Run) -> str:
    return hashlib.sha256(flat_weights(classifier(run))).hexdigest()[:16]


def flat_weights(network: Classifier) -> bytes:
    """Return little-endian float32 numbers: each layer's kernel, row by row, and its bias."""
    arrays = (array for layer in network.weights for array in layer)
    return b"".join(np.ascontiguousarray(array, "<f4").tobytes() for array in arrays)


def browser_learner(run: Run) -> dict[str, Any]:
    """Return the topic of a training run's weights and its layers, as `models.js` takes them."""
    return {"topic": f"weights:{run.id}", "layers": _layers(run.recipe)}


def browser_model(run: Run) -> dict[str, Any]:
    """Return the address of the run's weights and its layers, in plain types for `models.js`.

    Raises:
        RunDamaged: as `classifier`.
    """
    return {"url": weights_path(run.id, _weights_digest(run)), "layers": _layers(run.recipe)}


def pad_model(run: Run) -> dict[str, Any]:
    """Return the run's `browser_model` for the bars beside a pad.

    With the digits that `digit_likeness` knows, its network comes along as "likeness".
    Raises as `browser_model`.
    """
    model = browser_model(run)
    if run.recipe.dataset in digit_likeness.DATASETS:
        layers = _layers(digit_likeness.network().recipe)
        path = weights_path(LIKENESS, _likeness_digest())
        model["likeness"] = {"url": path, "layers": layers}
    return model


@cache
def _likeness_digest() -> str:
    return hashlib.sha256(flat_weights(digit_likeness.network())).hexdigest()[:16]


@cache
def _likeness_file() -> bytes:
    """Return its weights, compressed by gzip: 8 ms that no page waits for."""
    return gzip.compress(flat_weights(digit_likeness.network()), FAST, mtime=0)


def _layers(recipe: Recipe) -> list[dict[str, Any]]:
    hidden = [
        {"units": h.units, "activation": h.activation, **({"folded": True} if h.batch_norm else {})}
        for h in recipe.hidden
    ]
    layers: list[dict[str, Any]] = [*hidden, {"units": recipe.widths[-1], "activation": "linear"}]
    if recipe.pixel_norm != "none":
        layers[0]["pixelNorm"] = recipe.pixel_norm
    return layers


def weights_file(run_id: str, digest: str) -> bytes | None:
    """Return `flat_weights`, compressed by gzip, for an address of a network above; else None."""
    if run_id == LIKENESS:
        return _likeness_file() if digest == _likeness_digest() else None
    with suppress(StoreError):
        run = run_of_weights(run_id, digest)
        return None if run is None else _compressed_weights(run)
    return None


@shared(32, key=weights_key)  # 0.4 MB each; to compress it takes 12 ms, and a class asks at once
def _compressed_weights(run: Run) -> bytes:
    return gzip.compress(flat_weights(classifier(run)), FAST, mtime=0)


def batch_file(run_id: str) -> bytes | None:
    """Return the report of a training run's last single step; None if there is none."""
    with suppress(StoreError, OSError):
        return (singletons.store().open(run_id).folder / run_folder.BATCH).read_bytes()
    return None


def run_of_weights(run_id: str, digest: str) -> Run | None:
    """Return the run of an address of `browser_model`; None if its weights are others.

    Raises:
        StoreError: if there is no such run, or its weights cannot be used.
    """
    run = singletons.store().open(run_id)
    return run if run.has_model and _weights_digest(run) == digest else None


@shared(32, key=weights_key)  # 0.6 MB each
def evaluation(run: Run) -> Evaluation:
    """Evaluate the run on all test images.

    Raises:
        DataError: as `singletons.dataset`.
        RunDamaged: as `classifier`.
    """
    data = singletons.dataset(run.recipe.dataset)
    return Evaluation.of(classifier(run).probabilities(data.x_test), data.y_test)


@shared(64, key=weights_key)  # 25 kB each; 0.4 s for 784-128-10
def robustness(run: Run) -> Robustness:
    """Measure the run on changed test images.

    Raises:
        DataError: as `singletons.dataset`.
        RunDamaged: as `classifier`.
    """
    data = singletons.dataset(run.recipe.dataset)
    return measure(classifier(run), data.x_test, data.y_test)


@shared(2 * MAX_DRAWINGS, key=lambda drawing: drawing.id)  # 0.5 ms each
def drawing_image(drawing: Drawing) -> NDArray[np.uint8]:
    """Return the prepared image of a class drawing, uint8 [28, 28]."""
    return prepared_image(drawing)


@shared(64, key=lambda run, drawings: (weights_key(run), drawings.hash))  # 0.2 MB each
def _results(run: Run, drawings: DrawingSet) -> DrawingResults:
    images = np.stack([drawing_image(drawing) for drawing in drawings.drawings])
    return DrawingResults.of(classifier(run), drawings.drawings, images)


@shared(10_000, key=lambda run, drawings: (weights_key(run), drawings.hash))
def _accuracy(run: Run, drawings: DrawingSet) -> float:
    return _results(run, drawings).evaluation.accuracy


def drawing_results(run: Run) -> DrawingResults | None:
    """Return the run's answers to the class drawings that it was not trained on.

    None without such drawings, or if the run knows no digits.

    Raises:
        RunDamaged: as `classifier`.
    """
    drawings = _unseen(run)
    return _results(run, drawings) if len(drawings) else None


def drawing_accuracy(run: Run) -> float | None:
    """Return the accuracy of `drawing_results`, in [0, 1]; None without results or a model."""
    drawings = _unseen(run) if run.has_model else DrawingSet()
    with suppress(StoreError):
        return _accuracy(run, drawings) if len(drawings) else None
    return None


def _unseen(run: Run) -> DrawingSet:
    """Return the class drawings that the run can be judged by."""
    if not run.recipe.data.is_digits:
        return DrawingSet()
    drawings = singletons.class_drawings().all()
    if run.provenance is None or drawings.by_id.keys().isdisjoint(run.provenance.seen):
        return drawings
    return _without(drawings, run.provenance.seen)


@shared(64, key=lambda drawings, ids: (drawings.hash, ids))
def _without(drawings: DrawingSet, ids: tuple[str, ...]) -> DrawingSet:
    return drawings.chosen(lambda drawing: drawing.id not in ids)


@shared()
def _timelines() -> CheckpointCache:
    return CheckpointCache()


def timeline(run: Run, image: NDArray[np.uint8]) -> CheckpointAnswers:
    """Return the run's answers to `image`, uint8 [28, 28], at its checkpoints.

    Raises:
        RunNotFound: if the run was deleted meanwhile.
    """
    return _timelines().answers(run, singletons.store().checkpoints(run.id), image)


@shared(256, key=lambda run: (run.id, stamp(run.folder / initial_weights.FIRST_CHECKPOINT)))
def first_weights(run: Run) -> str | None:
    """Return a fingerprint of the weights before training; None where they are not kept."""
    return initial_weights.fingerprint(run)


@shared(128, key=weights_key)
def firing(run: Run) -> tuple[DeadUnits, ...]:
    """Return how often the run's ReLU units fire on its training and test images, by layer.

    Empty without a finished model or without ReLU.

    Raises:
        DataError: as `singletons.dataset`.
        RunDamaged: as `classifier`.
    """
    if not run.has_model or all(layer.activation != "relu" for layer in run.recipe.hidden):
        return ()
    data = singletons.dataset(run.recipe.dataset)
    images = np.concatenate([split[:FIRING_IMAGES] for split in (data.x_train, data.x_test)])
    try:
        first = Classifier.load(run, initial_weights.FIRST_CHECKPOINT).activations(images)
    except StoreError:
        first = None
    return tuple(count_dead_units(run.recipe, classifier(run).activations(images), first))
