"""One chosen run: what is written on it, what its curve says, ways on. Script thread."""

from __future__ import annotations

from gettext import gettext as _
from html import escape

import streamlit as st

from model_store import Run, StoreError
from model_store.runs.history import History
from model_store.runs.label import MAX_NAME, MAX_NOTE, Label, LabelError
from pages.ui.figures.setting_names import recipe_line
from pages.ui.frame import layout, navigation
from pages.ui.frame.owners import owner_name
from pages.ui.frame.permissions import may_command
from pages.ui.runs.diagnosis_view import diagnosis_view
from pages.ui.runs.provenance_text import provenance_text
from pages.ui.runs.run_actions import downloads_link
from pages.ui.runs.run_marks import Mark
from pages.ui.runs.run_view import state_badge
from pages.ui.services import singletons
from pages.ui.state import selection, url


def run_card(run: Run, mark: Mark, history: History) -> None:
    """Name, note and tags, the notes on the curve, links, and for its owner: change and delete."""
    with st.container(border=True, height="stretch", key=f"card_{run.id}"):
        st.html(f'<h3 class="lab-card">{mark.html}</h3>')
        tags = " ".join(f":gray-badge[{layout.plain(tag)}]" for tag in run.label.tags)
        st.markdown(f"{state_badge(run)} {tags}")
        layout.remark(layout.plain(f"{recipe_line(run)} · {owner_name(run)}"))
        if run.message:
            layout.notice(run.message)
        if run.provenance:
            layout.remark(provenance_text(run))
        if run.label.note:
            st.html(f'<p class="lab-note">{escape(run.label.note)}</p>')
        diagnosis_view(run, history)
        _links(run)
        if may_change(run):
            with st.container(horizontal=True):
                _describe(run)
                _delete(run)
        if run.manifest:
            _made(run)


def may_change(run: Run) -> bool:
    """Whether whoever looks at the page may command it; others see it and change nothing."""
    return not run.shipped and may_command(run.owner)


def _links(run: Run) -> None:
    with st.container(horizontal=True):
        if not run.shipped:
            navigation.link("train", _("Look"), ":material/show_chart:", run=run.id)
        if run.has_model:
            navigation.link("draw", _("Draw"), ":material/draw:", run=run.id)
            navigation.link("evaluate", _("Evaluate"), ":material/fact_check:", run=run.id)
            downloads_link(run)
        again = run.recipe.to_link()
        label = _("Train such a network") if run.imported else _("Change it and train again")
        navigation.link("train", label, ":material/tune:", recipe=again)


def _describe(run: Run) -> None:
    with (
        st.popover(_("Name, note, tags"), icon=":material/edit:", key=f"describe_{run.id}"),
        st.form(f"label_{run.id}", border=False),
    ):
        name = st.text_input(_("Name"), run.label.name, MAX_NAME, placeholder=run.recipe.title)
        tags = st.text_input(
            _("Tags"), ", ".join(run.label.tags), placeholder=_("with commas between them")
        )
        note = st.text_area(_("Note"), run.label.note, max_chars=MAX_NOTE)
        if not st.form_submit_button(_("Save"), type="primary"):
            return
        try:
            singletons.store().describe(run.id, Label.of(name or "", note or "", tags or ""))
        except (LabelError, StoreError) as error:
            layout.problem(_("This could not be saved."), str(error))
            return
    st.rerun()


def _delete(run: Run) -> None:
    if not run.state.is_finished():
        layout.remark(_("Stop the training before you delete it."))
        return
    if st.button(_("Delete"), icon=":material/delete:", key=f"delete_{run.id}"):
        try:
            singletons.store().delete(run.id)
        except StoreError as error:
            layout.problem(_("It could not be deleted."), str(error))
            return
        selection.deleted_runs().append(run.id)
        url.set_params(run=[other for other in url.values("run") if other != run.id])
        st.rerun()


def _made(run: Run) -> None:
    """Where the model is from, and how to make it again."""
    with st.expander(_("How it was made")):
        recipe = {
            _("recipe hash"): run.manifest.get("recipe_hash"),
            _("seed"): run.manifest.get("seed"),
        }
        facts = {
            **({} if run.imported else recipe),
            _("data hash"): run.manifest.get("data"),
            _("trained on"): run.manifest.get("sources"),
            _("versions"): run.manifest.get("versions"),
            _("made by"): run.manifest.get("command", _("this app")),
        }
        st.json({name: value for name, value in facts.items() if value is not None})
        model = run.folder / "model.keras"
        if model.is_file():
            st.download_button(
                _("Download for Keras"),
                data=model.read_bytes,
                file_name=f"{run.id}.keras",
                icon=":material/download:",
                on_click="ignore",
                key=f"get_{run.id}",
            )
