"""Deleted runs: undo at once, or restore within a week. Script thread."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from model_store import Deleted, StoreError
from model_store.storage.store import KEEP_SECONDS
from model_store.text import _, named
from pages.ui.frame import layout, permissions
from pages.ui.services import singletons
from pages.ui.state import selection, url


def undo_bar() -> None:
    """Draw the run that this session deleted last, with Undo; nothing if there is none."""
    deleted_here = selection.deleted_runs()
    restorable = {deleted.run.id: deleted.run for deleted in _restorable()}
    while deleted_here and deleted_here[-1] not in restorable:
        deleted_here.pop()
    if not deleted_here:
        return
    run = restorable[deleted_here[-1]]
    with st.container(horizontal=True, vertical_alignment="center", key="undo_bar"):
        st.markdown(_("Deleted: **{name}**").format(name=layout.plain(named(run.title))))
        if st.button(_("Undo"), icon=":material/undo:", key="undo"):
            _restore(run.id)


def deleted_runs() -> None:
    """Draw the list of deleted runs: a person's own, for a teacher all; nothing if empty."""
    restorable = _restorable()
    if not restorable:
        return
    label = _("Deleted runs ({n})").format(n=len(restorable))
    with st.expander(label, icon=":material/delete:"):
        layout.remark(
            _("Deleted runs are kept for {n} days.").format(n=round(KEEP_SECONDS / 86400))
        )
        for deleted in restorable:
            when = datetime.fromtimestamp(deleted.when).strftime("%Y-%m-%d %H:%M")
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{layout.plain(named(deleted.run.title))} · {when}")
                if st.button(_("Restore"), key=f"restore_{deleted.run.id}"):
                    _restore(deleted.run.id)


def _restorable() -> Sequence[Deleted]:
    deleted = singletons.store().deleted()
    return [each for each in deleted if permissions.may_command(each.run.owner)]


def _restore(run_id: str) -> None:
    try:
        singletons.store().restore(run_id)
    except StoreError as error:
        layout.problem(_("The run could not be restored."), str(error))
        return
    if run_id in selection.deleted_runs():
        selection.deleted_runs().remove(run_id)
    url.set_params(run=[*url.values("run"), run_id])
    st.rerun()
