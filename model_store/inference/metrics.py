"""Metrics of a network on labelled images: accuracy, loss, mistakes, calibration. Pure NumPy.

An `Evaluation` is read-only: any thread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from model_store.text import _

Z95 = 1.959963984540054  # standard deviations around the mean with 95 % of a normal distribution
LEAST = float(np.finfo(np.float32).tiny)  # a smaller probability has no logarithm in float32
BINS = 10
ORDERS = ("all", "wrong", "confident", "uncertain")

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class ClassMetrics:
    """Metrics of one class in [0, 1], nan for a division by 0; `support` is its images' number.

    `precision` is the part of the answers with this class that are right, `recall` the part of
    its images that are answered right, `f1` their harmonic mean.
    """

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Images whose best probability is in [`low`, `high`); the last bin includes 1.

    `confidence` is its mean, `accuracy` the part of right answers; nan if `count` is 0.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float

    @property
    def interval(self) -> tuple[float, float]:
        """95 % confidence interval of `accuracy` (`wilson`)."""
        return wilson(round(self.accuracy * self.count) if self.count else 0, self.count)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Bins of equal width over [0, 1], and the expected calibration error in [0, 1].

    The error is the mean distance of a bin's confidence from its accuracy, weighted by its images
    (C. Guo et al., "On Calibration of Modern Neural Networks", 2017). `overconfidence` is mean
    confidence minus accuracy.
    """

    bins: tuple[Bin, ...]
    error: float
    overconfidence: float


@dataclass(frozen=True, slots=True)
class Mistake:
    """A number of images of class `truth`, `count` >= 1, with the answer `answer`."""

    truth: int
    answer: int
    count: int


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A network's answers to labelled images; all arrays are read-only.

    `probabilities` float32 [N, C], N >= 1; `labels`, `answers` intp [N] in [0, C); `confidence`
    float32 [N], the probability of the answer; `confusion` intp [C, C]: true classes in rows,
    answers in columns.
    """

    probabilities: NDArray[np.float32]
    labels: Indices
    answers: Indices
    confidence: NDArray[np.float32]
    confusion: Indices

    @classmethod
    def of(cls, probabilities: NDArray[np.float32], labels: NDArray[np.integer]) -> Evaluation:
        """Compare probabilities [N, C] with labels [N].

        Raises:
            ValueError: if lengths differ, there is no image, or a value is no class or not finite.
        """
        if probabilities.ndim != 2 or labels.shape != probabilities.shape[:1]:
            raise ValueError(_("Each image needs one label and one row of probabilities."))
        if not probabilities.size:
            raise ValueError(_("There is no image to evaluate."))
        count, classes = probabilities.shape
        truth = np.array(labels, np.intp)
        if truth.min() < 0 or truth.max() >= classes or not np.isfinite(probabilities).all():
            raise ValueError(_("The labels or the probabilities are damaged."))
        answers = probabilities.argmax(axis=1)
        pairs = np.bincount(truth * classes + answers, minlength=classes**2)
        confidence = probabilities[np.arange(count), answers]
        confusion = pairs.reshape(classes, classes)
        arrays = (np.array(probabilities), truth, answers, confidence, confusion)
        for array in arrays:
            array.setflags(write=False)
        return cls(*arrays)

    def __len__(self) -> int:
        """Number of images."""
        return len(self.labels)

    @property
    def right(self) -> NDArray[np.bool_]:
        """[N]: True if the answer is the label."""
        return self.answers == self.labels

    @property
    def correct(self) -> int:
        """Number of right answers."""
        return int(self.confusion.trace())

    @property
    def accuracy(self) -> float:
        """Part of the answers that are right, in [0, 1]."""
        return self.correct / len(self)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % confidence interval of the accuracy (`wilson`)."""
        return wilson(self.correct, len(self))

    def loss(self, name: str) -> float:
        """Return the loss of this name (see `choices.LOSSES`), >= 0, as Keras counts it."""
        truth = np.arange(len(self)), self.labels
        exact = self.probabilities.astype(np.float64)
        if name != "mean_squared_error":
            return float(0 - np.log(np.maximum(exact[truth], LEAST)).mean())
        exact[truth] -= 1
        return float(np.square(exact).mean())

    @cached_property
    def classes(self) -> tuple[ClassMetrics, ...]:
        """Metrics of each class."""
        hits = self.confusion.diagonal()
        answered, support = self.confusion.sum(axis=0), self.confusion.sum(axis=1)
        precision, recall = _ratio(hits, answered), _ratio(hits, support)
        f1 = _ratio(2 * hits, answered + support)
        rows = zip(precision.tolist(), recall.tolist(), f1.tolist(), support.tolist(), strict=True)
        return tuple(ClassMetrics(*row) for row in rows)

    @property
    def macro(self) -> ClassMetrics:
        """Mean over the classes, without nan; `support` is the number of all images."""
        rows = [(c.precision, c.recall, c.f1) for c in self.classes]
        precision, recall, f1 = map(_mean, zip(*rows, strict=True))
        return ClassMetrics(precision, recall, f1, len(self))

    def mistakes(self, most: int) -> list[Mistake]:
        """Return the most frequent mistakes, at most `most`, the worst first."""
        wrong = self.confusion - np.diag(self.confusion.diagonal())
        order = np.argsort(-wrong, axis=None, kind="stable")[:most]
        pairs = zip(*np.unravel_index(order, wrong.shape), strict=True)
        return [Mistake(int(t), int(a), int(wrong[t, a])) for t, a in pairs if wrong[t, a]]

    def select(self, order: str, truth: int | None = None, answer: int | None = None) -> Indices:
        """Return positions, intp [n], of images of class `truth` with the answer `answer`.

        "all" and "wrong" (mistakes alone) keep the order of the data; "confident" are the mistakes,
        the most confident first; "uncertain" are all, the least confident first.

        Raises:
            ValueError: for another order.
        """
        if order not in ORDERS:
            raise ValueError(f"there is no order {order!r}")
        keep = ~self.right if order in ("wrong", "confident") else np.ones(len(self), np.bool_)
        for wanted, values in ((truth, self.labels), (answer, self.answers)):
            keep = keep if wanted is None else keep & (values == wanted)
        found = np.flatnonzero(keep)
        if order in ("all", "wrong"):
            return found
        sign = -1 if order == "confident" else 1
        return found[np.argsort(sign * self.confidence[found], kind="stable")]

    def calibration(self, bins: int = BINS) -> Calibration:
        """Compare confidence with accuracy: of answers with 80 %, 80 in 100 should be right."""
        place = np.minimum((self.confidence * bins).astype(np.intp), bins - 1)
        counts = np.bincount(place, minlength=bins)
        confidence = np.bincount(place, weights=self.confidence, minlength=bins)
        right = np.bincount(place, weights=self.right, minlength=bins)
        edges = (np.arange(bins + 1) / bins).tolist()
        columns = (counts, _ratio(confidence, counts), _ratio(right, counts))
        rows = zip(edges, edges[1:], *(column.tolist() for column in columns), strict=False)
        return Calibration(
            tuple(Bin(*row) for row in rows),
            float(np.abs(confidence - right).sum()) / len(self),
            float(confidence.sum() - right.sum()) / len(self),
        )


