"""Metrics of an evaluation: equal to scikit-learn's and textbook values; None without data."""

import importlib
import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from model_store.inference.classifier import softmax
from model_store.inference.metrics import ORDERS, Evaluation, chance_of_at_most, wilson

CLASSES = range(10)


def answers(count: int = 500, sharp: float = 1.5, seed: int = 0) -> Evaluation:
    """Return answers that are often right; `sharp` scales the logits."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 10, count).astype(np.uint8)
    logits = random.normal(0, 1, (count, 10)).astype(np.float32)
    logits[np.arange(count), labels] += 1.2
    return Evaluation.of(softmax(logits * np.float32(sharp)), labels)


def sure(labels: list[int], read_as: list[int], confidence: list[float]) -> Evaluation:
    """Return answers with chosen probabilities, the rest spread evenly."""
    probabilities = np.repeat((1 - np.array(confidence, np.float32))[:, None] / 9, 10, axis=1)
    probabilities[np.arange(len(labels)), read_as] = confidence
    return Evaluation.of(probabilities, np.array(labels, np.uint8))


@pytest.fixture(scope="module")
def usual() -> Evaluation:
    return answers()


@pytest.fixture(scope="module")
def metrics() -> Any:
    """Import scikit-learn's metrics here, since that slows test collection."""
    return importlib.import_module("sklearn.metrics")


def test_accuracy_and_confusion_are_scikit_learns(usual: Evaluation, metrics: Any) -> None:
    assert usual.accuracy == metrics.accuracy_score(usual.labels, usual.answers)
    expected = metrics.confusion_matrix(usual.labels, usual.answers, labels=CLASSES)
    assert np.array_equal(usual.confusion, expected)
    assert usual.correct == usual.right.sum()


def test_losses_are_scikit_learns(usual: Evaluation, metrics: Any) -> None:
    exact = usual.probabilities.astype(np.float64)
    expected = metrics.log_loss(usual.labels, exact / exact.sum(axis=1, keepdims=True))
    assert usual.loss("sparse_categorical_crossentropy") == pytest.approx(expected, abs=1e-7)
    expected = metrics.mean_squared_error(np.eye(10)[usual.labels], usual.probabilities)
    assert usual.loss("mean_squared_error") == pytest.approx(expected, abs=1e-9)


def test_a_certain_mistake_costs_the_most_that_float32_can_hold() -> None:
    name = "categorical_crossentropy"
    assert sure([3], [7], [1.0]).loss(name) == pytest.approx(-math.log(1.1754944e-38))
    assert sure([3], [3], [1.0]).loss(name) == 0


@pytest.mark.parametrize("seen", [10, 6, 1])
def test_figures_of_the_classes_are_scikit_learns(seen: int, metrics: Any) -> None:
    """Test with all classes, and with some that never occur and are never predicted."""
    whole = answers(400, seed=seen)
    few = whole.labels < seen
    probabilities = np.array(whole.probabilities[few])
    probabilities[:, seen:] = 0
    found = Evaluation.of(probabilities, whole.labels[few])
    known: dict[str, Any] = {"labels": CLASSES, "zero_division": math.nan}
    expected = metrics.precision_recall_fscore_support(found.labels, found.answers, **known)
    ours = [(c.precision, c.recall, c.f1, c.support) for c in found.classes]
    np.testing.assert_allclose(np.transpose(ours), np.array(expected, np.float64))
    expected = metrics.precision_recall_fscore_support(
        found.labels, found.answers, average="macro", **known
    )
    macro = found.macro
    assert [macro.precision, macro.recall, macro.f1] == pytest.approx(expected[:3])
    assert macro.support == len(found)


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [  # R. G. Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_the_interval_is_wilsons(right: int, total: int, low: float, high: float) -> None:
    assert wilson(right, total) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("share", [0.0, 0.03, 0.5, 0.989, 1.0])
@pytest.mark.parametrize(("right", "total"), [(-1, 5), (0, 1), (9, 10), (10, 10), (2950, 3000)])
def test_the_chance_of_so_few_is_that_of_the_binomial_distribution(
    right: int, total: int, share: float
) -> None:
    known = stats.binom.cdf(right, total, share)
    assert chance_of_at_most(right, total, share) == pytest.approx(known, rel=1e-6, abs=1e-12)


def test_without_images_nothing_is_known() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="no image"):
        Evaluation.of(np.zeros((0, 10), np.float32), np.zeros(0, np.uint8))


def tenths(*shape: int) -> NDArray[np.float32]:
    return np.full(shape, 0.1, np.float32)


@pytest.mark.parametrize(
    ("probabilities", "labels"),
    [
        (tenths(3, 10), np.zeros(2, np.uint8)),
        (tenths(10), np.zeros(10, np.uint8)),
        (tenths(3, 10), np.zeros((3, 1), np.uint8)),
        (tenths(3, 10), np.array([0, 1, 10])),
        (tenths(3, 10), np.array([0, 1, -1])),
        (tenths(3, 10) * np.float32(np.nan), np.zeros(3, np.uint8)),
    ],
)
def test_nonsense_is_refused_in_a_sentence(
    probabilities: NDArray[np.float32], labels: NDArray[np.integer]
) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        Evaluation.of(probabilities, labels)


