"""View of one sweep, live or finished: progress, controls, trials and findings. Script thread."""

import streamlit as st

from model_store import StoreError
from model_store.storage.sweep_store import Sweep, SweepState
from model_store.text import N_, _, named, read
from pages.ui.components.live_refresh import refresh_on
from pages.ui.components.sweep_parts import PER_PAGE, sweep_progress, trial_cards, trial_curves
from pages.ui.frame import layout
from pages.ui.frame.owners import owner_label
from pages.ui.frame.permissions import may_command, pause_notice
from pages.ui.services import live_sweep, singletons
from pages.ui.state import url
from pages.ui.sweep.findings_view import findings_view
from training.engine.engine import EngineError
from training.sweeps.plan import Plan, PlanError

STATES = {
    SweepState.RUNNING: (N_("running"), "blue"),
    SweepState.STOPPING: (N_("stopping"), "orange"),
    SweepState.DONE: (N_("done"), "green"),
    SweepState.STOPPED: (N_("stopped"), "orange"),
    SweepState.FAILED: (N_("failed"), "red"),
}


def sweep_view(sweep: Sweep) -> None:
    """Draw the sweep; what changes while it runs, the browser draws by itself."""
    try:
        plan = Plan.from_dict(sweep.plan)
    except PlanError as error:
        layout.problem(_("This sweep's plan cannot be read."), str(error))
        return
    seen = live_sweep.sweep_value(sweep)["version"]
    refresh_on({f"sweep:{sweep.id}": seen}, key=f"refresh_{sweep.id}")
    _status(sweep, plan)
    sweep_progress(sweep, plan)
    _controls(sweep)
    if sweep.state.is_finished():
        findings_view(sweep, plan)
        _all_trials(sweep, plan)
        _delete(sweep)
    else:
        _curves(sweep, plan)
        trial_cards(sweep, plan)


def state_word(state: SweepState) -> tuple[str, str]:
    """Return the word for a sweep's state, translated, and its colour."""
    word, colour = STATES[state]
    return _(word), colour


def _status(sweep: Sweep, plan: Plan) -> None:
    by = _("started by {who}").format(who=layout.plain(owner_label(sweep.owner)))
    word, colour = state_word(sweep.state)
    st.markdown(f":{colour}-badge[{word}] **{layout.plain(named(plan.title))}** · {by}")
    if not sweep.state.is_finished():
        pause_notice()
    if sweep.message:
        layout.notice(_(read(sweep.message)))


def _controls(sweep: Sweep) -> None:
    out_of_time = sweep.state is SweepState.DONE and sweep.message
    if not may_command(sweep.owner):
        if not sweep.state.is_finished():
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
            st.rerun()


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
    st.markdown(f"**{_('Validation accuracy of every trial')}**")
    trial_curves(sweep, plan)


def _all_trials(sweep: Sweep, plan: Plan) -> None:
    layout.section(_("All trials"), _("Each trial is an ordinary run. Choose one to see its page."))
    if any(trial.curve for trial in sweep.trials):
        _curves(sweep, plan)
    pages = max(1, -(-len(sweep.trials) // PER_PAGE))
    page = url.bounded_integer("page", 1, pages)
    if pages > 1:
        page = st.pagination(pages, **url.linked_page("page", page, sweep.id)) or 1
    trial_cards(sweep, plan, page)
