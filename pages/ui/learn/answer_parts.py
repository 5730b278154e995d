"""Parts of a step that show a network's answers to test images and drawings. Script thread."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store import Run
from model_store.inference.classifier import softmax
from model_store.lessons.lesson import BUILT_IN
from model_store.text import _
from pages.ui.components.answer import answer, image_html
from pages.ui.components.live_plot import live_plot
from pages.ui.components.picture_grid import PER_PAGE, picture_grid
from pages.ui.draw.preparation_steps import (
    enabled_steps,
    preparation_steps,
    skipped_steps,
    step_images,
)
from pages.ui.evaluate.confusion_view import TestAnswers, confusion_view, linked_answers
from pages.ui.evaluate.image_dialog import image_dialog
from pages.ui.figures import lessons
from pages.ui.figures.evaluation import RIGHT, WRONG
from pages.ui.figures.theme import GREY, percent
from pages.ui.frame import layout
from pages.ui.frame.linked import linked_pages
from pages.ui.frame.model_picker import DRAWING_MODEL
from pages.ui.learn.context import Context
from pages.ui.learn.data_parts import index_field
from pages.ui.learn.own_run import needed_run
from pages.ui.pad.pad import read_pad
from pages.ui.services import model_cache, singletons
from pages.ui.state import url

SIDE = 168  # CSS pixels of a picture


def _image(context: Context, place: int, split: str, index: int) -> tuple[NDArray[np.uint8], int]:
    """Draw the field of an image's number; return the image, uint8 [28, 28], and its label."""
    index = index_field(context, place, split, index)
    images, labels = context.arrays.split(split)
    return np.asarray(images[index]), int(labels[index])


def scores(context: Context, place: int, run: str, split: str, index: int) -> None:
    """Draw an image, and for each class its score and its probability."""
    found = needed_run(context, run)
    if found is None:
        return
    image, truth = _image(context, place, split, index)
    logits = model_cache.classifier(found).logits(image)
    probabilities = softmax(logits)
    left, right = st.columns([2, 3], gap="large")
    with left:
        caption = _("label {label}").format(label=context.names[truth])
        st.html(image_html(image, caption, SIDE))
        best = int(probabilities.argmax())
        st.markdown(
            _("The largest is at **{name}**: {percent}").format(
                name=layout.plain(context.names[best]),
                percent=percent(float(probabilities[best]), 2),
            )
        )
    with right:
        heads = (_("class"), _("score"), _("probability"))
        rows = [
            (name, f"{score:.2f}", lessons.probability(float(p)))
            for name, score, p in zip(context.names, logits, probabilities, strict=True)
        ]
        total = (f"**{_('sum')}**", "", f"{float(probabilities.sum()):.4f}")
        st.table([dict(zip(heads, row, strict=True)) for row in (*rows, total)], hide_index=True)


def prediction(context: Context, place: int, run: str, split: str, index: int) -> None:
    """Draw an image beside its ten bars, the ten numbers, the arg-max and the label."""
    found = needed_run(context, run)
    if found is None:
        return
    image, truth = _image(context, place, split, index)
    probabilities = model_cache.classifier(found).probabilities(image)
    _bars(context, place, image, truth, probabilities)
    best = int(probabilities.argmax())
    st.markdown(_("The ten outputs, as the network gives them:"))
    st.html(lessons.printed_html(lessons.scientific(probabilities), _("Probability of each class")))
    st.markdown(
        _("`argmax`: **{answer}**. The label: **{label}**.").format(answer=best, label=truth)
    )


def _bars(
    context: Context,
    place: int,
    image: NDArray[np.uint8],
    truth: int,
    probabilities: NDArray[np.float32],
) -> None:
    """Draw an image beside ten bars: blue is the true class, red a wrong answer."""
    left, right = st.columns([1, 2], gap="large")
    names, best = context.names, int(probabilities.argmax())
    colour = "blue" if best == truth else "red"
    caption = f"{names[best]} {percent(float(probabilities[best]), 0)} ({names[truth]})"
    with left:
        st.html(image_html(image, _("28 x 28 pixels"), SIDE))
        st.markdown(f":{colour}[**{layout.plain(caption)}**]")
    with right:
        named = {best: WRONG, truth: RIGHT}
        colours = [named.get(i, GREY) for i in range(len(names))]
        key = context.key(place, "bars")
        answer(probabilities, names, key, truth=names[truth], colours=colours)


