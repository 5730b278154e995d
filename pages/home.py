"""Home: draw at once, the ways on, and what this machine has."""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from model_store import StoreError
from pages.ui.classroom.server_status import server_status
from pages.ui.components.answer import answer
from pages.ui.draw.pad import read_pad
from pages.ui.frame import layout, navigation
from pages.ui.frame.model_picker import DRAWING_MODEL
from pages.ui.server import turns
from pages.ui.services import model_cache, singletons

CARDS = (
    (
        "train",
        _("Train your own"),
        _("Choose layers and learning rate; watch it learn, live. Digits take seconds."),
        _("Train now"),
    ),
    (
        "data",
        _("Look at the data"),
        _("70,000 little pictures, pixel by pixel: what the network gets to see."),
        _("Look now"),
    ),
    (
        "draw",
        _("Ask why it said that"),
        _("How your drawing is prepared, which of its pixels spoke for the answer, other models."),
        _("Look inside"),
    ),
    (
        "evaluate",
        _("See its mistakes"),
        _("Which pictures does it confuse, and how sure was it when it was wrong?"),
        _("Evaluate a model"),
    ),
    (
        "sweep",
        _("Ask what a setting does"),
        _("Learning rate, width, dropout: many trainings answer, and tell it from chance."),
        _("Start a sweep"),
    ),
    (
        "compare",
        _("Compare runs"),
        _("Every training, side by side: what was different, and what that did."),
        _("See all runs"),
    ),
)


@st.fragment
def quick_draw() -> None:
    """The pad and the ten bars of the model that comes with the app."""
    try:
        run = singletons.store().open(DRAWING_MODEL)
        classifier = model_cache.classifier(run)
    except StoreError as error:
        layout.problem(_("There is nobody to read a drawing."), str(error), _("Train a network."))
        return
    left, right = layout.side_by_side()
    with turns.STROKES.turn():
        with left:
            _strokes, steps = read_pad()
        image = steps.centred if steps else None
        shares = None if image is None else classifier.probabilities(image)
        with right:
            answer(shares, run.recipe.data.class_names, "bars", image)
            layout.explain(
                _(
                    "A network that learned from 60,000 handwritten digits says how likely it "
                    "holds each of the ten; together they are 100 %."
                )
            )


def page_cards() -> None:
    """A card for each page, which leads there: to do, then to understand."""
    with st.container(key="page_cards"):
        for page, title, text, label in CARDS:
            said = f"**{title}** {text} *{label}*"
            navigation.link(page, said, navigation.ENTRIES[page].icon)


layout.header(
    "Softmax Lab",
    _("See how a neural network learns to tell pictures apart: train it, draw for it, ask it."),
)
quick_draw()
page_cards()
server_status()
