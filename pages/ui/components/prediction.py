"""Chart on which a person draws how the accuracy will go. Script thread."""

from model_store.recipe.text import percent
from model_store.runs.prediction import POINTS, Prediction
from model_store.text import _
from pages.ui.components.component import component
from pages.ui.state import selection

_KEY = "prediction"
_HTML = """<div class="lab-prediction"><p class="lab-prediction-title"></p>
<svg role="group"></svg><button type="button"></button><p class="lab-prediction-note"></p></div>"""


def prediction_chart(
    epochs: int, classes: int, title: str = "", note: str = ""
) -> Prediction | None:
    """Draw the chart for so many epochs and classes; return what is drawn in this session.

    A title stands above it and a note below, both plain text.
    """
    found = Prediction.of(selection.prediction.get())
    values = found.values if found else (None,) * POINTS
    words = {
        "title": title,
        "note": note,
        "hint": _("Draw the accuracy here: how will it go?"),
        "chance": _("guessing: {percent}").format(percent=percent(1 / classes, 0)),
        "epoch": _("epoch"),
        "point": _("Accuracy after {epoch} epochs"),
        "none": _("nothing drawn"),
        "clear": _("Clear the prediction"),
    }
    data = {"values": values, "epochs": epochs, "chance": 1 / classes, "words": words}
    component("prediction", _HTML, data, _KEY, on_predicted_change=_keep)
    return found


def _keep() -> None:
    """Keep what was drawn. A callback."""
    given = selection.component_value(_KEY, "predicted")
    selection.prediction.set(given if Prediction.of(given) else [])
