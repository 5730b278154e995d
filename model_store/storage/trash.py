"""Deleted runs, kept for a while so that a deletion can be undone: `<root>/.bin-<run id>`.

A folder's time of change is the time of deletion. Any thread; other processes may remove folders.
"""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

PREFIX = ".bin-"
_GONE = ".gone-"  # on its way out for good
KEEP_SECONDS = 7 * 24 * 3600.0
KEEP_RUNS = 30
KEEP_BYTES = 2 * 1024**3


def put(folder: Path, now: float) -> Path:
    """Move a run's folder into the bin; it disappears from the store at once.

    Raises:
        OSError: if it is not there (FileNotFoundError) or cannot be moved.
    """
    away = _place(folder)
    os.utime(folder, (now, now))
    try:
        folder.rename(away)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        _destroy(away)  # an older one of that name
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
    for deleted, folder in _all(root):
        if now - deleted <= KEEP_SECONDS:
            yield folder.name.removeprefix(PREFIX), folder, deleted


def prune(root: Path, now: float, *, runs: int = KEEP_RUNS, size: int = KEEP_BYTES) -> None:
    """Remove for good what is too old, and the oldest beyond `runs` folders or `size` bytes.

    The last deleted run is kept whatever its size.
    """
    kept = filled = 0
    for deleted, folder in _all(root):
        filled += _bytes(folder)
        if now - deleted > KEEP_SECONDS or (kept and (kept >= runs or filled > size)):
            _destroy(folder)
        else:
            kept += 1


def remove(folder: Path) -> None:
    """Remove a deleted run for good, if it is there."""
    _destroy(_place(folder))


def empty(root: Path) -> None:
    """Finish removals that a killed process began."""
    for folder in root.glob(f"{_GONE}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _all(root: Path) -> list[tuple[float, Path]]:
    """Return id, folder and time of deletion, the last deleted first."""
    found = []
    for folder in root.glob(f"{PREFIX}*"):
        try:
            found.append((folder.stat().st_mtime, folder))
        except OSError:
            continue
    return sorted(found, reverse=True)


def _destroy(folder: Path) -> None:
    """Move the folder aside in one step, then remove it: a partial folder is never restored."""
    gone = folder.with_name(f"{_GONE}{secrets.token_hex(8)}")
    try:
        folder.rename(gone)
    except OSError:
        return  # taken back, or removed by somebody else
    if gone.is_symlink():
        gone.unlink()
    else:
        shutil.rmtree(gone, ignore_errors=True)


def _place(folder: Path) -> Path:
    return folder.with_name(f"{PREFIX}{folder.name}")


def _bytes(folder: Path) -> int:
    total = 0
    for where, _folders, files in os.walk(folder):
        for name in files:
            try:
                total += os.stat(os.path.join(where, name)).st_size
            except OSError:
                continue  # taken back, or removed by somebody else
    return total
