"""`python -m training verify RECEIPT`: train a receipt's run again and compare."""

import argparse
import contextlib
import sys

from model_store import ModelStore, RunState
from model_store.text import _
from training.cli.arguments import command
from training.cli.train import OWNER, train_run
from training.data.datasets import read_file
from training.export.receipt import Receipt
from training.export.verification import (
    RECEIPT_FILE,
    Match,
    contradiction,
    find_inputs,
    verdict_of,
    verification_recipe,
)
from training.workers.job import initial_files


def verify(store: ModelStore, options: argparse.Namespace) -> int:
    """Return the exit code: 0 if the runs match, 1 if they differ or the training fails.

    Raises:
        VerifyError, ReceiptError, DataError: if the receipt cannot be verified here.
        StoreError: if the store cannot be written.
    """
    receipt = Receipt.from_json(read_file(options.verify))
    forged = contradiction(store, receipt)
    if forged:
        print(forged, file=sys.stderr)
    extra, start = find_inputs(store, receipt)
    files = {RECEIPT_FILE: receipt.to_json().encode(), **initial_files(extra, start)}
    with contextlib.closing(store.lease()) as lease:
        recipe = verification_recipe(receipt)
        run = store.create(recipe, OWNER, lease.id, verifies=receipt.run, files=files)
        code = train_run(store, run, command(options))
    run = store.open(run.id)
    if code or run.state is not RunState.DONE:
        print(_("There is no verdict: the training did not finish."), file=sys.stderr)
        return 1
    verdict = verdict_of(store, run)
    print("\n".join(verdict.sentences))
    for figure in verdict.comparisons:
        print(
            f"{figure.name:15} {figure.first:.6f} -> {figure.again:.6f}"
            f"  ({_('tolerance')} {figure.tolerance:.6f})"
        )
    return 1 if verdict.match is Match.DIFFERENT else 0
