"""Below the pad: say which digit it was, by a key or a button, and it joins the class's own test.

Script thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from gettext import gettext as _

import streamlit as st

from model_store import Run, StoreError
from model_store.classroom.drawing import Drawing, Stroke
from model_store.recipe.choices import CLASSES
from pages.ui.components.component import component
from pages.ui.draw.pad import strokes_on_pad
from pages.ui.figures import theme
from pages.ui.frame import layout, navigation
from pages.ui.services import model_cache, singletons
from pages.ui.state import pad, selection, visitor
from training.images.drawing_files import prepared_image
from training.images.preprocess import StepImages

_KEY = "label_buttons"
_HTML = """<p class="lab-label-status" role="status"></p>
<div class="lab-labels" role="group"></div>"""

Current = Callable[[], Drawing | None]


def label_pad(run: Run, strokes: Sequence[Stroke]) -> None:
    """Ten buttons, and the keys 0 to 9, for what stands on the pad; and how `run` does so far."""
    try:
        drawing = _drawing(strokes, pad.drawing())
    except StoreError as error:
        layout.problem(_("This drawing cannot join the test."), str(error))
        return
    label_drawing(run, drawing, on_pad)


def label_photo(run: Run, steps: StepImages | None, all_on: bool) -> None:
    """The same for a photo that was prepared by all steps; None is no photo yet."""
    if steps is None:
        return
    if not all_on:
        layout.remark(_("Switch all steps on to let it join our own test set."))
        return
    pixels = steps.centred.tobytes()
    drawing = Drawing(0, pixels=pixels, ink="dark")
    label_drawing(run, drawing, lambda: drawing)


def on_pad() -> Drawing | None:
    """What stands on the pad right now, not labelled yet (as a 0); None if nothing does.

    Raises:
        DrawingError: if it is more than a drawing can hold.
    """
    raw = pad.drawing()
    return _drawing(strokes_on_pad(raw), raw)


def _drawing(strokes: Sequence[Stroke], raw: Mapping[str, object] | None) -> Drawing | None:
    if not strokes:
        return None
    lines = [{"width": stroke.width, "points": stroke.points} for stroke in strokes]
    return Drawing.from_dict({"label": 0, "strokes": lines, "ink": _ink(raw)})


def _ink(raw: Mapping[str, object] | None) -> str:
    """Whether a canvas' JSON has light or dark ink."""
    objects = (raw or {}).get("objects")
    first = objects[0] if isinstance(objects, list) and objects else {}
    colour = first.get("stroke") if isinstance(first, Mapping) else None
    return "dark" if colour == "#000000" else "light"


def label_drawing(run: Run, drawing: Drawing | None, current: Current) -> None:
    """As `label_pad`, for a `drawing` or none; `current` gives what is there at a click."""
    kept = None if drawing is None else singletons.class_drawings().find(drawing.id)
    with st.container(key="labels", gap=None):
        data = {
            "status": _told(kept),
            "label": _("Which digit is it?"),
            "names": run.recipe.data.class_names,
            "kept": kept.label if kept else None,
            "disabled": drawing is None,
        }
        component("label_buttons", _HTML, data, _KEY, on_label_change=partial(_join, current))
        _problem()
        _figure(run, kept)


def _told(kept: Drawing | None) -> str:
    if kept is None:
        return _("Which digit is it? Press its key, and it joins our own test set.")
    if kept.owner == visitor.visitor_id():
        return _("In our own test set as a {label}. Another key changes that.").format(
            label=kept.label
        )
    return _("In our own test set as a {label}.").format(label=kept.label)


def _join(current: Current) -> None:
    """Callback: the drawing joins the set, or is labelled anew."""
    digit = selection.component_value(_KEY, "label")
    if digit not in range(CLASSES):
        return
    try:
        drawing = current()
        if drawing is None:
            return
        if not prepared_image(drawing).any():
            pad.keep_label_error(_("There is too little ink to see."))
            return
        singletons.class_drawings().add(drawing.labelled(digit, visitor.visitor_id()))
    except StoreError as error:
        pad.keep_label_error(str(error))


def _problem() -> None:
    sentence = pad.take_label_error()
    if sentence:
        layout.problem(_("It did not join."), sentence)


def _figure(run: Run, kept: Drawing | None) -> None:
    """How the model does on the data set's test images, and on the class's own."""
    answers = model_cache.drawing_results(run)
    if answers is not None:
        layout.remark(
            _("{model}: {dataset} {percent}, our drawings {ours}").format(
                model=layout.plain(run.title),
                dataset=layout.plain(run.recipe.data.label),
                percent=theme.percent(run.result.get("test_accuracy")),
                ours=answers.words(),
            )
        )
    if not len(singletons.class_drawings().all()):
        return
    with st.container(horizontal=True):
        link = {"run": run.id, "view": "drawings"}
        navigation.link("evaluate", _("Our drawings"), ":material/gesture:", **link)
        if kept is not None and kept.owner == visitor.visitor_id():
            st.button(
                _("Take it out"),
                icon=":material/remove:",
                key="label_out",
                type="tertiary",
                on_click=_take_out,
                args=(kept.id,),
            )


def _take_out(drawing_id: str) -> None:
    try:
        singletons.class_drawings().remove(drawing_id, visitor.visitor_id())
    except StoreError as error:
        pad.keep_label_error(str(error))
