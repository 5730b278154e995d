"""A run's events as CSV tables: one row per live point, or one row per epoch. Any thread.

In both tables `accuracy` is the running training accuracy: measured during the steps, with dropout.
`val_accuracy` is evaluated after the epoch, without dropout. See `model_store.runs.events`.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, fields

from model_store.runs.events import Chunk, EpochEnd
from model_store.runs.history import History


def points_csv(history: History) -> str:
    """Return one row per live point; columns are the fields of `Chunk`."""
    return _table(Chunk, history.chunks)


def epochs_csv(history: History) -> str:
    """Return one row per epoch; columns are the fields of `EpochEnd`, empty for None."""
    return _table(EpochEnd, history.epochs)


def _table(kind: type[Chunk | EpochEnd], events: Sequence[Chunk | EpochEnd]) -> str:
    """Return figures in full precision, so that reading them gives the same numbers."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(field.name for field in fields(kind))
    writer.writerows(map(astuple, events))
    return out.getvalue()
