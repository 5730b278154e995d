"""A run's record as tables: one row a live point, or one row an epoch. Pure text, any thread."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields

from model_store.runs.events import Chunk, EpochEnd
from model_store.runs.history import History


def points_csv(history: History) -> str:
    """One row for each point of the live curve; columns are the fields of `Chunk`."""
    names = [field.name for field in fields(Chunk)]
    return _table(names, (asdict(chunk).values() for chunk in history.chunks))


def epochs_csv(history: History) -> str:
    """One row an epoch; columns are the fields of `EpochEnd`, empty where None."""
    names = [field.name for field in fields(EpochEnd)]
    return _table(names, (asdict(epoch).values() for epoch in history.epochs))


def _table(names: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """Figures in full precision, so that reading them back gives the same numbers."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return out.getvalue()
