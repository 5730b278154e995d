"""State of a run in words, and the buttons that command it. Script thread."""

from collections.abc import Mapping

import streamlit as st

from model_store import Run, RunState
from model_store.recipe.settings import LEARNING_RATE
from model_store.text import N_, _, named
from pages.ui.components.live_refresh import refresh_on
from pages.ui.frame import layout, navigation
from pages.ui.frame.owners import owner_name
from pages.ui.frame.permissions import may_command, pause_notice, stop
from pages.ui.runs.run_actions import resume_button
from pages.ui.runs.run_texts import provenance_text, spoil_text
from pages.ui.services import live_topics, singletons
from training.engine.attempt import Phase
from training.loop.control import Action, Command

STATES = {
    RunState.QUEUED: (N_("waiting"), "gray"),
    RunState.RUNNING: (N_("training"), "blue"),
    RunState.PAUSED: (N_("paused"), "orange"),
    RunState.DONE: (N_("done"), "green"),
    RunState.STOPPED: (N_("stopped"), "orange"),
    RunState.FAILED: (N_("failed"), "red"),
    RunState.INTERRUPTED: (N_("interrupted"), "red"),
    RunState.CANCELLED: (N_("cancelled"), "gray"),
}
# The worker obeys within seconds; until then the store still says that the run trains.
PHASES: Mapping[Phase | None, tuple[str, str]] = {
    Phase.PAUSED: STATES[RunState.PAUSED],
    Phase.STOPPING: (N_("stopping"), "orange"),
}


def follow(run: Run) -> None:
    """Run the script again when the state of an unfinished run changes."""
    if not run.state.is_finished():
        seen = live_topics.run_state(run)["version"]
        refresh_on({f"state:{run.id}": seen}, key=f"refresh_{run.id}")


def state_word(run: Run) -> tuple[str, str]:
    """Return the word for a run's state, translated, and its colour."""
    phase = None if run.state.is_finished() else singletons.engine().phase(run.id)
    word, colour = PHASES.get(phase, STATES[run.state])
    return _(word), colour


def state_badge(run: Run) -> str:
    """Return the state as a coloured word in Markdown."""
    word, colour = state_word(run)
    return f":{colour}-badge[{word}]"


def run_status(run: Run) -> None:
    """Draw what is trained, by whom, and what there is to say about it."""
    by = _("started by {who}").format(who=layout.plain(owner_name(run)))
    title = layout.plain(named(run.title))
    network = "" if run.recipe.network in run.title else f" · {run.recipe.network}"
    st.markdown(f"{state_badge(run)} **{title}**{network} · {by}", width="content")
    if not run.state.is_finished():
        pause_notice()
    if run.sweep:
        label = _("A trial of a sweep: see the result of the sweep")
        navigation.link("sweep", label, ":material/tune:", sweep=run.sweep)
    if run.message:
        layout.notice(_(run.message))
    if run.provenance:
        layout.remark(provenance_text(run))
    if run.recipe.spoil:
        layout.remark(layout.plain(spoil_text(run.recipe)))


def run_controls(run: Run) -> None:
    """Draw the buttons that command a run, or why there are none."""
    engine = singletons.engine()
    live = not run.state.is_finished()
    if not may_command(run.owner):
        if live:
            layout.remark(_("This is another person's training: you can watch it."))
        return
    if live and not engine.has(run.id):
        layout.remark(
            _("Another server trains this run. Open the page there to pause, stop or change it.")
        )
        return
    if engine.phase(run.id) is Phase.STOPPING:
        layout.remark(_("It stops after the current batches, then its model is tested and saved."))
        return
    with st.container(horizontal=True):
        if run.state is RunState.RUNNING:
            _command(run, _("Pause"), ":material/pause:", Action.PAUSE)
        if run.state is RunState.PAUSED and not engine.status().held:
            _command(run, _("Resume"), ":material/play_arrow:", Action.RESUME)
            _command(run, _("One batch"), ":material/skip_next:", Action.STEP_BATCH)
            _command(run, _("One epoch"), ":material/fast_forward:", Action.STEP)
        if live:
            label = _("Cancel") if run.state is RunState.QUEUED else _("Stop and save")
            icon = ":material/stop:"
            st.button(label, icon=icon, key=f"stop_{run.id}", on_click=stop, args=(run,))
        elif run.state.ended_early():
            label = _("Resume from the last checkpoint") if run.started else _("Queue it again")
            resume_button(run, label)
        if run.state in (RunState.RUNNING, RunState.PAUSED):
            with st.popover(_("Learning rate"), icon=":material/speed:"):
                rate = st.number_input(
                    _("Learning rate from now on"),
                    min_value=LEARNING_RATE.low,
                    max_value=LEARNING_RATE.high,
                    value=run.recipe.learning_rate,
                    format="%g",
                    step=None,
                    key=f"rate_{run.id}",
                )
                if st.button(_("Set"), key="set_rate"):
                    _send(run.id, Action.LEARNING_RATE, rate)


def _command(run: Run, label: str, icon: str, action: Action) -> None:
    st.button(label, icon=icon, key=f"{action}_{run.id}", on_click=_send, args=(run.id, action))


def _send(run_id: str, action: Action, value: float | None = None) -> None:
    """Send a command to the run's worker."""
    singletons.engine().command(run_id, Command(action, value))
