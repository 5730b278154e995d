"""What one training step did: images with their losses, gradient, change. Script thread."""

from model_store import Run
from model_store.text import _
from pages.ui import browser
from pages.ui.components.component import component
from pages.ui.server.browser_routes import batch_path

_HTML = """<section class="lab-batch" hidden><p role="status"></p>
<div class="lab-batch-images"></div><p class="lab-batch-unit"></p>
<div class="lab-batch-pictures"></div></section>"""


def batch_view(run: Run) -> None:
    """Draw the last single step of a run that trains; nothing before there is one."""
    data = {
        "modules": browser.modules_path(),
        "run": run.id,
        "url": batch_path(run.id),
        "names": run.recipe.data.names,
        "words": {
            "summary": _(
                "Step {step}: the mean loss of this batch went from {before} to {after}. Learning "
                "rate {rate}."
            ),
            "image": _("{name}: loss {before} before the step, {after} after it"),
            "layer": _("Layer"),
            "unit": _("Unit"),
            "hidden": _("hidden layer {n}"),
            "outputs": _("outputs"),
            "gradient": _("Gradient of this unit's weights. Full colour: {most}"),
            "change": _("Change of its weights. Full colour: {most}"),
        },
    }
    component("batch_view", _HTML, data, key=f"batch_{run.id}")
