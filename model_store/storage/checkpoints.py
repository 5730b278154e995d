"""A run's checkpoints: the newest two to go on from, the others to see how it learned.

All of a short run stay. Of a long or large one those that a timeline shows and `ROOM` holds; of a
sweep's trial, of which there are many, the fewest. Any thread of the process that writes the run.
"""

import math
import re
from contextlib import suppress
from pathlib import Path

from model_store.runs.run import Run

FOLDER = "checkpoints"
MOST_POINTS, FEWEST_POINTS = 41, 5  # of a timeline
ROOM = 128_000_000  # bytes on the disk
NEWEST = 2  # one of them may be damaged
_NAME = re.compile(r"epoch-([0-9]{1,9})\.npz")


def listed(run: Run) -> dict[int, Path]:
    """Return epoch (0 is before training) -> checkpoint file, ordered by epoch."""
    named = ((epoch_of(path), path) for path in (run.folder / FOLDER).glob("*.npz"))
    return dict(sorted((epoch, path) for epoch, path in named if epoch is not None))


def epoch_of(path: Path) -> int | None:
    """Return the epoch of a checkpoint of this name; None for other names."""
    match = _NAME.fullmatch(path.name)
    return int(match[1]) if match else None


def thin(written: Path, epochs: int, *, trial: bool) -> None:
    """Remove the checkpoint that is one of the newest no more, now that this one is `written`.

    The run has so many `epochs` and is a `trial` of a sweep, or not. One that cannot be removed
    stays: it costs nothing but room.
    """
    epoch = epoch_of(written)
    if epoch is None:
        return
    before = epoch - NEWEST
    if before > 0 and before % every(epochs, written.stat().st_size, trial=trial):
        with suppress(OSError):
            written.with_name(f"epoch-{before:04}.npz").unlink()


def every(epochs: int, size: int, *, trial: bool) -> int:
    """Return the interval, in epochs, between old checkpoints of `size` bytes that are kept."""
    most = FEWEST_POINTS if trial else MOST_POINTS
    points = max(FEWEST_POINTS, min(most, ROOM // max(1, size)))
    return math.ceil(epochs / (points - 1))
