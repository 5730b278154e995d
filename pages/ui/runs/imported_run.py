"""A run from a file: whether it is open yet, and what it turned out to be. Script thread."""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from model_store import Run, RunState, StoreError
from pages.ui.figures import theme
from pages.ui.frame import layout, navigation
from pages.ui.frame.permissions import may_command, pause_notice, stop
from pages.ui.runs.provenance_text import provenance_text
from pages.ui.services import singletons
from training.engine.engine import EngineError

FEW = 0.5  # of the test images: a network that was trained on such images gets more right


def imported_run_view(run: Run) -> None:
    """Waiting, opening, why not, or the figures and the ways on."""
    if not run.state.is_finished():
        _opening(run)
    elif run.has_model:
        _opened(run)
    else:
        layout.problem(
            _("{title} could not be brought in.").format(title=run.title),
            run.message or _("It was cancelled."),
        )
        if run.state in (RunState.INTERRUPTED, RunState.CANCELLED) and may_command(run.owner):
            _again(run)


def _opening(run: Run) -> None:
    if run.state is RunState.QUEUED:
        sentence = _("{title} was checked, and waits for a free worker to open it.")
        layout.notice(sentence.format(title=run.title))
        pause_notice()
        if may_command(run.owner) and st.button(_("Cancel"), key=f"cancel_{run.id}"):
            stop(run)
    else:
        layout.notice(_("{title} is being opened and tested.").format(title=run.title))


def _opened(run: Run) -> None:
    accuracy = run.result["test_accuracy"]
    st.success(
        _("**{title}** is open: {network}, {n} parameters.").format(
            title=layout.plain(run.title),
            network=layout.plain(run.recipe.network),
            n=f"{run.recipe.parameters:,}",
        ),
        icon=":material/check:",
    )
    with st.container(horizontal=True):
        label = _("Accuracy on the test images of {dataset}").format(dataset=run.recipe.data.label)
        st.metric(label, theme.percent(accuracy, 2))
        st.metric(_("Test loss"), f"{run.result['test_loss']:.4f}")
    if accuracy < FEW:
        layout.remark(
            _(
                "That is little. Was it trained on other images, or on pixels of another range? "
                "Then delete it, and bring it again with the other choice."
            )
        )
    layout.remark(provenance_text(run))
    with st.container(horizontal=True):
        drawable = run.recipe.data.drawable
        label = _("Draw against it") if drawable else _("See what it answers")
        navigation.link("draw", label, ":material/draw:", run=run.id)
        navigation.link("evaluate", _("See its mistakes"), ":material/fact_check:", run=run.id)
        navigation.link("compare", _("Compare"), navigation.ENTRIES["compare"].icon, run=run.id)


def _again(run: Run) -> None:
    if st.button(_("Try again"), icon=":material/restart_alt:", key=f"again_{run.id}"):
        try:
            singletons.engine().resume(run.id)
        except (EngineError, StoreError) as error:
            layout.problem(_("It could not be tried again."), str(error))
            return
        st.rerun(scope="app")
