"""One lesson: its steps, each with what to read beside what to do. Script thread."""

from contextlib import suppress
from dataclasses import replace

import streamlit as st

from model_store import StoreError
from model_store.lessons.lesson import Lesson, Step
from model_store.recipe.choices import DATASETS
from model_store.text import _
from pages.ui.frame import layout, navigation
from pages.ui.frame.permissions import may_see_keys
from pages.ui.learn.context import Context
from pages.ui.learn.hand_in_view import hand_in_view
from pages.ui.learn.live_parts import live_part
from pages.ui.learn.questions import questions
from pages.ui.learn.sheets import default_dataset, sheet_buttons
from pages.ui.services import singletons
from pages.ui.state import url, visitor
from training.data import datasets
from training.lessons.step_code import step_code

HAND_IN = "hand-in"
OF_PARTS = (
    "page",
    "image",
    "show",
    "truth",
    "answer",
    "cells",
    "units",
    "unit_page",
)  # parameters that parts use
SHORT_CODE = 10  # lines that are shown at once


def lesson_view(lesson: Lesson) -> None:
    """Draw the step of the lesson that the address names, or the one that was open last."""
    progress = singletons.progress().read(visitor.visitor_id(), lesson.id)
    step_id = url.param("step") or progress.at
    is_end = step_id == HAND_IN
    step = None if is_end else lesson.steps[lesson.step(step_id)]
    dataset = _dataset(lesson, progress.dataset)
    context = Context(lesson, step, dataset, progress)
    at = step.id if step else HAND_IN
    if progress.at != at or progress.dataset != dataset or (step and at not in progress.seen):
        with suppress(StoreError):  # a store that cannot be written still teaches
            opened = context.change(lambda p: replace(p.with_seen(at), dataset=dataset))
            context = replace(context, progress=opened)
    _head(context, at)
    if step is None:
        hand_in_view(context)
    else:
        _step(context, step)


def _dataset(lesson: Lesson, before: str) -> str:
    """Return the data set that the lesson runs on: of the address, of the record, or the best."""
    for name in (url.param("dataset"), before):
        if name in lesson.datasets and datasets.available(name):
            return name
    return default_dataset(lesson)


def _head(context: Context, at: str) -> None:
    """Draw the title, the data set, and the steps with the ways to the ones beside."""
    lesson, progress = context.lesson, context.progress
    with st.container(key="lesson_head", horizontal=True, vertical_alignment="center"):
        layout.header(lesson.title)
        _dataset_choice(context)
        navigation.link("learn", _("All lessons"), ":material/list:")
    ids = [*(step.id for step in lesson.steps), HAND_IN]
    labels = {}
    for number, step in enumerate(lesson.steps, 1):
        labels[step.id] = f"{number} ✓" if progress.is_done(step) else str(number)
    labels[HAND_IN] = _("Hand in")
    place = ids.index(at)
    with st.container(key="lesson_steps", horizontal=True, vertical_alignment="center"):
        _way(_("Previous step"), ids, place - 1, "Alt+P", "step_before")
        st.segmented_control(
            _("Step"),
            ids,
            format_func=lambda name: labels[name],
            required=True,
            label_visibility="collapsed",
            **url.linked("step", at, *OF_PARTS),
        )
        _way(_("Next step"), ids, place + 1, "Alt+N", "step_after")


def _way(label: str, ids: list[str], place: int, keys: str, key: str) -> None:
    """Draw the button to the step at `place`."""
    there = 0 <= place < len(ids)
    st.button(
        label,
        icon=":material/chevron_left:" if key == "step_before" else ":material/chevron_right:",
        icon_position="left" if key == "step_before" else "right",
        disabled=not there,
        shortcut=keys,
        key=key,
        on_click=_go,
        args=(ids[place] if there else "",),
    )


def _go(step_id: str) -> None:
    """Open a step. A callback."""
    url.set_params(step=step_id, **dict.fromkeys(OF_PARTS))


def _dataset_choice(context: Context) -> None:
    """Draw the data sets that the lesson runs on and that are here, if there is a choice."""
    here = [name for name in context.lesson.datasets if datasets.available(name)]
    missing = next((name for name in context.lesson.datasets if name not in here), "")
    if missing:
        label = _("Get {name}").format(name=_(DATASETS[missing].label))
        navigation.link("data", label, ":material/download:", dataset=missing)
    if len(here) < 2:
        layout.remark(_("Data: {name}").format(name=_(DATASETS[context.dataset].label)))
        return
    st.segmented_control(
        _("Your data"),
        here,
        format_func=lambda name: _(DATASETS[name].label),
        required=True,
        label_visibility="collapsed",
        **url.linked("dataset", context.dataset, *OF_PARTS),
    )


def _step(context: Context, step: Step) -> None:
    lesson, dataset = context.lesson, context.dataset
    with st.container(key="lesson_sides"):
        reading, doing = st.container(key="lesson_reading"), st.container(key="lesson_doing")
        asking = st.container()
    with reading:
        number = lesson.step(step.id) + 1
        if number == 1:
            st.markdown(lesson.fill(lesson.intro, dataset))
            with st.container(horizontal=True):
                sheet_buttons(lesson, dataset)
        st.header(lesson.fill(f"{number} {step.title}", dataset), anchor=False)
        st.markdown(lesson.fill(step.text, dataset))
        _code(context, step)
    with doing:
        for place, part in enumerate(step.parts):
            live_part(context, place, part)
    with asking:
        st.markdown(f"**{_('What to look for')}**  \n{lesson.fill(step.look, dataset)}")
        questions(context, step)
        _onwards(context, step)
        if may_see_keys():
            with st.expander(_("For the teacher"), icon=":material/school:"):
                st.markdown(lesson.fill(step.teacher, dataset))
                layout.remark(_("{n} minutes").format(n=step.minutes))


def _onwards(context: Context, step: Step) -> None:
    """Draw the button to the next step, which stands out once this one is done."""
    steps, place = context.lesson.steps, context.lesson.step(step.id) + 1
    title = steps[place].title if place < len(steps) else _("Hand in")
    title = context.lesson.fill(title, context.dataset)
    st.button(
        _("Next: {title}").format(title=layout.plain(title)),
        type="primary" if context.progress.is_done(step) else "secondary",
        icon=":material/chevron_right:",
        icon_position="right",
        key="onwards",
        on_click=_go,
        args=(steps[place].id if place < len(steps) else HAND_IN,),
    )


def _code(context: Context, step: Step) -> None:
    code = step_code(step, context.lesson, context.dataset)
    if not code:
        return
    lines = code.count("\n") + 1
    title = _("The Keras code ({n} lines)").format(n=lines)
    with st.expander(title, expanded=lines <= SHORT_CODE, icon=":material/code:"):
        st.code(code, language="python", wrap_lines=True)
