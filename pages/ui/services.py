"""What the whole process shares: store, engine, data sets, classifiers. Safe from any thread."""

from __future__ import annotations

from functools import cache, lru_cache

from model_store import ModelStore, Run
from model_store.classifier import Classifier
from model_store.store import default_root
from training import datasets
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
    return _classifier(run.id, str(run.manifest.get("files", {}).get("weights.npz", "")))
