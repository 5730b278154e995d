"""A network's answers to the class drawings. Pure, any thread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_store.classroom.drawing import Drawing
from model_store.inference.classifier import Classifier
from model_store.inference.metrics import Evaluation
from model_store.recipe.text import percent
from model_store.text import _
from training.images.drawing_images import labels


@dataclass(frozen=True, slots=True)
class DrawingResults:
    """Drawings, one or more, and the answers to them in the same order."""

    drawings: tuple[Drawing, ...]
    evaluation: Evaluation

    @classmethod
    def of(
        cls, classifier: Classifier, drawings: tuple[Drawing, ...], images: NDArray[np.uint8]
    ) -> DrawingResults:
        """Evaluate a network on drawings and their prepared images, uint8 [n, 28, 28], n > 0."""
        return cls(drawings, Evaluation.of(classifier.probabilities(images), labels(drawings)))

    def accuracy_text(self) -> str:
        """Return the accuracy as text: "84.0 % (21 of 25)"."""
        return _("{percent} ({correct} of {all})").format(
            percent=percent(self.evaluation.accuracy),
            correct=f"{self.evaluation.correct:,}",
            all=f"{len(self.evaluation):,}",
        )
