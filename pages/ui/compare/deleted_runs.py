"""Deleted runs: undo at once, or out of the bin within a week. Script thread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from gettext import gettext as _

import streamlit as st

from model_store import Deleted, StoreError
from model_store.storage.trash import KEEP_SECONDS
from pages.ui.frame import layout, permissions
from pages.ui.services import singletons
from pages.ui.state import selection, url


def undo_bar() -> None:
    """The run that was deleted last in this session, and Undo; nothing if there is none."""
    gone = selection.deleted_runs()
    mine = {deleted.run.id: deleted for deleted in _mine()}
    while gone and gone[-1] not in mine:
        gone.pop()
    if not gone:
        return
    run = mine[gone[-1]].run
    with st.container(horizontal=True, vertical_alignment="center", key="undo_bar"):
        st.markdown(_("Deleted: **{name}**").format(name=layout.plain(run.title)))
        if st.button(_("Undo"), icon=":material/undo:", key="undo"):
            _restore(run.id)


def deleted_runs() -> None:
    """What may still be brought back, one's own or for a teacher everybody's; or nothing."""
    mine = _mine()
    if not mine:
        return
    with st.expander(_("Deleted runs ({n})").format(n=len(mine)), icon=":material/delete:"):
        layout.remark(
            _("{whose}; they stay here for {n} days at most.").format(
                whose=_("Everybody's") if permissions.is_teacher() else _("Your own"),
                n=round(KEEP_SECONDS / 86400),
            )
        )
        for deleted in mine:
            when = datetime.fromtimestamp(deleted.when).strftime("%Y-%m-%d %H:%M")
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{layout.plain(deleted.run.title)} · {when}")
                if st.button(_("Bring back"), key=f"restore_{deleted.run.id}"):
                    _restore(deleted.run.id)


def _mine() -> Sequence[Deleted]:
    deleted = singletons.store().deleted()
    return [each for each in deleted if permissions.may_command(each.run.owner)]


def _restore(run_id: str) -> None:
    try:
        singletons.store().restore(run_id)
    except StoreError as error:
        layout.problem(_("It could not be brought back."), str(error))
        return
    gone = selection.deleted_runs()
    if run_id in gone:
        gone.remove(run_id)
    url.set_params(run=[*url.values("run"), run_id])
    st.rerun()
