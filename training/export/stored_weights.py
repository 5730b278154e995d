"""Weights of a network for a file to take home, and what rounding them costs. Pure, any thread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_store.inference.classifier import Classifier
from model_store.recipe.text import percent
from model_store.text import _

MAX_LOSS = 0.0005  # of test accuracy: if 16 bits lose more, weights keep 32 bits

Images = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class StoredWeights:
    """Weights as the file has them, and what rounding them costs.

    `content` has each layer's kernel, row by row, then its bias, as little-endian floats of `bits`
    bits: 16 or 32. `accuracy` and `rounded`, in [0, 1], are those of the test images with the
    weights as trained and with 16 bits; None without test images.
    """

    content: bytes
    bits: int
    accuracy: float | None = None
    rounded: float | None = None

    @classmethod
    def of(
        cls, classifier: Classifier, images: Images | None, labels: Images | None
    ) -> StoredWeights:
        """Round the weights to 16 bits, unless that loses more accuracy than `MAX_LOSS`.

        Args:
            classifier: the network.
            images: test images, uint8 [n, 28, 28], or None.
            labels: their classes, uint8 [n], or None.
        """
        with np.errstate(over="ignore"):  # what is too large for 16 bits becomes infinite
            halves = [(k.astype("<f2"), b.astype("<f2")) for k, b in classifier.weights]
        finite = all(np.isfinite(array).all() for pair in halves for array in pair)
        accuracy = rounded = None
        if images is not None and labels is not None:
            accuracy = _accuracy(classifier, images, labels)
            if finite:
                wide = [(k.astype(np.float32), b.astype(np.float32)) for k, b in halves]
                rounded = _accuracy(Classifier(classifier.recipe, wide), images, labels)
        small = finite and (accuracy is None or rounded is None or accuracy - rounded <= MAX_LOSS)
        chosen = (
            halves if small else [(k.astype("<f4"), b.astype("<f4")) for k, b in classifier.weights]
        )
        content = b"".join(array.tobytes() for pair in chosen for array in pair)
        return cls(content, 16 if small else 32, accuracy, rounded)

    @property
    def sentence(self) -> str:
        """Say how precise the weights are, and what that costs."""
        if self.bits == 32:
            if self.rounded is None or self.accuracy is None:
                return _("32 bits each, as trained: some are too large for 16 bits.")
            sentence = _(
                "32 bits each, as trained. With 16 bits the test accuracy would be {rounded}."
            )
            return sentence.format(rounded=percent(self.rounded, 2))
        if self.rounded is None or self.accuracy is None:
            return _(
                "Rounded to 16 bits each. What that costs was not measured: the computer that made "
                "this file did not have the test images."
            )
        points = 100 * (self.rounded - self.accuracy)
        sentence = _(
            "Rounded to 16 bits each. Test accuracy with them: {rounded} ({points} points)."
        )
        return sentence.format(rounded=percent(self.rounded, 2), points=f"{points:+.2f}")


def _accuracy(classifier: Classifier, images: Images, labels: Images) -> float:
    return float((classifier.logits(images).argmax(axis=1) == labels).mean())
