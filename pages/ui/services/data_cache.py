"""Mean images of data sets and findings of sweeps, computed once for all sessions. Any thread."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.choices import DATASETS
from model_store.storage.sweep_store import Sweep
from pages.ui.figures import data as data_views
from pages.ui.services import singletons
from pages.ui.services.shared import shared
from training.sweeps import optuna_study
from training.sweeps.plan import Plan


@shared(32)
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


@shared(12)
def _means(name: str, split: str, _fingerprint: str) -> NDArray[np.uint8]:
    images, labels = singletons.dataset(name).split(split)
    return data_views.class_means(images, labels, len(DATASETS[name].class_names))


def mean_images(name: str, split: str) -> NDArray[np.uint8]:
    """The mean image of each class, uint8 [10, 28, 28], computed once.

    Raises:
        DataError: as `services.dataset`.
    """
    return _means(name, split, singletons.dataset(name).fingerprint)
