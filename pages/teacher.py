"""Teacher: for whoever has the code of this server; without one set, the app has no such page."""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from pages.ui.classroom import dashboard
from pages.ui.frame import layout, navigation, permissions
from pages.ui.services import singletons
from pages.ui.state import visitor

REFRESH_SECONDS = 1.0


def unlocked() -> None:
    """Everything that the code opens."""
    st.fragment(dashboard.training_queue, run_every=REFRESH_SECONDS, key="training_queue")()
    dashboard.limits_form()
    layout.section(
        _("Single runs"),
        _("On its own page you can stop any run; on Compare, choose any to rename or delete it."),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        navigation.link("compare", _("All runs"), navigation.ENTRIES["compare"].icon)
        st.button(
            _("Step back"),
            icon=":material/logout:",
            help=_("This tab is a student's again; what you set stays."),
            on_click=visitor.keep_code,
            args=("",),
            key="step_back",
        )


if singletons.teacher_code():
    layout.header(_("Teacher"), _("Everybody's trainings, seen and steered from one place."))
    if permissions.is_teacher():
        unlocked()
    else:
        permissions.login_form()
else:
    layout.problem(_("There is no such page here."))
