"""A photo of a digit, uploaded, taken or pasted. Script thread."""

from contextlib import suppress

import streamlit as st

from model_store.text import _
from pages.ui.components.answer import image_html
from pages.ui.components.component import component
from pages.ui.frame import layout
from pages.ui.state import pad
from training.images.photo import MAX_BYTES, Photo, PhotoError, read_photo
from training.images.preprocess import BlankDrawing, StepImages, Steps

FILE_TYPES = ["jpg", "jpeg", "png", "webp", "gif", "bmp"]
SIDE = 280  # CSS pixels
_HTML = '<p class="lab-paste"></p>'


def photo(steps: Steps) -> StepImages | None:
    """Let a photo be chosen, and prepare it; it is kept for the session."""
    with st.container(key="photo_box"):
        file = st.file_uploader(
            _("A photo of one digit"),
            type=FILE_TYPES,
            max_upload_size=MAX_BYTES // 10**6,
            help=_(
                "Write the digit large, with a thick pen. Let it fill the photo. A phone can take "
                "the photo with its camera."
            ),
            key="photo",
            on_change=pad.photo.clear,
        )
        component("paste", _HTML, {"hint": _("Or paste a picture: Ctrl+V.")}, "paste")
    if file is not None and pad.photo.get()[0] != file.file_id:
        try:
            pad.photo.set((file.file_id, read_photo(file.getvalue())))
        except PhotoError as error:
            pad.photo.set((file.file_id, str(error)))
    kept = pad.photo.get()[1]
    if not isinstance(kept, Photo):
        if file is not None:
            layout.problem(_("No digit was found."), kept, _("Choose another picture."))
        return None
    st.html(image_html(kept.grey, _("Your photo, in grey"), SIDE))
    for note in kept.notes:
        layout.remark(layout.plain(note))
    if file is None:  # after a visit to another page the uploader has no button of its own
        st.button(
            _("Remove"), icon=":material/delete:", key="photo_remove", on_click=pad.photo.clear
        )
    with suppress(BlankDrawing):
        return kept.prepare(steps)
    return None
