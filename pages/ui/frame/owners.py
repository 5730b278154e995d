"""Who is who on a page: a name that a person chose, and a sign that nobody can choose.

Script thread.
"""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from model_store import Run, StoreError
from model_store.classroom.display_names import MAX_NAME, short_id
from pages.ui.frame import layout
from pages.ui.services import singletons
from pages.ui.state import visitor


def owner_label(owner: str) -> str:
    """An owner in a few words, as plain text.

    Ids stay on the server: whoever has one owns the runs. The sign beside a name tells it from the
    same name of somebody else.
    """
    if owner == visitor.visitor_id():
        return _("you")
    if not owner:
        return _("command line")
    name = singletons.display_names().name(owner)
    if name:
        return (
            f"\u2068{name}\u2069 · {short_id(owner)}"  # isolated: a name may run from right to left
        )
    return _("visitor {sign}").format(sign=short_id(owner))


def owner_name(run: Run) -> str:
    """Who started a run, as `owner_label`."""
    return _("the app") if run.shipped else owner_label(run.owner)


def name_form() -> None:
    """Where a person may write a name for others to see."""
    me = visitor.visitor_id()
    name = singletons.display_names().name(me)
    label = _("Your name: {name}").format(name=layout.plain(name)) if name else _("Your name")
    with (
        st.popover(label, icon=":material/person:", key="your_name"),
        st.form("name_form", border=False),
    ):
        given = st.text_input(_("Name"), name, MAX_NAME, key="name_given")
        layout.explain(
            _(
                "If you like: others see it beside your runs, with your sign {sign}. Without one "
                "they see the sign alone. Empty takes it back."
            ).format(sign=short_id(me))
        )
        if not st.form_submit_button(_("Save"), type="primary"):
            return
        try:
            singletons.display_names().rename(me, given or "")
        except StoreError as error:
            layout.problem(str(error))
            return
    st.rerun()
