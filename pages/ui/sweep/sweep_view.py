"""One sweep, live or finished: progress, curves, trials, and what was found. Script thread only."""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from model_store import StoreError
from model_store.storage.sweep_store import Sweep, SweepState, Trial, TrialState
from pages.ui.components.live_plot import live_plot
from pages.ui.figures import sweep as sweep_figures
from pages.ui.figures import theme, trial_cards
from pages.ui.frame import layout
from pages.ui.frame.owners import owner_label
from pages.ui.frame.permissions import may_command, pause_notice
from pages.ui.services import singletons
from pages.ui.state import url
from pages.ui.sweep.findings_view import findings_view
from training.engine.engine import EngineError
from training.sweeps import search_space
from training.sweeps.plan import Plan, PlanError

REFRESH_SECONDS = 1.0
PER_PAGE = 24  # trials
STATES = {
    SweepState.RUNNING: ("at work", "blue"),
    SweepState.STOPPING: ("stopping", "orange"),
    SweepState.DONE: ("done", "green"),
    SweepState.STOPPED: ("stopped", "orange"),
    SweepState.FAILED: ("failed", "red"),
}


def sweep_view(sweep: Sweep) -> None:
    """Draw the sweep; while it is at work the view refreshes itself in place."""
    try:
        plan = Plan.from_dict(sweep.plan)
    except PlanError as error:
        layout.problem(_("This sweep's plan cannot be read."), str(error))
        return
    every = None if sweep.state.is_finished() else REFRESH_SECONDS
    st.fragment(_watch, run_every=every, key=f"watch_{sweep.id}")(sweep.id, plan, every is not None)
    if sweep.state.is_finished():
        findings_view(sweep, plan)
        _all_trials(sweep, plan)
        _delete(sweep)


def state_badge(sweep_state: SweepState) -> str:
    """The state as a coloured word (Markdown)."""
    word, colour = STATES[sweep_state]
    return f":{colour}-badge[{_(word)}]"


def _watch(sweep_id: str, plan: Plan, live: bool) -> None:
    try:
        sweep = singletons.sweeps().open(sweep_id)
    except StoreError as error:
        layout.problem(str(error), "", _("Choose another sweep below, or start a new one."))
        return
    if live and sweep.state.is_finished():
        st.rerun(scope="app")
    by = _("started by {who}").format(who=layout.plain(owner_label(sweep.owner)))
    st.markdown(f"{state_badge(sweep.state)} **{layout.plain(plan.title)}** · {by}")
    if live:
        pause_notice()
    if sweep.message:
        layout.notice(sweep.message)
    leader = _leader(sweep)
    _figures(sweep, plan, leader)
    _controls(sweep)
    if live:
        _curves(sweep, plan, leader)
        _newest(sweep, leader)


def _leader(sweep: Sweep) -> Trial | None:
    """The complete trial with the highest validation accuracy, if there is one."""
    complete = sweep.of(TrialState.COMPLETE)
    return max(complete, key=lambda trial: trial.value or 0.0, default=None)


def _figures(sweep: Sweep, plan: Plan, leader: Trial | None) -> None:
    over = len(sweep.trials) - len(sweep.of(TrialState.OPEN))
    if not sweep.state.is_finished():
        text = _("{done} of {all} trials").format(done=over, all=plan.size)
        st.progress(min(1.0, over / max(1, plan.size)), text=text)
    with st.container(horizontal=True):
        st.metric(_("Best trial"), theme.percent(leader.value if leader else None))
        st.metric(_("Trials"), f"{over} / {plan.size}")
        if plan.pruning != "none":
            st.metric(_("Stopped early"), str(len(sweep.of(TrialState.PRUNED))))
        st.metric(_("Time"), theme.duration(sweep.spent))
        if not sweep.state.is_finished():
            st.metric(_("Time left"), theme.duration(_left(sweep, plan, over)))
    if leader and not sweep.state.is_finished():
        best = _("Best so far: {setting}.").format(
            setting=search_space.describe_point(leader.point)
        )
        layout.remark(layout.plain(best))


