"""Who may command what: each person their own, a session that gave the teacher's code everything.

Where no code is set, nobody is a teacher and nothing here shows. Script thread.
"""

from __future__ import annotations

import hmac
from gettext import gettext as _

import streamlit as st

from model_store import Run
from pages.ui.figures import theme
from pages.ui.frame import layout
from pages.ui.server.login_throttle import TooManyTries
from pages.ui.services import singletons
from pages.ui.state import visitor
from training.loop.control import Action, Command


def is_teacher() -> bool:
    """Whether this session gave the code."""
    code = singletons.teacher_code()
    return bool(code) and hmac.compare_digest(visitor.entered_code().encode(), code.encode())


def may_command(owner: str) -> bool:
    """Whether this session may command what this person started."""
    return owner == visitor.visitor_id() or is_teacher()


def stop(run: Run) -> None:
    """Stop or cancel a run; somebody else's says on its page who did it. Also as a callback."""
    why = "" if run.owner == visitor.visitor_id() else _("Your teacher stopped it.")
    singletons.engine().command(run.id, Command(Action.STOP), why)


def pause_notice() -> None:
    """On every page that trains: that everything is paused, and why; nothing otherwise."""
    if singletons.engine().status().held:
        layout.notice(
            _(
                "Your teacher has paused all trainings. Nothing is lost: they go on by themselves "
                "when the pause is over, and what is started now waits until then."
            )
        )


def login_form() -> None:
    """The field for the code."""
    layout.explain(
        _(
            "With the code that the server's owner wrote into its settings, this browser tab can "
            "pause, limit, stop and delete everybody's trainings until it is closed or reloaded."
        )
    )
    with st.form("teacher_code", clear_on_submit=True, width=420):
        given = st.text_input(
            _("Teacher's code"), type="password", autocomplete="off", key="teacher_code_given"
        )
        if not st.form_submit_button(_("Unlock"), type="primary", icon=":material/key:"):
            return
    try:
        right = singletons.login_throttle().check(
            singletons.teacher_code(), given or "", visitor.visitor_id()
        )
    except TooManyTries as error:
        layout.problem(
            _("There were too many wrong codes."),
            _("No code is looked at now."),
            _("Wait {wait}, then try again.").format(wait=theme.duration(error.seconds)),
        )
        return
    if not right:
        layout.problem(_("This is not the teacher's code."), "", _("Look it up and try again."))
        return
    visitor.keep_code(singletons.teacher_code())
    st.rerun()
