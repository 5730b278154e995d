"""Drawings of a file before they are added: how each was read, or why not. Script thread."""

from html import escape

import streamlit as st

from model_store import StoreError
from model_store.text import _, ngettext
from pages.ui.figures.pictures import data_url
from pages.ui.frame import layout
from pages.ui.frame.linked import linked_pages
from pages.ui.services import model_cache, singletons
from pages.ui.state import selection
from training.images.drawing_files import DrawingFile, Item

SLICE = 0.3  # seconds of the processor between two looks at the page's buttons
PER_PAGE = 24
SIDE = 72  # CSS pixels of a picture


def drawings_preview() -> None:
    """Read the chosen file, with progress; then show it, with buttons that add or discard it."""
    file: DrawingFile = selection.drawing_file.get()
    if not file.is_done:
        _read(file)
    layout.section(_("The drawings of your file"))
    for remark in file.remarks():
        layout.remark(layout.plain(remark))
    if file.items:
        _grid(file)
    n = len(file.drawings)
    with st.container(horizontal=True):
        if n:
            text = ngettext("Add {n} drawing", "Add {n} drawings", n).format(n=f"{n:,}")
            st.button(text, icon=":material/add:", type="primary", key="add_file", on_click=add)
        st.button(_("Discard"), icon=":material/delete:", key="discard_file", on_click=_discard)


def _read(file: DrawingFile) -> None:
    """Read slice by slice; each progress lets Streamlit end this script for a click."""
    st.button(_("Stop reading"), icon=":material/stop:", key="stop_file", on_click=file.stop)
    progress = st.progress(0.0)
    while not file.read(SLICE):
        text = _("Reading drawing {n} of {all}").format(n=f"{file.seen:,}", all=f"{file.total:,}")
        progress.progress(min(1.0, file.seen / file.total), text)
    st.rerun()


def _grid(file: DrawingFile) -> None:
    """Draw the drawings that could not be read, then the others, as they came and as prepared."""
    items = [*file.refused, *(item for item in file.items if item.drawing)]
    place, part = linked_pages("part", len(items), PER_PAGE, "file")
    with place:
        cards = "".join(_card(item) for item in items[part])
        st.html(f'<div class="lab-file-drawings">{cards}</div>')


def _card(item: Item) -> str:
    pictures = [] if item.before is None else [(item.before, _("as it came"))]
    if item.drawing:
        pictures.append((model_cache.drawing_image(item.drawing), _("as the network sees it")))
        title = _("{name} is a {label}").format(name=item.name, label=item.drawing.label)
    else:
        title = item.name
    images = "".join(
        f'<img src="{data_url(image)}" alt="{escape(text)}" height="{SIDE}">'
        for image, text in pictures
    )
    lines = [*item.notes, item.why] if item.why else [*item.notes]
    if item.left_out:
        lines.append(_("Left out: {things}.").format(things=", ".join(map(_, item.left_out))))
    small = "".join(f"<small>{escape(line)}</small>" for line in lines)
    state = "true" if item.drawing else "false"
    caption = f"<figcaption>{escape(title)}{small}</figcaption>"
    return f'<figure data-read="{state}">{images}{caption}</figure>'


def add() -> None:
    """Add the drawings that were read to the class; a callback."""
    file: DrawingFile = selection.drawing_file.take()
    try:
        result = singletons.class_drawings().add_all(file.drawings)
    except StoreError as error:
        selection.load_result.set(("", str(error)))
        return
    text = _("Added: {n}. Already there: {known}.")
    text = text.format(n=f"{result.added:,}", known=f"{result.known:,}")
    selection.load_result.set((text, result.refused))


def _discard() -> None:
    selection.drawing_file.clear()
