"""All lessons: what each is about, how long it takes, and how far the learner is. Script thread."""

from collections.abc import Sequence

import streamlit as st

from model_store.lessons.lesson import Lesson
from model_store.lessons.progress import Progress
from model_store.recipe.choices import DATASETS
from model_store.text import _
from pages.ui.frame import layout, navigation
from pages.ui.learn.sheets import sheet_buttons
from pages.ui.services import singletons
from pages.ui.state import visitor


def lesson_list(found: Sequence[Lesson]) -> None:
    """Draw a card for each lesson."""
    records = singletons.progress().all(visitor.visitor_id())
    with st.container(key="lessons"):
        for lesson in found:
            with st.container(key=f"lesson_{lesson.id}", border=True):
                _card(lesson, records.get(lesson.id, Progress()))


def _card(lesson: Lesson, progress: Progress) -> None:
    st.header(lesson.title, anchor=False)
    st.markdown(lesson.about)
    done, steps = progress.done(lesson), len(lesson.steps)
    names = ", ".join(_(DATASETS[name].label) for name in lesson.datasets)
    layout.remark(
        _("{n} minutes · {steps} steps · {datasets}").format(
            n=lesson.minutes, steps=steps, datasets=layout.plain(names)
        )
    )
    if progress.seen:
        st.progress(done / steps, text=_("{done} of {all} steps done").format(done=done, all=steps))
    with st.container(horizontal=True, vertical_alignment="center"):
        label, params = _("Begin"), {"lesson": lesson.id}
        if progress.seen:
            label = _("Look again") if done == steps else _("Continue")
            params["step"] = progress.at
        navigation.link("learn", f"**{label}**", ":material/play_arrow:", **params)
        sheet_buttons(lesson)
