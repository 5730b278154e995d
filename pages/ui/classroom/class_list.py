"""Classes of a teacher, a form to open one, and a field for a code. Script thread."""

import streamlit as st

from model_store import StoreError
from model_store.classroom.classes import MAX_NAME, SchoolClass
from model_store.text import _, ngettext
from pages.ui.classroom.rights import may_open
from pages.ui.frame import layout, navigation, permissions
from pages.ui.services import singletons
from pages.ui.state import visitor


def class_list() -> None:
    """Draw what a visitor can do without a class."""
    layout.header(
        _("Class"), _("Everybody joins with a code. You do things together on one board.")
    )
    if may_open():
        _open_form()
        _own_classes()
    _join_form()
    if not may_open():
        _for_teachers()
    _for_parents()


def _open_form() -> None:
    with st.form("open_class", border=True, width=640):
        name = st.text_input(
            _("Name of the class"),
            max_chars=MAX_NAME,
            placeholder=_("such as 9b, Monday"),
            key="class_name",
        )
        if not st.form_submit_button(
            _("Open a class"), type="primary", icon=":material/add:", key="open"
        ):
            return
    with layout.problem_on(StoreError, what=_("The class could not be opened.")):
        found = singletons.classes().open(visitor.visitor_id(), name or "")
        navigation.go("classroom", **{"class": found.code})


def _own_classes() -> None:
    classes = singletons.classes()
    own = classes.all() if permissions.is_teacher() else classes.of_owner(visitor.visitor_id())
    if not own:
        return
    layout.section(_("Your classes"))
    with st.container(key="own_classes"):
        for found in own:
            _class_row(found)


def _class_row(found: SchoolClass) -> None:
    people = len(singletons.classes().members(found.id))
    facts = [
        ngettext("{n} person", "{n} people", people).format(n=people),
        found.code,
        _("closed") if found.closed else _("open"),
    ]
    with st.container(horizontal=True, vertical_alignment="center"):
        label = layout.plain(class_title(found))
        navigation.link("classroom", f"**{label}**", **{"class": found.code})
        st.caption(" · ".join(facts), width="content")


def class_title(found: SchoolClass) -> str:
    """Return the class's name, or its code if it has none."""
    return found.name or _("Class {code}").format(code=found.code)


def _join_form() -> None:
    layout.section(_("Join a class"))
    with st.form("join_class", border=False, width=640):
        code = st.text_input(
            _("Code on the board"), max_chars=20, autocomplete="off", key="join_code"
        )
        if not st.form_submit_button(_("Join"), icon=":material/login:", key="join"):
            return
    found = singletons.classes().find(code or "")
    if found is None or found.closed is not None:
        layout.problem(
            _("There is no open class with this code."), "", _("Look at the board again.")
        )
        return
    st.link_button(
        _("Go to {name}").format(name=layout.plain(class_title(found))),
        f"/c/{found.code}",
        type="primary",
        icon=":material/arrow_forward:",
    )


def _for_teachers() -> None:
    if singletons.teacher_code():
        layout.remark(_("You are a teacher? Enter the teacher's code first, then open a class."))
        navigation.link("teacher", _("Teacher"), ":material/school:")
    else:
        layout.remark(_("A class is opened at the computer that runs this app."))


def _for_parents() -> None:
    """Draw what a class keeps about its members. SECURITY.md has the tests of each promise."""
    label = _("For parents and schools: what is kept, and where")
    with st.expander(label, icon=":material/shield:", key="parents"):
        facts = (
            _("Everything stays on the computer that runs this app. It needs no internet."),
            _("Nobody needs an account, a name or an e-mail address. A nickname is optional."),
            _("A cookie tells browsers apart. It holds a random number and no name."),
            _(
                "Of each member the class keeps: the nickname, drawings, answers, predicted "
                "curves, trainings, and the progress in lessons."
            ),
            _("The teacher can hide nicknames, and hide or remove single members."),
            _("*Delete this class* removes all of it for good. There is no copy elsewhere."),
            _(
                "People on the same network could read what is sent, unless the school puts "
                "HTTPS in front of the app."
            ),
        )
        st.markdown("\n".join(f"- {fact}" for fact in facts))
