"""State of this server: data, models, workers, network. Script thread."""

from model_store.recipe.choices import DATASETS
from model_store.storage.run_query import RunQuery
from model_store.text import _
from pages.ui.frame import layout
from pages.ui.server import addresses
from pages.ui.services import singletons
from training.data import datasets


def server_status() -> None:
    """Show data sets, models, workers and network."""
    layout.section(_("This server"))
    status = singletons.engine().status()
    absent = [_(d.label) for name, d in DATASETS.items() if not datasets.available(name)]
    models = singletons.store().count(RunQuery(has_model=True))
    private = addresses.is_private()
    ready = len(DATASETS) - len(absent)
    layout.facts(
        {
            _("Data sets"): _("{n} of {all}").format(n=ready, all=len(DATASETS)),
            _("Models to draw for"): f"{models:,}",
            _("Trainings side by side"): str(status.workers),
            _("Internet"): _("to download data") if absent else _("not needed"),
            _("Open to"): _("this computer") if private else _("the network"),
        }
    )
    if progress := singletons.store().progress:
        layout.remark(
            _("Runs of an earlier version are being prepared: {n} of {all}.").format(
                n=f"{progress[0]:,}", all=f"{progress[1]:,}"
            )
        )
    if status.state == "starting":
        layout.remark(_("The training engine is starting. You can already draw and look around."))
    elif status.state == "broken":
        layout.problem(_("The training engine is not running."), status.message)
    if absent:
        layout.remark(
            _("You can download {names} on the Data page. Digits works without a network.").format(
                names=_(" and ").join(absent)
            )
        )
    if private:
        layout.explain(_("To let a class in, start the app with: make run ADDRESS=0.0.0.0"))
