"""View of a model that learned from spoiled images, beside its clean twin. Script thread.

The clean twin is a run with the same recipe and seed whose training images were not spoiled.
"""

import numpy as np
import streamlit as st

from model_store import Run, StoreError
from model_store.inference.metrics import Evaluation
from model_store.recipe.recipe import Recipe, RecipeError
from model_store.recipe.spoil import UNSPOILED
from model_store.recipe.text import percent
from model_store.recipe.validation import MAX_NAME
from model_store.storage.run_query import RunQuery
from model_store.text import _, named
from pages.ui.components.live_plot import live_plot
from pages.ui.evaluate.confusion_view import UNITS
from pages.ui.figures.data import image_grid
from pages.ui.figures.evaluation import HEIGHT, confusion_matrix
from pages.ui.frame import layout, navigation
from pages.ui.frame.linked import linked_tabs, translated
from pages.ui.services import model_cache, singletons
from pages.ui.state import visitor
from training.data.datasets import Arrays
from training.data.spoil import kept_images, spoiled_images, spoiled_labels
from training.engine.engine import EngineError

SEARCHED = 200  # training images that the pictures are chosen from
PICTURES = 20
MOST_RUNS = 50


def spoiled_view(run: Run, evaluation: Evaluation, arrays: Arrays) -> None:
    """Draw the run's confusion matrix beside its clean twin's, and spoiled training images."""
    layout.section(
        _("What the spoiled data did"),
        _(
            "The clean twin has the same recipe and seed, but good training images. Both are "
            "tested on the same test images. A large difference comes from the spoiled data, a "
            "small one can be chance."
        ),
    )
    twin = clean_twin(run)
    other = model_cache.evaluation(twin) if twin and twin.has_model else None
    if other:
        harm(evaluation, other, run.recipe.data.names)
    in_percent = linked_tabs("cells", _("Numbers"), translated(UNITS), default="images")
    for place, title, answers in zip(
        st.columns(2, gap="large"),
        (_("This model"), _("Clean twin")),
        (evaluation, other),
        strict=True,
    ):
        with place:
            st.markdown(f"**{title}**")
            if answers is None:
                _no_twin(run, twin)
                continue
            matrix(answers, run.recipe.data.names, title, in_percent == "percent")
            if answers is other and twin:
                navigation.link(
                    "evaluate",
                    layout.plain(named(twin.title)),
                    ":material/fact_check:",
                    run=twin.id,
                )
    layout.section(
        _("Training images as this model saw them"),
        _("Below each picture: its label in this training. A wrong one has the true class too."),
    )
    spoiled_pictures(run.recipe, arrays)


def matrix(answers: Evaluation, names: tuple[str, ...], title: str, in_percent: bool) -> None:
    """Draw a confusion matrix; `title` tells it from the other one of the page."""
    live_plot(
        confusion_matrix(answers.confusion, names, in_percent),
        key=f"confusion_{title}",
        height=HEIGHT,
        label=_("Confusion matrix: {title}").format(title=title),
    )


def clean_twin(run: Run) -> Run | None:
    """Return the newest model of the same recipe without spoiling, else a run that may become one.

    It has the same initial weights and extra images.
    """
    recipe = run.recipe.with_(spoil=UNSPOILED)
    query = RunQuery(recipe_hash=recipe.hash, trials=True)
    found = [
        other
        for other in singletons.store().newest(MOST_RUNS, query)
        if (other.has_model or not other.state.is_finished())
        and not other.imported
        and other.provenance == run.provenance
        and other.added_sources == run.added_sources
    ]
    return next((other for other in found if other.has_model), found[0] if found else None)


def harm(evaluation: Evaluation, other: Evaluation, names: tuple[str, ...]) -> None:
    """Draw both test accuracies, their difference, and the class that lost most."""
    change = evaluation.accuracy - other.accuracy
    with st.container(horizontal=True):
        st.metric(_("Test accuracy of this model"), percent(evaluation.accuracy, 2))
        st.metric(_("Test accuracy of the clean twin"), percent(other.accuracy, 2))
        st.metric(_("Difference in percentage points"), f"{100 * change:+.2f}")
    now, then = (np.nan_to_num([c.recall for c in e.classes]) for e in (evaluation, other))
    worst = int(np.argmin(now - then))
    if now[worst] < then[worst]:
        sentence = _("Hurt most is {name}: {now} of its test images are right instead of {then}.")
        words = {"now": percent(float(now[worst])), "then": percent(float(then[worst]))}
        layout.explain(sentence.format(name=layout.plain(names[worst]), **words))


def _no_twin(run: Run, twin: Run | None) -> None:
    """Say that there is no model to compare with yet; offer to train one."""
    if twin is not None:
        layout.empty(_("The clean twin is being trained"), _("Come back when it has ended."))
        navigation.link("train", _("Watch it"), ":material/show_chart:", run=twin.id)
        return
    if run.provenance or run.added_sources:
        layout.empty(
            _("No clean twin yet"),
            _("This run began with the weights of another, or has extra images. Train that again."),
        )
        return
    layout.empty(_("No clean twin yet"), _("Train it once: then the harm is shown beside it."))
    label = _("Train the clean twin")
    if st.button(label, type="primary", icon=":material/model_training:", key="clean_twin"):
        _train(run)


def _train(run: Run) -> None:
    ending = _(" · clean twin")
    name = run.title.removesuffix(ending)[: MAX_NAME - len(ending)] + ending
    try:
        recipe = run.recipe.with_(name=name, spoil=UNSPOILED)
        new = singletons.engine().submit(recipe, visitor.visitor_id())
    except (StoreError, EngineError, RecipeError) as error:
        layout.problem(_("The training could not be started."), str(error))
    else:
        navigation.go("train", run=new.id)


def spoiled_pictures(recipe: Recipe, arrays: Arrays, count: int = PICTURES) -> None:
    """Draw `count` training images as a model of the recipe sees them.

    At most half of them have a wrong label; those are the first.
    """
    spoil, names, seed = recipe.spoil, recipe.data.names, recipe.seed
    labels = spoiled_labels(arrays.y_train, spoil, seed, recipe.classes)[:SEARCHED]
    images = spoiled_images(arrays.x_train[:SEARCHED], labels, spoil, seed)
    truth = arrays.y_train[:SEARCHED]
    rows = np.flatnonzero(kept_images(arrays.y_train, spoil, seed)[:SEARCHED])
    wrong = [row for row in rows if labels[row] != truth[row]][: count // 2]
    right = [row for row in rows if labels[row] == truth[row]][: count - len(wrong)]
    shown = [*wrong, *right]
    caption = _("{label} (truly {truth})")
    captions = [
        names[labels[row]]
        if labels[row] == truth[row]
        else caption.format(label=names[labels[row]], truth=names[truth[row]])
        for row in shown
    ]
    links = [f"data?dataset={recipe.dataset}&split=train&index={row}" for row in shown]
    st.html(image_grid(images[shown], captions, links))
