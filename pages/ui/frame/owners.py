"""Names of owners: a chosen name, and a short id that cannot be chosen."""

from collections.abc import Iterable

import streamlit as st

from model_store import Run, StoreError
from model_store.classroom.display_names import MAX_NAME, short_id
from model_store.text import _
from pages.ui.frame import layout
from pages.ui.services import singletons
from pages.ui.state import selection, visitor


def owner_label(owner: str) -> str:
    """Return an owner's name and short id as plain text.

    The id itself stays on the server, since it gives control of the runs.
    """
    return owner_labels([owner])[owner]


def owner_labels(owners: Iterable[str]) -> dict[str, str]:
    """Return the labels of many owners, by their ids."""
    asked, me = list(owners), visitor.visitor_id()
    names = singletons.display_names().names(asked)
    return {owner: _label(owner, names.get(owner, ""), me) for owner in asked}


def _label(owner: str, name: str, me: str) -> str:
    if owner == me:
        return _("you")
    if not owner:
        return _("command line")
    if name:
        isolated = f"\u2068{name}\u2069"  # a name may run from right to left
        return f"{isolated} · {short_id(owner)}"
    return _("visitor {id}").format(id=short_id(owner))


def owner_name(run: Run) -> str:
    """Return the owner of a run as `owner_label`."""
    return _("the app") if run.shipped else _label(run.owner, run.owner_name, visitor.visitor_id())


def name_form() -> None:
    """Show a field for a name that others see.

    The store is read once the form is open, and not for everyone who opens the page.
    """
    name = selection.own_name.get()
    label = _("Your name: {name}").format(name=layout.plain(name)) if name else _("Your name")
    popover = st.popover(label, icon=":material/person:", key="your_name", on_change="rerun")
    if not popover.open:
        return
    me = visitor.visitor_id()
    name = singletons.display_names().name(me)
    with popover, st.form("name_form", border=False):
        given = st.text_input(_("Name"), name, MAX_NAME, key="name_given")
        layout.explain(
            _(
                "You don't have to. Others see it beside your runs, with your short id {id}. "
                "Without a name they see only the id. To remove your name, empty the field."
            ).format(id=short_id(me))
        )
        if not st.form_submit_button(_("Save"), type="primary"):
            return
        try:
            selection.own_name.set(singletons.display_names().rename(me, given or ""))
        except StoreError as error:
            layout.problem(str(error))
            return
    st.rerun()
