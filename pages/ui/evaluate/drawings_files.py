"""Class drawings as files: download and upload. Script thread."""

from functools import partial

import streamlit as st

from model_store import StoreError
from model_store.text import _
from pages.ui.frame import layout
from pages.ui.services import singletons
from pages.ui.state import selection, visitor
from training.images.drawing_files import MAX_BYTES, prepared_image, read, to_json, to_zip


def drawings_files() -> None:
    """Draw buttons that download the drawings, and a form that adds drawings from a file."""
    layout.section(_("Download or add drawings"))
    drawings = singletons.class_drawings().all()
    if len(drawings):
        with st.container(horizontal=True):
            for label, write, name in (
                (_("Strokes (JSON)"), to_json, "drawings.json"),
                (_("Pictures (PNG in a ZIP)"), to_zip, "drawings.zip"),
            ):
                st.download_button(
                    label,
                    data=partial(write, drawings.drawings),
                    file_name=name,
                    icon=":material/download:",
                    on_click="ignore",
                    key=name,
                )
        layout.remark(
            _("{n} drawings. The files contain no names. Content hash: {hash}.").format(
                n=f"{len(drawings):,}", hash=drawings.hash[:12]
            )
        )
    layout.explain(
        _(
            "You can add drawings from a file: strokes as JSON, or a ZIP archive of PNG pictures. "
            "The name of a picture begins with its digit, such as 7/anna.png."
        )
    )
    with st.form("add_drawings", clear_on_submit=True, border=False):
        file = st.file_uploader(
            _("File of drawings"),
            type=["json", "zip"],
            max_upload_size=MAX_BYTES // 1_000_000,
            label_visibility="collapsed",
        )
        if st.form_submit_button(_("Add drawings"), icon=":material/upload:") and file is not None:
            selection.load_result.set(add_drawings(file.getvalue()))
            st.rerun()
    added, refused = selection.load_result.take()
    if added:
        layout.notice(added)
    if refused:
        layout.problem(_("Some drawings could not be added."), refused)


def add_drawings(content: bytes) -> tuple[str, str]:
    """Add the drawings of a file to the class; return what was added and what was refused."""
    drawings = singletons.class_drawings()
    try:
        found = read(content, visitor.visitor_id(), drawings.all().by_id)
        result = drawings.add_all([drawing for drawing in found if prepared_image(drawing).any()])
    except StoreError as error:
        return "", str(error)
    sentence = _("Added: {n}. Already there: {known}.")
    return sentence.format(n=f"{result.added:,}", known=f"{result.known:,}"), result.refused
