"""What a worker is handed to train a run: plain types, and files by their path or their content.

Any thread. `training.workers.worker.run` says what becomes of it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from gettext import gettext as _
from pathlib import Path
from typing import Any

from model_store import ModelStore, Run, StoreError
from model_store.runs import provenance
from model_store.runs.events import EpochEnd
from model_store.runs.provenance import InitialWeights
from training.data.extra_images import EXTRA_FILE, ExtraImages, pack
from training.workers import worker


def initial_files(added: Sequence[ExtraImages], start: InitialWeights | None) -> dict[str, bytes]:
    """What a run's folder has to hold from the beginning, for `make_job` to find it there."""
    found = {EXTRA_FILE: pack(added)} if added else {}
    if start is not None:
        found |= {
            start.provenance.weights_file: start.weights,
            provenance.FILE: start.provenance.to_json(),
        }
    return found


def make_job(store: ModelStore, run: Run, train: str, *, remote: bool) -> dict[str, Any]:
    """A job for `training.workers.worker.run`, to train with the function of that dotted name.

    A `remote` worker does not see the store: it is given files by their content, and sends those
    that it makes.

    Raises:
        StoreError: if a file cannot be read, or the run was deleted meanwhile.
    """
    start = run.folder / run.provenance.weights_file if run.provenance else None
    return {
        "run": run.id,
        "attempt": f"{run.id}-{secrets.token_hex(4)}",
        "recipe": run.recipe.to_dict(),
        "train": worker.IMPORT if run.imported else train,
        "root": None if remote else str(store.root.absolute()),
        "resume": _handed(_checkpoint(store, run), remote),
        "added": _handed(run.folder / EXTRA_FILE, remote),
        "start": _handed(start, remote),
        "brought": run.imported,
    }


def _checkpoint(store: ModelStore, run: Run) -> Path | None:
    """The last one whose epoch is on record: what a dying process left unsaid is repeated."""
    checkpoints = store.checkpoints(run.id)
    ended = (event.epoch for event in store.events(run.id) if isinstance(event, EpochEnd))
    recorded = max(ended, default=0)
    usable = [epoch for epoch in checkpoints if epoch <= recorded]
    return checkpoints[max(usable)] if usable else None


def _handed(path: Path | None, remote: bool) -> str | bytes | None:
    if path is None or not path.exists():
        return None
    if not remote:
        return str(path.absolute())
    try:
        return path.read_bytes()
    except OSError as error:
        raise StoreError(
            _("The file {path} cannot be read: {why}.").format(
                path=path, why=error.strerror or error
            )
        ) from None
