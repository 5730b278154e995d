"""One run, live or finished: curves, progress, controls, and what came out. Script thread only."""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from model_store import Run, RunState, StoreError
from model_store.recipe.presets import Preset, find_preset
from model_store.runs.history import History, RunProgress
from pages.ui.components.live_plot import live_plot
from pages.ui.figures import theme
from pages.ui.frame import layout, navigation
from pages.ui.frame.owners import owner_name
from pages.ui.frame.permissions import may_command, pause_notice, stop
from pages.ui.runs.diagnosis_view import diagnosis_view
from pages.ui.runs.downloads import downloads_link
from pages.ui.runs.imported_run import imported_run_view
from pages.ui.runs.provenance_text import provenance_text
from pages.ui.runs.verification import verification_result
from pages.ui.services import record_cache, singletons
from training.engine.engine import EngineError
from training.loop.control import Action, Command

REFRESH_SECONDS = 0.5

STATES = {
    RunState.QUEUED: ("waiting", "gray"),
    RunState.RUNNING: ("training", "blue"),
    RunState.PAUSED: ("paused", "orange"),
    RunState.DONE: ("done", "green"),
    RunState.STOPPED: ("stopped", "orange"),
    RunState.FAILED: ("failed", "red"),
    RunState.INTERRUPTED: ("interrupted", "red"),
    RunState.CANCELLED: ("cancelled", "gray"),
}


def run_view(run: Run) -> None:
    """Draw the run; while it is unfinished the view refreshes itself in place."""
    every = None if run.state.is_finished() else REFRESH_SECONDS
    st.fragment(_watch, run_every=every, key=f"watch_{run.id}")(run.id, every is not None)


def state_badge(run_state: RunState) -> str:
    """The state as a coloured word (Markdown)."""
    word, colour = STATES[run_state]
    return f":{colour}-badge[{_(word)}]"


def _watch(run_id: str, live: bool) -> None:
    try:
        run = singletons.store().open(run_id)
    except StoreError as error:
        layout.problem(str(error), "", _("Choose another run below, or train a new one."))
        return
    if live and run.state.is_finished():
        st.rerun(scope="app")
    if run.imported:
        imported_run_view(run)
        return
    history = record_cache.history(run)
    progress = RunProgress.from_history(history, run.recipe.epochs, run.state)
    _status(run, history, progress)
    _controls(run)
    _curves(run, history)
    diagnosis_view(run, history)
    if run.result:
        _result(run, history)


def _status(run: Run, history: History, progress: RunProgress) -> None:
    by = _("started by {who}").format(who=layout.plain(owner_name(run)))
    st.markdown(f"{state_badge(run.state)} **{_escape(run.title)}** · {run.recipe.network} · {by}")
    if not run.state.is_finished():
        pause_notice()
    if run.sweep:
        part = _("A trial of a sweep: see what it found")
        navigation.link("sweep", part, ":material/tune:", sweep=run.sweep)
    if run.message:
        layout.notice(run.message)
    if run.provenance:
        layout.remark(provenance_text(run))
    if run.state is RunState.QUEUED:
        place = singletons.engine().position(run.id)
        if place is not None:
            wait = singletons.engine().expected_start(run.id)
            starts = _(" It starts in about {wait}.").format(wait=theme.duration(wait))
            sentence = _("Place {n} in the queue.").format(n=place + 1)
            layout.remark(sentence + (starts if wait is not None else ""))
    if not run.state.is_finished():
        st.progress(
            progress.fraction,
            text=_("epoch {done} of {all}").format(
                done=min(progress.epochs, int(progress.done) + 1), all=progress.epochs
            ),
        )
    last = history.epochs[-1] if history.epochs else None
    chunk = history.chunks[-1] if history.chunks else None
    with st.container(horizontal=True):
        st.metric(_("Epoch"), f"{progress.done:.1f} / {progress.epochs}")
        st.metric(_("Training accuracy"), theme.percent(chunk.accuracy if chunk else None))
        st.metric(_("Validation accuracy"), theme.percent(last.val_accuracy if last else None))
        rate = history.images_per_second
        st.metric(_("Images a second"), f"{rate:,.0f}" if rate else "–")
        left = None if run.state is RunState.PAUSED else progress.seconds_left
        if not run.state.is_finished():
            st.metric(_("Time left"), theme.duration(left))


