"""Choice of the network that reads a class's drawings. Script thread."""

from collections.abc import Collection
from dataclasses import replace

import streamlit as st

from model_store import StoreError
from model_store.classroom.activities import READ
from model_store.classroom.classes import SchoolClass
from model_store.text import _
from pages.ui.frame import layout
from pages.ui.frame.model_picker import MAX_MODELS, model_names
from pages.ui.services import singletons
from pages.ui.services.classes.results import MODEL
from pages.ui.state import selection

KEY = "desk_model"


def reader_choice(found: SchoolClass) -> None:
    """Draw a select box of the built-in models and the finished trainings that know digits."""
    chosen = found.settings.model
    models = singletons.store().models(MAX_MODELS, drawable=True, also=chosen)
    names = model_names([run for run in models if run.recipe.data.is_digits])
    selection.choose(KEY, chosen if chosen in names else MODEL)  # another desk may have changed it
    st.selectbox(
        _("Network that reads the drawings"),
        list(names),
        format_func=lambda run_id: names[run_id],
        on_change=_choose,
        args=(found.id, list(names)),
        key=KEY,
    )


def _choose(class_id: str, known: Collection[str]) -> None:
    """Keep the choice with the class, and let it read what is drawn now. A callback."""
    model = selection.choice(KEY, known, MODEL)
    classes = singletons.classes()
    with layout.problem_on(StoreError):
        found = classes.get(class_id)
        if found is None:
            return
        classes.set(found.id, replace(found.settings, model=model))
        activity = classes.activity(found.id)
        if activity is not None and activity.kind in READ:
            classes.change_activity(activity.id, {**activity.settings, "model": model})
