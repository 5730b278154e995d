"""Mean images of data sets and findings of sweeps, computed once for all sessions. Any thread."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from model_store.storage.sweep_store import Sweep
from pages.ui.figures import data as data_views
from pages.ui.services import singletons
from pages.ui.services.shared import shared
from training.sweeps import optuna_study
from training.sweeps.plan import Plan


@shared(32, key=lambda sweep: (sweep.id, sweep.finished))
def importances(sweep: Sweep) -> Mapping[str, float]:
    """Return the importance of each setting of a finished sweep.

    Raises:
        PlanError: if its plan cannot be read.
    """
    return optuna_study.importances(Plan.from_dict(sweep.plan), sweep.trials)


@shared(64)
def mean_images(name: str, split: str) -> NDArray[np.uint8]:
    """Return the mean image of each class, uint8 [classes, 28, 28].

    Raises:
        DataError: as `singletons.dataset`.
    """
    arrays = singletons.dataset(name)
    return data_views.class_means(*arrays.split(split), len(arrays.about.class_names))
