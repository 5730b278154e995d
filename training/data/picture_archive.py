"""ZIP of folders of pictures, one folder a class: Keras' `image_dataset_from_directory`.

Nothing is unpacked to the disk. The table of contents, the number of files and their unpacked size
are limited before anything is read. NumPy and Pillow only; any thread.
"""

import struct
import zipfile
import zlib
from collections import Counter
from pathlib import PurePosixPath
from typing import BinaryIO

from model_store.recipe.own_data import MAX_IMAGES
from model_store.text import _
from training.data.found_pictures import Collector, OwnDataError, check_number, shown_name

MAX_DIRECTORY = 20_000_000  # bytes of the table of contents: about 200,000 names
MAX_UNPACKED = 1_000_000_000  # bytes of all pictures
MAX_FILE = 15_000_000  # bytes of one
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")
TEST_FOLDERS = ("test", "val", "validation")
_END = struct.Struct("<4s4H2LH")  # the record that ends a ZIP archive


def read_archive(file: BinaryIO, collector: Collector) -> None:
    """Collect the pictures of a ZIP; the name of a picture's folder is its class.

    Raises:
        OwnDataError: if it is too large, damaged, or no data set.
    """
    _check_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            _read(archive, collector)
    except OwnDataError:
        raise
    except Exception:  # a hostile archive makes zipfile raise nearly anything
        raise OwnDataError(_("The ZIP file is damaged. Make it again.")) from None


def _check_directory(file: BinaryIO) -> None:
    file.seek(0, 2)
    size = file.tell()
    file.seek(max(0, size - _END.size - 65_535))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise OwnDataError(_("The ZIP file is not complete. Upload it again."))
    directory = _END.unpack_from(tail, at)[5]
    if directory > MAX_DIRECTORY:
        raise OwnDataError(_("The ZIP file has too many files."))
    file.seek(0)


def _read(archive: zipfile.ZipFile, collector: Collector) -> None:
    chosen = []
    for info in archive.infolist():
        name = info.filename.replace("\\", "/")
        path = PurePosixPath(name)
        if info.is_dir() or _is_litter(path):
            continue
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            collector.leave_out(_("Its name leads out of the ZIP."), name)
        elif not name.lower().endswith(ENDINGS):
            collector.leave_out(_("It is no picture."), name)
        elif len(path.parts) < 2:
            collector.leave_out(_("It is in no folder, so it has no class."), name)
        elif info.flag_bits & 1:
            collector.leave_out(_("It needs a password."), name)
        elif info.file_size > MAX_FILE:
            collector.leave_out(_("It is larger than {n} MB.").format(n=MAX_FILE // 10**6), name)
        else:
            chosen.append((info, path))
    folders = Counter(path.parts[-2] for _info, path in chosen)
    if chosen:
        check_number(len(folders))
    _check_names(list(folders))
    if len(chosen) > MAX_IMAGES or sum(info.file_size for info, _path in chosen) > MAX_UNPACKED:
        sentence = _("The ZIP unpacks to more than {n:,} pictures or {mb:,} MB.")
        raise OwnDataError(sentence.format(n=MAX_IMAGES, mb=MAX_UNPACKED // 10**6))
    collector.expect(len(chosen))
    for info, path in chosen:
        collector.tick()
        try:
            with archive.open(info) as packed:
                content = packed.read(info.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
            collector.leave_out(_("It is damaged in the ZIP."), str(path))
            continue
        is_test = any(part.lower() in TEST_FOLDERS for part in path.parts[:-2])
        collector.add_file(content, path.parts[-2], str(path), is_test)


def _is_litter(path: PurePosixPath) -> bool:
    """True for what systems put beside pictures."""
    hidden = any(part.startswith(".") and part != ".." for part in path.parts)
    return hidden or "__MACOSX" in path.parts or path.name in ("Thumbs.db", "desktop.ini")


def _check_names(folders: list[str]) -> None:
    """Refuse two folders whose names differ in nothing that a person sees."""
    known: dict[str, str] = {}
    for folder in folders:
        name = " ".join(folder.casefold().split())
        if name in known:
            sentence = _("Two folders have one name: {one} and {other}. Rename one of them.")
            one, other = shown_name(known[name]), shown_name(folder)
            raise OwnDataError(sentence.format(one=one, other=other))
        known[name] = folder
