"""Log of a training, line by line as Keras prints it, drawn in the browser. Script thread."""

from model_store import Run
from model_store.text import _
from pages.ui import browser
from pages.ui.components.component import component

_HTML = """<section class="lab-log"><pre role="log" tabindex="0"></pre></section>"""


def training_log(run: Run, key: str) -> None:
    """Draw a line for each epoch: time, microseconds an image, losses and accuracies.

    `key` names the element.
    """
    data = {
        "modules": browser.modules_path(),
        "run": run.id,
        "epochs": run.recipe.epochs,
        "images": run.recipe.train_images,
        "words": {
            "label": _("Log of the training"),
            "waits": _("The first line appears when the first epoch has ended."),
            "head": _("Epoch {n}/{all}"),
            "time": _("{seconds} s - {us} µs/image"),
        },
    }
    component("training_log", _HTML, data, key)
