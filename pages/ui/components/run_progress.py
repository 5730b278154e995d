"""Progress of a run, which the browser follows by itself: bar, figures, place in the queue."""

from model_store import Run, RunState
from model_store.text import _
from pages.ui import browser
from pages.ui.components.component import component
from pages.ui.figures.theme import percent

_HTML = """<section class="lab-progress"><p class="lab-queue" role="status"></p>
<label hidden><span></span><progress max="1"></progress></label>
<dl class="lab-figures"></dl><p class="lab-fallback" role="status"></p></section>"""


def run_progress(run: Run, key: str) -> None:
    """Draw how far a run is. `key` names the element."""
    is_live = not run.state.is_finished()
    figures = [
        {"name": "epoch", "label": _("Epoch")},
        {
            "name": "batches",
            "label": _("Accuracy on the last batches"),
            "help": _("Training images, measured while the network learns, with dropout on."),
        },
        {"name": "validation", "label": _("Validation accuracy")},
        {"name": "rate", "label": _("Images a second")},
    ]
    if is_live:
        figures.append({"name": "left", "label": _("Time left")})
    if run.result:
        accuracy = percent(run.result["test_accuracy"], 2)
        figures.insert(0, {"name": "", "label": _("Test accuracy"), "value": accuracy})
    data = {
        "modules": browser.modules_path(),
        "run": run.id,
        "epochs": run.recipe.epochs,
        "live": is_live,
        "done": run.result.get("epochs", run.recipe.epochs) if run.state is RunState.DONE else 0,
        "paused": run.state is RunState.PAUSED,
        "figures": figures,
        "words": {
            "epoch": _("epoch {done} of {all}"),
            "place": _("Place {n} in the queue."),
            "starts": _("It starts in about {wait}."),
            "minutes": _("{m} min {s} s"),
            "seconds": _("{n} s"),
            "lost": _("No connection to the server. Trying again; the training goes on."),
            "locale": "en",
        },
    }
    component("run_progress", _HTML, data, key)
