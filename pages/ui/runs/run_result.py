"""Result of a run: figures, published figures beside them, ways on. Script thread."""

import streamlit as st

from model_store import Run
from model_store.inference.metrics import wilson
from model_store.recipe.presets import SPREAD, Preset, find_preset
from model_store.recipe.recipe import Recipe
from model_store.runs.history import History
from model_store.text import _
from pages.ui.figures import theme
from pages.ui.frame import layout, navigation
from pages.ui.runs.run_actions import compare_link, downloads_link, model_links
from pages.ui.runs.run_texts import ending_text, gap_text, rate_text
from pages.ui.runs.verification import verification_result


def run_result(run: Run, history: History) -> None:
    """Draw the figures of an evaluated run, published ones beside them, and ways on."""
    result, accuracy = run.result, run.result["test_accuracy"]
    layout.section(_("What came out"))
    gap = result["train_accuracy"] - accuracy
    with st.container(horizontal=True):
        st.metric(_("Test accuracy"), theme.percent(accuracy, 2))
        st.metric(_("Test loss"), f"{result['test_loss']:.4f}")
        st.metric(
            _("Accuracy on the training set"),
            theme.percent(result["train_accuracy"], 2),
            help=_("All training images, measured after the last epoch, with dropout off."),
        )
        st.metric(_("Gap in percentage points"), f"{100 * gap:.2f}")
        st.metric(_("Time"), theme.duration(result["seconds"]))
    for text in (ending_text(run), rate_text(run, history)):
        if text:
            layout.remark(text)
    images = run.recipe.data.test
    interval = wilson(round(accuracy * images), images)
    layout.explain(gap_text(gap, accuracy, interval, spoiled=bool(run.recipe.spoil)))
    if run.recipe.spoil and run.has_model:
        label = _("See what the spoiled data did")
        navigation.link("evaluate", label, ":material/compare:", run=run.id, view="spoiled")
    published = find_preset(run.recipe)
    if published is not None:
        _compare_published(run, history, published)
    with st.container(horizontal=True):
        if run.has_model:
            model_links(run)
            downloads_link(run)
        compare_link(run)
        again_link(run.recipe)
    if run.has_model and run.verifies:
        verification_result(run)


def again_link(recipe: Recipe) -> None:
    """Draw the link to the form with this recipe in it."""
    label = _("Change it and train again")
    navigation.link("train", label, ":material/tune:", recipe=recipe.to_link())


def _compare_published(run: Run, history: History, published: Preset) -> None:
    """Draw the run's figures beside those of the tutorial and of plain Keras."""
    st.markdown(f"**{_('Published figures beside these')}** · {_(published.source)}")
    figures, accuracy = published.figures, run.result["test_accuracy"]
    by_epoch = figures.get("train_accuracy_by_epoch")
    spread = f"{min(published.reference):.4f} – {max(published.reference):.4f}"
    rows = [
        (_("test accuracy"), figures.get("test_accuracy"), spread, accuracy),
        (_("test loss"), figures.get("test_loss"), "–", run.result["test_loss"]),
    ]
    if isinstance(by_epoch, tuple) and history.epochs:
        last = _("training accuracy during the last epoch")
        rows.append((last, by_epoch[-1], "–", history.epochs[-1].accuracy))
    st.table(
        [
            {
                _("figure"): name,
                _("published"): f"{printed:.4f}" if isinstance(printed, float) else "–",
                _("plain Keras, 3 seeds"): keras,
                _("this run"): f"{value:.4f}",
            }
            for name, printed, keras, value in rows
        ],
        hide_index=True,
    )
    low, high = published.accepted or (0.0, 1.0)
    sentence = (
        _("Reproduced: the test accuracy lies between {low} and {high}.")
        if low <= accuracy <= high
        else _("Not reproduced: the test accuracy does not lie between {low} and {high}.")
    )
    layout.remark(
        sentence.format(low=f"{low:.4f}", high=f"{high:.4f}")
        + " "
        + _(
            "That is the spread of plain Keras with 3 seeds, widened by {n} percentage points on "
            "each side."
        ).format(n=f"{100 * SPREAD:g}")
    )
