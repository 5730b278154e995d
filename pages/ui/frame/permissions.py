"""Permissions: owners control their own runs, a teacher controls all. Script thread.

A server without a teacher's code has no teacher.
"""

import hmac

import streamlit as st

from model_store import Run
from model_store.text import _
from pages.ui.figures import theme
from pages.ui.frame import layout
from pages.ui.server.addresses import is_loopback
from pages.ui.server.login_throttle import TooManyTries
from pages.ui.services import singletons
from pages.ui.state import visitor
from training.loop.control import Action, Command


def is_teacher() -> bool:
    """True if this session entered the teacher's code."""
    code = singletons.teacher_code()
    return bool(code) and hmac.compare_digest(visitor.teacher_code.get().encode(), code.encode())


def may_command(owner: str) -> bool:
    """True if this session may command the runs of `owner`."""
    return owner == visitor.visitor_id() or is_teacher()


def may_see_keys() -> bool:
    """True for a teacher; without a teacher's code, for a browser on the server's own computer."""
    if singletons.teacher_code():
        return is_teacher()
    address = st.context.ip_address  # None on this computer
    return address is None or is_loopback(address)


def stop(run: Run) -> None:
    """Stop or cancel a run. Another owner's run says that a teacher stopped it. Also a callback."""
    why = "" if run.owner == visitor.visitor_id() else _("Your teacher stopped it.")
    singletons.engine().command(run.id, Command(Action.STOP), why)


def pause_notice() -> None:
    """Say that all trainings are paused, if they are."""
    if singletons.engine().status().held:
        layout.notice(
            _(
                "Your teacher has paused all trainings. Nothing is lost: they continue when the "
                "pause ends. What you start now waits until then."
            )
        )


def login_form() -> None:
    """Show the field for the teacher's code."""
    layout.explain(
        _(
            "The teacher's code is in the settings of this server. With it, this browser tab can "
            "pause, limit, stop and delete all trainings until you close or reload it."
        )
    )
    with st.form("teacher_code", clear_on_submit=True, width=420):
        given = st.text_input(
            _("Teacher's code"), type="password", autocomplete="off", key="teacher_code_given"
        )
        if not st.form_submit_button(_("Unlock"), type="primary", icon=":material/key:"):
            return
    code = singletons.teacher_code()
    try:
        right = singletons.login_throttle().check(code, given or "", visitor.visitor_id())
    except TooManyTries as error:
        wait = theme.duration(error.seconds)
        layout.problem(
            _("There were too many wrong codes."),
            _("Codes are not checked now."),
            _("Wait {wait}, then try again.").format(wait=wait),
        )
        return
    if not right:
        layout.problem(_("This is not the teacher's code."), "", _("Look it up and try again."))
        return
    visitor.teacher_code.set(code)
    st.rerun()
