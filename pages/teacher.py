"""Teacher page, opened with this server's code. A server without a code has no such page."""

import streamlit as st

from model_store.text import _
from pages.ui.classroom import dashboard
from pages.ui.frame import layout, navigation, permissions
from pages.ui.services import singletons
from pages.ui.state import visitor


def unlocked() -> None:
    """Show the dashboard, the limits and the way out."""
    st.fragment(dashboard.training_queue, key="training_queue")()
    dashboard.limits_form()
    layout.section(
        _("Single runs"),
        _("You can stop any run on its own page. On Compare you can rename or delete it."),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        navigation.link("compare", _("All runs"), navigation.ENTRIES["compare"].icon)
        st.button(
            _("Leave teacher mode"),
            icon=":material/logout:",
            help=_("This tab becomes a student's again. Your settings stay."),
            on_click=visitor.teacher_code.clear,
            key="leave",
        )


if singletons.teacher_code():
    layout.header(_("Teacher"), _("See and control all trainings in one place."))
    if permissions.is_teacher():
        unlocked()
    else:
        permissions.login_form()
else:
    layout.problem(_("There is no such page here."))
