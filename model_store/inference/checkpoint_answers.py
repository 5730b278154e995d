"""A run's answers to one image at its epoch checkpoints. NumPy; any thread."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model_store.inference.classifier import Classifier
from model_store.runs.run import Run
from model_store.storage.atomic_files import Stamp, stamp
from model_store.storage.checkpoints import FEWEST_POINTS, MOST_POINTS
from model_store.storage.errors import RunDamaged

MEMORY = 200_000_000  # bytes of weights that stay in memory
BYTES_PER_WEIGHT = 4


@dataclass(frozen=True, slots=True)
class CheckpointAnswers:
    """The `probabilities`, float32 [len(epochs), classes], at `epochs`; epoch 0 is before training.

    `unreadable` are the epochs whose checkpoint is missing or damaged.
    """

    epochs: tuple[int, ...]
    probabilities: NDArray[np.float32]
    unreadable: tuple[int, ...] = ()

    def stable_since(self) -> int:
        """Return the first epoch from which on the answer is the last one."""
        answers = self.probabilities.argmax(axis=1)
        other = np.flatnonzero(answers != answers[-1])
        return self.epochs[int(other[-1]) + 1 if len(other) else 0]


class CheckpointCache:
    """Weights of the checkpoints that were used last, up to `memory` bytes."""

    def __init__(self, memory: int = MEMORY) -> None:
        self._memory = memory
        self._kept: dict[tuple[Path, Stamp], Classifier] = {}  # the last used one at the end
        self._lock = threading.RLock()

    @property
    def size(self) -> int:
        """Bytes of weights in memory."""
        with self._lock:
            weights = sum(c.recipe.parameters for c in self._kept.values())
            return BYTES_PER_WEIGHT * weights

    def answers(
        self, run: Run, checkpoints: Mapping[int, Path], image: NDArray[np.uint8]
    ) -> CheckpointAnswers:
        """Return the answers to `image`, uint8 [28, 28], at some checkpoints of the run.

        `checkpoints` are those of `ModelStore.checkpoints`. Many or large ones are thinned; the
        first and the last always stay.
        """
        room = self._memory // (run.recipe.parameters * BYTES_PER_WEIGHT)
        chosen = thinned(list(checkpoints), max(FEWEST_POINTS, min(MOST_POINTS, room)))
        rows, unreadable = {}, []
        for epoch in chosen:
            try:
                rows[epoch] = self._load(run, checkpoints[epoch]).probabilities(image)
            except RunDamaged:
                unreadable.append(epoch)
        found = np.array(list(rows.values()), np.float32).reshape(-1, run.recipe.classes)
        return CheckpointAnswers(tuple(rows), found, tuple(unreadable))

    def _load(self, run: Run, path: Path) -> Classifier:
        key = path, stamp(path)
        with self._lock:
            classifier = self._kept.pop(key, None) or Classifier.load(run, str(path))
            self._kept[key] = classifier
            while len(self._kept) > 1 and self.size > self._memory:
                del self._kept[next(iter(self._kept))]
            return classifier


def thinned(epochs: Sequence[int], most: int) -> list[int]:
    """Return at most `most` epochs, evenly spread, with the first and the last."""
    if len(epochs) <= most:
        return list(epochs)
    return [epochs[i] for i in np.linspace(0, len(epochs) - 1, most).round().astype(int)]