def _controls(run: Run) -> None:
    if not may_command(run.owner):
        if not run.state.is_finished():
            layout.remark(_("Someone else's training: you can watch it."))
        return
    engine = singletons.engine()
    if not run.state.is_finished() and not engine.has(run.id):
        layout.remark(
            _("Another server on this store trains it: open it there to pause, stop or change it.")
        )
        return
    with st.container(horizontal=True):
        if run.state is RunState.RUNNING:
            _button(run, _("Pause"), ":material/pause:", Action.PAUSE)
        if run.state is RunState.PAUSED and not engine.status().held:
            _button(run, _("Resume"), ":material/play_arrow:", Action.RESUME)
            _button(run, _("One epoch"), ":material/skip_next:", Action.STEP)
        if not run.state.is_finished():
            label = _("Cancel") if run.state is RunState.QUEUED else _("Stop and keep")
            if st.button(label, icon=":material/stop:", key=f"stop_{run.id}"):
                stop(run)
        again = _("Resume from the last checkpoint") if run.started else _("Queue it again")
        if run.state.ended_early() and st.button(again, icon=":material/restart_alt:", key="again"):
            try:
                engine.resume(run.id)
            except (EngineError, StoreError) as error:
                layout.problem(_("The training could not be resumed."), str(error))
                return
            st.rerun(scope="app")
    if run.state in (RunState.RUNNING, RunState.PAUSED):
        with st.popover(_("Change the learning rate"), icon=":material/speed:"):
            value = st.number_input(
                _("Learning rate from now on"),
                min_value=1e-7,
                max_value=100.0,
                value=run.recipe.learning_rate,
                format="%g",
                step=None,
                key=f"rate_{run.id}",
            )
            if st.button(_("Set"), key="set_rate"):
                engine.command(run.id, Command(Action.LEARNING_RATE, value))


def _button(run: Run, label: str, icon: str, action: Action) -> None:
    if st.button(label, icon=icon, key=f"{action}_{run.id}"):
        singletons.engine().command(run.id, Command(action))


def _curves(run: Run, history: History) -> None:
    left, right = st.columns(2)
    for place, figure, title in (
        (left, "loss", _("Loss: lower is better")),
        (right, "accuracy", _("Accuracy: share of images it gets right")),
    ):
        with place:
            st.markdown(f"**{title}**")
            live_plot(
                record_cache.curve(run, figure),
                key=f"{figure}_{run.id}",
                height=320,
                label=title,
            )
    if not history.chunks and not run.state.is_finished():
        layout.remark(_("The first points appear when the network is compiled."))


def _result(run: Run, history: History) -> None:
    result = run.result
    layout.section(_("What came out"))
    gap = result["train_accuracy"] - result["test_accuracy"]
    with st.container(horizontal=True):
        st.metric(_("Test accuracy"), theme.percent(result["test_accuracy"], 2))
        st.metric(_("Test loss"), f"{result['test_loss']:.4f}")
        st.metric(_("Training accuracy"), theme.percent(result["train_accuracy"], 2))
        st.metric(_("Gap (over-fitting)"), _("{n} points").format(n=f"{100 * gap:.2f}"))
        st.metric(_("Time"), theme.duration(result["seconds"]))
    layout.explain(_gap_sentence(gap))
    published = find_preset(run.recipe)
    if published is not None:
        _beside(run, history, published)
    with st.container(horizontal=True):
        if run.has_model:
            drawable = run.recipe.data.drawable
            label = _("Draw against it") if drawable else _("See what it answers")
            navigation.link("draw", label, ":material/draw:", run=run.id)
            see = _("See its mistakes")
            navigation.link("evaluate", see, ":material/fact_check:", run=run.id)
            downloads_link(run)
        navigation.link("compare", _("Compare"), navigation.ENTRIES["compare"].icon, run=run.id)
        again = run.recipe.to_link()
        navigation.link("train", _("Train again, changed"), ":material/tune:", recipe=again)
    if run.has_model and run.verifies:
        verification_result(run)


def _gap_sentence(gap: float) -> str:
    if gap > 0.005:
        return _(
            "It is better on the images that it learned from than on new ones: that gap is "
            "called over-fitting. Dropout, fewer units or fewer epochs make it smaller."
        )
    return _("It is about as good on new images as on those it learned from: no over-fitting.")


def _beside(run: Run, history: History, published: Preset) -> None:
    st.markdown(f"**{_('Published figures beside these')}** · {published.source}")
    figures_ = published.figures
    rows = [
        (
            _("test accuracy"),
            _figure(figures_.get("test_accuracy")),
            f"{min(published.reference):.4f} – {max(published.reference):.4f}",
            f"{run.result['test_accuracy']:.4f}",
        ),
        (_("test loss"), _figure(figures_.get("test_loss")), "–", f"{run.result['test_loss']:.4f}"),
    ]
    by_epoch = figures_.get("train_accuracy_by_epoch")
    if isinstance(by_epoch, tuple) and history.epochs:
        rows.append(
            (
                _("training accuracy, last epoch"),
                _figure(by_epoch[-1]),
                "–",
                f"{history.epochs[-1].accuracy:.4f}",
            )
        )
    heads = (_("figure"), _("published"), _("plain Keras, 3 seeds"), _("this run"))
    st.table([dict(zip(heads, row, strict=True)) for row in rows], hide_index=True)
    low, high = published.accepted or (0.0, 1.0)
    if low <= run.result["test_accuracy"] <= high:
        layout.remark(_("Within the spread of plain Keras: reproduced."))
    else:
        layout.remark(_("Outside the spread of plain Keras for these settings."))


def _figure(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else "–"


def _escape(text: str) -> str:
    return layout.plain(text)