def prediction_grid(context: Context, place: int, run: str, show: str) -> None:
    """Draw 15 test images, each beside its ten bars, and the way to the next ones."""
    del place
    found = needed_run(context, run)
    if found is None:
        return
    evaluation, names = context.evaluation(found), context.names
    positions = evaluation.select(show, None, None)
    if not len(positions):
        layout.empty(_("No such image"), _("The network makes no mistake on these test images."))
        return
    images = context.arrays.x_test
    where, part = linked_pages("page", len(positions), PER_PAGE, found.id, show)
    with where:
        layout.remark(
            _(
                "{first} to {last} of {n}. Blue is the true class, red a wrong answer. Click a "
                "picture to see it in full."
            ).format(first=f"{part.start + 1:,}", last=f"{part.stop:,}", n=f"{len(positions):,}")
        )
        picture_grid(
            evaluation,
            images,
            positions[part].tolist(),
            names,
            lambda position: url.set_params(image=str(position)),
        )
    image_dialog(found, TestAnswers(evaluation, images, names, None, None, positions))


def batch_of_one(context: Context, place: int, run: str, split: str, index: int) -> None:
    """Draw how one image becomes a batch of one, the prediction's shape, and ten columns."""
    found = needed_run(context, run)
    if found is None:
        return
    image, truth = _image(context, place, split, index)
    batch = image[np.newaxis]
    probabilities = model_cache.classifier(found).probabilities(batch)
    heads = (_("array"), _("shape"))
    rows = [
        (_("one image"), str(image.shape)),
        (_("a batch of one image"), str(batch.shape)),
        (_("its prediction"), str(probabilities.shape)),
    ]
    st.table([dict(zip(heads, row, strict=True)) for row in rows], hide_index=True)
    columns = lessons.answer_columns(probabilities[0], context.names, truth)
    live_plot(columns, context.key(place, "columns"), 330, _("Probability of each class"))
    best = int(probabilities[0].argmax())
    st.markdown(
        _("`argmax`: **{answer}**. The label: **{label}**.").format(answer=best, label=truth)
    )


def confusion(context: Context, place: int, run: str) -> None:
    """Draw the confusion matrix, and the images of a cell."""
    del place
    found = needed_run(context, run)
    if found is not None:
        images = context.arrays.x_test
        answers = linked_answers(context.evaluation(found), images, context.names, "matrix")
        confusion_view(answers)
        image_dialog(found, answers)


def drawing_model(context: Context, run: str) -> Run | None:
    """Return the run that reads drawings: for the built-in model the one that is best at it."""
    return singletons.store().open(DRAWING_MODEL) if run == BUILT_IN else needed_run(context, run)


def pad(context: Context, place: int, run: str) -> None:
    """Draw the pad and the ten bars that answer while one draws."""
    found = drawing_model(context, run)
    if found is None:
        return
    if not found.recipe.data.drawable:
        layout.remark(_("This network knows clothing, so it reads test images."))
        prediction(context, place, run, "test", 0)
        return
    _pad(context, place, found)


@st.fragment
def _pad(context: Context, place: int, run: Run) -> None:
    left, right = layout.side_by_side()
    with left:
        _strokes, steps = read_pad()
    image = steps.centred if steps else None
    probabilities = None if image is None else model_cache.classifier(run).probabilities(image)
    live = model_cache.pad_model(run)
    with right:
        key = context.key(place, f"bars_{run.id}")
        answer(probabilities, run.recipe.data.names, key, image, live=live)


def preparation(context: Context, place: int, run: str) -> None:
    """Draw the pad, and how a drawing is prepared, with a switch for each step."""
    found = drawing_model(context, run)
    if found is None:
        return
    if not found.recipe.data.drawable:
        layout.remark(_("This network knows clothing, so it reads test images."))
        return
    _prepared(context, place, found)


@st.fragment
def _prepared(context: Context, place: int, run: Run) -> None:
    left, right = layout.side_by_side()
    with left:
        _strokes, images = read_pad(enabled_steps())
    names, live = run.recipe.data.names, model_cache.pad_model(run)
    probabilities = (
        model_cache.classifier(run).probabilities(step_images(images)) if images else None
    )
    last = None if probabilities is None else probabilities[-1]
    with right:
        skipped_steps()
        key = context.key(place, f"bars_{run.id}")
        answer(last, names, key, images.centred if images else None, live=live)
    preparation_steps(images, probabilities, names, live=live)
