"""What a network answers to the class's own drawings, kept for as long as they are the same.

No Streamlit, no state of a session: any thread.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from gettext import gettext as _
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.classroom.drawing import Drawing
from model_store.classroom.drawing_set import MAX_DRAWINGS, DrawingSet
from model_store.inference.classifier import Classifier
from model_store.inference.metrics import Evaluation
from model_store.recipe.choices import IMAGE_SIDE
from training.images.drawing_files import labels, prepared_image

KEPT = 200  # results, one a network and set: up to 0.2 MB each
FIGURES = 10_000  # accuracies alone
SETS = 8  # whose pictures are shared by all results

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class DrawingResults:
    """Drawings, what a network sees of them (uint8 [n, 28, 28]) and what it answers; n > 0."""

    drawings: tuple[Drawing, ...]
    images: Pixels
    evaluation: Evaluation

    def words(self) -> str:
        """How good it is on them: "84.0 % (21 of 25)"."""
        return _("{percent} ({right} of {all})").format(
            percent=f"{100 * self.evaluation.accuracy:.1f} %",
            right=f"{self.evaluation.correct:,}",
            all=f"{len(self.evaluation):,}",
        )


class DrawingTest:
    """Pictures of drawings, and answers by network and set."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pictures: OrderedDict[str, Pixels] = OrderedDict()
        self._sets: OrderedDict[str, tuple[tuple[Drawing, ...], Pixels]] = OrderedDict()
        self._answers: OrderedDict[tuple[str, str], DrawingResults] = OrderedDict()
        self._figures: OrderedDict[tuple[str, str], float] = OrderedDict()

    def images(self, drawings: tuple[Drawing, ...]) -> Pixels:
        """What a network sees of them, uint8 [n, 28, 28]; half a millisecond for each new one."""
        seen = np.zeros((len(drawings), IMAGE_SIDE, IMAGE_SIDE), np.uint8)
        for i, drawing in enumerate(drawings):
            drawing_id = drawing.id
            kept = self._pictures.get(drawing_id)
            if kept is None:
                kept = prepared_image(drawing)
                with self._lock:
                    _keep(self._pictures, drawing_id, kept, 2 * MAX_DRAWINGS)
            seen[i] = kept
        return seen

    def of(
        self, network: str, classifier: Classifier, drawings: DrawingSet
    ) -> DrawingResults | None:
        """The answers of `classifier` to all `drawings`; None if there are none.

        `network` stands for its weights, such as their hash: what was worked out for the same
        weights and the same set is not worked out again.
        """
        if not len(drawings):
            return None
        key = (network, drawings.hash)
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        whole, images = self._set(drawings)
        evaluation = Evaluation.of(classifier.probabilities(images), labels(whole))
        made = DrawingResults(whole, images, evaluation)
        with self._lock:
            _keep(self._answers, key, made, KEPT)
            _keep(self._figures, key, evaluation.accuracy, FIGURES)
        return made

    def accuracy(
        self, network: str, load: Callable[[], Classifier], drawings: DrawingSet
    ) -> float | None:
        """The accuracy of `of`, in [0, 1]; the classifier is only loaded if it is not known yet."""
        if not len(drawings):
            return None
        with self._lock:
            known = self._figures.get((network, drawings.hash))
        if known is not None:
            return known
        answers = self.of(network, load(), drawings)
        return None if answers is None else answers.evaluation.accuracy

    def _set(self, drawings: DrawingSet) -> tuple[tuple[Drawing, ...], Pixels]:
        """Drawings and their pictures, the same arrays for every network."""
        with self._lock:
            kept = self._sets.get(drawings.hash)
        if kept is None:
            kept = (drawings.drawings, self.images(drawings.drawings))
            kept[1].setflags(write=False)
            with self._lock:
                _keep(self._sets, drawings.hash, kept, SETS)
        return kept


def _keep(cache: OrderedDict[Any, Any], key: object, value: object, most: int) -> None:
    cache[key] = value
    while len(cache) > most:
        cache.popitem(last=False)
