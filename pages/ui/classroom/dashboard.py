"""The teacher's desk: who trains and waits, pause, queue, limits. Script thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from gettext import gettext as _

import streamlit as st

from model_store import Run, StoreError
from model_store.classroom.limits import MAX_UNFINISHED, Limits
from model_store.recipe.validation import MAX_EPOCHS
from model_store.storage.sweep_store import SweepState
from pages.ui.frame import layout, navigation, permissions
from pages.ui.frame.owners import owner_name
from pages.ui.runs.run_view import state_badge
from pages.ui.services import singletons

MOST_SHOWN = 30  # runs that wait


def training_queue() -> None:
    """What trains and waits now, with what can be done about all of it."""
    running, waiting = singletons.engine().schedule()
    held = singletons.engine().status().held
    _switches(held)
    layout.section(_("Training now"))
    trained = _runs(running)
    if not trained:
        layout.remark(_("Nobody trains."))
    for run in trained:
        _row(run, _("Stop"))
    layout.section(_("Waiting"))
    queued = _runs(waiting[:MOST_SHOWN])
    if not queued:
        layout.remark(_("Nobody waits."))
    for run in queued:
        _row(run, _("Cancel"))
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


def _row(run: Run, label: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(state_badge(run), width="content")
        navigation.link("train", layout.plain(run.title), run=run.id)
        st.markdown(layout.plain(owner_name(run)), width="content")
        st.button(
            label,
            icon=":material/stop:",
            key=f"end_{run.id}",
            help=_("It keeps what it has learned."),
            on_click=permissions.stop,
            args=(run,),
        )


def _switches(held: bool) -> None:
    with st.container(horizontal=True):
        if held:
            resume = _("Resume all")
            icon = ":material/play_arrow:"
            st.button(
                resume, icon=icon, type="primary", on_click=_hold, args=(False,), key="release"
            )
        else:
            pause = _("Pause all")
            st.button(pause, icon=":material/pause:", on_click=_hold, args=(True,), key="hold")
        with st.popover(_("Clear the queue"), icon=":material/playlist_remove:", key="clear"):
            st.write(_("Cancel everything that waits, and stop the sweeps? Single runs train on."))
            st.button(_("Yes, clear it"), type="primary", on_click=clear_queue, key="clear_yes")
    if held:
        layout.notice(
            _("All trainings are paused, and nothing new starts, also after a restart of the app.")
        )


def _hold(held: bool) -> None:
    """Callback: pause all or let it go on, here at once and at the store's other servers soon."""
    if _set(replace(singletons.limits().read(), held=held)):
        singletons.engine().apply_limits()


def _set(limits: Limits) -> bool:
    """Whether the limits could be written; if not, the page says why."""
    try:
        singletons.limits().write(limits)
    except StoreError as error:
        layout.problem(str(error))
        return False
    return True


def clear_queue() -> None:
    """Callback: cancel what waits. Sweeps end first, or they would fill the queue again."""
    for sweep in singletons.sweeps().list():
        if sweep.state is SweepState.RUNNING:
            singletons.sweeps().stop(sweep.id)
    for run in _runs(singletons.engine().schedule()[1]):
        permissions.stop(run)


def limits_form() -> None:
    """What each person may ask for, for everybody from the next start on."""
    layout.section(
        _("Limits"),
        _("They hold for everybody, also after a restart, until you empty them."),
    )
    now = singletons.limits().read()
    with st.form("limits", width=640):
        one, two = st.columns(2)
        with one:
            epochs = st.number_input(
                _("Most epochs of a run"),
                min_value=1,
                max_value=MAX_EPOCHS,
                value=now.epochs,
                placeholder=_("no limit"),
                key="limit_epochs",
            )
        with two:
            unfinished = st.number_input(
                _("Most unfinished runs of a person"),
                min_value=1,
                max_value=MAX_UNFINISHED,
                value=now.unfinished,
                placeholder=_("no limit"),
                key="limit_unfinished",
            )
        if not st.form_submit_button(_("Set the limits"), type="primary"):
            return
    if _set(replace(now, epochs=epochs, unfinished=unfinished)):
        layout.notice(_("Set: they count from the next start on."))
