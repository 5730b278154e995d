"""Evaluate: accuracy, mistakes, single images and weights of one model."""

from model_store import Run
from model_store.text import N_, _
from pages.ui.evaluate.confusion_view import confusion_view, linked_answers, pictures_view
from pages.ui.evaluate.drawings_view import drawings_view
from pages.ui.evaluate.image_dialog import image_dialog
from pages.ui.evaluate.metrics_view import calibration_view, metrics_view
from pages.ui.evaluate.robustness_view import robustness_view
from pages.ui.evaluate.spoiled_view import spoiled_view
from pages.ui.evaluate.weights_view import weights_view
from pages.ui.frame import layout, navigation
from pages.ui.frame.linked import linked_tabs, translated
from pages.ui.frame.model_picker import pick_model
from pages.ui.runs.downloads import downloads_view
from pages.ui.runs.model_summary import model_summary
from pages.ui.runs.run_texts import spoil_text
from pages.ui.services import model_cache, records, singletons
from training.data.datasets import DataError

VIEWS = {
    "figures": N_("Results"),
    "matrix": N_("Confusion matrix"),
    "pictures": N_("Pictures"),
    "calibration": N_("Calibration"),
    "robustness": N_("Robustness"),
    "weights": N_("Weights and layers"),
    "drawings": N_("Class drawings"),
    "take": N_("Take it with you"),
}
SPOILED_VIEW = {"spoiled": N_("Spoiled data")}


def test_images_view(run: Run, view: str) -> None:
    """Draw a view that needs the test images, or say how to get them."""
    name = run.recipe.dataset
    try:
        data, evaluation = singletons.dataset(name), model_cache.evaluation(run)
    except DataError as error:
        layout.problem(_("The test images are not on this computer."), str(error))
        if run.recipe.own is None:
            navigation.link("data", _("Get them"), ":material/download:", dataset=name)
        return
    trained_on = run.manifest.get("data", data.fingerprint)
    if trained_on != data.fingerprint and not run.added_sources:  # the hash covers added images
        layout.notice(
            _(
                "The model was trained with other images than those on this computer. Its results "
                "here can differ from those of its training."
            )
        )
    answers = linked_answers(evaluation, data.x_test, run.recipe.data.names, view)
    if view == "figures":
        metrics_view(run, evaluation)
    elif view == "matrix":
        confusion_view(answers)
    elif view == "pictures":
        pictures_view(answers)
    elif view == "robustness":
        robustness_view(run)
    elif view == "spoiled":
        spoiled_view(run, evaluation, data)
    else:
        calibration_view(evaluation)
    image_dialog(run, answers)


def evaluate(run: Run) -> None:
    """Draw the view of a run that the address names."""
    views = {**VIEWS, **(SPOILED_VIEW if run.recipe.spoil else {})}
    if run.recipe.spoil:
        layout.notice(spoil_text(run.recipe))
    view = linked_tabs("view", _("View"), translated(views), "page", default="figures")
    if view == "weights":
        model_summary(run.recipe, expanded=True)
        weights_view(model_cache.classifier(run), run.recipe.data.names)
    elif view == "drawings":
        drawings_view(run)
    elif view == "take":
        downloads_view(run, records.history(run))
    else:
        test_images_view(run, view)


layout.header(
    _("Evaluate"), _("How good is the model on new images? What does it get wrong, and why?")
)
pick_model(evaluate)
