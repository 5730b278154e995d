"""The steps from the pad to the network, side by side: each with its picture, its own ten bars and
a switch, so that a person sees at once what a step was for. Script thread.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, fields
from gettext import gettext as _
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store.recipe.choices import IMAGE_SIDE
from pages.ui.components.component import component
from pages.ui.figures import theme
from pages.ui.frame import layout
from pages.ui.state import pad, selection
from training.images.preprocess import StepImages, Steps

Shares = NDArray[np.float32]
_KEY = "preparation_steps"
_HTML = '<div class="lab-row"></div>'


@dataclass(frozen=True, slots=True)
class Step:
    """A step's name, and the sentence that says what it is for; `photo` is what photos get."""

    title: str
    why: str
    photo: str = ""
    photo_why: str = ""


# The field of StepImages (and, but for the first, of Steps) -> what is said about it.
STEPS: Mapping[str, Step] = {
    "raw": Step("As it came", "The whole pad, shrunk to 28 x 28.", "", "The whole photo, in grey."),
    "evened": Step(
        "Even pen",
        "Ink is light on dark, the line as thick for the digit's size as MNIST's writers had.",
        "Even light and pen",
        "Shadows go, ink is light on dark, the line as thick as in MNIST.",
    ),
    "cropped": Step("Cropped", "Only the ink: where it was drawn stops mattering."),
    "scaled": Step("Scaled", "Fitted into 20 x 20, with the margin that MNIST's digits have."),
    "centred": Step("Centred", "The ink's centre of mass goes to the middle, as in MNIST."),
}
OPTIONAL_STEPS = tuple(field.name for field in fields(Steps))


def enabled_steps() -> Steps:
    """What the switches say."""
    off = pad.disabled_steps()
    return Steps(**{name: name not in off for name in OPTIONAL_STEPS})


def skipped_steps(photo: bool = False) -> None:
    """Above the bars: which steps are off, and the way back; nothing while all are on."""
    off = [title(name, photo) for name in OPTIONAL_STEPS if name in pad.disabled_steps()]
    if off:
        with st.container(key="switched_off", horizontal=True, vertical_alignment="center"):
            layout.notice(_("Answered without: {steps}.").format(steps=", ".join(off)))
            st.button(
                _("All steps on"),
                icon=":material/undo:",
                key="all_steps_on",
                on_click=pad.enable_all_steps,
            )


def title(name: str, photo: bool = False) -> str:
    """A step's name in the reader's language."""
    step = STEPS[name]
    return _(step.photo) if photo and step.photo else _(step.title)


def why(name: str, photo: bool = False) -> str:
    """What a step is for, in the reader's language."""
    step = STEPS[name]
    return _(step.photo_why) if photo and step.photo_why else _(step.why)


def step_images(steps: StepImages) -> NDArray[np.uint8]:
    """What each step made of the drawing, uint8 [5, 28, 28]; the last one is what is answered."""
    return np.stack([getattr(steps, name) for name in STEPS])


def preparation_steps(
    steps: StepImages | None, answers: Shares | None, names: tuple[str, ...], photo: bool = False
) -> None:
    """Each step with its switch, its picture and its bars.

    Args:
        steps: the preparation; None is a blank pad.
        answers: float32 [5, 10], what is answered to `step_images(steps)`; None with a blank pad.
        names: the classes' names.
        photo: whether it is a photo that is prepared.
    """
    layout.section(
        _("How it is prepared"),
        _(
            "The network learned from digits that were written with such a pen, then cropped, "
            "scaled and centred like this. Switch a step off to see what it is for."
        ),
    )
    data = preparation_data(steps, answers, names, photo)
    component("preparation_steps", _HTML, data, _KEY, on_toggle_change=_toggle)


def _toggle() -> None:
    told = selection.component_value(_KEY, "toggle")
    if told in OPTIONAL_STEPS:
        pad.toggle_step(told)


def preparation_data(
    steps: StepImages | None, answers: Shares | None, names: tuple[str, ...], photo: bool = False
) -> dict[str, Any]:
    """What `preparation_steps.js` shows, in plain types; arguments as `preparation_steps`.

    `pixels` are the pictures' bytes, one picture after the other, row by row, in base64. A card has
    `best`, `shares` and `said` where something is drawn, `on` where it can be switched off.
    """
    cards: list[dict[str, Any]] = [
        {"name": name, "title": title(name, photo), "why": why(name, photo)} for name in STEPS
    ]
    for card in cards:
        if card["name"] in OPTIONAL_STEPS:
            card["on"] = card["name"] not in pad.disabled_steps()
    images = np.zeros((len(STEPS), IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    if steps is not None and answers is not None:
        images = step_images(steps)
        for card, shares in zip(cards, answers, strict=True):
            best = int(shares.argmax())
            card["best"] = best
            card["probabilities"] = [round(float(share), 3) for share in shares]
            card["said"] = _("{name}, {percent}").format(
                name=names[best], percent=theme.percent(float(shares[best]))
            )
    return {
        "cards": cards,
        "pixels": b64encode(images.tobytes()).decode(),
        "side": IMAGE_SIDE,
        "names": names,
        "colours": theme.CLASS_COLOURS,
    }
