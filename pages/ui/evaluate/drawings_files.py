"""Class drawings as files: download and upload. Script thread."""

from functools import partial

import streamlit as st

from model_store import StoreError
from model_store.text import _
from pages.ui.evaluate.drawings_preview import drawings_preview
from pages.ui.frame import layout
from pages.ui.services import singletons
from pages.ui.state import selection, visitor
from training.images.drawing_files import MAX_BYTES, DrawingFile, to_json, to_zip


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
            "You can add drawings from a file: strokes as JSON, or a ZIP archive of pictures. Put "
            "the pictures into folders 0 to 9, or begin their names with the digit: 7_anna.jpg. "
            "You see how each picture is read before you add it."
        )
    )
    if selection.drawing_file.get() is None:
        _upload()
    else:
        drawings_preview()
    added, refused = selection.load_result.take()
    if added:
        layout.notice(added)
    if refused:
        layout.problem(_("Some drawings could not be added."), refused)


def _upload() -> None:
    with st.form("add_drawings", clear_on_submit=True, border=False):
        file = st.file_uploader(
            _("File of drawings"),
            type=["json", "zip"],
            max_upload_size=MAX_BYTES // 1_000_000,
            label_visibility="collapsed",
        )
        if st.form_submit_button(_("Read the file"), icon=":material/upload:") and file is not None:
            open_file(file.getvalue())
            st.rerun()


def open_file(content: bytes) -> None:
    """Begin to read a file of drawings; keep the error message if it cannot be read."""
    drawings = singletons.class_drawings()
    me = visitor.visitor_id()
    try:
        room = drawings.room(me)
        selection.drawing_file.set(DrawingFile(content, me, drawings.all().by_id, room))
    except StoreError as error:
        selection.load_result.set(("", str(error)))
