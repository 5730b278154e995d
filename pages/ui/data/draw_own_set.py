"""A data set that is drawn: on the pad, or by the class. Script thread.

What was drawn on the pad is kept in the session until it is added.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from model_store import StoreError
from model_store.classroom.drawing import Drawing, Stroke
from model_store.recipe.own_data import MAX_CLASS_NAME, MAX_CLASSES, MIN_CLASSES
from model_store.recipe.text import one_line, printable
from model_store.text import _
from pages.ui import browser
from pages.ui.components.label_buttons import label_buttons
from pages.ui.data.add_own_set import finish
from pages.ui.figures import own_sets as figures
from pages.ui.figures.pictures import data_url
from pages.ui.frame import layout
from pages.ui.pad import pad
from pages.ui.services import model_cache, singletons
from pages.ui.state import selection
from training.data.found_pictures import Collector, OwnDataError
from training.images.drawing_images import prepared_image

MAX_DRAWN = 1_000  # drawings of a session
_KEY = "own_label_buttons"

Drawn = tuple[str, bytes]  # class, prepared image


def draw_own_set() -> None:
    """Draw a field for the classes, the pad with a button for each, and what was drawn so far."""
    layout.section(
        _("Draw a data set"),
        _(
            "Choose 2 to 10 letters or signs. Draw one, then press its button, and so on: ten or "
            "more of each, each a little different."
        ),
    )
    text = st.text_input(
        _("Classes, with commas between them"), "A, B, C", max_chars=300, key="own_signs"
    )
    names = class_names(text or "")
    if not MIN_CLASSES <= len(names) <= MAX_CLASSES:
        sentence = _("A data set has {least} to {most} classes; this one has {n:,}.")
        layout.remark(sentence.format(least=MIN_CLASSES, most=MAX_CLASSES, n=len(names)))
        return
    left, right = layout.side_by_side()
    with left:
        strokes, _steps = pad.read_pad(digits=False)
        _buttons(names, strokes)
    with right:
        _so_far(names)
    _finish()


def class_names(text: str) -> list[str]:
    """Return the names between commas, each once and without what cannot be shown."""
    given = (one_line(printable(part))[:MAX_CLASS_NAME] for part in text.split(","))
    found: dict[str, str] = {}
    for name in filter(None, given):
        found.setdefault(name.casefold(), name)
    return list(found.values())


def _buttons(names: list[str], strokes: tuple[Stroke, ...]) -> None:
    drawn = selection.drawn_set.get()
    last = drawn[-1] if drawn else None
    data = {
        "modules": browser.modules_path(),
        "question": _("What is it? Choose it to add your drawing to the data set."),
        "undo": _("Undo"),
        "label": _("What is it?"),
        "names": names,
        "chosen": None,
        "disabled": not strokes,
        "added": last
        and {
            "image": data_url(np.frombuffer(last[1], np.uint8).reshape(28, 28)),
            "text": _("Added as a {label}").format(label=last[0]),
            "mine": True,
        },
    }
    label_buttons(data, _KEY, lambda: _add(names), _undo)


def _add(names: list[str]) -> None:
    """Keep the drawing with the chosen class, and clear the pad. A callback."""
    chosen = selection.component_value(_KEY, "label")
    taken = chosen if isinstance(chosen, Mapping) else {}  # what the pad sent with the label
    place: Any = taken.get("digit") if taken else chosen
    if isinstance(taken.get("strokes"), list):
        pad.keep(taken["strokes"])
    drawn = selection.drawn_set.get()
    if place not in range(len(names)) or len(drawn) >= MAX_DRAWN:
        return
    try:
        image = prepared_image(Drawing(0, pad.read_strokes(pad.drawing()), ink=pad.ink()))
    except StoreError:
        return  # the pad says why
    if not image.any():
        return
    selection.drawn_set.set([*drawn, (names[place], image.tobytes())])
    selection.found_data.clear()
    if taken.get("cleared") is True:
        pad.keep([])
    else:
        pad.clear()


def _undo() -> None:
    selection.found_data.clear()
    selection.drawn_set.set(selection.drawn_set.get()[:-1])


def _so_far(names: list[str]) -> None:
    """Draw what belongs to the classes of now; the rest comes back with its class's name."""
    drawn: list[Drawn] = [each for each in selection.drawn_set.get() if each[0] in names]
    if not drawn:
        layout.empty(_("Nothing drawn yet"), _("Your drawings appear here, by class."))
        return
    st.html(figures.drawn_html(names, drawn))
    collector = Collector()
    for name, pixels in drawn:
        collector.add_array(np.frombuffer(pixels, np.uint8).reshape(28, 28), name, name)
    _offer(collector, "own_use_drawn")


def class_own_set() -> None:
    """Offer the labelled drawings of the class; their digits can be renamed to anything."""
    drawings = singletons.class_drawings().all()
    layout.section(
        _("From the class drawings"),
        _(
            "The drawings that your class labelled on the page Draw, or sent in a class. Their "
            "labels are digits; below you can give each class another name, such as a letter."
        ),
    )
    if not len(drawings):
        layout.empty(_("No drawings yet"), _("Label drawings on the page Draw first."))
        return
    layout.remark(_("{n} drawings.").format(n=f"{len(drawings):,}"))
    collector = Collector()
    for drawing in drawings.drawings:
        image = model_cache.drawing_image(drawing)
        if image.any():
            collector.add_array(image, str(drawing.label), drawing.id)
    _offer(collector, "own_use_class")
    _finish()


def _offer(collector: Collector, key: str) -> None:
    """Draw the button that goes on with what was drawn, or say why it is no data set yet."""
    try:
        found = collector.found()
    except OwnDataError as error:
        layout.remark(layout.plain(str(error)))
        return
    label = _("Use these drawings")
    if st.button(label, type="primary", icon=":material/arrow_forward:", key=key):
        selection.found_data.set(found)


def _finish() -> None:
    if (chosen := selection.found_data.get()) is not None:
        finish(chosen)
