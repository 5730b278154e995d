"""`--ship ID`: a training becomes one of the models that come with the app."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

from model_store import ModelStore, RunState
from model_store.storage.store import STARTER
from training.cli.arguments import command
from training.cli.train import create_run, train_run
from training.data.extra_images import EXTRA_FILE

OWNER = "Softmax Lab"


def ship(options: argparse.Namespace) -> int:
    """Train in a temporary store, then copy the run, without checkpoints; return the exit code.

    Raises:
        UsageError, RecipeError, DataError, StoreError: if the training cannot begin.
    """
    with tempfile.TemporaryDirectory() as folder:
        store = ModelStore(Path(folder), starter=None)
        run = create_run(store, options, OWNER)
        code = train_run(store, run, command(options))
        if code or store.open(run.id).state is not RunState.DONE:
            return code
        shutil.rmtree(run.folder / "checkpoints")
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
