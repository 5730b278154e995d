"""A run's manifest: written last of all, so that a run that has one is complete.

It holds the hashes of the run's files, and with them what the figures of the run depend on.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model_store.runs.run import Run
from model_store.storage import atomic_files, event_log
from model_store.storage.errors import RunDamaged
from model_store.text import _

FILE = "manifest.json"
FORMAT = 1
HASHED = ("model.keras", "recipe.json", "summary.json", "weights.npz")


def write(run: Run, facts: Mapping[str, Any]) -> None:
    """Complete the run; all of it is on the disk when this returns.

    Raises:
        RunDamaged: if a file that a complete run needs is missing.
        OSError: if it cannot be written (FileNotFoundError if the folder is gone).
    """
    missing = [name for name in HASHED if not (run.folder / name).is_file()]
    if missing:
        raise RunDamaged(
            _("The run {id} has no {files}.").format(id=run.id, files=", ".join(missing))
        )
    manifest = {
        "format": FORMAT,
        "id": run.id,
        "recipe_hash": run.recipe.hash,
        "seed": run.recipe.seed,
        "result": dict(run.result),
        "files": {name: atomic_files.sha256(run.folder / name) for name in HASHED},
        **({"origin": run.provenance.to_dict()} if run.provenance else {}),
        **facts,
    }
    atomic_files.sync(run.folder / event_log.FILE)
    atomic_files.write_json(run.folder / FILE, manifest)
    for folder in (run.folder, run.folder.parent):
        atomic_files.sync(folder)


def read(folder: Path) -> dict[str, Any]:
    """The manifest in a run's folder; an empty one where there is none yet.

    Raises:
        OSError, ValueError, RecursionError: if it cannot be read as one.
    """
    manifest = atomic_files.read_json(folder / FILE, missing={})
    if not isinstance(manifest.get("files", {}), dict):
        raise ValueError("no hashes")
    return manifest


def verify(run: Run) -> None:
    """Compare the files of a run with its manifest.

    Raises:
        RunDamaged: if it has none, or a file is not the one that was written.
    """
    if not run.manifest:
        raise RunDamaged(_("The run {id} has no finished model yet.").format(id=run.id))
    for name, digest in run.manifest.get("files", {}).items():
        if not atomic_files.is_name(name) or not _is_what_it_was(run.folder / name, digest):
            raise RunDamaged(
                _(
                    "The file {name} of run {id} was changed or damaged after training. "
                    "Delete the run and train it again."
                ).format(name=name, id=run.id)
            )


def _is_what_it_was(path: Path, digest: str) -> bool:
    try:
        return atomic_files.sha256(path) == digest
    except OSError:
        return False
