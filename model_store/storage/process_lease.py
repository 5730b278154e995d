"""Leases of processes that train runs: file locks that end with their process.

A process that writes runs keeps a file below `<root>/.engines` locked. Each run names the lease of
its writer, so two servers on one store never take each other's runs.
"""

import os
import re
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

_FOLDER = ".engines"
_ALONE = ".alone"
PATIENCE = 5.0  # seconds
_ID = re.compile(r"[0-9a-f]{16}")

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:
            raise BlockingIOError from None
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Lease:
    """Lease of a process; the operating system ends it with the process."""

    def __init__(self, root: Path) -> None:
        """Raises OSError if the store below `root` cannot be written."""
        (root / _FOLDER).mkdir(parents=True, exist_ok=True)
        while True:
            self.id = secrets.token_hex(8)
            self._path = root / _FOLDER / self.id
            self._file = self._path.open("wb")
            try:
                _lock(self._file)
            except BlockingIOError:  # somebody's `sweep` looks at it: take another
                self._file.close()
                continue
            if self._path.exists():
                return
            self._file.close()  # swept before it was locked

    def close(self) -> None:
        """End the lease."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def is_alive(root: Path, lease_id: str) -> bool:
    """True if a process, perhaps this one, holds the lease."""
    if not _ID.fullmatch(lease_id):
        return False
    try:
        with (root / _FOLDER / lease_id).open("r+b") as file:
            _lock(file)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Hold the store-wide lock for some milliseconds, to read and rewrite who has a run.

    Other threads and processes wait, at most `PATIENCE` seconds, since a holder may be suspended.
    Without a file that can be locked they do not wait: nothing changes in a read-only store.
    """
    deadline = time.monotonic() + PATIENCE
    with ExitStack() as stack:
        with suppress(OSError):
            file = stack.enter_context((root / _ALONE).open("ab"))
            while not _locked(file) and time.monotonic() < deadline:
                time.sleep(0.005)
        yield


def _locked(file: IO[bytes]) -> bool:
    """True if the file could be locked; another process has it otherwise."""
    try:
        _lock(file)
    except BlockingIOError:
        return False
    return True


def sweep(root: Path) -> None:
    """Remove lease files of processes that have ended."""
    for path in (root / _FOLDER).glob("*"):
        if not is_alive(root, path.name):
            try:
                os.unlink(path)
            except OSError:
                continue
