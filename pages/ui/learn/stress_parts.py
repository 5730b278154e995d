"""Parts of a step that put a network to the test: a clean twin, a dot, small changes of images.

Script thread.
"""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from model_store.inference.metrics import Evaluation
from model_store.recipe.choices import CLASSES
from model_store.recipe.spoil import Spoil
from model_store.text import _
from pages.ui.evaluate.confusion_view import UNITS
from pages.ui.evaluate.robustness_view import changes_view
from pages.ui.evaluate.spoiled_view import harm, matrix
from pages.ui.figures import theme
from pages.ui.figures.pictures import captioned_pictures, data_url
from pages.ui.frame import layout
from pages.ui.frame.linked import linked_tabs, translated
from pages.ui.learn.answer_parts import drawing_model
from pages.ui.learn.context import Context
from pages.ui.learn.data_parts import index_field
from pages.ui.learn.own_run import needed_run
from pages.ui.runs.fool_view import fool_view
from pages.ui.services import model_cache
from training.data.spoil import spoiled_images

PICTURES = 10
DOTTED = Spoil(patch=1.0)  # every image


def twins(context: Context, place: int, run: str, clean: str) -> None:
    """Draw a network that learned from spoiled images beside one with good images."""
    del place
    names = dict.fromkeys((run, clean))
    found = [each for name in names if (each := needed_run(context, name)) is not None]
    if len(found) < len(names):
        return
    evaluations = [context.evaluation(each) for each in found]
    harm(evaluations[0], evaluations[-1], context.names)
    in_percent = linked_tabs("cells", _("Numbers"), translated(UNITS), default="images")
    titles = [context.lesson.recipe_label(name, context.dataset) for name in names]
    for side, title, answers in zip(st.columns(len(found)), titles, evaluations, strict=True):
        with side:
            st.markdown(f"**{layout.plain(title)}**")
            matrix(answers, context.names, title, in_percent == "percent")


def dotted(context: Context, place: int, run: str, label: int) -> None:
    """Draw test images with the dot of a class, and how a network reads them all."""
    found = needed_run(context, run)
    if found is None:
        return
    names = context.names
    chosen = st.selectbox(
        _("Every test image gets the dot of"),
        range(CLASSES),
        label,
        format_func=lambda n: names[n],
        key=context.key(place, "dot"),
        width=260,
    )
    images, truth = context.arrays.x_test, context.arrays.y_test
    images = spoiled_images(images, np.full(len(images), chosen), DOTTED, 0)
    evaluation = Evaluation.of(model_cache.classifier(found).probabilities(images), truth)
    said = evaluation.probabilities.argmax(axis=1)
    with st.container(horizontal=True):
        st.metric(
            _("Test accuracy without a dot"), theme.percent(context.evaluation(found).accuracy)
        )
        st.metric(_("with this dot"), theme.percent(evaluation.accuracy))
        label_said = _("Images that are read as {name}").format(name=layout.plain(names[chosen]))
        st.metric(label_said, theme.percent(float((said == chosen).mean())))
    captions = [
        _("{label} (truly {truth})").format(label=names[a], truth=names[t])
        for a, t in zip(said[:PICTURES], truth[:PICTURES], strict=True)
    ]
    shown = [(data_url(image), caption) for image, caption in zip(images, captions, strict=False)]
    st.html(captioned_pictures(shown, 5, 6))


def fool(context: Context, place: int, run: str, split: str, index: int, picture: str) -> None:
    """Draw the smallest change of an image, or of the drawing on the pad, that fools a network."""
    if picture == "pad":
        found = drawing_model(context, run)
        if found is not None and found.recipe.data.drawable:
            fool_view(found)
            return
    if (found := needed_run(context, run)) is None:
        return
    index = index_field(context, place, split, index)
    images, labels = context.arrays.split(split)
    layout.remark(_("label {label}").format(label=context.names[int(labels[index])]))
    fool_view(found, np.asarray(images[index]))


def robustness(context: Context, place: int, runs: Sequence[str], changes: Sequence[str]) -> None:
    """Draw the accuracy of one or two networks on test images that are changed more and more."""
    del place
    found = {name: run for name in runs if (run := needed_run(context, name)) is not None}
    if len(found) == len(runs):
        labels = {name: context.lesson.recipe_label(name, context.dataset) for name in found}
        measured = {labels[name]: model_cache.robustness(run) for name, run in found.items()}
        changes_view(measured, changes)
