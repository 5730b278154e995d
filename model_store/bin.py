"""Deleted runs, kept for a while so that a deletion can be undone: `<root>/.bin-<run id>`.

The age of what lies here is the folder's own time of change, set when it is put in. Any thread; a
folder that somebody else takes out meanwhile is simply not there any more.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

PREFIX = ".bin-"
KEEP_SECONDS = 7 * 24 * 3600.0
KEEP_RUNS = 30
KEEP_BYTES = 2 * 1024**3


def put(folder: Path, now: float) -> Path:
    """Move a run's folder into the bin; it disappears from the store at once.

    Raises:
        OSError: if it is not there (FileNotFoundError) or cannot be moved.
    """
    away = _place(folder)
    shutil.rmtree(away, ignore_errors=True)
    os.utime(folder, (now, now))
    folder.rename(away)
    return away


def take(folder: Path) -> None:
    """Move a run's folder back to where it was.

    Raises:
        OSError: if it is not in the bin (FileNotFoundError) or cannot be moved.
    """
    _place(folder).rename(folder)


def contents(root: Path, now: float) -> Iterator[tuple[str, Path, float]]:
    """Run id, folder and time of deletion (unix seconds), the last deleted first.

    What has lain here for longer than `KEEP_SECONDS` is passed over.
    """
    found = []
    for folder in root.glob(f"{PREFIX}*"):
        try:
            found.append((folder.stat().st_mtime, folder))
        except OSError:
            continue
    for deleted, folder in sorted(found, reverse=True):
        if now - deleted <= KEEP_SECONDS:
            yield folder.name.removeprefix(PREFIX), folder, deleted


def prune(root: Path, now: float, *, runs: int = KEEP_RUNS, size: int = KEEP_BYTES) -> None:
    """Remove for good what is too old, and the oldest beyond `runs` folders or `size` bytes.

    The last deleted run is kept whatever its size.
    """
    kept: set[Path] = set()
    filled = 0
    for _id, folder, _deleted in contents(root, now):
        filled += _bytes(folder)
        if kept and (len(kept) >= runs or filled > size):
            break
        kept.add(folder)
    for folder in set(root.glob(f"{PREFIX}*")) - kept:
        shutil.rmtree(folder, ignore_errors=True)


def remove(folder: Path) -> None:
    """Remove one run from the bin for good; nothing happens if it is not there."""
    shutil.rmtree(_place(folder), ignore_errors=True)


def _place(folder: Path) -> Path:
    return folder.with_name(f"{PREFIX}{folder.name}")


def _bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except OSError:
            continue
    return total
