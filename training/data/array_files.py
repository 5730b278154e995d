"""Pictures as numbers: CSV as Kaggle gives MNIST, IDX files, and `.npz` files in Keras' layout.

What a file says of itself is compared with what it has before memory is taken for it. NumPy only;
any thread.
"""

from __future__ import annotations

import gzip
import math
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.choices import IMAGE_SIDE
from model_store.recipe.own_data import MAX_CLASSES, MAX_IMAGES
from model_store.text import _
from training.data.found_pictures import Collector, OwnDataError, check_number

PIXELS = IMAGE_SIDE**2
MAX_LINE = 20_000  # bytes of a line of a CSV file
LINES = 1_000  # that are parsed at a time
MAX_UNPACKED = 300_000_000  # bytes
BLOCK = 1_000_000  # bytes that are read at a time
MAX_PICTURE = 1_000  # pixels of a side
GREY = np.array([0.299, 0.587, 0.114])  # weights of red, green and blue (ITU-R BT.601)
CLASS_NAMES = "class_names"  # of a file that this app exported
Images = NDArray[np.uint8]


# -- CSV ---------------------------------------------------------------------------------------


def read_csv(file: BinaryIO, collector: Collector) -> None:
    """Collect the pictures of a CSV file: a label, then 784 numbers from 0 to 255, in each line.

    A first line without numbers is a header.

    Raises:
        OwnDataError: if it has too many lines, or is no such file.
    """
    delimiter, number = "", 0
    batch: list[tuple[int, str, str]] = []
    while line := file.readline(MAX_LINE):
        number += 1
        if number > MAX_IMAGES + 1:
            sentence = _("The file has more than {n:,} lines.")
            raise OwnDataError(sentence.format(n=MAX_IMAGES))
        text = line.decode("utf-8-sig" if number == 1 else "utf-8", "replace").strip()
        if len(line) == MAX_LINE and not line.endswith(b"\n"):
            raise OwnDataError(_("Line {n} is too long for a picture.").format(n=f"{number:,}"))
        if not text:
            continue
        delimiter = delimiter or max(",;\t", key=text.count)
        label, _sign, values = text.partition(delimiter)
        if number == 1 and not any(
            value.strip().isdigit() for value in values.split(delimiter)[:2]
        ):
            continue  # a header
        batch.append((number, label.strip().strip('"'), values))
        if len(batch) == LINES:
            _parse(batch, delimiter, collector)
            batch.clear()
    if batch:
        _parse(batch, delimiter, collector)


def _parse(batch: Sequence[tuple[int, str, str]], delimiter: str, collector: Collector) -> None:
    good = [line for line in batch if line[2].count(delimiter) == PIXELS - 1]
    rows = _rows([values for _n, _label, values in good], delimiter)
    for number, label, values in batch:
        collector.tick()
        if values.count(delimiter) != PIXELS - 1:
            sentence = _("It does not have a label and {n} numbers.").format(n=PIXELS)
            collector.leave_out(sentence, _line(number))
            continue
        row = next(rows)
        if row is None:
            sentence = _("A number in it is not a whole number from 0 to 255.")
            collector.leave_out(sentence, _line(number))
        elif not label:
            collector.leave_out(_("It has no label."), _line(number))
        else:
            collector.add_array(row.reshape(IMAGE_SIDE, IMAGE_SIDE), _whole(label), _line(number))
            _check_labels(collector)


def _rows(lines: Sequence[str], delimiter: str) -> Any:
    """Yield the numbers of each line as uint8 [784]; None for a line that has others."""
    try:
        values = np.loadtxt(lines, np.float64, delimiter=delimiter, comments=None, ndmin=2)
        parsed: list[NDArray[Any] | None] = list(values) if len(lines) else []
    except ValueError:  # one of them at least
        parsed = [_row(line, delimiter) for line in lines]
    for row in parsed:
        is_good = row is not None and bool(((row >= 0) & (row <= 255) & (row % 1 == 0)).all())
        yield row.astype(np.uint8) if row is not None and is_good else None


