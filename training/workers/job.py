"""Job of a worker: one run to train, with its files by path or by content. Any thread."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from model_store import ModelStore, Run, StoreError
from model_store.recipe.recipe import Recipe
from model_store.runs import provenance
from model_store.runs.events import EpochEnd
from model_store.runs.provenance import InitialWeights
from model_store.text import _
from training.data.extra_images import EXTRA_FILE, ExtraImages, pack
from training.data.own_sets import own_set_path

TRAIN = "training.loop.trainer:train"
IMPORT = "training.keras_import.importer:import_model"
Content = str | bytes | None  # a file's path, its content, or no file


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt at a run; `attempt` marks all its messages."""

    run: str
    attempt: str
    recipe: Recipe
    train: str  # dotted name of a function like `training.loop.trainer.train`
    root: str | None  # folder of the store; None: files travel in messages
    resume: Content  # checkpoint
    extra_images: Content
    start: Content  # initial weights, or the model file to import
    is_import: bool  # what the network has learned from is not known
    is_trial: bool = False  # of a sweep: fewer checkpoints are kept
    is_watched: bool = True  # a page shows its weights while it trains
    own_data: Content = None  # the recipe's data set, if somebody brought it


def initial_files(added: Sequence[ExtraImages], start: InitialWeights | None) -> dict[str, bytes]:
    """Return the files that a new run's folder needs for `make_job`."""
    found = {EXTRA_FILE: pack(added)} if added else {}
    if start is not None:
        found[start.provenance.weights_file] = start.weights
        found[provenance.FILE] = start.provenance.to_json()
    return found


def make_job(store: ModelStore, run: Run, train: str, *, remote: bool) -> Job:
    """Return a job to train a run by the function of that dotted name.

    A `remote` worker does not see the store: it is sent the content of files.

    Raises:
        StoreError: if a file cannot be read, or the run was deleted meanwhile.
    """

    def content(path: Path | None) -> Content:
        if path is None or not path.exists():
            return None
        try:
            return path.read_bytes() if remote else str(path.absolute())
        except OSError as error:
            sentence = _("The file {path} cannot be read: {why}.")
            why = error.strerror or error
            raise StoreError(sentence.format(path=path, why=why)) from None

    ended = [event.epoch for event in store.events(run.id) if isinstance(event, EpochEnd)]
    recorded = max(ended, default=0)  # an epoch without its event is repeated
    usable = [path for epoch, path in store.checkpoints(run.id).items() if epoch <= recorded]
    return Job(
        run=run.id,
        attempt=f"{run.id}-{secrets.token_hex(4)}",
        recipe=run.recipe,
        train=IMPORT if run.imported else train,
        root=None if remote else str(store.root.absolute()),
        resume=content(usable[-1] if usable else None),
        extra_images=content(run.folder / EXTRA_FILE),
        own_data=content(own_set_path(store.root, run.recipe)),
        start=content(run.folder / run.provenance.weights_file if run.provenance else None),
        is_import=run.imported,
        is_trial=bool(run.sweep),
        is_watched=not (run.sweep or run.verifies or run.imported),
    )
