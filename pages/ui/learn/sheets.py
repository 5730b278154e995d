"""Downloads of a lesson's sheet and of the teacher's key. Script thread.

Each file is made when its button is clicked, in a thread of Streamlit's.
"""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from model_store.lessons.lesson import Lesson
from model_store.text import _
from pages.ui.frame.permissions import may_see_keys
from training.data import datasets
from training.lessons.sheet import sheet


def default_dataset(lesson: Lesson) -> str:
    """Return the first data set of the lesson that is on this computer."""
    return next(name for name in lesson.datasets if datasets.available(name))


def sheet_buttons(lesson: Lesson, dataset: str = "") -> None:
    """Draw the download of the sheet and, for a teacher, of its key."""
    dataset = dataset or default_dataset(lesson)
    files: Sequence[tuple[str, str, bool]] = [(_("Sheet to print"), "sheet", False)]
    if may_see_keys():
        files = [*files, (_("Teacher's key"), "key", True)]
    for label, name, with_key in files:
        st.download_button(
            label,
            data=partial(sheet, lesson, dataset, key=with_key),
            file_name=f"{lesson.id}-{name}.html",
            mime="text/html",
            icon=":material/key:" if with_key else ":material/print:",
            on_click="ignore",
            type="tertiary",
            key=f"{name}_{lesson.id}",
        )
