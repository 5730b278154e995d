"""Form that adds a data set: files, what was found in them, names and source. Script thread.

What was found is kept in the session until it is added or another file is read; nothing is stored
before.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from model_store.recipe.own_data import MAX_CLASS_NAME, MAX_LABEL, MAX_LICENCE, describe
from model_store.recipe.text import one_line, printable
from model_store.text import _
from pages.ui.figures import own_sets as figures
from pages.ui.frame import layout
from pages.ui.frame.linked import translated
from pages.ui.services import singletons
from pages.ui.state import selection, url, visitor
from training.data.datasets import DataError
from training.data.found_pictures import PLAIN, WAYS, Collector, Found, OwnDataError
from training.data.own_files import ENDINGS, MAX_BYTES, read_files

EVERY = 0.2  # seconds between two looks of the progress bar


def add_own_set() -> None:
    """Draw the form, and below it what was found in the files."""
    layout.section(
        _("Add a data set"),
        _(
            "A ZIP of folders with pictures, where the name of a folder is the class; a CSV file "
            "with the label and 784 pixels in each line; a pair of IDX files; or an .npz file "
            "with x_train, y_train, x_test and y_test. It has 2 to 10 classes."
        ),
    )
    files = st.file_uploader(
        _("Files"),
        type=list(ENDINGS),
        accept_multiple_files=True,
        max_upload_size=MAX_BYTES // 1_000_000,
        key="own_files",
    )
    way = st.segmented_control(
        _("How pictures become 28 x 28 pixels"),
        list(WAYS),
        default=PLAIN,
        format_func=translated(WAYS).__getitem__,
        required=True,
        key="own_way",
    )
    inverted = False
    if way == PLAIN:
        inverted = st.toggle(
            _("Swap light and dark"),
            help=_("Networks here learn from light ink on a dark ground, as in MNIST."),
            key="own_inverted",
        )
        layout.explain(_("Pictures of 28 x 28 pixels stay as they are, others are resized."))
    else:
        layout.explain(
            _(
                "The ink is found, drawn with an even pen, cropped, scaled and centred, as a photo "
                "on the page Draw is. This takes about 50 ms for each picture."
            )
        )
    read = st.button(
        _("Read the files"),
        type="primary",
        icon=":material/search:",
        disabled=not files,
        key="own_read",
    )
    if read and files:
        selection.found_data.clear()
        _read(files, str(way), inverted)
    if (found := selection.found_data.get()) is not None:
        finish(found)


def _read(files: Sequence[Any], way: str, inverted: bool) -> None:
    bar, last = st.progress(0.0, _("Reading")), 0.0

    def report(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last < EVERY:
            return
        last = time.monotonic()
        text = _("{n} pictures read").format(n=f"{done:,}")
        bar.progress(min(1.0, done / total) if total else 0.0, text)

    try:
        collector = Collector(way=way, inverted=inverted, report=report)
        found = read_files([(file.name, file) for file in files], collector)
    except OwnDataError as error:
        layout.problem(_("These files cannot be used."), str(error))
    else:
        selection.found_data.set(found)
    bar.empty()


def finish(found: Found) -> None:
    """Draw what was found, fields for what the files do not say, and the button that adds it."""
    preview(found)
    layout.section(_("Names and source"))
    with st.form("own_set", border=False):
        left, right = st.columns(2)
        label = left.text_input(_("Name of the data set"), max_chars=MAX_LABEL, key="own_label")
        licence = right.text_input(
            _("Who made the pictures, and their licence"),
            max_chars=MAX_LICENCE,
            help=_("Such as: drawn by class 9b, CC0. It is shown wherever the data set is used."),
            key="own_licence",
        )
        st.markdown(_("Names of the classes"))
        columns = st.columns(min(5, len(found.names)))
        names = tuple(
            columns[place % len(columns)].text_input(
                _("Class {n}").format(n=place),
                name[:MAX_CLASS_NAME],
                max_chars=MAX_CLASS_NAME,
                key=f"own_class_{place}_{name}",
            )
            for place, name in enumerate(found.names)
        )
        share, seed = 20, 0
        if found.is_test is None:
            left, right = st.columns(2)
            share = left.slider(_("Part for the test (%)"), 5, 50, 20, 5, key="own_share")
            seed = right.number_input(
                _("Seed"),
                0,
                2**31 - 1,
                help=_("The same seed draws the same test images."),
                key="own_seed",
            )
        else:
            layout.remark(_("The files say which images are for the test."))
        drawable = st.checkbox(
            _("Its classes can be drawn on the pad"),
            value=True,
            help=_("Switch it off for photographs: such a network reads test images only."),
            key="own_drawable",
        )
        shared = st.checkbox(
            _("Show it to everybody on this server"),
            help=_(
                "Otherwise only you see it in lists. A link to a recipe or a run lets others use "
                "it all the same."
            ),
            key="own_shared",
        )
        if not st.form_submit_button(_("Add this data set"), type="primary", icon=":material/add:"):
            return
    given = [one_line(printable(text or "")) for text in (label, licence, *names)]
    with layout.problem_on(DataError, what=_("The data set was not added.")):
        arrays = found.split(share / 100, int(seed))
        sizes = len(arrays["x_train"]), len(arrays["x_test"])
        about = describe(given[0], tuple(given[2:]), *sizes, given[1], bool(drawable))
        card = singletons.own_sets().add(arrays, about, visitor.visitor_id(), shared=bool(shared))
        selection.found_data.clear()
        url.set_params(dataset=card.name)
        st.rerun()


def preview(found: Found) -> None:
    """Draw the number of images of each class, samples, and what was left out."""
    layout.section(_("What was found"))
    n = _("{n} pictures in {classes} classes.")
    layout.remark(n.format(n=f"{len(found.images):,}", classes=len(found.names)))
    if found.samples:
        st.html(figures.samples_html(found))
    _table(figures.class_table(found))
    if found.left_out:
        count = sum(each.count for each in found.left_out)
        st.markdown(f"**{_('Left out: {n}').format(n=f'{count:,}')}**")
        _table(figures.left_out_table(found))


def _table(rows: Sequence[Mapping[str, object]]) -> None:
    """Draw a table of texts from files: whatever they are called, they stay text."""
    cells = [{name: layout.cell(str(value)) for name, value in row.items()} for row in rows]
    st.table(cells, hide_index=True)
