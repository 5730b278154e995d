"""Models: every run of the store, newest first; draw against one, look at it, delete it."""

from __future__ import annotations

from datetime import datetime
from gettext import gettext as _

import streamlit as st

from model_store import Run, StoreError
from pages.ui import layout, navigation, services, state
from pages.ui.run_view import badge


def row(run: Run) -> None:
    """One run: its figures and what can be done with it."""
    with st.container(border=True):
        what, numbers, actions = st.columns([5, 3, 3], vertical_alignment="center")
        with what:
            st.markdown(f"{badge(run.state)} **{layout.plain(run.title)}**")
            when = datetime.fromtimestamp(run.created).strftime("%Y-%m-%d %H:%M")
            origin = _("comes with the app") if run.shipped else when
            layout.explain(
                f"{run.recipe.data.label} · {run.recipe.network} · "
                f"{run.recipe.parameters:,} {_('parameters')} · {origin}"
            )
        with numbers:
            accuracy = run.result.get("test_accuracy")
            st.metric(_("Test accuracy"), layout.percent(accuracy, 2))
        with actions, st.container(horizontal=True):
            if not run.shipped:
                navigation.link("train", _("Look"), ":material/show_chart:", run=run.id)
            if run.has_model:
                navigation.link("draw", _("Draw"), ":material/draw:", run=run.id)
                navigation.link("evaluate", _("Evaluate"), ":material/fact_check:", run=run.id)
            if not run.shipped and run.owner == state.visitor() and run.state.is_finished():
                delete(run)
        if run.manifest:
            card(run)


def card(run: Run) -> None:
    """Where the model is from, and how to make it again."""
    with st.expander(_("Card: how it was made")):
        facts = {
            _("recipe hash"): run.manifest.get("recipe_hash"),
            _("seed"): run.manifest.get("seed"),
            _("data hash"): run.manifest.get("data"),
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
                key=f"get_{run.id}",
            )


def delete(run: Run) -> None:
    """Two clicks: a popover asks first."""
    with st.popover(_("Delete"), icon=":material/delete:"):
        st.write(_("Delete this run and its model for good?"))
        if st.button(_("Yes, delete"), key=f"delete_{run.id}", type="primary"):
            try:
                services.store().delete(run.id)
            except StoreError as error:
                layout.problem(str(error))
            else:
                st.rerun()


layout.header(_("Models"), _("What was trained here, newest first. Each can be drawn against."))
runs = services.store().list()
for damaged in services.store().damaged():
    layout.problem(str(damaged), "", _("It is left as it is; the other runs are not affected."))
PER_PAGE = 20
page = 1
if len(runs) > PER_PAGE:
    page = st.pagination(-(-len(runs) // PER_PAGE), key="models_page") or 1
for each in runs[(page - 1) * PER_PAGE : page * PER_PAGE]:
    row(each)
if all(run.shipped for run in runs):
    layout.empty(_("No model of your own yet"), _("Train one: on Digits it takes seconds."))
    navigation.link("train", _("Train one"), ":material/show_chart:", recipe="digits-quick")
