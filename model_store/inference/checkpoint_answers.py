"""How a run's answer moved while it learned, from its epoch checkpoints. NumPy; any thread."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model_store.inference.classifier import Classifier
from model_store.runs.run import Run
from model_store.storage.checkpoints import FEWEST_POINTS, MOST_POINTS
from model_store.storage.errors import RunDamaged

MEMORY = 200_000_000  # bytes of weights that stay in memory
BYTES_A_WEIGHT = 4


@dataclass(frozen=True, slots=True)
class CheckpointAnswers:
    """The answers at `epochs` (0 is before training): `probabilities` float32 [len(epochs), 10].

    `unreadable` names the epochs whose checkpoint is missing or damaged.
    """

    epochs: tuple[int, ...]
    probabilities: NDArray[np.float32]
    unreadable: tuple[int, ...] = ()

    def stable_since(self) -> int:
        """The first epoch from which on it reads what it reads at the end."""
        read = self.probabilities.argmax(axis=1)
        other = np.flatnonzero(read != read[-1])
        return self.epochs[int(other[-1]) + 1 if len(other) else 0]


class CheckpointCache:
    """Keeps the weights of the checkpoints that were used last, up to `memory` bytes."""

    def __init__(self, memory: int = MEMORY) -> None:
        self._memory = memory
        self._kept: OrderedDict[tuple[Path, int, int], Classifier] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes of weights in memory."""
        with self._lock:
            return sum(_size(classifier) for classifier in self._kept.values())

    def of(
        self, run: Run, checkpoints: Mapping[int, Path], image: NDArray[np.uint8]
    ) -> CheckpointAnswers:
        """The answers to `image`, uint8 [28, 28], at some of the run's checkpoints.

        `checkpoints` are those of `ModelStore.checkpoints`. Many, or large ones, are thinned out;
        the first and the last are always among them.
        """
        room = self._memory // (run.recipe.parameters * BYTES_A_WEIGHT)
        chosen = thinned(list(checkpoints), max(FEWEST_POINTS, min(MOST_POINTS, room)))
        probabilities, unreadable = {}, []
        for epoch in chosen:
            try:
                probabilities[epoch] = self._open(run, checkpoints[epoch]).probabilities(image)
            except RunDamaged:
                unreadable.append(epoch)
        rows = (
            np.stack(list(probabilities.values()))
            if probabilities
            else np.zeros((0, 10), np.float32)
        )
        return CheckpointAnswers(tuple(probabilities), rows, tuple(unreadable))

    def _open(self, run: Run, path: Path) -> Classifier:
        try:
            stat = path.stat()
        except OSError:
            raise RunDamaged(path.name) from None
        key = (path, stat.st_mtime_ns, stat.st_size)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        classifier = Classifier.load(run, str(path))
        with self._lock:
            self._kept[key] = classifier
            while len(self._kept) > 1 and sum(map(_size, self._kept.values())) > self._memory:
                self._kept.popitem(last=False)
        return classifier


def thinned(epochs: Sequence[int], most: int) -> list[int]:
    """At most `most` of them, evenly spread, the first and the last among them."""
    if len(epochs) <= most:
        return list(epochs)
    return [epochs[i] for i in np.linspace(0, len(epochs) - 1, most).round().astype(int)]


def _size(classifier: Classifier) -> int:
    return sum(kernel.nbytes + bias.nbytes for kernel, bias in classifier.weights)
