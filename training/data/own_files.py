"""Uploaded files as a data set of a person's own: which format they have, and who reads it.

NumPy and Pillow only; any thread, one at a time.
"""

from collections.abc import Sequence
from typing import BinaryIO

from model_store.text import _
from training.data.array_files import read_csv, read_idx, read_npz
from training.data.found_pictures import Collector, Found, OwnDataError, shown_name
from training.data.picture_archive import read_archive

MAX_BYTES = 200_000_000  # of all files
MAX_FILES = 4
ENDINGS = ("zip", "csv", "npz", "gz", "idx", "ubyte", "idx3-ubyte", "idx1-ubyte")


def read_files(files: Sequence[tuple[str, BinaryIO]], collector: Collector) -> Found:
    """Return what is in files, given by name and content.

    Raises:
        OwnDataError: if they are no data set, with one sentence that says why.
    """
    named = [(shown_name(name), file) for name, file in files]
    if not named:
        raise OwnDataError(_("Choose a file first."))
    kinds = [_kind(name, file) for name, file in named]
    if kinds == ["idx"] * len(kinds) and len(kinds) <= MAX_FILES:
        read_idx(named, collector)
    elif len(kinds) > 1:
        raise OwnDataError(_("Choose one file. Only IDX files come in pairs: images and labels."))
    else:
        {"zip": read_archive, "npz": read_npz, "csv": read_csv}[kinds[0]](named[0][1], collector)
    return collector.found()


def _kind(name: str, file: BinaryIO) -> str:
    """Return the format by a file's first bytes; its name may say anything.

    Raises:
        OwnDataError: if it is too large, empty, or of no such format.
    """
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    head = file.read(512)
    file.seek(0)
    if size > MAX_BYTES:
        sentence = _("{name} is larger than {mb} MB.")
        raise OwnDataError(sentence.format(name=name, mb=MAX_BYTES // 10**6))
    if not head:
        raise OwnDataError(_("{name} is empty.").format(name=name))
    if head[:4] == b"PK\x03\x04" or head[:4] == b"PK\x05\x06":
        return "npz" if _holds_arrays(file) else "zip"
    if head[:2] in (b"\x1f\x8b", b"\0\0"):
        return "idx"
    if b"\0" in head or not any(sign in head for sign in b",;\t"):
        sentence = _("{name} is no ZIP, CSV, IDX or .npz file.")
        raise OwnDataError(sentence.format(name=name))
    return "csv"


def _holds_arrays(file: BinaryIO) -> bool:
    """True if the first file in a ZIP is an array of NumPy's: that is how `.npz` files begin."""
    head = file.read(30 + 512)
    file.seek(0)
    length = int.from_bytes(head[26:28], "little")
    return head[30 : 30 + length].endswith(b".npy")
