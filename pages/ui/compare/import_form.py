"""Form that imports a Keras file as a run of the store. Script thread."""

from pathlib import PurePath

import streamlit as st

from model_store import StoreError
from model_store.recipe.own_data import unnamed
from model_store.recipe.validation import MAX_NAME
from model_store.text import _
from pages.ui.frame import layout, navigation
from pages.ui.frame.dataset_choices import dataset_choices, own_dataset, titles
from pages.ui.runs.imported_run import imported_run_view
from pages.ui.runs.run_status import follow
from pages.ui.services import singletons
from pages.ui.state import selection, visitor
from training.data.datasets import DataError
from training.engine.engine import EngineError
from training.keras_import.archive import (
    MAX_BYTES,
    PIXEL_RANGES,
    KerasFileError,
    likely_pixel_range,
    prepare_import,
    read_keras_file,
)


def import_form() -> None:
    """Draw a field for a file and what was found in it; afterwards the imported run."""
    with st.expander(_("Import a model"), icon=":material/upload_file:"):
        if run_id := selection.imported_run.get():
            try:
                run = singletons.store().open(run_id)
                follow(run)
                imported_run_view(run)
            except StoreError as error:
                layout.problem(str(error))
            another, forget = _("Import another"), selection.imported_run.set
            st.button(another, on_click=forget, args=("",), key="import_another")
            return
        layout.explain(
            _(
                "You can import a network that you trained in a notebook or downloaded here. It "
                "needs Dense layers, 28 x 28 pixels as input and 2 to 10 classes as output. After "
                "that, you can draw for it, evaluate it and compare it."
            )
            + " "
            + _("In Python, model.save('my.keras') or model.save('my.h5') writes such a file.")
        )
        file = st.file_uploader(
            _("Model file of Keras (.keras, .h5)"),
            type=["keras", "h5", "hdf5", "model"],
            max_upload_size=MAX_BYTES // 10**6,
            key="import_file",
        )
        if file is not None:
            _settings(file.getvalue(), file.name)


def _settings(content: bytes, file_name: str) -> None:
    """Draw what the file contains, fields for what it does not say, and the button."""
    try:
        found = read_keras_file(content)
    except KerasFileError as error:
        layout.problem(_("This file cannot be imported."), str(error))
        return
    recipe = found.recipe("", *unnamed(found.classes))
    words = _("A network {network} with {n} parameters. No code in the file was run.")
    layout.notice(words.format(network=recipe.network, n=f"{recipe.parameters:,}"))
    for note in found.notes:
        layout.remark(_(note))
    likely = likely_pixel_range(found)
    known = {
        name: data
        for name, data in dataset_choices().items()
        if len(data.class_names) == recipe.classes and singletons.has_dataset(name)
    }
    if not known:
        sentence = _("Add a data set with {n} classes on the Data page first: it tests the model.")
        layout.remark(sentence.format(n=recipe.classes))
        navigation.link("data", _("Data"), navigation.ENTRIES["data"].icon, dataset="own")
        return
    stem = PurePath(file_name).stem[:MAX_NAME]
    name = st.text_input(_("Name"), stem, MAX_NAME, key=f"import_name_{file_name}")
    left, right = st.columns(2)
    dataset: str = left.selectbox(
        _("Classes"),
        list(known),
        format_func=titles(known).__getitem__,
        help=_("The model is tested on the test images of this data set."),
        key="import_dataset",
    )
    pixels: str = right.selectbox(
        _("Pixel values in its training"),
        list(PIXEL_RANGES),
        index=list(PIXEL_RANGES).index(likely),
        format_func=lambda range_: _(PIXEL_RANGES[range_][0]),
        help=_(
            "The values that its first layer expects. Most notebooks divide by 255; some use "
            "keras.utils.normalize. A model with a Rescaling or Normalization layer scales pixels "
            "by itself: it expects 0 to 255."
        ),
        key=f"import_pixels_{likely}",
    )
    if not st.button(_("Import"), type="primary", icon=":material/upload:", key="import"):
        return
    try:
        own = own_dataset(dataset)
        recipe, start = prepare_import(content, file_name, name or "", dataset, pixels, own)
        run = singletons.engine().submit(recipe, visitor.visitor_id(), start=start)
    except (KerasFileError, EngineError, StoreError, DataError) as error:
        layout.problem(_("The model could not be imported."), str(error))
        return
    selection.imported_run.set(run.id)
    st.rerun()
