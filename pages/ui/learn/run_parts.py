"""Parts of a step that train: Start, curves and log, a sweep, runs side by side. Script thread."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from model_store import Run, StoreError
from model_store.analysis.curves import Axis, Split
from model_store.lessons.progress import key
from model_store.recipe.rates import planned_rates
from model_store.recipe.recipe import Recipe
from model_store.runs.prediction import FILE, Prediction
from model_store.text import N_, _, named
from pages.ui.components.live_plot import live_plot
from pages.ui.components.prediction import prediction_chart
from pages.ui.components.run_curve import run_curve
from pages.ui.components.run_progress import run_progress
from pages.ui.components.training_log import training_log
from pages.ui.evaluate.metrics_view import metrics_view
from pages.ui.figures import lessons, theme
from pages.ui.figures.overlaid_curves import RunCurves, overlaid_curves
from pages.ui.frame import layout, navigation
from pages.ui.frame.permissions import pause_notice
from pages.ui.learn.context import Context
from pages.ui.learn.network_parts import fit_parameters
from pages.ui.learn.own_run import needed_run
from pages.ui.runs.diagnosis_view import diagnosis_view
from pages.ui.runs.run_marks import run_marks
from pages.ui.runs.run_status import follow, run_controls, state_badge
from pages.ui.runs.run_texts import ending_text, prediction_text
from pages.ui.services import records, singletons
from pages.ui.state import selection, visitor
from pages.ui.sweep.sweep_view import sweep_view
from training.engine.engine import EngineError
from training.sweeps.plan import Plan
from training.sweeps.presets import QUESTIONS

HEIGHT = 190  # CSS pixels of a curve
TITLES = {"accuracy": N_("Accuracy: right answers"), "loss": N_("Loss: lower is better")}


def training(context: Context, place: int, recipe: str, predict: str) -> None:
    """Draw Start for a recipe; then the learner's run: curves, log, result, and another seed."""
    chosen, run = context.recipe(recipe), context.run(recipe)
    if run is None:
        fit_parameters(chosen)
        if predict == "yes":
            title = _("Predict the accuracy, then start")
            prediction_chart(chosen.epochs, chosen.classes, title)
        _start(context, recipe, chosen, _("Start training"), context.key(place, "start"))
        return
    follow(run)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{state_badge(run)} **{layout.plain(named(run.title))}**", width="content")
        run_controls(run)
    if run.message:
        layout.notice(_(run.message))
    pause_notice()
    fit_parameters(run.recipe)
    if not run.state.is_finished():
        run_progress(run, context.key(place, f"progress_{run.id}"))
    _outcome(run)
    _curves(context, place, run, tuple(TITLES))
    st.markdown(f"**{_('Log')}**")
    training_log(run, context.key(place, f"log_{run.id}"))
    if run.state.is_finished():
        seed = run.recipe.seed + 1
        again = context.recipe(recipe).with_(seed=seed)
        _start(
            context, recipe, again, _("Train again with seed {n}").format(n=seed), "again_" + run.id
        )


def _start(context: Context, name: str, recipe: Recipe, label: str, button: str) -> None:
    """Draw the button that starts a training and makes it the learner's run of this recipe."""
    singletons.engine().prepare(recipe)
    me = visitor.visitor_id()
    if full := singletons.engine().quota_refusal(me):
        layout.notice(full)
    again = button.startswith("again")
    if not st.button(
        label, type="secondary" if again else "primary", icon=":material/play_arrow:", key=button
    ):
        return
    with layout.problem_on(EngineError, StoreError, what=_("The training could not be started.")):
        run = singletons.engine().submit(recipe, me)
        if prediction := Prediction.of(selection.prediction.take()):
            singletons.store().save(run.id, FILE, prediction.to_json())
        own = {key(name, context.dataset): run.id}
        context.change(lambda progress: replace(progress, runs={**progress.runs, **own}))
        st.rerun()


def _curves(context: Context, place: int, run: Run, figures: Sequence[str]) -> None:
    prediction = Prediction.read(run.folder)
    columns = st.columns(len(figures))
    for column, figure in zip(columns, figures, strict=True):
        with column:
            st.markdown(f"**{_(TITLES[figure])}**")
            chart = context.key(place, f"{figure}_{run.id}")
            drawn = figure == "accuracy" and prediction is not None
            points = prediction.curve(run.recipe.epochs) if drawn and prediction else ()
            run_curve(run, figure, chart, HEIGHT, _(TITLES[figure]), prediction=points)