def _left(sweep: Sweep, plan: Plan, over: int) -> float | None:
    """Seconds until the end at the pace so far, at most what the budget leaves."""
    if not over:
        return None
    left = sweep.spent / over * (plan.size - over)
    return left if plan.budget is None else max(0.0, min(left, plan.budget - sweep.spent))


def _controls(sweep: Sweep) -> None:
    if not may_command(sweep.owner):
        if not sweep.state.is_finished():
            layout.remark(_("Someone else's sweep: you can watch it."))
        return
    if sweep.state is SweepState.RUNNING:
        _stop(sweep)
    elif sweep.state in (SweepState.STOPPED, SweepState.FAILED) or _out_of_time(sweep):
        _go_on(sweep)


def _delete(sweep: Sweep) -> None:
    """Two clicks for its owner: a popover asks first. The runs stay."""
    if not may_command(sweep.owner) or not sweep.state.is_finished():
        return
    with st.popover(_("Delete the sweep"), icon=":material/delete:"):
        st.write(_("Delete what this sweep found? Its runs and their models stay."))
        if st.button(_("Yes, delete"), key="delete_sweep", type="primary"):
            try:
                singletons.sweeps().delete(sweep.id)
            except StoreError as error:
                layout.problem(str(error))
                return
            url.set_params(sweep=None)
            st.rerun()


def _stop(sweep: Sweep) -> None:
    pressed = st.button(_("Stop the sweep"), icon=":material/stop:", key="stop_sweep")
    if pressed and not singletons.sweeps().stop(sweep.id):
        layout.notice(_("Another server works on this sweep: stop it there."))
    layout.explain(_("You may close this page or the browser: the sweep goes on."))


def _go_on(sweep: Sweep) -> None:
    if not st.button(_("Go on"), icon=":material/play_arrow:", key="resume_sweep"):
        return
    try:
        singletons.sweeps().resume(sweep.id)
    except (EngineError, StoreError) as error:
        layout.problem(_("The sweep could not go on."), str(error))
        return
    st.rerun(scope="app")


def _out_of_time(sweep: Sweep) -> bool:
    return sweep.state is SweepState.DONE and bool(sweep.message)


def _curves(sweep: Sweep, plan: Plan, leader: Trial | None) -> None:
    st.markdown(f"**{_('Validation accuracy of every trial')}**")
    live_plot(
        sweep_figures.trial_curves(
            sweep.trials, None if leader is None else leader.number, plan.max_epochs
        ),
        key=f"curves_{sweep.id}",
        height=sweep_figures.HEIGHT,
        label=_("Validation accuracy of every trial by epoch"),
    )
    if not any(trial.curve for trial in sweep.trials):
        layout.remark(_("The first points appear after the first epoch."))


def _newest(sweep: Sweep, leader: Trial | None) -> None:
    """While it works: what runs, then the best."""
    shown = trial_cards.ranked(sweep.trials)[:PER_PAGE]
    if shown:
        st.html(trial_cards.cards(shown, leader.number if leader else None))
    if len(sweep.trials) > PER_PAGE:
        layout.remark(
            _("{n} of {all} trials: those in work, then the best.").format(
                n=PER_PAGE, all=len(sweep.trials)
            )
        )


def _all_trials(sweep: Sweep, plan: Plan) -> None:
    layout.section(_("All trials"), _("Each is an ordinary run: choose one to see all of it."))
    leader = _leader(sweep)
    if any(trial.curve for trial in sweep.trials):
        _curves(sweep, plan, leader)
    trials = trial_cards.ranked(sweep.trials)
    pages = max(1, -(-len(trials) // PER_PAGE))
    page = url.bounded_integer("page", 1, pages)
    if pages > 1:
        page = st.pagination(pages, **url.linked_page("page", page, sweep.id)) or 1
    chosen = trials[(page - 1) * PER_PAGE : page * PER_PAGE]
    st.html(trial_cards.cards(chosen, leader.number if leader else None))
