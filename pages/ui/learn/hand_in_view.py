"""End of a lesson: all answers, the learner's runs, and the file to hand in. Script thread."""

from collections.abc import Iterator, Sequence

import streamlit as st

from model_store import Run
from model_store.lessons.answers import answer_text
from model_store.lessons.progress import key
from model_store.text import _
from pages.ui.frame import layout
from pages.ui.frame.owners import name_form
from pages.ui.learn.context import Context
from pages.ui.services import records, singletons
from pages.ui.state import visitor
from training.lessons.hand_in import HandedRun, hand_in


def hand_in_view(context: Context) -> None:
    """Draw the answers as a table, the name, and the download."""
    lesson, progress = context.lesson, context.progress
    layout.section(_("Hand in"))
    done, steps = progress.done(lesson), len(lesson.steps)
    if done < steps:
        text = _("{done} of {all} steps are done. You can hand in what you have.")
        layout.remark(text.format(done=done, all=steps))
    else:
        st.success(_("All {n} steps are done.").format(n=steps), icon=":material/check:")
    heads = (_("step"), _("question"), _("your answer"), _("result"))
    rows = []
    for step, question in lesson.questions():
        given = progress.answer(step, question)
        shown = answer_text(question, given.given, lesson, context.dataset) if given else ""
        result = "–" if given is None or given.right is None else ""
        result = result or (_("correct") if given and given.right else _("not correct"))
        cells = (
            step.title,
            lesson.fill(question.text, context.dataset),
            layout.plain(shown),
            result,
        )
        rows.append(dict(zip(heads, cells, strict=True)))
    st.table(rows, hide_index=True)
    runs = list(_runs(context))
    if runs:
        layout.section(_("Your trainings"))
        for name, run in runs:
            st.markdown(f"**{layout.plain(name)}**: {layout.plain(run.id)}")
    with st.container(horizontal=True, vertical_alignment="center"):
        name_form()
        st.download_button(
            _("Download the file to hand in"),
            data=lambda: _file(context, runs),
            file_name=f"{lesson.id}-hand-in.html",
            mime="text/html",
            icon=":material/download:",
            on_click="ignore",
            type="primary",
            key="hand_in",
        )
    layout.remark(
        _(
            "One file with your answers, your predictions, and the receipts of your trainings. "
            "Open it to print it."
        )
    )


def _runs(context: Context) -> Iterator[tuple[str, Run]]:
    for name in context.lesson.recipe_names:
        if key(name, context.dataset) in context.progress.runs and (run := context.run(name)):
            yield context.lesson.recipe_label(name, context.dataset), run


def _file(context: Context, runs: Sequence[tuple[str, Run]]) -> str:
    """Return the file to hand in. Any thread."""
    handed = [HandedRun(name, run, records.history(run)) for name, run in runs]
    name = singletons.display_names().name(visitor.visitor_id())
    return hand_in(context.lesson, context.dataset, context.progress, handed, name)