def _outcome(run: Run) -> None:
    """Draw the figures of a finished run, and how the prediction compares."""
    if not run.result:
        return
    with st.container(horizontal=True):
        st.metric(_("Test accuracy"), theme.percent(run.result["test_accuracy"], 2))
        st.metric(_("Test loss"), f"{run.result['test_loss']:.4f}")
        st.metric(_("Time"), theme.duration(run.result["seconds"]))
    layout.remark(ending_text(run))
    if prediction := Prediction.read(run.folder):
        outcome = prediction.outcome(records.history(run), run.recipe.epochs)
        layout.remark(prediction_text(outcome) if outcome else "")


def history(context: Context, place: int, run: str, figure: str) -> None:
    """Draw loss and accuracy by epoch, of training and validation."""
    found = needed_run(context, run)
    if found is not None:
        _curves(context, place, found, tuple(TITLES) if figure == "both" else (figure,))
        layout.remark(_("Blue: training. Orange: validation, if the run used it."))


def diagnosis(context: Context, place: int, run: str) -> None:
    """Draw what the curves say, and what to try next."""
    del place
    found = needed_run(context, run)
    if found is not None:
        diagnosis_view(found, records.history(found))


def evaluation(context: Context, place: int, run: str) -> None:
    """Draw accuracy and loss on the test images and on the training images, and the gap."""
    del place
    found = needed_run(context, run)
    if found is not None:
        metrics_view(found, context.evaluation(found))


def rates(context: Context, place: int, recipes: Sequence[str]) -> None:
    """Draw the learning rate over the epochs, as some recipes plan it."""
    curves = {}
    for name in recipes:
        recipe = context.recipe(name)
        flat = [(0.0, recipe.learning_rate), (float(recipe.epochs), recipe.learning_rate)]
        curves[context.lesson.recipe_label(name, context.dataset)] = planned_rates(recipe) or flat
    label = _("Learning rate by epoch")
    live_plot(lessons.rate_curves(curves), context.key(place, "rates"), 280, label)


def sweep(context: Context, place: int, recipe: str, question: str) -> None:
    """Draw Start for a sweep; then the learner's sweep."""
    store, name = singletons.sweeps(), key(f"{recipe}-{question}", context.dataset)
    if sweep_id := context.progress.sweeps.get(name, ""):
        with layout.problem_on(StoreError):
            sweep_view(store.open(sweep_id))
            return
    asked = QUESTIONS[question]
    st.markdown(f"**{_(asked.label)}**")
    layout.remark(_(asked.help))
    plan = Plan(context.recipe(recipe), asked.space, name=_(asked.label))
    text = _("{n} trainings of {epochs} epochs each.")
    layout.remark(text.format(n=plan.size, epochs=plan.max_epochs))
    label, button = _("Start the sweep"), context.key(place, "start")
    if not st.button(label, type="primary", icon=":material/play_arrow:", key=button):
        return
    with layout.problem_on(EngineError, StoreError, what=_("The sweep could not be started.")):
        own = {name: store.submit(plan, visitor.visitor_id()).id}
        context.change(lambda progress: replace(progress, sweeps={**progress.sweeps, **own}))
        st.rerun()


def compare(context: Context, place: int, runs: Sequence[str], figure: str) -> None:
    """Draw the curves of the learner's runs of several recipes in one chart, and their results."""
    found = {name: run for name in runs if (run := needed_run(context, name)) is not None}
    if not found:
        return
    marks = run_marks(list(found.values()))
    labels = {name: context.lesson.recipe_label(name, context.dataset) for name in found}
    lines = [
        RunCurves(labels[name], marks[run.id].colour, run.recipe, records.history(run))
        for name, run in found.items()
    ]
    figures = tuple(TITLES) if figure == "both" else (figure,)
    for column, each in zip(st.columns(len(figures)), figures, strict=True):
        with column:
            st.markdown(f"**{_(TITLES[each])}**")
            chart = overlaid_curves(lines, each, Axis.EPOCH, list(Split), 0.0, False)
            live_plot(chart, context.key(place, each), 280, _(TITLES[each]))
    layout.remark(_("Dotted line: training. Solid line: validation."))
    heads = (_("recipe"), _("accuracy on the training set"), _("test accuracy"), _("test loss"))
    rows = [
        (
            layout.plain(labels[name]),
            theme.percent(run.result.get("train_accuracy"), 2),
            theme.percent(run.result.get("test_accuracy"), 2),
            f"{run.result['test_loss']:.4f}" if run.result else "–",
        )
        for name, run in found.items()
    ]
    st.table([dict(zip(heads, row, strict=True)) for row in rows], hide_index=True)
    navigation.link(
        "compare",
        _("See all their differences"),
        navigation.ENTRIES["compare"].icon,
        run=[run.id for run in found.values()],
    )
