"""What a network answers to the class's own drawings, kept for as long as they are the same.

No Streamlit, no state of a session: any thread.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from gettext import gettext as _
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from model_store.classifier import Classifier
from model_store.drawing import Drawing
from model_store.drawings import MOST, DrawingSet
from model_store.evaluation import Evaluation
from pages.ui import layout
from training.choices import IMAGE_SIDE
from training.drawing_files import labels, picture

KEPT = 200  # results, one a network and set

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class OwnAnswers:
    """Drawings, what a network sees of them (uint8 [n, 28, 28]) and what it answers; n > 0."""

    drawings: tuple[Drawing, ...]
    images: Pixels
    evaluation: Evaluation

    def words(self) -> str:
        """How good it is on them: "84.0 % (21 of 25)"."""
        return _("{percent} ({right} of {all})").format(
            percent=layout.percent(self.evaluation.accuracy),
            right=f"{self.evaluation.correct:,}",
            all=f"{len(self.evaluation):,}",
        )


class OwnTest:
    """Pictures of drawings, and answers by network and set."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pictures: OrderedDict[str, Pixels] = OrderedDict()
        self._answers: OrderedDict[tuple[str, str], OwnAnswers] = OrderedDict()

    def images(self, drawings: tuple[Drawing, ...]) -> Pixels:
        """What a network sees of them, uint8 [n, 28, 28]; half a millisecond for each new one."""
        seen = np.zeros((len(drawings), IMAGE_SIDE, IMAGE_SIDE), np.uint8)
        for i, drawing in enumerate(drawings):
            drawing_id = drawing.id
            kept = self._pictures.get(drawing_id)
            if kept is None:
                kept = picture(drawing)
                with self._lock:
                    self._pictures[drawing_id] = kept
                    if len(self._pictures) > 2 * MOST:
                        self._pictures.popitem(last=False)
            seen[i] = kept
        return seen

    def of(self, network: str, classifier: Classifier, drawings: DrawingSet) -> OwnAnswers | None:
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
        images = self.images(drawings.drawings)
        evaluation = Evaluation.of(classifier.probabilities(images), labels(drawings.drawings))
        made = OwnAnswers(drawings.drawings, images, evaluation)
        with self._lock:
            self._answers[key] = made
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)
        return made
