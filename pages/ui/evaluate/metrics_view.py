"""Accuracy, metrics of each class, and calibration of one model. Script thread."""

import math

import streamlit as st

from model_store import Run
from model_store.inference.metrics import ClassMetrics, Evaluation
from model_store.recipe.choices import LOSSES
from model_store.text import _
from pages.ui.components.live_plot import live_plot
from pages.ui.figures.evaluation import HEIGHT, reliability_diagram
from pages.ui.figures.theme import percent
from pages.ui.frame import layout
from pages.ui.runs.run_texts import gap_text
from pages.ui.services import model_cache

SMALLEST_BIAS = 0.01  # of the mean confidence: a smaller one is not worth a sentence


def metrics_view(run: Run, evaluation: Evaluation) -> None:
    """Draw the accuracy with its interval, training against test, and each class."""
    low, high = evaluation.interval
    test_loss = run.result.get("test_loss", evaluation.loss(run.recipe.loss))
    drawings = model_cache.drawing_results(run)
    with st.container(horizontal=True):
        st.metric(_("Test accuracy"), percent(evaluation.accuracy, 2))
        st.metric(_("95 % interval"), f"{100 * low:.2f} – {percent(high, 2)}")
        st.metric(_("Test loss"), f"{test_loss:.4f}")
        if drawings is not None:
            st.metric(_("Class drawings"), percent(drawings.evaluation.accuracy))
        st.metric(_("Test images"), f"{len(evaluation):,}")
        st.metric(_("Mistakes"), f"{len(evaluation) - evaluation.correct:,}")
    layout.explain(
        _(
            "With other test images of the same kind, the accuracy would be a little different. "
            "The 95 % interval (Wilson) goes from {low} to {high}: the accuracy on all such images "
            "is very likely in it. Two models whose intervals overlap a lot may be equally good."
        ).format(low=percent(low, 2), high=percent(high, 2))
    )
    if run.recipe.validation == "test":
        layout.remark(
            _(
                "This training used the test images for validation. If you chose settings by its "
                "validation accuracy, the test accuracy is a little too high."
            )
        )
    left, right = st.columns([2, 3], gap="large")
    with left:
        _training_against_test(run, evaluation, test_loss)
    with right:
        _classes(evaluation, run.recipe.data.names)


def _training_against_test(run: Run, evaluation: Evaluation, test_loss: float) -> None:
    layout.section(_("Training images against test images"))
    result = run.result
    if "train_accuracy" not in result:
        layout.remark(_("The training images were not evaluated at the end of this training."))
        return
    gap = result["train_accuracy"] - evaluation.accuracy
    heads = (_("metric"), _("training images"), _("test images"), _("gap"))
    accuracies = (percent(result["train_accuracy"], 2), percent(evaluation.accuracy, 2))
    losses = (f"{result['train_loss']:.4f}", f"{test_loss:.4f}")
    points = _("{n} percentage points").format(n=f"{100 * gap:+.2f}")
    rows = (
        (_("accuracy"), *accuracies, points),
        (_("loss"), *losses, f"{test_loss - result['train_loss']:+.4f}"),
    )
    st.table([dict(zip(heads, row, strict=True)) for row in rows], hide_index=True)
    if run.imported:
        layout.remark(
            _("It was not trained here. It may or may not have learned from these training images.")
        )
    else:
        layout.explain(
            gap_text(gap, evaluation.accuracy, evaluation.interval, spoiled=bool(run.recipe.spoil))
        )
    layout.remark(
        _(
            "Both columns are measured after the training, without dropout. The training accuracy "
            "on the page Train is different: it is measured during the training, with dropout. "
            "The loss is the {loss}."
        ).format(loss=_(LOSSES[run.recipe.loss].label))
    )


def _classes(evaluation: Evaluation, names: tuple[str, ...]) -> None:
    layout.section(_("Class by class"))
    rows = [_row(layout.cell(name), c) for name, c in zip(names, evaluation.classes, strict=True)]
    st.table([*rows, _row(_("mean (macro)"), evaluation.macro)], hide_index=True)
    layout.explain(
        _(
            "Precision: how many of the answers with this class are correct. Recall: how many "
            "images of this class are found. F1 is high only if both are high. Support: the number "
            "of images."
        )
    )
    if evaluation.correct < len(evaluation):
        layout.remark(hardest_class_text(evaluation, names))


def _row(name: str, figures: ClassMetrics) -> dict[str, str]:
    def cell(value: float) -> str:
        return percent(None if math.isnan(value) else value)

    return {
        _("class"): name,
        _("precision"): cell(figures.precision),
        _("recall"): cell(figures.recall),
        _("F1"): cell(figures.f1),
        _("support"): f"{figures.support:,}",
    }


def hardest_class_text(evaluation: Evaluation, names: tuple[str, ...]) -> str:
    """Name the class with the lowest recall and its most frequent wrong answer."""
    recalls = [math.inf if math.isnan(c.recall) else c.recall for c in evaluation.classes]
    hardest = recalls.index(min(recalls))
    row = evaluation.confusion[hardest].copy()
    row[hardest] = 0
    return _("The hardest class is {name} (recall {recall}). It is often read as {other}.").format(
        name=layout.plain(names[hardest]),
        recall=percent(recalls[hardest]),
        other=layout.plain(names[int(row.argmax())]),
    )


def calibration_view(evaluation: Evaluation) -> None:
    """Draw the reliability diagram and explain it."""
    calibration = evaluation.calibration()
    with st.container(horizontal=True):
        st.metric(_("Calibration error (ECE)"), percent(calibration.error, 2))
        st.metric(_("Mean confidence"), percent(float(evaluation.confidence.mean()), 2))
        st.metric(_("Test accuracy"), percent(evaluation.accuracy, 2))
    layout.explain(calibration_text(calibration.overconfidence))
    live_plot(
        reliability_diagram(calibration.bins),
        key="reliability",
        height=HEIGHT,
        label=_("Reliability diagram: accuracy at each confidence"),
    )
    layout.explain(
        _(
            "Confidence is the highest of the probabilities. It sorts the images into {n} "
            "bins. On the dashed line, confidence and accuracy are equal: of 100 images read with "
            "80 %, 80 are correct. Below the line the model is too confident. The calibration "
            "error is the mean distance from the line, weighted by the images of each bin. The "
            "thin bars are 95 % intervals: they are long in a bin with few images."
        ).format(n=len(calibration.bins))
    )


def calibration_text(overconfidence: float) -> str:
    """Explain mean confidence minus accuracy."""
    points = f"{100 * abs(overconfidence):.1f}"
    if overconfidence > SMALLEST_BIAS:
        return _(
            "The model is too confident, by {n} percentage points on average. Long training pushes "
            "probabilities towards 100 %, even for wrong answers."
        ).format(n=points)
    if overconfidence < -SMALLEST_BIAS:
        return _("The model is not confident enough, by {n} percentage points on average.").format(
            n=points
        )
    return _("On average its confidence is equal to its accuracy: you can trust its probabilities.")
