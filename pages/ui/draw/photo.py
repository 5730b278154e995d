"""A photo of a digit, uploaded, taken or pasted. Script thread."""

from contextlib import suppress

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store import Run
from model_store.text import _
from pages.ui.components.answer import image_html, unlike_digits
from pages.ui.components.component import component
from pages.ui.draw.preparation_steps import enabled_steps
from pages.ui.frame import layout
from pages.ui.state import pad
from training.images.digit_likeness import DATASETS, is_like_a_digit
from training.images.photo import MAX_BYTES, Photo, PhotoError, read_photo
from training.images.preprocess import ALL_STEPS, BlankDrawing, StepImages, Steps

DOUBT = 0.5  # of the highest probability
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
    if kept.left_out:
        text = _("Left out: {things}.").format(things=", ".join(map(_, kept.left_out)))
        layout.remark(layout.plain(text))
    st.button(_("Turn"), icon=":material/rotate_right:", key="photo_turn", on_click=_turn)
    if file is None:  # after a visit to another page the uploader has no button of its own
        st.button(
            _("Remove"), icon=":material/delete:", key="photo_remove", on_click=pad.photo.clear
        )
    with suppress(BlankDrawing):
        return kept.prepare(steps)
    return None


def doubt(
    run: Run, images: StepImages | None, probabilities: NDArray[np.float32] | None, is_photo: bool
) -> str:
    """Return why a picture has no answer in words; "" if it has one, or if a step is off.

    A photo also has none if no class of the run has half of the probability.
    """
    if images is None or probabilities is None or enabled_steps() != ALL_STEPS:
        return ""
    is_known = run.recipe.dataset in DATASETS
    is_unlike = is_known and not is_like_a_digit(images.centred)
    if not is_unlike and (not is_photo or float(probabilities.max()) >= DOUBT):
        return ""
    return unlike_digits()


def _turn() -> None:
    """Turn the photo clockwise by a quarter, or on to where a digit is found; a callback."""
    name, kept = pad.photo.get()
    if not isinstance(kept, Photo):
        return
    for quarters in (1, 2, 3):
        with suppress(PhotoError):
            pad.photo.set((name, kept.turned(quarters)))
            return
