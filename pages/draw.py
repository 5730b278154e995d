"""Draw: any model of the store reads a drawing, a photo or test images."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from model_store import Run
from model_store.text import _
from pages.ui.components.answer import answer, image_html
from pages.ui.draw.explanation_tabs import explanation_tabs, server_answers
from pages.ui.draw.label_drawing import label_pad, label_photo
from pages.ui.draw.photo import doubt, photo
from pages.ui.draw.preparation_steps import (
    enabled_steps,
    preparation_steps,
    skipped_steps,
    step_images,
)
from pages.ui.frame import layout, navigation
from pages.ui.frame.model_picker import DRAWING_MODEL, pick_model, trained_models
from pages.ui.pad.pad import SIDE, read_pad
from pages.ui.services import model_cache, singletons
from pages.ui.state import pad, url
from training.data.datasets import DataError
from training.images.preprocess import ALL_STEPS, StepImages


@st.fragment
def read_drawing(run: Run, models: Sequence[Run]) -> None:
    """Answer the drawing on the pad: in the browser, and here when this part runs again."""
    left, right, below = layout.narrow_wide_narrow()
    with left:
        is_digits = run.recipe.data.is_digits
        strokes, images = read_pad(enabled_steps(), server_answers(), digits=is_digits)
    show(run, images, right, is_photo=False)
    with below:
        label_pad(run, strokes)
    explanation_tabs(run, models, images.centred if images else None, live=True)


@st.fragment
def read_photo(run: Run, models: Sequence[Run]) -> None:
    """Answer a photo, prepared in the same steps."""
    left, right = layout.side_by_side()
    with left:
        images = photo(enabled_steps())
        label_photo(run, images, enabled_steps() == ALL_STEPS)
    show(run, images, right, is_photo=True)
    explanation_tabs(run, models, images.centred if images else None)


def show(run: Run, images: StepImages | None, place: DeltaGenerator, is_photo: bool) -> None:
    """Draw the answer in `place` and the preparation below; None is a blank pad."""
    classifier = model_cache.classifier(run)
    live = None if is_photo else model_cache.pad_model(run)
    names = run.recipe.data.names
    probabilities = classifier.probabilities(step_images(images)) if images else None
    last = None if probabilities is None else probabilities[-1]
    with place:
        skipped_steps(is_photo)
        hint = _("Choose a photo: the bars answer here.") if is_photo else ""
        image = images.centred if images else None
        why = doubt(run, images, last, is_photo)
        answer(last, names, "bars", image, hint=hint, live=live, doubt=why)
    preparation_steps(images, probabilities, names, is_photo, live)


@st.fragment
def read_test_image(run: Run, models: Sequence[Run]) -> None:
    """Answer one of the data set's test images."""
    name, names = run.recipe.dataset, run.recipe.data.names
    try:
        data = singletons.dataset(name)
    except DataError as error:
        layout.problem(_("The test images are not on this computer."), str(error))
        if run.recipe.own is None:
            navigation.link("data", _("Get them"), dataset=name)
        return
    left, right = layout.side_by_side()
    last = len(data.x_test) - 1
    with left:
        label = _("Test image (0 to {n})").format(n=last)
        given = url.bounded_integer("index", 0, last)
        index = st.number_input(label, 0, last, **url.linked("index", given))
        truth = names[int(data.y_test[index])]
        st.html(image_html(data.x_test[index], truth, SIDE))
    with right:
        probabilities = model_cache.classifier(run).probabilities(data.x_test[index])
        answer(probabilities, names, "test_bars", truth=truth)
    explanation_tabs(run, models, data.x_test[index])


def read(run: Run) -> None:
    """Let the input be chosen: a drawing or photo for a model of digits, test images for any."""
    model_cache.classifier(run)
    models = trained_models(run.id)
    if not run.recipe.data.drawable:
        layout.remark(
            _("This model's pictures cannot be drawn on the pad, so it reads test images.")
        )
        read_test_image(run, models)
        return
    inputs = {"drawing": _("my drawing"), "photo": _("a photo"), "images": _("test images")}
    given = url.param("way") or ("photo" if pad.photo.get()[1] else "drawing")
    chosen = st.segmented_control(
        _("What it reads"),
        list(inputs),
        format_func=lambda name: inputs[name],
        required=True,
        label_visibility="collapsed",
        **url.linked("way", given if given in inputs else "drawing"),
    )
    {"photo": read_photo, "images": read_test_image}.get(chosen, read_drawing)(run, models)


layout.header(
    _("Draw"), _("Draw anywhere on the pad, big or small. The network says what it reads.")
)
pick_model(read, DRAWING_MODEL)
