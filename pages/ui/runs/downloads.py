"""Downloads of a finished run, its link, and its verification. Script thread.

Each file is made when its button is clicked, in a thread of Streamlit's.
"""

from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import quote

import streamlit as st

from model_store import Run
from model_store.runs.history import History
from model_store.runs.provenance import WEIGHTS
from model_store.text import _
from pages.ui.frame import layout
from pages.ui.frame.share_link import share_link
from pages.ui.runs.take_home_source import page_source
from pages.ui.runs.verification import verify_run
from training.data.extra_images import EXTRA_FILE
from training.data.own_sets import own_set_path
from training.export.curves import epochs_csv, points_csv
from training.export.notebook import notebook
from training.export.receipt import Receipt
from training.export.script import script
from training.export.take_home import FILE_NAME, can_be_tried, take_home
from training.export.tensorboard import event_files

# Label, the file's name or its end after the run's id, and the function that makes the file.
Download = tuple[str, str, Callable[[], str | bytes]]


def downloads_view(run: Run, history: History) -> None:
    """Draw the downloads, the link of the recipe, and Verify."""
    if not (run.has_model and run.result):
        layout.notice(_("This model has no record of its training, so there is nothing to take."))
        return
    _page_to_take_home(run)
    if run.imported:
        _model(run)
        layout.remark(_("It was not trained here, so only the model can be downloaded."))
        return
    code: list[Download] = [
        (_("Python script"), ".py", partial(script, run, history)),
        (_("Notebook"), ".ipynb", partial(notebook, run, history)),
    ]
    code += _own_data(run)
    if run.added_sources:
        code += _file(run, _("Added images"), EXTRA_FILE)
    code += _file(run, _("Weights that it began with"), WEIGHTS)
    _group(
        run,
        _(
            "Script and notebook train this network again in plain Keras, without Softmax Lab, "
            "with the same images, first weights and batches. Their first lines say where their "
            "figures may differ from these."
        ),
        code,
    )
    _model(run)
    _group(
        run,
        _("Loss and accuracy as tables, or as event files for TensorBoard."),
        [
            (_("Curve, every point"), "-points.csv", partial(points_csv, history)),
            (_("Curve, every epoch"), "-epochs.csv", partial(epochs_csv, history)),
            (_("TensorBoard"), "-tensorboard.zip", partial(event_files, run, history)),
        ],
    )
    receipt = partial(Receipt.of, run, history)
    _group(
        run,
        _("The receipt names all that the run depends on, its figures, and a hash of each file."),
        [
            (_("Receipt"), "-receipt.json", lambda: receipt().to_json()),
            (_("Receipt to read"), "-receipt.md", lambda: receipt().to_markdown()),
        ],
    )
    layout.explain(_("This address opens the form with the same recipe and seed."))
    share_link(f"/train?recipe={quote(run.recipe.to_link())}")
    verify_run(run, history)


def _page_to_take_home(run: Run) -> None:
    if not can_be_tried(run):
        layout.remark(
            _(
                "A page that runs this network on any computer needs the test images of {dataset}. "
                "Get them on the Data page."
            ).format(dataset=run.recipe.data.title)
        )
        return
    _group(
        run,
        _(
            "The network as one web page: open it with a double click, on a computer or a phone. "
            "It needs no internet."
        ),
        [(_("Page to take home"), FILE_NAME, lambda: take_home(run, page_source()))],
    )


def _model(run: Run) -> None:
    _group(
        run,
        _("The network with its weights, for Keras or for NumPy alone."),
        [
            (_("Keras model"), ".keras", (run.folder / "model.keras").read_bytes),
            (_("Weights"), ".npz", (run.folder / "weights.npz").read_bytes),
        ],
    )


def _own_data(run: Run) -> list[Download]:
    """Return the download of a data set that somebody brought, while it is there."""
    path = own_set_path(run.folder.parent, run.recipe)
    if path is None:
        return []
    if not path.is_file():
        sentence = _("The data set {name} was deleted, so script and notebook have no data.")
        layout.remark(layout.plain(sentence.format(name=run.recipe.data.title)))
        return []
    return [(_("Data set"), f"{run.recipe.dataset}.npz", path.read_bytes)]


def _file(run: Run, label: str, name: str) -> list[Download]:
    """Return the download of a file that only some runs have."""
    path = run.folder / name
    return [(label, f"-{name}", path.read_bytes)] if path.is_file() else []


def _group(run: Run, explanation: str, downloads: Sequence[Download]) -> None:
    layout.explain(explanation)
    with st.container(horizontal=True):
        for label, ending, make in downloads:
            st.download_button(
                label,
                data=make,
                # An id is safe in a file's name, a title is not.
                file_name=f"{run.id}{ending}" if ending[0] in ".-" else ending,
                icon=":material/download:",
                on_click="ignore",
                key=f"take{ending}_{run.id}",
            )
