"""Labels for a drawing or photo, which then joins the class drawings. Script thread."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from model_store import Run, StoreError
from model_store.classroom.drawing import Drawing, DrawingError, Stroke
from model_store.recipe.choices import CLASSES
from model_store.text import _, named
from pages.ui import browser
from pages.ui.components.label_buttons import label_buttons
from pages.ui.figures import theme
from pages.ui.figures.pictures import data_url
from pages.ui.frame import layout, navigation
from pages.ui.pad import pad
from pages.ui.services import model_cache, singletons
from pages.ui.state import pad as pad_state
from pages.ui.state import selection, visitor
from training.images.drawing_images import prepared_image
from training.images.preprocess import StepImages

_KEY = "label_buttons"


def label_pad(run: Run, strokes: Sequence[Stroke]) -> None:
    """Draw a button for each digit, and the results of `run` on the class drawings.

    A labelled drawing leaves the pad; its image and an Undo are shown instead.
    """
    if not run.recipe.data.is_digits:
        return  # the class drawings are digits
    try:
        drawing = _unlabelled(strokes)
    except StoreError as error:
        layout.problem(_("This drawing cannot join the class drawings."), str(error))
        return
    last_id, _strokes = pad_state.labelled.get()
    # At a click the pad may have more strokes than at the last script run.
    _labels(run, drawing, last_id, lambda: _unlabelled(pad.read_strokes(pad.drawing())), True)


def label_photo(run: Run, images: StepImages | None, all_on: bool) -> None:
    """Do the same for a photo prepared by all steps, which stays; None is no photo yet."""
    if images is None or not run.recipe.data.is_digits:
        return
    if not all_on:
        layout.remark(_("Switch all steps on to add it to the class drawings."))
        return
    photo = Drawing(0, pixels=images.centred.tobytes(), ink="dark")
    _labels(run, photo, photo.id, lambda: photo)


def _unlabelled(strokes: Sequence[Stroke]) -> Drawing | None:
    return Drawing(0, tuple(strokes), ink=pad.ink()) if strokes else None


def _labels(
    run: Run,
    drawing: Drawing | None,
    last_id: str,
    current: Callable[[], Drawing | None],
    from_pad: bool = False,
) -> None:
    """Draw the buttons for `drawing`, the drawing added last, and the results."""
    known = singletons.class_drawings()
    same = None if drawing is None else known.find(drawing.id)
    added = same or known.find(last_id)
    data = {
        "modules": browser.modules_path() if from_pad else "",
        "question": _("Which digit is it? Choose it to add your drawing to the class drawings."),
        "undo": _("Undo label"),
        "label": _("Which digit is it?"),
        "names": run.recipe.data.names,
        "chosen": same.label if same else None,
        "disabled": drawing is None,
        "added": added
        and {
            "image": data_url(prepared_image(added)),
            "text": _("Added as a {label}").format(label=added.label),
            "mine": added.owner == visitor.visitor_id(),
        },
    }
    label_buttons(data, _KEY, lambda: _add(current), lambda: _undo(added))
    if error := pad_state.label_error.take():
        layout.problem(_("That did not work."), error)
    _results(run)


def _add(current: Callable[[], Drawing | None]) -> None:
    """Add the drawing with the chosen label, or change its label, and clear the pad."""
    chosen = selection.component_value(_KEY, "label")
    taken = chosen if isinstance(chosen, Mapping) else {}  # what the pad sent with the label
    digit: Any = taken.get("digit") if taken else chosen
    is_cleared = taken.get("cleared") is True
    if isinstance(taken.get("strokes"), list):
        pad.keep(taken["strokes"])
    strokes = pad.drawing()
    try:
        drawing = current()
        if drawing is None or digit not in range(CLASSES):
            return
        if not prepared_image(drawing).any():
            raise DrawingError(_("There is too little ink to see."))
        added = singletons.class_drawings().add(drawing.labelled(digit, visitor.visitor_id()))
    except StoreError as error:
        pad_state.label_error.set(str(error))
        if is_cleared:
            pad.show(strokes)
        return
    if added.strokes:
        pad_state.labelled.set((added.id, strokes))
        if is_cleared:
            pad.keep([])
        else:
            pad.clear()


def _undo(added: Drawing | None) -> None:
    """Remove the drawing; if it came from the pad and that is blank, put it back."""
    if added is None:
        return
    try:
        singletons.class_drawings().remove(added.id, visitor.visitor_id())
    except StoreError as error:
        pad_state.label_error.set(str(error))
        return
    last_id, strokes = pad_state.labelled.get()
    if added.id == last_id and not pad.drawing():
        pad.show(strokes)


def _results(run: Run) -> None:
    """Show the accuracy of `run` on its test images and on the class drawings."""
    results = model_cache.drawing_results(run)
    if results is not None:
        layout.remark(
            _("{model}: {dataset} {percent}, class drawings {results}").format(
                model=layout.plain(named(run.title)),
                dataset=layout.plain(run.recipe.data.title),
                percent=theme.percent(run.result.get("test_accuracy")),
                results=results.accuracy_text(),
            )
        )
    if len(singletons.class_drawings().all()):
        link = {"run": run.id, "view": "drawings"}
        navigation.link("evaluate", _("Class drawings"), ":material/gesture:", **link)
