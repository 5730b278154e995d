"""Home: a pad that answers while you draw, a card for each page, and the state of this server."""

import streamlit as st

from model_store import StoreError
from model_store.lessons import library
from model_store.recipe.recipe import Hidden, Recipe
from model_store.text import NAME_, _
from pages.ui.classroom.server_status import server_status
from pages.ui.components.answer import answer
from pages.ui.components.component import component
from pages.ui.frame import layout, navigation
from pages.ui.frame.model_picker import DRAWING_MODEL
from pages.ui.pad.pad import read_pad
from pages.ui.services import model_cache, singletons
from pages.ui.state import language, visitor
from training.engine.engine import EngineError

# Page -> title, text and link of its card, in the order of a first visit.
CARDS = {
    "data": _(
        "**1 Look at the data** 70,000 small pictures, pixel by pixel: all that the network sees. "
        "*Look now*"
    ),
    "train": _(
        "**2 Train your own** Choose layers and learning rate; watch it learn, live. "
        "Digits takes seconds. *Train now*"
    ),
    "draw": _(
        "**3 Ask why it gave this answer** How your drawing is prepared, which pixels led to the "
        "answer, what other models say. *Look inside*"
    ),
    "evaluate": _(
        "**4 See its mistakes** Which pictures does it confuse, and how sure is it when it is "
        "wrong? *Evaluate a model*"
    ),
    "compare": _(
        "**5 Compare runs** All trainings side by side: what was different, and what difference it "
        "made. *See all runs*"
    ),
    "sweep": _(
        "**6 Test what a setting does** Learning rate, width, dropout: many trainings show what is "
        "more than chance. *Start a sweep*"
    ),
}
FIRST_LESSON = "softmax"
STEPS = '<nav class="lab-first-steps"><ul></ul><h2></h2><ul></ul></nav>'
# Slow enough to watch, and over in ten seconds.
FIRST = Recipe(
    NAME_("My first network"),
    "digits",
    (Hidden(32),),
    epochs=60,
    batch_size=8,
    learning_rate=0.0003,
)


@st.fragment
def quick_draw() -> None:
    """Show the pad and the ten bars of the built-in model."""
    try:
        run = singletons.store().open(DRAWING_MODEL)
        classifier = model_cache.classifier(run)
    except StoreError as error:
        layout.problem(
            _("The built-in model could not be loaded."), str(error), _("Train a model first.")
        )
        return
    left, right = layout.side_by_side()
    with left:
        _strokes, steps = read_pad(sample=True)
    image = steps.centred if steps else None
    with right:
        answers = None if image is None else classifier.probabilities(image)
        live = model_cache.pad_model(run)
        answer(answers, run.recipe.data.names, "bars", image, live=live)
        teach()
        layout.explain(
            _(
                "A network that learned from 60,000 handwritten digits gives each digit a "
                "probability. Together they are 100 %."
            )
        )


def teach() -> None:
    """Draw the button that trains a new network and asks it about the drawing while it learns."""
    label = _("Teach a new network, 10 s")
    if not st.button(label, type="primary", icon=":material/play_arrow:", key="teach"):
        return
    what = _("The training could not be started.")
    with layout.problem_on(EngineError, StoreError, what=what):
        run = singletons.engine().submit(FIRST, visitor.visitor_id())
        navigation.go("train", run=run.id)


def first_steps() -> None:
    """Draw links: the lesson to begin with, the page for classes, and a card for each page.

    One element: as nine they were a quarter of the page's 35 messages.
    """
    first = [navigation.plain_link("classroom", _("In a class? **Open or join one**"))]
    if (found := library.lesson(FIRST_LESSON, language.current())) is not None:
        label = _("New here? Begin with the lesson **{title}** ({n} minutes)")
        label = label.format(title=found.title, n=found.minutes)
        first.insert(0, navigation.plain_link("learn", label, lesson=found.id))
    cards = [navigation.plain_link(page, card) for page, card in CARDS.items()]
    data = {"first": first, "title": _("Then go on in this order"), "cards": cards}
    component("first_steps", STEPS, data, "first_steps")


layout.header(
    "Softmax Lab",
    _("See how a neural network learns to recognise pictures. Train it, draw for it, test it."),
)
quick_draw()
first_steps()
server_status()
