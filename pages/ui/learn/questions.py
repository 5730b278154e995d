"""Questions of a step: fields, checking, and what is said about an answer. Script thread."""

from contextlib import suppress
from dataclasses import replace
from functools import partial

import streamlit as st

from model_store import StoreError
from model_store.lessons.answers import answer_text, is_right, right_answer_text
from model_store.lessons.lesson import Kind, Question, Step
from model_store.lessons.progress import Answer, Progress, key
from model_store.text import _
from pages.ui.frame import layout
from pages.ui.learn.context import Context
from pages.ui.services import singletons
from pages.ui.state import selection, visitor

TRIES = 2  # wrong answers before the right one is offered
LONGEST = 200  # characters of an answer that is typed


def questions(context: Context, step: Step) -> None:
    """Draw every question of the step with the learner's answer."""
    context = _mark_late(context, step)
    for number, question in enumerate(step.questions, 1):
        given = context.progress.answer(step, question)
        with st.container(key=f"learn_question_{number}", border=True):
            _question(context, step, question, given)


def _mark_late(context: Context, step: Step) -> Context:
    """Mark the answers that waited for the end of a training."""
    for question in step.questions:
        given = context.progress.answer(step, question)
        if given is None or given.right is not None or not question.marked:
            continue
        right = is_right(question, given.given, context.lesson, context.dataset, context.run_figure)
        if right is not None:
            with suppress(StoreError):
                marked = partial(Progress.with_mark, name=key(step.id, question.id), right=right)
                context = replace(context, progress=context.change(marked))
    return context


def _question(context: Context, step: Step, question: Question, given: Answer | None) -> None:
    name = key(step.id, question.id)
    title = _("Question") if question.marked else _("What do you expect?")
    st.markdown(f"**{title}**")
    widget = f"answer_{context.lesson.id}_{name}"
    with st.form(f"form_{widget}", border=False):
        st.markdown(context.lesson.fill(question.text, context.dataset))
        _field(context, question, given, widget)
        pressed = st.form_submit_button(
            _("Check") if question.marked else _("Keep"),
            key=f"check_{widget}",
            on_click=_give,
            args=(context, question, name, widget),
        )
    if pressed and not _given(question, widget):
        layout.remark(_("Give an answer first."))
    if given is not None:
        _verdict(context, question, given, name)


def _field(context: Context, question: Question, given: Answer | None, widget: str) -> None:
    """Draw the field of an answer, which begins with the one that was given."""
    before = given.given if given else ""
    label = _("Your answer")
    options = [context.lesson.fill(text, context.dataset) for text in question.options]
    if question.kind is Kind.CHOICES:
        for place, text in enumerate(options):
            st.checkbox(text, value=str(place) in before.split(), key=f"{widget}_{place}")
    elif options:
        places = list(range(len(options)))
        st.radio(
            label,
            places,
            int(before) if before.isdecimal() and int(before) in places else None,
            format_func=lambda place: options[place],
            label_visibility="collapsed",
            key=widget,
        )
    else:
        percent = question.number is not None and question.number.percent
        st.text_input(
            label,
            before,
            LONGEST,
            placeholder=_("in percent") if percent else "",
            autocomplete="off",
            label_visibility="collapsed",
            key=widget,
        )


def _given(question: Question, widget: str) -> str:
    """Return what is in the field, as it is kept; "" if nothing is."""
    if question.kind is Kind.CHOICES:
        places = range(len(question.options))
        return " ".join(str(i) for i in places if selection.field_value(f"{widget}_{i}", False))
    value = selection.field_value(widget, None)
    return "" if value is None else str(value).strip()


def _give(context: Context, question: Question, name: str, widget: str) -> None:
    """Check and keep an answer. A callback."""
    if not (given := _given(question, widget)):
        return
    right = is_right(question, given, context.lesson, context.dataset, context.run_figure)
    with layout.problem_on(StoreError, what=_("Your answer could not be saved.")):
        singletons.progress().answer(visitor.visitor_id(), context.lesson.id, name, given, right)


def _verdict(context: Context, question: Question, given: Answer, name: str) -> None:
    """Say whether the last answer is right, with the hint or the reason."""
    fill, dataset = context.lesson.fill, context.dataset
    if not question.marked:
        if given.given:
            shown = answer_text(question, given.given, context.lesson, dataset)
            layout.remark(_("Kept: {answer}").format(answer=layout.plain(shown)))
        return
    if given.right is None and not given.shown:
        layout.notice(_("This answer is checked as soon as your training has ended."))
    elif given.right:
        st.success(
            _("**Correct.** {why}").format(why=fill(question.why, dataset)), icon=":material/check:"
        )
    elif given.shown:
        text = right_answer_text(question, context.lesson, dataset, context.run_figure)
        st.info(
            _("The answer is: **{answer}**. {why}").format(
                answer=layout.plain(text), why=fill(question.why, dataset)
            ),
            icon=":material/lightbulb:",
        )
    else:
        hint = fill(question.hint, dataset) or _("Look again and try once more.")
        st.warning(_("**Not yet.** {hint}").format(hint=hint), icon=":material/replay:")
        if given.tries >= TRIES:
            st.button(
                _("Show the answer"),
                key=f"show_{context.lesson.id}_{name}",
                on_click=_show,
                args=(context, name),
            )


def _show(context: Context, name: str) -> None:
    """Note that the answer was shown. A callback."""
    with layout.problem_on(StoreError):
        context.change(lambda progress: progress.with_shown(name))
