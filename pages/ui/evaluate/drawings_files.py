"""The class's own test set as files: taken away, and brought along. Script thread."""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from model_store import StoreError
from model_store.classroom.drawing_set import DrawingSet
from pages.ui.frame import layout
from pages.ui.services import singletons
from pages.ui.state import selection, visitor
from training.images.drawing_files import MOST_BYTES, prepared_image, read, to_json, to_zip


def files() -> None:
    """Buttons that download the set, and a place to load one from."""
    drawings = singletons.class_drawings().all()
    layout.section(_("Take the set with you"))
    if len(drawings):
        _downloads(drawings)
    layout.explain(
        _(
            "Load a set that was downloaded here or elsewhere: strokes as JSON, or a ZIP archive "
            "of PNG pictures named by their digit, such as 7/anna.png."
        )
    )
    with st.form("own_load", clear_on_submit=True, border=False):
        given = st.file_uploader(
            _("File of drawings"),
            type=["json", "zip"],
            max_upload_size=MOST_BYTES // 1_000_000,
            label_visibility="collapsed",
        )
        if st.form_submit_button(_("Load it"), icon=":material/upload:") and given is not None:
            selection.keep_load_result(_load(given.getvalue()))
            st.rerun()
    loaded = selection.take_load_result()
    if loaded is not None:
        _tell(*loaded)


def _downloads(drawings: DrawingSet) -> None:
    with st.container(horizontal=True):
        st.download_button(
            _("Strokes (JSON)"),
            data=lambda: to_json(drawings.drawings),
            file_name="drawings.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            key="own_json",
        )
        st.download_button(
            _("Pictures (PNG in a ZIP)"),
            data=lambda: to_zip(drawings.drawings),
            file_name="drawings.zip",
            mime="application/zip",
            icon=":material/download:",
            on_click="ignore",
            key="own_zip",
        )
    layout.remark(
        _("Drawings: {n}. Nobody's name is in the files. Content hash {hash}.").format(
            n=f"{len(drawings):,}", hash=drawings.hash[:12]
        )
    )


def _load(content: bytes) -> tuple[str, str]:
    """Let the drawings of a file join; what happened, and what went wrong (each may be "")."""
    try:
        given = read(content, visitor.visitor_id(), singletons.class_drawings().all().by_id)
        inked = [drawing for drawing in given if prepared_image(drawing).any()]
        joined = singletons.class_drawings().add_all(inked)
    except StoreError as error:
        return "", str(error)
    told = _("Joined: {n}. In the set already: {known}.").format(
        n=f"{joined.added:,}", known=f"{joined.known:,}"
    )
    return told, joined.refused


def _tell(told: str, refused: str) -> None:
    if told:
        layout.notice(told)
    if refused:
        layout.problem(_("Not all of it could be loaded."), refused)
