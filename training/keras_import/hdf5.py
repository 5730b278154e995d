"""HDF5 file read in pure Python: groups, texts of attributes, plain arrays of floats.

It reads the classic format that h5py writes unless told otherwise. A link that leaves a group,
external data, compressed or chunked arrays, and newer formats are refused. So is a file whose parts
are visited more often than a model needs: the time is bounded, whatever addresses the file holds.
Nothing is copied but what is asked for.

Source: The HDF Group, "HDF5 File Format Specification Version 3.0".
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.text import _
from training.keras_import.errors import KerasFileError

SIGNATURE = b"\x89HDF\r\n\x1a\n"
MAX_VISITS = 30_000  # of parts of the file: a model with 100 layers takes 2,500
MAX_NAME = 1_000  # bytes of a link's name
MAX_TEXTS = 1_000  # elements of an attribute
# What reading a damaged part raises, `KerasFileError` aside.
DAMAGE = (struct.error, ValueError, IndexError, OverflowError)

_UNDEFINED = 2**64 - 1  # an address where nothing is stored
_ROOT = {0: 64, 1: 68}  # superblock version -> place of the root group's address
_LINK_INFO, _EXTERNAL, _LINK, _FILTERS, _CONTINUATION, _SYMBOLS = 0x02, 0x07, 0x06, 0x0B, 0x10, 0x11
_DATASPACE, _DATATYPE, _LAYOUT, _ATTRIBUTE = 0x01, 0x03, 0x08, 0x0C
_FLOAT, _FIXED_TEXT, _VARIABLE = 1, 3, 9  # classes of data types
# Size -> precision, place and size of the exponent and of the mantissa, exponent bias (IEEE 754).
_FLOATS = {2: (16, 10, 5, 0, 10, 15), 4: (32, 23, 8, 0, 23, 127), 8: (64, 52, 11, 0, 52, 1023)}
_ADDRESSES, _HEADER, _MESSAGE = Struct("<QQ"), Struct("<BxHII"), Struct("<HHB")
_TREE, _SYMBOL_NODE, _SYMBOL = Struct("<4sBBH"), Struct("<4sBxH"), Struct("<QQI")
_HEAP, _COLLECTION, _OBJECT = Struct("<4sB3xQQQ"), Struct("<4sB3xQ"), Struct("<HH4xQ")
_WORD, _PART, _FLOAT_TYPE = Struct("<Q"), Struct("<BBHHH"), Struct("<HBBBBI")
_VARIABLE_TEXT, _SIZE, _SHORT = Struct("<IQI"), Struct("<I"), Struct("<H")


class Hdf5File:
    """An HDF5 file in memory. Methods raise KerasFileError or one of `DAMAGE`."""

    def __init__(self, content: bytes) -> None:
        self._content = memoryview(content)
        self._visits = 0
        root = _ROOT.get(content[8])
        if root is None or content[13:15] != b"\x08\x08":
            raise unusual()
        (address,) = self.unpack(_WORD, root)
        self.root = Node(self, address)

    def unpack(self, form: Struct, at: int) -> tuple[Any, ...]:
        """Return the fields of a part of the file."""
        self._visits += 1
        if self._visits > MAX_VISITS:
            raise KerasFileError(_("The HDF5 file has more parts than a model needs."))
        return form.unpack_from(self._content, at)

    def cut(self, at: int, size: int) -> memoryview:
        """Return bytes of the file, all of them or an error."""
        if at + size > len(self._content):
            raise IndexError
        return self._content[at : at + size]


class Node:
    """A group or an array: an object header of version 1."""

    def __init__(self, file: Hdf5File, address: int) -> None:
        self._file = file
        self._messages = list(self._read(address))
        self._children: dict[str, int | Node] | None = None  # by address until it is visited

    def child(self, *names: str) -> Node | None:
        """Return what is there under these names, one inside the other; None if it is missing."""
        node = self
        for name in names:
            if node._children is None:
                node._children = dict(node._links())
            found = node._children.get(name)
            if found is None:
                return None
            if not isinstance(found, Node):
                found = node._children[name] = Node(self._file, found)
            node = found
        return node

    def text(self, name: str) -> str | None:
        """Return the text of an attribute; None if it is missing or something else."""
        found = self._attribute(name)
        return found[0] if found and len(found) == 1 else None

    def texts(self, name: str) -> list[str]:
        """Return the texts of an attribute; none if it is missing or something else."""
        return self._attribute(name) or []

    def array(self, shape: tuple[int, ...]) -> NDArray[np.float32] | None:
        """Return the array as float32 if it has this shape, else None."""
        if any(kind in (_FILTERS, _EXTERNAL) for kind, _data in self._messages):
            raise unusual()
        parts = dict(self._messages)
        if not {_DATASPACE, _DATATYPE, _LAYOUT} <= parts.keys():
            return None
        if _dimensions(parts[_DATASPACE]) != shape:
            return None
        kind = _float_type(parts[_DATATYPE])
        layout = parts[_LAYOUT]
        if layout[0] != 3 or layout[1] > 1:
            raise unusual()
        size = math.prod(shape) * kind.itemsize
        if layout[1]:
            address, stored = _ADDRESSES.unpack_from(layout, 2)
            data = self._file.cut(address, stored)
        else:
            data = layout[4 : 4 + _SHORT.unpack_from(layout, 2)[0]]
        if len(data) != size:
            raise IndexError
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and is found
            return np.frombuffer(data, kind).astype(np.float32).reshape(shape)

    def _read(self, address: int) -> Iterator[tuple[int, memoryview]]:
        """Yield type and data of each header message."""
        file = self._file
        version, _count, _references, size = file.unpack(_HEADER, address)
        if version != 1:
            raise unusual()
        blocks = [(address + 16, size)]
        while blocks:
            at, size = blocks.pop()
            end = at + size
            while at + 8 <= end:
                kind, length, flags = file.unpack(_MESSAGE, at)
                data = file.cut(at + 8, length)
                at += 8 + length
                if kind == _CONTINUATION:
                    blocks.append(_ADDRESSES.unpack_from(data))
                elif flags & 2 and kind in (_DATASPACE, _DATATYPE, _ATTRIBUTE):  # kept elsewhere
                    raise unusual()
                else:
                    yield kind, data

    def _links(self) -> Iterator[tuple[str, int]]:
        """Yield name and address of each child of a group."""
        for kind, data in self._messages:
            if kind == _SYMBOLS:
                yield from self._symbols(*_ADDRESSES.unpack_from(data))
            elif kind == _LINK:
                yield _link(data)
            elif kind == _LINK_INFO:
                heap = _WORD.unpack_from(data, 10 if data[1] & 1 else 2)[0]
                if heap != _UNDEFINED:
                    raise unusual()

    def _symbols(self, tree: int, heap: int) -> Iterator[tuple[str, int]]:
        file = self._file
        mark, _version, size, _free, segment = file.unpack(_HEAP, heap)
        _expect(mark == b"HEAP")
        names = file.cut(segment, size)
        nodes = [tree]
        while nodes:
            at = nodes.pop()
            if bytes(file.cut(at, 4)) == b"TREE":
                mark, kind, _level, used = file.unpack(_TREE, at)
                _expect(kind == 0)
                places = (at + 32 + 16 * i for i in range(used))
                nodes += [file.unpack(_WORD, place)[0] for place in places]
                continue
            mark, _version, used = file.unpack(_SYMBOL_NODE, at)
            _expect(mark == b"SNOD")
            for i in range(used):
                place, address, cache = file.unpack(_SYMBOL, at + 8 + 40 * i)
                if cache == 2:
                    raise linked()
                yield _terminated(names[place : place + MAX_NAME]), address

    def _attribute(self, name: str) -> list[str] | None:
        for kind, data in self._messages:
            if kind == _ATTRIBUTE:
                found, values = self._texts_of(data, name)
                if found:
                    return values
        return None

    def _texts_of(self, data: memoryview, name: str) -> tuple[bool, list[str] | None]:
        """Return whether this attribute has the name, and its texts."""
        version, flags, *sizes = _PART.unpack_from(data)
        if version not in (1, 2, 3):
            raise unusual()
        at = 9 if version == 3 else 8
        parts = []
        for size in sizes:
            parts.append(data[at : at + size])
            at += -(-size // 8) * 8 if version == 1 else size
        if _terminated(parts[0]) != name:
            return False, None
        if version > 1 and flags:
            raise unusual()
        kind, space = parts[1], parts[2]
        count = math.prod(_dimensions(space))
        if count > MAX_TEXTS:
            raise KerasFileError(_("The HDF5 file has more parts than a model needs."))
        size = _SIZE.unpack_from(kind, 4)[0]
        values = [data[at + size * i : at + size * (i + 1)] for i in range(count)]
        if kind[0] & 15 == _FIXED_TEXT:
            return True, [str(bytes(value).rstrip(b"\0"), "utf-8") for value in values]
        if kind[0] & 15 == _VARIABLE and kind[1] & 15 == 1:
            return True, [self._variable(*_VARIABLE_TEXT.unpack_from(value)) for value in values]
        return True, None

    def _variable(self, length: int, address: int, index: int) -> str:
        """Return a text of the global heap."""
        file = self._file
        mark, _version, size = file.unpack(_COLLECTION, address)
        _expect(mark == b"GCOL")
        at, end = address + 16, address + size
        while at + 16 <= end:
            number, _references, stored = file.unpack(_OBJECT, at)
            if number == index:
                _expect(length <= stored)
                return str(bytes(file.cut(at + 16, length)).rstrip(b"\0"), "utf-8")
            if number == 0:  # the rest of the collection is free
                break
            at += 16 + -(-stored // 8) * 8
        raise IndexError


def unusual() -> KerasFileError:
    """Return the error for HDF5 that is not as Keras writes it."""
    sentence = _(
        "The HDF5 in the file is not stored as Keras does it: it is compressed, in a newer format, "
        'or points elsewhere. Open the model in Keras and save it again: model.save("my.keras").'
    )
    return KerasFileError(sentence)


def linked() -> KerasFileError:
    """Return the error for a link to another place or file."""
    return KerasFileError(_("The HDF5 in the file has links. Keras does not write any."))


def _expect(fits: bool) -> None:
    if not fits:
        raise ValueError


def _link(data: memoryview) -> tuple[str, int]:
    """Return name and address of a link message."""
    version, flags = data[0], data[1]
    _expect(version == 1)
    at = 2
    if flags & 8:
        if data[at] != 0:
            raise linked()
        at += 1
    at += 8 * bool(flags & 4) + bool(flags & 16)
    width = 1 << (flags & 3)
    size = int.from_bytes(data[at : at + width], "little")
    at += width
    name = bytes(data[at : at + size])
    return name.decode(), _WORD.unpack_from(data, at + size)[0]


def _dimensions(data: memoryview) -> tuple[int, ...]:
    version, rank = data[0], data[1]
    if version not in (1, 2):
        raise unusual()
    return Struct(f"<{rank}Q").unpack_from(data, 8 if version == 1 else 4)


def _float_type(data: memoryview) -> np.dtype[np.floating]:
    size = _SIZE.unpack_from(data, 4)[0]
    plain = data[0] & 15 == _FLOAT and not data[1] & 64
    if not plain or _FLOAT_TYPE.unpack_from(data, 10) != _FLOATS.get(size):
        sentence = _("Some of the model's weights are not plain numbers of 16, 32 or 64 bits.")
        raise KerasFileError(sentence)
    return np.dtype(f"{'>' if data[1] & 1 else '<'}f{size}")


def _terminated(data: memoryview) -> str:
    return bytes(data).partition(b"\0")[0].decode()
