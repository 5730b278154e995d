"""Preparation steps side by side, each with its image, ten bars and a switch. Script thread."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store.recipe.choices import IMAGE_SIDE
from model_store.text import N_, _
from pages.ui import browser
from pages.ui.components.component import component
from pages.ui.figures import theme
from pages.ui.figures.pictures import data_url
from pages.ui.frame import layout
from pages.ui.state import pad, selection
from training.images.preprocess import StepImages, Steps

_KEY = "preparation_steps"
_HTML = '<div class="lab-row"></div>'


# Title and purpose by the field of StepImages. All but "raw" are fields of Steps: optional.
STEPS = {
    "raw": (N_("As it came"), N_("The whole pad, shrunk to 28 x 28.")),
    "evened": (
        N_("Even pen"),
        N_("Light ink on dark. The line is as thick for the digit's size as in MNIST."),
    ),
    "cropped": (N_("Cropped"), N_("Only the ink: its position no longer matters.")),
    "scaled": (N_("Scaled"), N_("Fitted into 20 x 20, with the margin of MNIST's digits.")),
    "centred": (N_("Centred"), N_("The ink's centre of mass is in the middle, as in MNIST.")),
}
PHOTO_STEPS = STEPS | {
    "raw": (N_("As it came"), N_("The whole photo, in grey.")),
    "evened": (
        N_("Even light"),
        N_("No shadows. Light ink on dark. A thin line is as thick as in MNIST."),
    ),
}
OPTIONAL_STEPS = tuple(field.name for field in fields(Steps))


def enabled_steps() -> Steps:
    """Return the steps that are switched on."""
    off = pad.disabled_steps.get()
    return Steps(**{name: name not in off for name in OPTIONAL_STEPS})


def skipped_steps(photo: bool = False) -> None:
    """Name the steps that are off, with a button that switches all on; nothing if none is off."""
    texts = PHOTO_STEPS if photo else STEPS
    off = [_(texts[name][0]) for name in OPTIONAL_STEPS if name in pad.disabled_steps.get()]
    if off:
        with st.container(key="skipped_steps", horizontal=True, vertical_alignment="center"):
            layout.notice(_("Answered without: {steps}.").format(steps=", ".join(off)))
            st.button(
                _("All steps on"),
                icon=":material/undo:",
                key="all_steps_on",
                on_click=pad.disabled_steps.clear,
            )


def step_images(images: StepImages) -> NDArray[np.uint8]:
    """Return the image after each step, uint8 [5, 28, 28]; the last is the network's input."""
    return np.stack([getattr(images, name) for name in STEPS])


def preparation_steps(
    images: StepImages | None,
    probabilities: NDArray[np.float32] | None,
    names: tuple[str, ...],
    photo: bool = False,
    live: Mapping[str, Any] | None = None,
) -> None:
    """Draw the section. A switch is a choice for the session: the page runs again without the step.

    Args:
        images: the image after each step; None for a blank pad.
        probabilities: float32 [5, 10], of each image; None for a blank pad.
        names: the classes' names.
        photo: true if a photo is prepared.
        live: the model as `browser_model` returns it: the steps follow the pad in the browser.
    """
    layout.section(
        _("How it is prepared"),
        _(
            "The network learned from digits that were drawn with such a pen, then cropped, "
            "scaled and centred. Switch a step off to see its effect."
        ),
    )
    blank = np.zeros((len(STEPS), IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    shown = blank if images is None else step_images(images)
    steps = []
    for i, (name, (title, purpose)) in enumerate((PHOTO_STEPS if photo else STEPS).items()):
        step: dict[str, Any] = {
            "name": name,
            "title": _(title),
            "purpose": _(purpose),
            "optional": name in OPTIONAL_STEPS,
            "on": name not in pad.disabled_steps.get(),
            "image": data_url(shown[i]),
            "answer": "",
            "probabilities": [],
        }
        if probabilities is not None:
            best = int(probabilities[i].argmax())
            percent = theme.percent(float(probabilities[i, best]))
            step["best"] = best
            step["answer"] = _("{name}, {percent}").format(name=names[best], percent=percent)
            step["probabilities"] = [round(float(p), 3) for p in probabilities[i]]
        steps.append(step)
    data = {
        "steps": steps,
        "names": names,
        "colours": theme.CLASS_COLOURS,
        "live": live and {"modules": browser.modules_path(), "models": [live]},
    }
    component("preparation_steps", _HTML, data, _KEY, on_toggle_change=_toggle)


def _toggle() -> None:
    name = selection.component_value(_KEY, "toggle")
    if name in OPTIONAL_STEPS:
        pad.toggle_step(name)
