"""A photo of a digit, uploaded, taken or pasted; refused in sentences. Script thread."""

from __future__ import annotations

from contextlib import suppress
from gettext import gettext as _

import streamlit as st

from pages.ui.components.answer import image_html
from pages.ui.components.component import component
from pages.ui.frame import layout
from pages.ui.state import pad
from training.images.photo import MAX_BYTES, Photo, PhotoError, read_photo
from training.images.preprocess import BlankDrawing, StepImages, Steps

ENDINGS = ["jpg", "jpeg", "png", "webp", "gif", "bmp"]
SIDE = 280  # CSS pixels
_KEY = "photo"
_HTML = '<p class="lab-paste"></p>'


def photo(on: Steps) -> StepImages | None:
    """Let a photo be chosen, and return the steps of its preparation; it stays for the session."""
    with st.container(key="photo_box"):
        file = st.file_uploader(
            _("A photo of one digit"),
            type=ENDINGS,
            max_upload_size=MAX_BYTES // 10**6,
            help=_(
                "Write it large, with a thick pen, and fill the picture with it. On a phone this "
                "can open the camera."
            ),
            key=_KEY,
            on_change=pad.forget_photo,
        )
        component("paste", _HTML, {"hint": _("Or paste a picture: Ctrl+V.")}, "paste")
    if file is not None and not pad.has_photo(file.file_id):
        try:
            pad.keep_photo(file.file_id, read_photo(file.getvalue()))
        except PhotoError as error:
            pad.keep_photo(file.file_id, str(error))
    kept = pad.photo()
    if isinstance(kept, Photo):
        _show(kept, removable=file is None)
        with suppress(BlankDrawing):
            return kept.prepare(on)
    elif file is not None:
        layout.problem(_("No digit was read."), kept, _("Choose another picture."))
    return None


def _show(photo: Photo, removable: bool) -> None:
    st.html(image_html(photo.grey, _("Your photo, in grey"), SIDE))
    for note in photo.notes:
        layout.remark(layout.plain(note))
    if removable:  # the uploader lost it on another page, and with it its own button
        st.button(
            _("Remove"), icon=":material/delete:", key="photo_remove", on_click=pad.forget_photo
        )
