"""Answers of models, computed once for all sessions. Any thread.

Each is kept under the hash of the run's weights and the fingerprint of the data set.
"""

from __future__ import annotations

from contextlib import suppress
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from model_store import Run, RunNotFound, StoreError
from model_store.analysis import diagnosis, initial_weights
from model_store.analysis.diagnosis import Firing
from model_store.classroom.drawing_set import DrawingSet
from model_store.inference.checkpoint_answers import Timeline, Timelines
from model_store.inference.classifier import Classifier
from model_store.inference.metrics import Evaluation
from pages.ui.services import singletons
from pages.ui.services.shared import shared
from training.images.drawing_test import DrawingResults, DrawingTest


@shared(64)
def _classifier(run_id: str, _stamp: str) -> Classifier:
    return Classifier.load(singletons.store().open(run_id))


def classifier(run: Run) -> Classifier:
    """The run's network in NumPy, cached until its weights change.

    Raises:
        RunDamaged: if its weights cannot be used.
    """
    return _classifier(run.id, _stamp(run))


def _stamp(run: Run) -> str:
    return str(run.manifest.get("files", {}).get("weights.npz", ""))


_evaluating = Lock()


@shared(32)  # 0.6 MB each
def _evaluation(run_id: str, _stamp: str, name: str, _fingerprint: str) -> Evaluation:
    data = singletons.dataset(name)
    shares = classifier(singletons.store().open(run_id)).probabilities(data.x_test)
    return Evaluation.of(shares, data.y_test)


def evaluation(run: Run) -> Evaluation:
    """The run's answers to all test images, worked out once for the whole class.

    Raises:
        DataError: as `services.dataset`.
        RunDamaged: as `classifier`.
    """
    data = singletons.dataset(run.recipe.dataset)
    with _evaluating:  # whoever comes second waits for the first one's answer
        return _evaluation(run.id, _stamp(run), data.name, data.fingerprint)


@shared()
def _drawing_test() -> DrawingTest:
    """Pictures of those drawings, and the networks' answers to them."""
    return DrawingTest()


def drawing_results(run: Run) -> DrawingResults | None:
    """The run's answers to the labelled drawings that it was not trained on.

    None if there are none, or if it knows no digits.

    Raises:
        RunDamaged: as `classifier`.
    """
    drawings = _unseen(run)
    return _drawing_test().of(_network(run), classifier(run), drawings) if len(drawings) else None


def drawing_accuracy(run: Run) -> float | None:
    """The accuracy of `drawing_results`, in [0, 1]; None without results or a usable model."""
    if not run.has_model:
        return None
    with suppress(StoreError):
        return _drawing_test().accuracy(_network(run), lambda: classifier(run), _unseen(run))
    return None


def _network(run: Run) -> str:
    return f"{run.id} {_stamp(run)}"


def _unseen(run: Run) -> DrawingSet:
    """The labelled drawings that say how good the run is; none for one that knows no digits."""
    if not run.recipe.data.drawable:
        return DrawingSet()
    drawings = singletons.class_drawings().all()
    if run.provenance is None or drawings.by_id.keys().isdisjoint(run.provenance.seen):
        return drawings
    return _without(drawings, run.provenance.seen)


@shared(64)
def _without(drawings: DrawingSet, ids: tuple[str, ...]) -> DrawingSet:
    return drawings.chosen(lambda drawing: drawing.id not in ids)


@shared()
def _timelines() -> Timelines:
    return Timelines()


def timeline(run: Run, image: NDArray[np.uint8]) -> Timeline:
    """The run's answers to `image`, uint8 [28, 28], at its checkpoints.

    Raises:
        RunNotFound: if the run was deleted meanwhile.
    """
    return _timelines().of(run, singletons.store().checkpoints(run.id), image)


@shared(256)
def _first_weights(run_id: str, _written: int) -> str | None:
    return initial_weights.fingerprint(singletons.store().open(run_id))


def first_weights(run: Run) -> str | None:
    """A fingerprint of the weights from before the training; None where they are not kept."""
    try:
        written = (run.folder / initial_weights.FIRST).stat().st_mtime_ns
        return _first_weights(run.id, written)
    except (OSError, RunNotFound):
        return None


FIRING_IMAGES = 2000


@shared(128)
def _firing(run_id: str, stamp: str, name: str, _fingerprint: str) -> tuple[Firing, ...]:
    run, data = singletons.store().open(run_id), singletons.dataset(name)
    images = np.concatenate([split[:FIRING_IMAGES] for split in (data.x_train, data.x_test)])
    try:
        first = Classifier.load(run, initial_weights.FIRST).activations(images)
    except StoreError:
        first = None
    now = _classifier(run_id, stamp).activations(images)
    return tuple(diagnosis.firing(run.recipe, now, first))


def firing(run: Run) -> tuple[Firing, ...]:
    """The run's ReLU units that are silent for the images of its data set, by layer.

    Asked are the first `FIRING_IMAGES` of each split: a dead unit is silent where it could learn
    and where it is tested.

    Empty where there is nothing to ask: no finished model, or no ReLU.

    Raises:
        DataError: as `services.dataset`.
        RunDamaged: as `classifier`.
    """
    if not run.has_model or all(layer.activation != "relu" for layer in run.recipe.hidden):
        return ()
    data = singletons.dataset(run.recipe.dataset)
    return _firing(run.id, _stamp(run), data.name, data.fingerprint)