def _row(line: str, delimiter: str) -> NDArray[np.float64] | None:
    try:
        return np.array([float(value) for value in line.split(delimiter)])
    except ValueError:
        return None


def _line(number: int) -> str:
    return _("line {n}").format(n=f"{number:,}")


def _whole(label: str) -> str:
    """Return "3" for "3.0", as spreadsheets write it, and any other label as it is."""
    head, _dot, rest = label.partition(".")
    return head if head.isdigit() and rest.strip("0") == "" else label


def _check_labels(collector: Collector) -> None:
    """Refuse a file with far too many labels at once, not after all of its lines."""
    if collector.classes > 10 * MAX_CLASSES:
        check_number(collector.classes)


# -- IDX ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Idx:
    name: str
    array: Images

    @property
    def is_test(self) -> bool:
        return any(word in self.name.lower() for word in ("test", "t10k"))


def read_idx(files: Sequence[tuple[str, BinaryIO]], collector: Collector) -> None:
    """Collect the pictures of IDX files, packed by gzip or not: images and their labels.

    Raises:
        OwnDataError: if a file is damaged, or images and labels do not belong together.
    """
    found = [_Idx(name, _idx(name, file)) for name, file in files]
    images = [each for each in found if each.array.ndim == 3]
    labels = [each for each in found if each.array.ndim == 1]
    pairs = list(_pairs(images, labels))
    collector.expect(sum(len(image.array) for image, _label in pairs))
    for image, label in pairs:
        test = image.is_test and any(not other.is_test for other, _label in pairs)
        for place, (picture, truth) in enumerate(zip(image.array, label.array, strict=True)):
            collector.tick()
            collector.add_array(picture, str(truth), f"{image.name} {place}", test)


def _pairs(images: Sequence[_Idx], labels: Sequence[_Idx]) -> Any:
    if not images or len(images) != len(labels):
        raise OwnDataError(
            _("IDX files belong together in pairs: images and labels. Choose both at once.")
        )
    rest = list(labels)
    for image in images:
        same = [each for each in rest if len(each.array) == len(image.array)]
        same.sort(key=lambda each: each.is_test != image.is_test)
        if not same:
            sentence = _("{name} has {n:,} images, but no file has as many labels.")
            raise OwnDataError(sentence.format(name=image.name, n=len(image.array)))
        rest.remove(same[0])
        yield image, same[0]


