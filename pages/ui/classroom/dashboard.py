"""Dashboard of a teacher: trainings, queue, pause, limits. Script thread."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from model_store import Run, StoreError
from model_store.classroom.limits import MAX_UNFINISHED, Limits
from model_store.recipe.validation import MAX_EPOCHS
from model_store.storage.sweep_store import SweepState
from model_store.text import _, named
from pages.ui.components.live_refresh import refresh_on
from pages.ui.frame import layout, navigation, permissions
from pages.ui.frame.owners import owner_name
from pages.ui.runs.run_status import state_badge
from pages.ui.services import live_topics, singletons

MOST_SHOWN = 30  # waiting runs


def training_queue() -> None:
    """Show running and waiting trainings, with what a teacher can do about them."""
    refresh_on({"queue:": live_topics.queue()}, key="queue_refresh")
    running, waiting = singletons.engine().schedule()
    _queue_controls(singletons.engine().status().held)
    layout.section(_("Training now"))
    _rows(running, _("Stop"), _("Nothing is training."))
    layout.section(_("Waiting"))
    _rows(waiting[:MOST_SHOWN], _("Cancel"), _("The queue is empty."))
    if len(waiting) > MOST_SHOWN:
        layout.remark(_("and {n} more").format(n=len(waiting) - MOST_SHOWN))


def _runs(run_ids: Sequence[str]) -> list[Run]:
    found = []
    for run_id in run_ids:
        try:
            found.append(singletons.store().open(run_id))
        except StoreError:
            continue  # deleted this moment
    return found


def _rows(run_ids: Sequence[str], label: str, if_none: str) -> None:
    runs = _runs(run_ids)
    if not runs:
        layout.remark(if_none)
    for run in runs:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(state_badge(run), width="content")
            navigation.link("train", layout.plain(named(run.title)), run=run.id)
            st.markdown(layout.plain(owner_name(run)), width="content")
            st.button(
                label,
                icon=":material/stop:",
                key=f"end_{run.id}",
                help=_("What it has learned so far is saved."),
                on_click=permissions.stop,
                args=(run,),
            )


def _queue_controls(held: bool) -> None:
    with st.container(horizontal=True):
        st.button(
            _("Resume all") if held else _("Pause all"),
            icon=":material/play_arrow:" if held else ":material/pause:",
            type="primary" if held else "secondary",
            on_click=_hold,
            args=(not held,),
            key="release" if held else "hold",
        )
        with st.popover(_("Clear the queue"), icon=":material/playlist_remove:", key="clear"):
            st.write(_("Cancel all waiting runs and stop all sweeps? Running trainings continue."))
            st.button(_("Yes, clear it"), type="primary", on_click=clear_queue, key="clear_yes")
    if held:
        layout.notice(
            _("All trainings are paused and no new one starts, even if the app is restarted.")
        )


def _hold(held: bool) -> None:
    """Pause or resume all: this server at once, the store's other servers soon. A callback."""
    if _write(replace(singletons.limits().read(), held=held)):
        singletons.engine().apply_limits()


def _write(limits: Limits) -> bool:
    """Save the limits; if that fails, say why and return False."""
    try:
        singletons.limits().write(limits)
    except StoreError as error:
        layout.problem(str(error))
        return False
    return True


def clear_queue() -> None:
    """Cancel all waiting runs, a callback. Sweeps end first, or they would fill the queue again."""
    for sweep in singletons.sweeps().running():
        if sweep.state is SweepState.RUNNING:
            singletons.sweeps().stop(sweep.id)
    for run in _runs(singletons.engine().schedule()[1]):
        permissions.stop(run)


def limits_form() -> None:
    """Show the limits of each student; they count from the next start on."""
    layout.section(
        _("Limits"),
        _("They count for everybody, even after a restart. To remove a limit, empty its field."),
    )
    now = singletons.limits().read()
    with st.form("limits", width=640):
        one, two = st.columns(2)
        epochs = one.number_input(
            _("Epochs a run, at most"),
            min_value=1,
            max_value=MAX_EPOCHS,
            value=now.epochs,
            placeholder=_("no limit"),
            key="limit_epochs",
        )
        unfinished = two.number_input(
            _("Open runs a student, at most"),
            min_value=1,
            max_value=MAX_UNFINISHED,
            value=now.unfinished,
            placeholder=_("no limit"),
            key="limit_unfinished",
        )
        if not st.form_submit_button(_("Save the limits"), type="primary"):
            return
    if _write(replace(now, epochs=epochs, unfinished=unfinished)):
        layout.notice(_("Saved. The limits count from the next start on."))
