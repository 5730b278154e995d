"""`python -m training verify RECEIPT`: train a receipt's run again and say whether it matches."""

from __future__ import annotations

import sys
from collections.abc import Callable
from gettext import gettext as _
from pathlib import Path

from model_store import ModelStore, Run, RunState
from model_store.runs import provenance
from training.data.extra_images import EXTRA_FILE, pack
from training.export.receipt import Receipt
from training.export.verification import (
    RECEIPT_FILE,
    Match,
    VerifyError,
    contradiction,
    find_inputs,
    verdict_of,
    verification_recipe,
)


def verify(store: ModelStore, path: Path, owner: str, train: Callable[[Run], int]) -> int:
    """Exit code: 0 if it matches, 1 if it does not or the training fails.

    `train` trains a queued run to its end and returns an exit code.

    Raises:
        VerifyError, ReceiptError, DataError: if the receipt cannot be verified here; nothing was
            begun then.
        StoreError: if the store cannot be written.
    """
    receipt = _read(path)
    forged = contradiction(store, receipt)
    if forged:
        print(forged, file=sys.stderr)
    again = find_inputs(store, receipt)
    run = store.create(verification_recipe(receipt), owner, verifies=receipt.run)
    store.save(run.id, RECEIPT_FILE, receipt.to_json().encode())
    if again.added:
        store.save(run.id, EXTRA_FILE, pack(again.added))
    if again.start:
        store.save(run.id, provenance.WEIGHTS, again.start.weights)
        store.save(run.id, provenance.FILE, again.start.provenance.to_json())
    code = train(run)
    run = store.open(run.id)
    if code or run.state is not RunState.DONE:
        print(_("There is no verdict: the training did not come to its end."), file=sys.stderr)
        return 1
    verdict = verdict_of(store, run)
    print("\n".join(verdict.sentences))
    for finding in verdict.comparisons:
        print(
            f"{finding.name:15} {finding.first:.6f} -> {finding.again:.6f}"
            f"  ({_('tolerance')} {finding.tolerance:.6f})"
        )
    return 1 if verdict.match is Match.DIFFERENT else 0


def _read(path: Path) -> Receipt:
    try:
        return Receipt.from_json(path.read_bytes())
    except OSError as error:
        raise VerifyError(
            _("The receipt {path} cannot be read: {why}.").format(path=path, why=error.strerror)
        ) from None
