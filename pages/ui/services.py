"""What the whole process shares: store, engine, data sets, classifiers. Safe from any thread."""

from __future__ import annotations

from functools import cache, lru_cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from model_store import ModelStore, Run
from model_store.classifier import Classifier
from model_store.evaluation import Evaluation
from model_store.store import default_root
from model_store.timeline import Timeline, Timelines
from pages.ui import data_views
from pages.ui.drawings import Drawings
from training import datasets
from training.choices import DATASETS
from training.engine import Engine


@cache
def store() -> ModelStore:
    """The model store of this server."""
    return ModelStore(default_root())


@cache
def engine() -> Engine:
    """The training engine of this server; `start` has been called when pages run."""
    return Engine(store())


def start() -> None:
    """Begin to start the engine; returns at once."""
    engine().start()


def stop() -> None:
    """End the engine and its workers."""
    engine().close()


@cache
def drawings() -> Drawings:
    """The last drawing of each visitor of this server."""
    return Drawings()


@lru_cache(maxsize=8)
def dataset(name: str) -> datasets.Arrays:
    """A data set, memory-mapped, once for all sessions.

    Raises:
        DataError: with a sentence, if it is missing or damaged.
    """
    return datasets.load(name)


@lru_cache(maxsize=64)
def _classifier(run_id: str, _stamp: str) -> Classifier:
    return Classifier.load(store().open(run_id))


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
    data = dataset(name)
    shares = classifier(store().open(run_id)).probabilities(data.x_test)
    return Evaluation.of(shares, data.y_test)


def evaluation(run: Run) -> Evaluation:
    """The run's answers to all test images, worked out once for the whole class.

    Raises:
        DataError: as `dataset`.
        RunDamaged: as `classifier`.
    """
    data = dataset(run.recipe.dataset)
    with _evaluating:  # whoever comes second waits for the first one's answer
        return _evaluation(run.id, _stamp(run), data.name, data.fingerprint)


@cache
def _timelines() -> Timelines:
    return Timelines()


def timeline(run: Run, image: NDArray[np.uint8]) -> Timeline:
    """The run's answers to `image`, uint8 [28, 28], at its checkpoints.

    Raises:
        RunNotFound: if the run was deleted meanwhile.
    """
    return _timelines().of(run, store().checkpoints(run.id), image)


def available(name: str) -> bool:
    """Whether the data set is on this machine."""
    return datasets.available(name)


@lru_cache(maxsize=12)
def _means(name: str, split: str, _fingerprint: str) -> NDArray[np.uint8]:
    images, labels = dataset(name).split(split)
    return data_views.means(images, labels, len(DATASETS[name].class_names))


def mean_images(name: str, split: str) -> NDArray[np.uint8]:
    """The mean image of each class, uint8 [10, 28, 28], computed once.

    Raises:
        DataError: as `dataset`.
    """
    return _means(name, split, dataset(name).fingerprint)
