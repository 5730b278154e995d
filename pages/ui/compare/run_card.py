"""Card of one chosen run: label, diagnosis, links, and its owner's actions. Script thread."""

from html import escape

import streamlit as st

from model_store import Run, StoreError
from model_store.analysis.setting_names import recipe_line
from model_store.recipe.validation import MAX_NAME
from model_store.runs.history import History
from model_store.runs.label import MAX_NOTE, Label, LabelError
from model_store.text import _
from pages.ui.frame import layout, navigation
from pages.ui.frame.owners import owner_name
from pages.ui.frame.permissions import may_command
from pages.ui.runs.diagnosis_view import diagnosis_view
from pages.ui.runs.run_actions import downloads_link
from pages.ui.runs.run_marks import Mark
from pages.ui.runs.run_status import state_badge
from pages.ui.runs.run_texts import provenance_text, spoil_text
from pages.ui.services import singletons
from pages.ui.state import selection, url


def run_card(run: Run, mark: Mark, history: History) -> None:
    """Draw label, diagnosis and links, and for the owner a form for the label and Delete."""
    with st.container(border=True, height="stretch", key=f"card_{run.id}"):
        st.html(f'<h3 class="lab-card">{mark.html}</h3>')
        tags = " ".join(f":gray-badge[{layout.plain(tag)}]" for tag in run.label.tags)
        st.markdown(f"{state_badge(run)} {tags}")
        layout.remark(layout.plain(f"{recipe_line(run)} · {owner_name(run)}"))
        if run.message:
            layout.notice(_(run.message))
        if run.provenance:
            layout.remark(provenance_text(run))
        if run.recipe.spoil:
            layout.remark(layout.plain(spoil_text(run.recipe)))
        if run.label.note:
            st.html(f'<p class="lab-note">{escape(run.label.note)}</p>')
        diagnosis_view(run, history, "h3")
        _links(run)
        if not run.shipped and may_command(run.owner):
            with st.container(horizontal=True):
                _label_form(run)
                _delete(run)
        if run.manifest:
            _origin(run)


def _links(run: Run) -> None:
    with st.container(horizontal=True):
        if not run.shipped:
            navigation.link("train", _("Open"), ":material/show_chart:", run=run.id)
        if run.has_model:
            navigation.link("draw", _("Draw"), ":material/draw:", run=run.id)
            navigation.link("evaluate", _("Evaluate"), ":material/fact_check:", run=run.id)
            downloads_link(run)
        label = _("Train this network") if run.imported else _("Change and train again")
        navigation.link("train", label, ":material/tune:", recipe=run.recipe.to_link())


def _label_form(run: Run) -> None:
    with (
        st.popover(_("Name, note, tags"), icon=":material/edit:", key=f"describe_{run.id}"),
        st.form(f"label_{run.id}", border=False),
    ):
        name = st.text_input(_("Name"), run.label.name, MAX_NAME, placeholder=run.recipe.title)
        tags = st.text_input(
            _("Tags"), ", ".join(run.label.tags), placeholder=_("separated by commas")
        )
        note = st.text_area(_("Note"), run.label.note, max_chars=MAX_NOTE)
        if not st.form_submit_button(_("Save"), type="primary"):
            return
        try:
            singletons.store().describe(run.id, Label.of(name or "", note or "", tags or ""))
        except (LabelError, StoreError) as error:
            layout.problem(_("The label could not be saved."), str(error))
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
            layout.problem(_("The run could not be deleted."), str(error))
            return
        selection.deleted_runs().append(run.id)
        url.set_params(run=[other for other in url.values("run") if other != run.id])
        st.rerun()


def _origin(run: Run) -> None:
    """Draw data, versions and command of the run, and its model as a file."""
    manifest = run.manifest
    with st.expander(_("How it was made")):
        facts = {
            _("recipe hash"): None if run.imported else manifest.get("recipe_hash"),
            _("seed"): None if run.imported else manifest.get("seed"),
            _("data hash"): manifest.get("data"),
            _("trained on"): manifest.get("sources"),
            _("versions"): manifest.get("versions"),
            _("made by"): manifest.get("command", _("this app")),
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