def wilson(right: int, total: int, z: float = Z95) -> tuple[float, float]:
    """Return the confidence interval of `right / total` in [0, 1]; (0, 1) for 0 of 0.

    It holds near 0 and 1 as well: E. B. Wilson, "Probable Inference, the Law of Succession, and
    Statistical Inference" (1927).
    """
    if total == 0:
        return 0.0, 1.0
    part, spread = right / total, z * z / total
    middle = (part + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(part * (1 - part) / total + spread / (4 * total))
    return max(0.0, middle - half), min(1.0, middle + half)


def chance_of_at_most(right: int, total: int, share: float) -> float:
    """Return the probability of at most `right` right answers of `total`, each right with `share`.

    Binomial distribution; `right` from -1, which has the probability 0, to `total`; `share` from 0
    to 1.
    """
    if share in (0, 1):
        return float(right >= total * share)
    return min(1.0, sum(math.exp(_log_chance(k, total, share)) for k in range(right + 1)))


def _log_chance(right: int, total: int, share: float) -> float:
    ways = math.lgamma(total + 1) - math.lgamma(right + 1) - math.lgamma(total - right + 1)
    return ways + right * math.log(share) + (total - right) * math.log1p(-share)


def _ratio(part: NDArray[np.number], whole: NDArray[np.number]) -> NDArray[np.float64]:
    """Divide; nan where `whole` is 0."""
    return np.where(whole == 0, math.nan, part / np.maximum(whole, 1))


def _mean(values: tuple[float, ...]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return math.fsum(known) / len(known) if known else math.nan
