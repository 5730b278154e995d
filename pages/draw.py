"""Draw: a digit on the pad or in a photo, ten bars answer; any model of the store."""

from __future__ import annotations

from collections.abc import Sequence
from gettext import gettext as _

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from model_store import Run
from pages.ui.components.answer import answer, image_html
from pages.ui.draw.explanation_tabs import explanation_tabs
from pages.ui.draw.label_drawing import label_pad, label_photo
from pages.ui.draw.pad import SIDE, read_pad
from pages.ui.draw.photo import photo
from pages.ui.draw.preparation_steps import (
    enabled_steps,
    preparation_steps,
    skipped_steps,
    step_images,
)
from pages.ui.frame import layout, navigation
from pages.ui.frame.model_picker import DRAWING_MODEL, pick_model
from pages.ui.services import model_cache, singletons
from pages.ui.state import pad, url
from training.data.datasets import DataError
from training.images.preprocess import ALL_STEPS, StepImages


@st.fragment
def read_drawing(run: Run, models: Sequence[Run]) -> None:
    """Pad, bars and what the network sees: only this runs again at pen-up, with the same models."""
    left, right = layout.side_by_side()
    with left:
        strokes, steps = read_pad(enabled_steps())
    show(run, steps, right)
    with left:  # last: the bars come first
        label_pad(run, strokes)
    explanation_tabs(run, models, steps.centred if steps else None)


@st.fragment
def read_photo(run: Run, models: Sequence[Run]) -> None:
    """A photo instead of the pad, through the same preparation."""
    left, right = layout.side_by_side()
    with left:
        steps = photo(enabled_steps())
        label_photo(run, steps, enabled_steps() == ALL_STEPS)
    show(run, steps, right, is_photo=True)
    explanation_tabs(run, models, steps.centred if steps else None)


def show(run: Run, steps: StepImages | None, place: DeltaGenerator, is_photo: bool = False) -> None:
    """The answer in `place`, and below what led to it; None is a blank pad."""
    classifier = model_cache.classifier(run)
    image = steps.centred if steps else None
    answers = classifier.probabilities(step_images(steps)) if steps else None
    names = run.recipe.data.class_names
    with place:
        skipped_steps(is_photo)
        ask = _("Choose a photo: the ten bars answer here.") if is_photo else ""
        answer(None if answers is None else answers[-1], names, "bars", image, hint=ask)
    preparation_steps(steps, answers, names, is_photo)


@st.fragment
def read_test_image(run: Run, models: Sequence[Run]) -> None:
    """The same bars for the data set's own test images."""
    name, names = run.recipe.dataset, run.recipe.data.class_names
    try:
        data = singletons.dataset(name)
    except DataError as error:
        layout.problem(_("The test images are not here."), str(error))
        navigation.link("data", _("Get them"), dataset=name)
        return
    left, right = layout.side_by_side()
    with left:
        label = _("Test image (0 to {n})").format(n=len(data.x_test) - 1)
        given = url.bounded_integer("index", 0, len(data.x_test) - 1)
        index = st.number_input(label, 0, len(data.x_test) - 1, **url.linked("index", given))
        truth = names[int(data.y_test[index])]
        st.html(image_html(data.x_test[index], truth, SIDE))
    with right:
        shares = model_cache.classifier(run).probabilities(data.x_test[index])
        answer(shares, names, "test_bars", truth=truth)
    explanation_tabs(run, models, data.x_test[index])


def ask(run: Run) -> None:
    """The pad where the model knows digits, and test images for every model."""
    model_cache.classifier(run)
    models = [model for model in singletons.store().list() if model.has_model]
    if not run.recipe.data.drawable:
        layout.remark(_("This model knows clothing: it is asked about the test images."))
        read_test_image(run, models)
        return
    ways = {"drawing": _("my drawing"), "photo": _("a photo"), "images": _("test images")}
    usual = "photo" if pad.photo() else "drawing"
    given = url.param("way")
    way = st.segmented_control(
        _("What it reads"),
        list(ways),
        format_func=lambda name: ways[name],
        required=True,
        label_visibility="collapsed",
        **url.linked("way", given if given in ways else usual),
    )
    {"photo": read_photo, "images": read_test_image}.get(way, read_drawing)(run, models)


layout.header(
    _("Draw"), _("Draw a digit, big or small, anywhere on the pad. The network says what it reads.")
)
pick_model(ask, DRAWING_MODEL)
