"""How good a network is on images that it never saw: figures, mistakes, calibration. Pure NumPy.

An `Evaluation` is made once from probabilities and labels and is read-only afterwards: any thread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from gettext import gettext as _

import numpy as np
from numpy.typing import NDArray

Z95 = 1.959963984540054  # the normal distribution holds 95 % within so many standard deviations
LEAST = float(np.finfo(np.float32).tiny)  # a smaller probability has no logarithm in float32
BINS = 10
ORDERS = ("all", "wrong", "confident", "uncertain")

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class ClassMetrics:
    """One class against the rest, each figure in [0, 1]; nan where there is nothing to divide by.

    `precision`: of the images read as this class, the share that are. `recall`: of the images of
    this class, the share that is read as it. `f1`: their harmonic mean. `support`: its images.
    """

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Bin:
    """The images whose best probability lies in [`low`, `high`); the last bin holds 1 as well.

    `confidence` is the mean of those probabilities and `accuracy` the share of right answers, both
    nan where `count` is 0.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of `accuracy` (`wilson`); (0, 1) where `count` is 0."""
        return wilson(round(self.accuracy * self.count) if self.count else 0, self.count)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Bins of equal width over [0, 1], and the expected calibration error in [0, 1].

    The error is the mean distance of a bin's confidence from its accuracy, weighted by its images.
    Source: C. Guo et al., "On Calibration of Modern Neural Networks" (2017). `overconfidence` is
    mean confidence minus accuracy: above 0 the network promises more than it keeps.
    """

    bins: tuple[Bin, ...]
    error: float
    overconfidence: float


@dataclass(frozen=True, slots=True)
class Mistake:
    """So many images (`count` >= 1) of class `truth` were read as class `answer`."""

    truth: int
    answer: int
    count: int


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A network's answers to labelled images.

    `probabilities` float32 [N, C], N >= 1; `labels`, `answers` intp [N] in [0, C); `confidence`
    float32 [N], the probability of the answer; `confusion` intp [C, C]: rows are true classes,
    columns the answers. All arrays are read-only.
    """

    probabilities: NDArray[np.float32]
    labels: Indices
    answers: Indices
    confidence: NDArray[np.float32]
    confusion: Indices

    @classmethod
    def of(cls, probabilities: NDArray[np.float32], labels: NDArray[np.integer]) -> Evaluation:
        """Compare the probabilities [N, C] with the labels [N].

        Raises:
            ValueError: if they are not of one length, empty, no numbers, or a label is no class.
        """
        if probabilities.ndim != 2 or labels.shape != probabilities.shape[:1]:
            raise ValueError(_("Each image needs one label and one row of probabilities."))
        if not probabilities.size:
            raise ValueError(_("There is no image to evaluate."))
        count, classes = probabilities.shape
        truth = np.array(labels, np.intp)
        if truth.min() < 0 or truth.max() >= classes or not np.isfinite(probabilities).all():
            raise ValueError(_("The labels or the probabilities are none."))
        answers = probabilities.argmax(axis=1)
        pairs = np.bincount(truth * classes + answers, minlength=classes**2)
        arrays = (
            np.array(probabilities),
            truth,
            answers,
            probabilities[np.arange(count), answers],
            pairs.reshape(classes, classes),
        )
        for array in arrays:
            array.setflags(write=False)
        return cls(*arrays)

    def __len__(self) -> int:
        """How many images."""
        return len(self.labels)

    @property
    def right(self) -> NDArray[np.bool_]:
        """[N]: whether the answer is the label."""
        return self.answers == self.labels

    @property
    def correct(self) -> int:
        """How many answers are right."""
        return int(self.confusion.trace())

    @property
    def accuracy(self) -> float:
        """The share of right answers, in [0, 1]."""
        return self.correct / len(self)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the accuracy (`wilson`)."""
        return wilson(self.correct, len(self))

    @cached_property
    def cross_entropy(self) -> float:
        """Mean negative logarithm of the true class' probability, >= 0; as Keras counts it."""
        shares = self.probabilities[np.arange(len(self)), self.labels].astype(np.float64)
        return float(0 - np.log(np.maximum(shares, LEAST)).mean())

    @cached_property
    def squared_error(self) -> float:
        """Mean squared distance of the probabilities from the one-hot labels; as Keras counts."""
        distance = np.array(self.probabilities, np.float64)
        distance[np.arange(len(self)), self.labels] -= 1
        return float(np.square(distance).mean())

    def loss(self, name: str) -> float:
        """The figure that the loss of this name (see `choices.LOSSES`) minimises."""
        return self.squared_error if name == "mean_squared_error" else self.cross_entropy

    @cached_property
    def classes(self) -> tuple[ClassMetrics, ...]:
        """Precision, recall, F1 and support of each class."""
        hits = self.confusion.diagonal()
        answered, support = self.confusion.sum(axis=0), self.confusion.sum(axis=1)
        return tuple(
            ClassMetrics(
                _ratio(hits[i], answered[i]),
                _ratio(hits[i], support[i]),
                _ratio(2 * hits[i], answered[i] + support[i]),
                int(support[i]),
            )
            for i in range(len(hits))
        )

    @property
    def macro(self) -> ClassMetrics:
        """The plain mean over the classes, those without a figure left out; all images."""
        return ClassMetrics(
            _mean([c.precision for c in self.classes]),
            _mean([c.recall for c in self.classes]),
            _mean([c.f1 for c in self.classes]),
            len(self),
        )

    def mistakes(self, most: int) -> list[Mistake]:
        """The most frequent mistakes, at most `most`, the worst first."""
        wrong = self.confusion - np.diag(self.confusion.diagonal())
        order = np.argsort(-wrong, axis=None, kind="stable")[:most]
        pairs = zip(*np.unravel_index(order, wrong.shape), strict=True)
        return [Mistake(int(t), int(a), int(wrong[t, a])) for t, a in pairs if wrong[t, a]]

    def select(self, order: str, truth: int | None = None, answer: int | None = None) -> Indices:
        """Positions of images, intp [n], n >= 0.

        Args:
            order: "all" and "wrong" (mistakes alone) keep the order of the data; "confident" are
                the mistakes, the surest first; "uncertain" are all, the least sure first.
            truth: only images of this class.
            answer: only images that were read as this class.

        Raises:
            ValueError: for another order.
        """
        if order not in ORDERS:
            raise ValueError(f"there is no order {order!r}")
        keep = np.ones(len(self), np.bool_)
        if order in ("wrong", "confident"):
            keep &= ~self.right
        if truth is not None:
            keep &= self.labels == truth
        if answer is not None:
            keep &= self.answers == answer
        found = np.flatnonzero(keep)
        if order == "confident":
            return found[np.argsort(-self.confidence[found], kind="stable")]
        if order == "uncertain":
            return found[np.argsort(self.confidence[found], kind="stable")]
        return found

    def calibration(self, bins: int = BINS) -> Calibration:
        """Whether a probability of 80 % is right 80 times in 100."""
        place = np.minimum((self.confidence * bins).astype(np.intp), bins - 1)
        counts = np.bincount(place, minlength=bins)
        confidence = np.bincount(place, weights=self.confidence, minlength=bins)
        right = np.bincount(place, weights=self.right, minlength=bins)
        return Calibration(
            tuple(
                Bin(
                    i / bins,
                    (i + 1) / bins,
                    int(counts[i]),
                    _ratio(confidence[i], counts[i]),
                    _ratio(right[i], counts[i]),
                )
                for i in range(bins)
            ),
            float(np.abs(confidence - right).sum()) / len(self),
            float(confidence.sum() - right.sum()) / len(self),
        )


def wilson(right: int, total: int, z: float = Z95) -> tuple[float, float]:
    """Low and high end of a confidence interval for a share, in [0, 1]; (0, 1) for `total` 0.

    It stays honest near 0 and 1, where the textbook's plus-or-minus does not. Source: E. B. Wilson,
    "Probable Inference, the Law of Succession, and Statistical Inference" (1927).
    """
    if total == 0:
        return 0.0, 1.0
    share, spread = right / total, z * z / total
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / total + spread / (4 * total))
    return max(0.0, middle - half), min(1.0, middle + half)


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else math.nan


def _mean(figures: list[float]) -> float:
    known = [figure for figure in figures if not math.isnan(figure)]
    return math.fsum(known) / len(known) if known else math.nan
