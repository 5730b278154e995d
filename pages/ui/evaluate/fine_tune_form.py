"""Form that trains a finished run further, on the class drawings too. Script thread."""

import streamlit as st

from model_store import Run, StoreError
from model_store.classroom.drawing_set import DrawingSet
from model_store.recipe.recipe import RecipeError
from model_store.text import N_, _
from pages.ui.frame import layout, navigation
from pages.ui.services import singletons
from pages.ui.state import visitor
from training.data.fine_tuning import copies_per_drawing, prepare_fine_tuning, training_half
from training.engine.engine import EngineError

MOST_EPOCHS = 20
WHICH = {"half": N_("half of them (the others stay a test)"), "all": N_("all of them")}


def fine_tune_form(run: Run, drawings: DrawingSet) -> None:
    """Draw the form, or the reason why there is none; `drawings` is not empty."""
    data = run.recipe.data
    layout.section(
        _("Train it further on class drawings"),
        _(
            "A new training starts with this model's weights. It learns from {dataset} and the "
            "class drawings. This model does not change."
        ).format(dataset=data.title),
    )
    if not singletons.has_dataset(run.recipe.dataset):
        layout.remark(_("Its training images are not on this computer."))
        navigation.link("data", _("Get them"), ":material/download:", dataset=run.recipe.dataset)
        return
    which = st.segmented_control(
        _("Drawings to learn from"),
        list(WHICH),
        default="half",
        required=True,
        format_func=lambda name: _(WHICH[name]),
        key="further_which",
    )
    most = min(MOST_EPOCHS, singletons.engine().limits().epochs or MOST_EPOCHS)
    epochs = st.number_input(_("Epochs"), 1, most, min(3, most), key="further_epochs")
    seen = run.provenance.seen if run.provenance else ()
    taken = drawings if which == "all" else training_half(drawings, seen)
    plan = _(
        "It learns from {n} drawings and {images} images of {dataset}. Each drawing is used "
        "{times} times, drawn a little differently each time."
    ).format(
        n=f"{len(taken):,}",
        images=f"{run.recipe.train_images:,}",
        dataset=data.title,
        times=copies_per_drawing(run.recipe, len(taken)),
    )
    left = len(drawings) - len(taken)
    test = _("The other {n} drawings test the new model.").format(n=left)
    none_left = _("No drawing is left to test the new model: draw new ones afterwards.")
    layout.remark(f"{plan} {test if left else none_left}")
    label = _("Train further")
    if st.button(label, type="primary", icon=":material/model_training:", key="further"):
        _start(run, taken, epochs)


def _start(run: Run, taken: DrawingSet, epochs: int) -> None:
    try:
        weights = (run.folder / "weights.npz").read_bytes()
        recipe, start, added = prepare_fine_tuning(run, weights, taken, epochs)
        new = singletons.engine().submit(recipe, visitor.visitor_id(), added=[added], start=start)
    except OSError as error:
        layout.problem(_("The model's weights could not be read."), error.strerror or str(error))
    except (StoreError, EngineError, RecipeError) as error:
        layout.problem(_("The training could not be started."), str(error))
    else:
        navigation.go("train", run=new.id)
