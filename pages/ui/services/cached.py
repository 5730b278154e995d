"""What is worked out once for all who look, and again when what it came from has changed.

Any thread. Each is kept under what it was worked out from: a hash of the weights, the stamp of a
record, the fingerprint of a data set.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
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
from model_store.recipe.choices import DATASETS
from model_store.runs.history import History
from model_store.storage.atomic_files import Stamp, stamp
from model_store.storage.event_log import FILE
from model_store.storage.score_cache import ScoreBook, Scores
from model_store.storage.sweep_store import Sweep
from pages.ui.components.component import as_bytes
from pages.ui.figures import data as data_views
from pages.ui.figures import run_curves
from pages.ui.services import singletons
from training.images.drawing_test import OwnAnswers, OwnTest
from training.sweeps import optuna_study
from training.sweeps.plan import Plan

# -- networks ------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
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


@lru_cache(maxsize=32)  # 0.6 MB each
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


@cache
def _own_test() -> OwnTest:
    """Pictures of those drawings, and the networks' answers to them."""
    return OwnTest()


def own_answers(run: Run) -> OwnAnswers | None:
    """The run's answers to the labelled drawings that it was not trained on.

    None if there are none, or if it knows no digits.

    Raises:
        RunDamaged: as `classifier`.
    """
    drawings = _unseen(run)
    return _own_test().of(_network(run), classifier(run), drawings) if len(drawings) else None


def own_accuracy(run: Run) -> float | None:
    """The accuracy of `own_answers`, in [0, 1]; None where there is none, or no usable model."""
    if not run.has_model:
        return None
    with suppress(StoreError):
        return _own_test().accuracy(_network(run), lambda: classifier(run), _unseen(run))
    return None


def _network(run: Run) -> str:
    return f"{run.id} {_stamp(run)}"


def _unseen(run: Run) -> DrawingSet:
    """The labelled drawings that say how good the run is; none for one that knows no digits."""
    if not run.recipe.data.drawable:
        return DrawingSet()
    drawings = singletons.labelled().all()
    if run.origin is None or drawings.by_id.keys().isdisjoint(run.origin.seen):
        return drawings
    return _without(drawings, run.origin.seen)


@lru_cache(maxsize=64)
def _without(drawings: DrawingSet, ids: tuple[str, ...]) -> DrawingSet:
    return drawings.chosen(lambda drawing: drawing.id not in ids)


@cache
def _timelines() -> Timelines:
    return Timelines()


def timeline(run: Run, image: NDArray[np.uint8]) -> Timeline:
    """The run's answers to `image`, uint8 [28, 28], at its checkpoints.

    Raises:
        RunNotFound: if the run was deleted meanwhile.
    """
    return _timelines().of(run, singletons.store().checkpoints(run.id), image)


@lru_cache(maxsize=256)
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


@lru_cache(maxsize=128)
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


# -- records -------------------------------------------------------------------------------------


@cache
def _score_book() -> ScoreBook:
    return ScoreBook()


def scores(run: Run) -> Scores:
    """The few figures of a run's record that a table shows; read anew only if it has changed."""
    return _score_book().of(run.folder)


@lru_cache(maxsize=32)
def _history(run_id: str, _stamp: Stamp) -> History:
    return History.of(singletons.store().events(run_id))


def history(run: Run) -> History:
    """The run's record; sorted anew only if it has grown. Empty if it is gone."""
    try:
        return _history(run.id, _record(run))
    except RunNotFound:
        return History()


SHARED = 0.2  # seconds for which a record that grows counts as it was, for all who watch


def _record(run: Run) -> Stamp:
    """Another one when the run's record has grown; of an unfinished run, up to `SHARED` late."""
    path = run.folder / FILE
    return stamp(path) if run.state.is_finished() else _late(path, int(time.monotonic() / SHARED))


@lru_cache(maxsize=64)
def _late(path: Path, _tick: int) -> Stamp:
    return stamp(path)


@lru_cache(maxsize=64)
def _curve(run_id: str, figure: str, epochs: int, stamp: Stamp) -> bytes:
    return as_bytes(run_curves.run_curve(_history(run_id, stamp), figure, epochs))


def curve(run: Run, figure: str) -> bytes:
    """`figures.curve` of the run's record as JSON, written once for all who watch."""
    try:
        return _curve(run.id, figure, run.recipe.epochs, _record(run))
    except RunNotFound:
        return as_bytes(run_curves.run_curve(History(), figure, run.recipe.epochs))


# -- sweeps and data sets ------------------------------------------------------------------------


@lru_cache(maxsize=32)
def _importances(sweep_id: str, _finished: float | None) -> Mapping[str, float]:
    sweep = singletons.sweeps().open(sweep_id)
    return optuna_study.importances(Plan.from_dict(sweep.plan), sweep.trials)


def importances(sweep: Sweep) -> Mapping[str, float]:
    """`training.sweeps.optuna_study.importances` of a sweep, worked out once for each of its ends.

    Raises:
        StoreError: if it is gone.
        PlanError: if its plan cannot be read.
    """
    return _importances(sweep.id, sweep.finished)


@lru_cache(maxsize=12)
def _means(name: str, split: str, _fingerprint: str) -> NDArray[np.uint8]:
    images, labels = singletons.dataset(name).split(split)
    return data_views.class_means(images, labels, len(DATASETS[name].class_names))


def mean_images(name: str, split: str) -> NDArray[np.uint8]:
    """The mean image of each class, uint8 [10, 28, 28], computed once.

    Raises:
        DataError: as `services.dataset`.
    """
    return _means(name, split, singletons.dataset(name).fingerprint)
