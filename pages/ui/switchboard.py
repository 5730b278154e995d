"""The steps from the pad to the network, side by side: each with its picture, its own ten bars and
a switch, so that a person sees at once what a step was for. Script thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from gettext import gettext as _
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store.classifier import Classifier
from pages.ui import layout, state
from pages.ui.answer import data_url
from training.choices import CLASSES, IMAGE_SIDE
from training.images import Stages, Switches

Pixels = NDArray[np.uint8]
Shares = NDArray[np.float32]
SIDE = 140  # CSS pixels of a picture


@dataclass(frozen=True, slots=True)
class Step:
    """A step's name, and the sentence that says what it is for; `photo` is what photos get."""

    title: str
    why: str
    photo: str = ""
    photo_why: str = ""


# The field of Stages (and, but for the first, of Switches) -> what is said about it.
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
SWITCHED = tuple(field.name for field in fields(Switches))


def switches() -> Switches:
    """What the switches say, before or after they are drawn."""
    return Switches(**{name: state.stage_is_on(name) for name in SWITCHED})


def hint(photo: bool = False) -> None:
    """Above the bars: which steps are off, and the way back; nothing while all are on."""
    off = [title(name, photo) for name in SWITCHED if not state.stage_is_on(name)]
    if off:
        with st.container(key="switched_off", horizontal=True, vertical_alignment="center"):
            layout.notice(_("Answered without: {steps}.").format(steps=", ".join(off)))
            st.button(
                _("All steps on"),
                icon=":material/undo:",
                key="all_steps_on",
                on_click=state.switch_stages_on,
                args=(SWITCHED,),
            )


def title(name: str, photo: bool = False) -> str:
    """A step's name in the reader's language."""
    step = STEPS[name]
    return _(step.photo) if photo and step.photo else _(step.title)


def switchboard(steps: Stages | None, classifier: Classifier, photo: bool = False) -> None:
    """Each step with its switch, its picture and the bars of `classifier`; None is a blank pad."""
    layout.section(
        _("How it is prepared"),
        _(
            "The network learned from digits that were written with such a pen, then cropped, "
            "scaled and centred like this. Switch a step off to see what it is for."
        ),
    )
    blank = np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    images = [blank if steps is None else getattr(steps, name) for name in STEPS]
    answers = classifier.probabilities(np.stack(images))
    names = classifier.recipe.data.class_names
    with st.container(key="switchboard", horizontal=True):
        for name, image, shares in zip(STEPS, images, answers, strict=True):
            with st.container(width=SIDE + 20, gap="small"):
                _switch(name, photo)
                st.html(card(image, None if steps is None else shares, names, why(name, photo)))


def why(name: str, photo: bool = False) -> str:
    """What a step is for, in the reader's language."""
    step = STEPS[name]
    return _(step.photo_why) if photo and step.photo_why else _(step.why)


def _switch(name: str, photo: bool) -> None:
    label = title(name, photo)
    if name in SWITCHED:
        state.preset(state.stage_key(name), True)
        st.toggle(label, key=state.stage_key(name))
    else:
        st.html(f'<p class="lab-step">{escape(label)}</p>')


def card(image: Pixels, shares: Shares | None, names: Sequence[str], caption: str) -> str:
    """A picture of 28 x 28 with ten small bars below it, as HTML; None is no answer yet.

    Args:
        image: uint8 [28, 28].
        shares: float32 [10], the probabilities.
        names: the classes' names.
        caption: a sentence.
    """
    told, heights, best = "", [0.0] * CLASSES, -1
    if shares is not None:
        best = int(shares.argmax())
        share = layout.percent(float(shares[best]))
        told = _("{name}, {percent}").format(name=names[best], percent=share)
        heights = [float(share) for share in shares]
    bars = "".join(
        f'<span data-best="{str(i == best).lower()}"><i style="height:{100 * height:.1f}%;'
        f'background:{layout.CLASS_COLOURS[i]}"></i><small>{escape(names[i])}</small></span>'
        for i, height in enumerate(heights)
    )
    return (
        f'<figure class="lab-picture lab-stage"><img src="{data_url(image)}" alt="" '
        f'width="{SIDE}" height="{SIDE}"><b class="lab-said">{escape(told) or "&nbsp;"}</b>'
        f'<div class="lab-columns" aria-hidden="true">{bars}</div>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )
