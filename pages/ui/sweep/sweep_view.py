"""View of one sweep, live or finished: progress, controls, trials and findings. Script thread."""

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
    SweepState.RUNNING: ("running", "blue"),
    SweepState.STOPPING: ("stopping", "orange"),
    SweepState.DONE: ("done", "green"),
    SweepState.STOPPED: ("stopped", "orange"),
    SweepState.FAILED: ("failed", "red"),
}


def sweep_view(sweep: Sweep) -> None:
    """Draw the sweep; while it runs the view refreshes itself in place."""
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


def state_badge(state: SweepState) -> str:
    """Return the state as a coloured word in Markdown."""
    word, colour = STATES[state]
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
    _figures(sweep, plan, live)
    _controls(sweep, live)
    if live:
        _curves(sweep, plan)
        shown = trial_cards.ranked(sweep.trials)[:PER_PAGE]
        _cards(sweep, shown)
        if len(shown) < len(sweep.trials):
            text = _("{n} of {all} trials: unfinished trials first, then the best.")
            layout.remark(text.format(n=PER_PAGE, all=len(sweep.trials)))


def _best(sweep: Sweep) -> Trial | None:
    """Return the complete trial with the highest validation accuracy."""
    complete = sweep.of(TrialState.COMPLETE)
    return max(complete, key=lambda trial: trial.value or 0.0, default=None)


def _figures(sweep: Sweep, plan: Plan, live: bool) -> None:
    best = _best(sweep)
    ended = len(sweep.trials) - len(sweep.of(TrialState.OPEN))
    if live:
        text = _("{done} of {all} trials").format(done=ended, all=plan.size)
        st.progress(min(1.0, ended / max(1, plan.size)), text=text)
    with st.container(horizontal=True):
        st.metric(_("Best trial"), theme.percent(best.value if best else None))
        st.metric(_("Trials"), f"{ended} / {plan.size}")
        if plan.pruning != "none":
            st.metric(_("Stopped early"), str(len(sweep.of(TrialState.PRUNED))))
        st.metric(_("Time"), theme.duration(sweep.spent))
        if live:
            left = sweep.spent / ended * (plan.size - ended) if ended else None
            if left is not None and plan.budget is not None:
                left = min(left, plan.budget - sweep.spent)
            st.metric(_("Time left"), theme.duration(left))
    if live and best:
        text = _("Best so far: {setting}.").format(setting=search_space.describe_point(best.point))
        layout.remark(layout.plain(text))


def _controls(sweep: Sweep, live: bool) -> None:
    out_of_time = sweep.state is SweepState.DONE and sweep.message
    if not may_command(sweep.owner):
        if live:
            layout.remark(_("This is another person's sweep: you can watch it."))
    elif sweep.state is SweepState.RUNNING:
        pressed = st.button(_("Stop the sweep"), icon=":material/stop:", key="stop_sweep")
        if pressed and not singletons.sweeps().stop(sweep.id):
            layout.notice(_("Another server runs this sweep. Open the page there to stop it."))
        layout.explain(_("You can close this page or the browser: the sweep goes on."))
    elif (sweep.state in (SweepState.STOPPED, SweepState.FAILED) or out_of_time) and st.button(
        _("Continue"), icon=":material/play_arrow:", key="resume_sweep"
    ):
        what = _("The sweep could not continue.")
        with layout.problem_on(EngineError, StoreError, what=what):
            singletons.sweeps().resume(sweep.id)
            st.rerun(scope="app")


def _delete(sweep: Sweep) -> None:
    """Draw the owner's popover that deletes the sweep and keeps its runs."""
    if not may_command(sweep.owner):
        return
    with st.popover(_("Delete the sweep"), icon=":material/delete:"):
        st.write(_("Delete what this sweep found? Its runs and their models stay."))
        if st.button(_("Yes, delete"), key="delete_sweep", type="primary"):
            with layout.problem_on(StoreError):
                singletons.sweeps().delete(sweep.id)
                url.set_params(sweep=None)
                st.rerun()


def _curves(sweep: Sweep, plan: Plan) -> None:
    best = _best(sweep)
    st.markdown(f"**{_('Validation accuracy of every trial')}**")
    live_plot(
        sweep_figures.trial_curves(sweep.trials, best.number if best else None, plan.max_epochs),
        key=f"curves_{sweep.id}",
        height=sweep_figures.HEIGHT,
        label=_("Validation accuracy of every trial by epoch"),
    )
    if not any(trial.curve for trial in sweep.trials):
        layout.remark(_("The first points appear after the first epoch."))


def _cards(sweep: Sweep, trials: list[Trial]) -> None:
    best = _best(sweep)
    if trials:
        st.html(trial_cards.cards(trials, best.number if best else None))


def _all_trials(sweep: Sweep, plan: Plan) -> None:
    layout.section(_("All trials"), _("Each trial is an ordinary run. Choose one to see its page."))
    if any(trial.curve for trial in sweep.trials):
        _curves(sweep, plan)
    trials = trial_cards.ranked(sweep.trials)
    pages = max(1, -(-len(trials) // PER_PAGE))
    page = url.bounded_integer("page", 1, pages)
    if pages > 1:
        page = st.pagination(pages, **url.linked_page("page", page, sweep.id)) or 1
    _cards(sweep, trials[(page - 1) * PER_PAGE : page * PER_PAGE])