def _idx(name: str, file: BinaryIO) -> Images:
    content = _unpacked(name, file)
    if len(content) < 8 or content[:3] != b"\0\0\x08" or content[3] not in (1, 3):
        sentence = _("{name} is no IDX file of images or labels.")
        raise OwnDataError(sentence.format(name=name))
    axes = content[3]
    header = 4 + 4 * axes
    if len(content) < header:
        raise OwnDataError(_("{name} is not complete.").format(name=name))
    shape = struct.unpack_from(f">{axes}I", content, 4)
    if shape[0] > MAX_IMAGES or (axes == 3 and not all(4 <= n <= MAX_PICTURE for n in shape[1:])):
        sentence = _("{name} says that it has {shape} numbers: that is too large or too small.")
        raise OwnDataError(sentence.format(name=name, shape=" x ".join(map(str, shape))))
    if len(content) - header != math.prod(shape):
        sentence = _("{name} says that it has {n:,} numbers, and has {m:,}. Upload it again.")
        values = {"n": math.prod(shape), "m": len(content) - header}
        raise OwnDataError(sentence.format(name=name, **values))
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def _unpacked(name: str, file: BinaryIO) -> bytes:
    is_packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    source, parts, size = (gzip.GzipFile(fileobj=file) if is_packed else file), [], 0
    try:
        while size <= MAX_UNPACKED and (part := source.read(BLOCK)):
            parts.append(part)
            size += len(part)
    except (OSError, EOFError, zlib.error):
        raise OwnDataError(_("{name} is not complete.").format(name=name)) from None
    if size > MAX_UNPACKED:
        sentence = _("{name} unpacks to more than {mb} MB.")
        raise OwnDataError(sentence.format(name=name, mb=MAX_UNPACKED // 10**6))
    return b"".join(parts)


# -- npz ---------------------------------------------------------------------------------------


def read_npz(file: BinaryIO, collector: Collector) -> None:
    """Collect the pictures of an `.npz` file: x_train, y_train, x_test, y_test, or x and y.

    Pixels are whole numbers from 0 to 255 or fractions from 0 to 1, grey or in colour. Labels are
    numbers or words; `class_names` may name the numbers.

    Raises:
        OwnDataError: if it is no such file.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(info.file_size for info in archive.infolist())
        file.seek(0)
        if size > MAX_UNPACKED:
            sentence = _("The file unpacks to more than {mb} MB.")
            raise OwnDataError(sentence.format(mb=MAX_UNPACKED // 10**6))
        with np.load(file, allow_pickle=False) as arrays:
            known = {name: arrays[name] for name in arrays.files if name in _NPZ}
    except OwnDataError:
        raise
    except Exception:  # a hostile archive makes NumPy and zipfile raise nearly anything
        raise OwnDataError(
            _("The .npz file cannot be read: it is damaged, or holds objects.")
        ) from None
    pairs = [
        (known[x], known[y], x == "x_test")
        for x, y in (("x_train", "y_train"), ("x_test", "y_test"), ("x", "y"))
        if x in known and y in known
    ]
    if not pairs:
        raise OwnDataError(
            _("The .npz file needs x_train, y_train, x_test and y_test, or x and y.")
        )
    names = known.get(CLASS_NAMES)
    collector.expect(sum(len(x) if x.ndim else 0 for x, _y, _test in pairs))
    for x, y, is_test in pairs:
        pictures, labels = _pictures(x), _labels(y, names)
        if len(pictures) != len(labels):
            sentence = _("There are {n:,} pictures and {m:,} labels: each picture needs one.")
            raise OwnDataError(sentence.format(n=len(pictures), m=len(labels)))
        test = is_test and len(pairs) > 1
        for place, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
            collector.tick()
            collector.add_array(picture, label, str(place), test)


_NPZ = ("x_train", "y_train", "x_test", "y_test", "x", "y", CLASS_NAMES)


def _pictures(x: NDArray[Any]) -> Images:
    """Return uint8 [n, height, width] of an array of pictures."""
    if x.ndim == 2 and x.shape[1] == PIXELS:
        x = x.reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
    colours = x.shape[-1] if x.ndim == 4 else 1
    if x.ndim not in (3, 4) or colours not in (1, 3) or not len(x):
        sentence = _("The pictures have the shape {shape}. They must be [n, height, width].")
        raise OwnDataError(sentence.format(shape=list(x.shape)))
    if not all(4 <= side <= MAX_PICTURE for side in x.shape[1:3]) or x.dtype.kind not in "uif":
        sentence = _("Pictures have {least} to {most:,} pixels on a side, which are numbers.")
        raise OwnDataError(sentence.format(least=4, most=MAX_PICTURE))
    low, high = x.min(), x.max()
    fractions = x.dtype.kind == "f" and high <= 1
    if not (low >= 0 and high <= 255):
        raise OwnDataError(_("Pixels must be numbers from 0 to 255, or from 0 to 1."))
    out = np.empty(x.shape[:3], np.uint8)
    for start in range(0, len(x), LINES):
        part = x[start : start + LINES]
        grey = part if x.ndim == 3 else part[..., 0] if colours == 1 else part @ GREY
        out[start : start + LINES] = np.rint(grey * 255 if fractions else grey)
    return out


def _labels(y: NDArray[Any], names: NDArray[Any] | None) -> list[str]:
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1 or y.dtype.kind not in "uiU":
        raise OwnDataError(_("Labels must be one whole number or one word for each picture."))
    named = names is not None and names.ndim == 1 and names.dtype.kind == "U"
    if named and y.dtype.kind in "ui" and len(y) and y.min() >= 0 and y.max() < len(names):  # type: ignore[arg-type]
        return [str(names[label]) for label in y]  # type: ignore[index]
    check_number(len(np.unique(y)))
    return [str(label) for label in y]
