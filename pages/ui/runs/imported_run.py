"""View of a run that was imported from a file: its check, its figures, ways on. Script thread."""

import streamlit as st

from model_store import Run, RunState
from model_store.text import _, named
from pages.ui.figures import theme
from pages.ui.frame import layout
from pages.ui.frame.permissions import may_command, pause_notice, stop
from pages.ui.runs.run_actions import compare_link, model_links, resume_button
from pages.ui.runs.run_texts import provenance_text

LOW_ACCURACY = 0.5  # a network that was trained on such images gets more test images right


def imported_run_view(run: Run) -> None:
    """Draw an imported run in whatever state it is."""
    if run.state is RunState.QUEUED:
        sentence = _("{title} was checked. It waits for a free worker to open it.")
        layout.notice(sentence.format(title=named(run.title)))
        pause_notice()
        if may_command(run.owner):
            st.button(_("Cancel"), key=f"cancel_{run.id}", on_click=stop, args=(run,))
    elif not run.state.is_finished():
        layout.notice(_("{title} is being opened and tested.").format(title=named(run.title)))
    elif run.has_model:
        _result(run)
    else:
        why = _(run.message) or _("The import was cancelled.")
        layout.problem(_("{title} could not be imported.").format(title=named(run.title)), why)
        if run.state in (RunState.INTERRUPTED, RunState.CANCELLED) and may_command(run.owner):
            resume_button(run, _("Try again"))


def _result(run: Run) -> None:
    accuracy = run.result["test_accuracy"]
    st.success(
        _("**{title}** is open: {network}, {n} parameters.").format(
            title=layout.plain(named(run.title)),
            network=layout.plain(run.recipe.network),
            n=f"{run.recipe.parameters:,}",
        ),
        icon=":material/check:",
    )
    with st.container(horizontal=True):
        label = _("Accuracy on the test images of {dataset}").format(dataset=run.recipe.data.title)
        st.metric(label, theme.percent(accuracy, 2))
        st.metric(_("Test loss"), f"{run.result['test_loss']:.4f}")
    if accuracy < LOW_ACCURACY:
        layout.remark(
            _(
                "This accuracy is low. Perhaps the model was trained on other images, or on pixels "
                "of another range. Then delete it and import it again with the other choice."
            )
        )
    layout.remark(provenance_text(run))
    for note in run.provenance.notes if run.provenance else ():
        layout.remark(_(note))
    with st.container(horizontal=True):
        model_links(run)
        compare_link(run)
