"""Atomic files: written whole or not at all, read, hashed, stamped."""

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

BUSY = ".new-"  # how the name of what is being written begins
LITTER_SECONDS = 24 * 3600.0  # no write takes that long
_NAME = re.compile(r"(checkpoints/)?[a-z0-9][a-z0-9_-]*\.(npz|keras|json)")
Stamp = tuple[int, int, int]


def is_name(name: str) -> bool:
    """True if a run may hold a file of this name, relative to its folder."""
    return _NAME.fullmatch(name) is not None


def stamp(path: Path) -> Stamp:
    """Return a value that changes whenever the file is replaced, even within a clock tick."""
    try:
        stat = path.stat()
        return stat.st_mtime_ns, stat.st_ino, stat.st_size
    except OSError:
        return 0, 0, 0


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits.

    Raises:
        OSError: if it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write a file beside its place and, if `durable`, sync it; then replace the old one.

    No reader sees half of it, and no power cut leaves half of a durable one.

    Raises:
        OSError: if it cannot be written (FileNotFoundError if its folder is gone).
    """
    temporary = path.with_name(f"{BUSY}{path.name}-{secrets.token_hex(4)}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Sync appended data, or the entries of a folder, to the disk.

    Raises:
        OSError: if the disk refuses it.
    """
    folder = path.is_dir()
    if folder and os.name == "nt":  # which does so by itself
        return
    handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write an object as JSON; as `write`."""
    write(path, json.dumps(value, indent=2).encode())


def read_json(path: Path, missing: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the object in a file; `missing`, if given, for a missing file.

    Raises:
        OSError, ValueError, RecursionError: if it cannot be read as one.
    """
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        if missing is None:
            raise
        return missing
    if not isinstance(value, dict):
        raise ValueError(f"{path.name} is not an object")
    return value


def tidy(root: Path, now: float) -> None:
    """Remove below `root` what processes that were killed left half-written.

    It is left alone until `now`, in unix seconds, is `LITTER_SECONDS` after it was changed last.
    """
    for where, folders, names in os.walk(root):
        for path in (Path(where, name) for name in (*folders, *names)):
            with suppress(OSError):
                if path.name.startswith(BUSY) and now - path.stat().st_mtime > LITTER_SECONDS:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
