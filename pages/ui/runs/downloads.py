"""What a finished run can be taken away as. Script thread only.

Every file is made when its button is clicked, in a thread of Streamlit's, and not before.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from gettext import gettext as _
from urllib.parse import quote, urlsplit

import streamlit as st

from model_store import Run
from model_store.runs.history import History
from model_store.runs.provenance import WEIGHTS
from pages.ui.frame import layout, navigation
from pages.ui.runs.verification import verify_run
from training.data.extra_images import EXTRA_FILE
from training.export.curves import epochs_csv, points_csv
from training.export.notebook import notebook
from training.export.receipt import Receipt
from training.export.script import script
from training.export.tensorboard import event_files

Make = Callable[[], str | bytes]


def downloads_link(run: Run) -> None:
    """The way to what is offered."""
    label = _("Take it with you")
    navigation.link("evaluate", label, ":material/luggage:", run=run.id, view="take")


def downloads_view(run: Run, history: History) -> None:
    """Downloads, link, Verify."""
    if not (run.has_model and run.result):
        layout.notice(_("This model has no record of its training that could be taken along."))
        return
    if run.imported:
        _network(run)
        layout.remark(_("It was not trained here: there is no training to take along."))
        return
    _files(run, history)
    _link(run)
    verify_run(run, history)


def _files(run: Run, history: History) -> None:
    layout.explain(
        _(
            "Script and notebook train this network again in plain Keras, without Softmax Lab: the "
            "same images, first weights and batches. Made to be read. They say at the top where "
            "their figures may differ from these."
        )
    )
    with st.container(horizontal=True):
        _download(run, _("Python script"), ".py", partial(script, run, history))
        _download(run, _("Notebook"), ".ipynb", partial(notebook, run, history))
        if run.added_sources and (run.folder / EXTRA_FILE).is_file():
            _download(
                run, _("Added images"), f"-{EXTRA_FILE}", (run.folder / EXTRA_FILE).read_bytes
            )
        if (run.folder / WEIGHTS).is_file():
            label = _("Weights that it began with")
            _download(run, label, f"-{WEIGHTS}", (run.folder / WEIGHTS).read_bytes)
    _network(run)
    layout.explain(_("Loss and accuracy as tables, or as event files for TensorBoard."))
    with st.container(horizontal=True):
        _download(run, _("Curve, every point"), "-points.csv", partial(points_csv, history))
        _download(run, _("Curve, every epoch"), "-epochs.csv", partial(epochs_csv, history))
        _download(run, _("TensorBoard"), "-tensorboard.zip", partial(event_files, run, history))
    layout.explain(
        _("The receipt names all that the run depends on, its figures, and a hash of each file.")
    )
    with st.container(horizontal=True):
        receipt = partial(Receipt.of, run, history)
        _download(run, _("Receipt"), "-receipt.json", lambda: receipt().to_json())
        _download(run, _("Receipt to read"), "-receipt.md", lambda: receipt().to_markdown())


def _network(run: Run) -> None:
    layout.explain(_("The network with its weights, for Keras or for NumPy alone."))
    with st.container(horizontal=True):
        _download(run, _("Keras model"), ".keras", (run.folder / "model.keras").read_bytes)
        _download(run, _("Weights"), ".npz", (run.folder / "weights.npz").read_bytes)


def _download(run: Run, label: str, ending: str, make: Make) -> None:
    """A run's id is safe as the name of a file, whatever its title is."""
    st.download_button(
        label,
        data=make,
        file_name=f"{run.id}{ending}",
        icon=":material/download:",
        on_click="ignore",
        key=f"take{ending}_{run.id}",
    )


def _link(run: Run) -> None:
    layout.explain(_("This address opens the form with the same recipe and seed."))
    address = urlsplit(str(st.context.url or ""))
    link = f"{address.scheme}://{address.netloc}" if address.netloc else ""
    st.code(f"{link}/train?recipe={quote(run.recipe.to_link())}", language=None, wrap_lines=True)
