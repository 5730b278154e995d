"""What an evaluation says: figures, classes, calibration. Script thread only."""

from __future__ import annotations

import math
from gettext import gettext as _

import streamlit as st

from model_store import Run
from model_store.inference.metrics import ClassMetrics, Evaluation
from model_store.recipe.choices import LOSSES
from pages.ui.components.live_plot import live_plot
from pages.ui.figures import evaluation as evaluate_figures
from pages.ui.figures import theme
from pages.ui.frame import layout
from pages.ui.services import model_cache

POINT = 0.01  # of calibration: less is not worth a word


def figures_view(run: Run, evaluation: Evaluation) -> None:
    """Accuracy with its interval, training against test, and every class."""
    low, high = evaluation.interval
    with st.container(horizontal=True):
        st.metric(_("Test accuracy"), theme.percent(evaluation.accuracy, 2))
        st.metric(_("95 % interval"), f"{100 * low:.2f} – {theme.percent(high, 2)}")
        st.metric(_("Test loss"), f"{evaluation.loss(run.recipe.loss):.4f}")
        ours = model_cache.drawing_results(run)
        if ours is not None:
            st.metric(_("Our drawings"), theme.percent(ours.evaluation.accuracy))
        st.metric(_("Test images"), f"{len(evaluation):,}")
        st.metric(_("Mistakes"), f"{len(evaluation) - evaluation.correct:,}")
    layout.explain(
        _(
            "Another {n} images of the same kind would give a slightly different accuracy. With "
            "95 % confidence the accuracy on all such images lies between {low} and {high} (Wilson "
            "interval). Two models whose intervals overlap widely may be equally good."
        ).format(n=f"{len(evaluation):,}", low=theme.percent(low, 2), high=theme.percent(high, 2))
    )
    if run.recipe.validation == "test":
        layout.remark(
            _(
                "This training was watched on the same test images. Whoever chose its settings by "
                "them has used the exam to prepare for it: the accuracy is then a little too good."
            )
        )
    left, right = st.columns([2, 3], gap="large")
    with left:
        _gap(run, evaluation)
    with right:
        _classes(evaluation, run.recipe.data.class_names)


def _gap(run: Run, evaluation: Evaluation) -> None:
    layout.section(_("Training against test"))
    result = run.result
    if "train_accuracy" not in result:
        layout.remark(_("The training images were not evaluated when this run ended."))
        return
    accuracy, loss = evaluation.accuracy, evaluation.loss(run.recipe.loss)
    gap = result["train_accuracy"] - accuracy
    heads = (_("figure"), _("training"), _("test"), _("gap"))
    rows = (
        (
            _("accuracy"),
            theme.percent(result["train_accuracy"], 2),
            theme.percent(accuracy, 2),
            _("{n} points").format(n=f"{100 * gap:+.2f}"),
        ),
        (
            _("loss"),
            f"{result['train_loss']:.4f}",
            f"{loss:.4f}",
            f"{loss - result['train_loss']:+.4f}",
        ),
    )
    st.table([dict(zip(heads, row, strict=True)) for row in rows], hide_index=True)
    if run.imported:
        layout.remark(
            _("It was not trained here: it may have learned from these training images, or not.")
        )
    else:
        layout.explain(gap_text(gap, evaluation))
    layout.remark(
        _("The loss is the {loss}. Dropout is off for both columns.").format(
            loss=_(LOSSES[run.recipe.loss].label)
        )
    )


def gap_text(gap: float, evaluation: Evaluation) -> str:
    """What training accuracy minus test accuracy means, given how sure the latter is."""
    low, high = evaluation.interval
    if gap > evaluation.accuracy - low:
        return _(
            "It is better on the images that it learned from than on new ones, and the gap is "
            "wider than chance explains: it is called over-fitting. Dropout, fewer units, fewer "
            "epochs or more images make it smaller."
        )
    if gap < evaluation.accuracy - high:
        return _(
            "It is better on the test images than on those that it learned from: the test images "
            "are the easier ones."
        )
    return _(
        "The gap is no wider than the interval of the test accuracy: no over-fitting can be seen."
    )


def _classes(evaluation: Evaluation, names: tuple[str, ...]) -> None:
    layout.section(_("Class by class"))
    rows = [_row(name, c) for name, c in zip(names, evaluation.classes, strict=True)]
    st.table([*rows, _row(_("mean (macro)"), evaluation.macro)], hide_index=True)
    layout.explain(
        _(
            "Precision: when it says this class, how often is that right? Recall: of the images of "
            "this class, how many does it find? F1 is high only if both are. Support: images."
        )
    )
    hardest = hardest_class_text(evaluation, names)
    if hardest:
        layout.remark(hardest)


def _row(name: str, figures: ClassMetrics) -> dict[str, str]:
    return {
        _("class"): name,
        _("precision"): _share(figures.precision),
        _("recall"): _share(figures.recall),
        _("F1"): _share(figures.f1),
        _("support"): f"{figures.support:,}",
    }


def _share(figure: float) -> str:
    return theme.percent(None if math.isnan(figure) else figure)


def hardest_class_text(evaluation: Evaluation, names: tuple[str, ...]) -> str:
    """Which class is found least often, and what it is taken for; "" without any mistake."""
    if evaluation.correct == len(evaluation):
        return ""
    recalls = [math.inf if math.isnan(c.recall) else c.recall for c in evaluation.classes]
    hardest = recalls.index(min(recalls))
    row = evaluation.confusion[hardest].copy()
    row[hardest] = 0
    taken = int(row.argmax())
    return _("Hardest to find: {name} ({recall}). Most often it is read as {other}.").format(
        name=layout.plain(names[hardest]),
        recall=theme.percent(recalls[hardest]),
        other=layout.plain(names[taken]),
    )


def calibration_view(evaluation: Evaluation) -> None:
    """The reliability diagram, and what it says."""
    calibration = evaluation.calibration()
    with st.container(horizontal=True):
        st.metric(_("Calibration error (ECE)"), theme.percent(calibration.error, 2))
        st.metric(_("How sure, on average"), theme.percent(float(evaluation.confidence.mean()), 2))
        st.metric(_("How often right"), theme.percent(evaluation.accuracy, 2))
    layout.explain(calibration_text(calibration.overconfidence))
    live_plot(
        evaluate_figures.reliability_diagram(calibration.bins),
        key="reliability",
        height=evaluate_figures.HEIGHT,
        label=_("Reliability diagram: how often it is right against how sure it is"),
    )
    layout.explain(
        _(
            "The images are sorted into {n} bins by the highest of their ten probabilities. A "
            "point on the dashed line is a promise kept: of the images read with 80 %, 80 in 100 "
            "are right. Below the line it promises too much. The calibration error is the mean "
            "distance from the line, each bin weighted by its images. The thin bars say how far "
            "chance alone may move a point (95 %): far, where a bin has few images."
        ).format(n=len(calibration.bins))
    )


def calibration_text(overconfidence: float) -> str:
    """What mean confidence minus accuracy means."""
    points = f"{100 * abs(overconfidence):.1f}"
    if overconfidence > POINT:
        return _(
            "It is surer than it should be, by {n} points on average: trained for long, a network "
            "pushes its probabilities towards 100 % even where it errs."
        ).format(n=points)
    if overconfidence < -POINT:
        return _("It is more modest than it needs to be, by {n} points on average.").format(
            n=points
        )
    return _(
        "On average it is as sure as it is right: its probabilities can be taken at their word."
    )
