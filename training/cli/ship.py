"""`--ship ID`: a training becomes one of the models that come with the app."""

import argparse
import io
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model_store import ModelStore, Run, RunState
from model_store.inference.checkpoint_answers import thinned
from model_store.storage.checkpoints import FEWEST_POINTS, listed
from model_store.storage.store import STARTER
from training.cli.arguments import command
from training.cli.train import create_run, train_run
from training.data.extra_images import EXTRA_FILE

OWNER = "Softmax Lab"
CHECKPOINT_ROOM = 950_000  # bytes: the repository stays small


def ship(options: argparse.Namespace) -> int:
    """Train in a temporary store, then copy the run with few checkpoints; return the exit code.

    Raises the errors of `create_run`.
    """
    with tempfile.TemporaryDirectory() as folder:
        store = ModelStore(Path(folder), starter=None)
        run = create_run(store, options, OWNER)
        code = train_run(store, run, command(options))
        if code or store.open(run.id).state is not RunState.DONE:
            return code
        thin_checkpoints(run)
        (run.folder / EXTRA_FILE).unlink(missing_ok=True)
        for name in ("run.json", "manifest.json"):
            path = run.folder / name
            content = {**json.loads(path.read_text()), "id": options.ship}
            path.write_text(json.dumps(content, indent=2))
        target = STARTER / options.ship
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(run.folder, target)
        print(target)
        return 0


def thin_checkpoints(run: Run, room: int = CHECKPOINT_ROOM) -> None:
    """Round a run's checkpoints to float16 and keep what `room` bytes hold; none if too few."""
    checkpoints = listed(run)
    names = list(run.recipe.weight_shapes)
    rounded = {epoch: _rounded(path, names) for epoch, path in checkpoints.items()}
    most = room // max(map(len, rounded.values()))
    kept = thinned(list(checkpoints), most) if most >= FEWEST_POINTS else []
    for epoch, path in checkpoints.items():
        if epoch in kept:
            path.write_bytes(rounded[epoch])
        else:
            path.unlink()


def _rounded(path: Path, names: Sequence[str]) -> bytes:
    """Return the weights of a checkpoint as a compressed `.npz` of float16."""
    file = io.BytesIO()
    with np.load(path) as state:
        np.savez_compressed(file, **{name: state[name].astype(np.float16) for name in names})
    return file.getvalue()
