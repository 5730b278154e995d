"""Tables of a run's figures, in full precision."""

import csv
import io

from model_store.runs.events import Chunk, EpochEnd
from model_store.runs.history import History
from training.export.curves import epochs_csv, points_csv

HISTORY = History.from_events(
    [
        Chunk(40, 0.5, 0.1 + 0.2, 1 / 3, 61234.5, 1e9),
        Chunk(80, 1.0, 0.25, 2 / 3, 61234.5, 1e9 + 1),
        EpochEnd(1, 80, 0.275, 0.5, None, None, 0.61, 0.001, 1e9 + 2),
    ]
)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_points_table_holds_every_point_in_full_precision() -> None:
    table = rows(points_csv(HISTORY))
    assert [float(row["loss"]) for row in table] == [0.1 + 0.2, 0.25]
    assert [float(row["accuracy"]) for row in table] == [1 / 3, 2 / 3]
    assert [int(row["step"]) for row in table] == [40, 80]


def test_the_epochs_table_has_empty_cells_without_validation() -> None:
    (row,) = rows(epochs_csv(HISTORY))
    assert (row["epoch"], row["accuracy"], row["learning_rate"]) == ("1", "0.5", "0.001")
    assert (row["val_loss"], row["val_accuracy"]) == ("", "")