def test_it_cannot_be_changed_and_leaves_what_it_was_given_alone() -> None:
    given = tenths(3, 10)
    found = Evaluation.of(given, np.zeros(3, np.uint8))
    for array in (found.probabilities, found.labels, found.answers, found.confusion):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    given[0] = 0
    assert found.probabilities[0, 0] == np.float32(0.1)


def test_orders_and_filters() -> None:
    found = sure([4, 4, 9, 1, 4], [9, 4, 9, 7, 9], [0.6, 0.5, 0.99, 0.7, 0.9])
    assert found.select("all").tolist() == [0, 1, 2, 3, 4]
    assert found.select("wrong").tolist() == [0, 3, 4]
    assert found.select("confident").tolist() == [4, 3, 0]
    assert found.select("uncertain").tolist() == [1, 0, 3, 4, 2]
    assert found.select("all", truth=4, answer=9).tolist() == [0, 4]
    assert found.select("confident", truth=4).tolist() == [4, 0]
    assert found.select("uncertain", answer=9).tolist() == [0, 4, 2]
    assert found.select("wrong", truth=9).tolist() == []
    assert found.select("all", truth=77).tolist() == []
    with pytest.raises(ValueError, match="no order"):
        found.select("nonsense")


@pytest.mark.parametrize("order", ORDERS)
def test_every_cell_of_the_matrix_holds_its_images(usual: Evaluation, order: str) -> None:
    wrong_alone = order in ("wrong", "confident")
    for truth in CLASSES:
        for answer in CLASSES:
            found = usual.select(order, truth, answer)
            assert (usual.labels[found] == truth).all() and (usual.answers[found] == answer).all()
            expected = 0 if wrong_alone and truth == answer else usual.confusion[truth, answer]
            assert len(found) == expected
    sureness = usual.confidence[usual.select(order)]
    if order in ("confident", "uncertain"):
        assert all(
            (a - b) * (1 if order == "confident" else -1) >= 0 for a, b in pairwise(sureness)
        )


def test_mistakes_come_worst_first() -> None:
    found = sure([4, 4, 9, 1, 4], [9, 4, 9, 7, 9], [0.6, 0.5, 0.99, 0.7, 0.9])
    assert [(m.truth, m.answer, m.count) for m in found.mistakes(5)] == [(4, 9, 2), (1, 7, 1)]
    assert len(found.mistakes(1)) == 1
    assert sure([1, 2], [1, 2], [0.9, 0.9]).mistakes(5) == []


def test_calibration_of_known_answers() -> None:
    found = sure([1, 1, 1, 1, 2], [1, 1, 1, 5, 2], [0.85, 0.85, 0.85, 0.85, 1.0])
    calibration = found.calibration()
    eighty, certain = calibration.bins[8], calibration.bins[9]
    assert (eighty.count, eighty.accuracy) == (4, 0.75)
    assert eighty.confidence == pytest.approx(0.85)
    assert (certain.count, certain.accuracy, certain.confidence) == (1, 1.0, 1.0)
    assert math.isnan(calibration.bins[0].accuracy)
    assert calibration.error == pytest.approx(4 / 5 * 0.1)
    assert calibration.overconfidence == pytest.approx(4.4 / 5 - 4 / 5)


@pytest.mark.parametrize("bins", [1, 10, 15])
def test_calibration_adds_up(usual: Evaluation, bins: int) -> None:
    calibration = usual.calibration(bins)
    assert sum(b.count for b in calibration.bins) == len(usual)
    full = [b for b in calibration.bins if b.count]
    assert sum(b.count * b.accuracy for b in full) == pytest.approx(usual.correct)
    assert all(b.low <= b.confidence <= b.high + 1e-6 for b in full)
    weighted = sum(b.count * abs(b.accuracy - b.confidence) for b in full) / len(usual)
    assert calibration.error == pytest.approx(weighted)


def test_larger_logits_are_overconfident() -> None:
    """The same predictions with larger logits are as accurate, but overconfident."""
    quiet, loud = answers(4000, 1.0), answers(4000, 5.0)
    assert quiet.accuracy == loud.accuracy
    assert abs(quiet.calibration().overconfidence) < 0.1 < loud.calibration().overconfidence
    assert quiet.calibration().error < loud.calibration().error


def test_a_bins_interval_is_that_of_its_images() -> None:
    bins = sure([3] * 4 + [5], [3, 3, 3, 8, 5], [0.55, 0.55, 0.55, 0.55, 0.95]).calibration().bins
    assert bins[5].interval == wilson(3, 4)
    assert bins[9].interval == wilson(1, 1)
    assert bins[0].interval == (0.0, 1.0), "an empty bin knows nothing"
