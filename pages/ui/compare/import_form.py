"""Bring a model: a Keras file from elsewhere becomes a run of the store. Script thread only."""

from __future__ import annotations

from gettext import gettext as _
from pathlib import PurePath

import streamlit as st

from model_store import StoreError
from model_store.recipe.choices import DATASETS
from model_store.recipe.validation import MAX_NAME
from pages.ui.frame import layout
from pages.ui.runs.run_view import run_view
from pages.ui.services import singletons
from pages.ui.state import selection, visitor
from training.data import datasets
from training.engine.engine import EngineError
from training.keras_import.archive import (
    MAX_BYTES,
    PIXEL_RANGES,
    KerasFileError,
    prepare_import,
    read_keras_file,
)


def import_form() -> None:
    """A place for a file, what was found in it, and the button; then what became of it."""
    with st.expander(_("Bring a model"), icon=":material/upload_file:"):
        if selection.imported_run():
            _watch(selection.imported_run())
            st.button(
                _("Bring another"),
                on_click=selection.keep_imported_run,
                args=("",),
                key="bring_more",
            )
            return
        layout.explain(
            _(
                "A network that you trained elsewhere, or took with you from here: Dense layers "
                "that read 28 x 28 pixels and tell ten classes apart. Once it is open you can draw "
                "against it, evaluate and compare it as any other."
            )
        )
        given = st.file_uploader(
            _("A model as Keras 3 saves it (.keras)"),
            type="keras",
            max_upload_size=MAX_BYTES // 10**6,
            key="bring_file",
        )
        if given is not None:
            _given(given.getvalue(), given.name)


def _watch(run_id: str) -> None:
    try:
        run_view(singletons.store().open(run_id))
    except StoreError as error:
        layout.problem(str(error))


def _given(content: bytes, file_name: str) -> None:
    """What the file holds, and what it does not say."""
    try:
        found = read_keras_file(content)
    except KerasFileError as error:
        layout.problem(_("This file cannot be brought in."), str(error))
        return
    recipe = found.network.recipe("", "digits")
    words = _("A network {network} with {n} parameters. Nothing in the file was run.")
    layout.notice(words.format(network=recipe.network, n=f"{recipe.parameters:,}"))
    name = st.text_input(
        _("Name"), PurePath(file_name).stem[:MAX_NAME], MAX_NAME, key=f"bring_name_{file_name}"
    )
    left, right = st.columns(2)
    with left:
        dataset: str = st.selectbox(
            _("It knows"),
            [known for known in DATASETS if datasets.available(known)],
            format_func=lambda known: DATASETS[known].label,
            help=_("It is tested on the test images of this data set."),
            key="bring_dataset",
        )
    with right:
        pixels: str = st.selectbox(
            _("Pixels that it was trained on"),
            list(PIXEL_RANGES),
            index=list(PIXEL_RANGES).index(found.likely_pixel_range),
            format_func=lambda range_: _(PIXEL_RANGES[range_][0]),
            help=_(
                "What its first layer is given. Most notebooks divide by 255 first; a model with a "
                "Rescaling layer does it itself."
            ),
            key=f"bring_pixels_{found.likely_pixel_range}",
        )
    if st.button(_("Bring it in"), type="primary", icon=":material/upload:", key="bring"):
        _submit(content, file_name, name or "", dataset, pixels)


def _submit(content: bytes, file_name: str, name: str, dataset: str, pixels: str) -> None:
    try:
        recipe, start = prepare_import(content, file_name, name, dataset, pixels)
        run = singletons.engine().submit(recipe, visitor.visitor_id(), start=start)
    except (KerasFileError, EngineError, StoreError) as error:
        layout.problem(_("The model could not be brought in."), str(error))
        return
    selection.keep_imported_run(run.id)
    st.rerun()
