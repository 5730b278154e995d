"""Pieces that an image file is made of, counted before it is decoded.

Pillow reads chunks of PNG, segments of JPEG and blocks of GIF one by one, in Python: a file of a
million empty ones would keep it busy for seconds. Pure, any thread.
"""

from collections.abc import Iterator
from itertools import islice

MOST = 20_000  # a picture of 15 MB has about 2,000 chunks
MOST_EXTENSIONS = 2_000  # of a GIF: comments are put together one by one


def has_too_many_pieces(content: bytes) -> bool:
    """True if a PNG, JPEG or GIF file is made of more pieces than any picture needs."""
    if content.startswith(b"\x89PNG"):
        return _is_long(_chunks(content), MOST)
    if content.startswith(b"\xff\xd8"):
        return _is_long(_segments(content), MOST)
    if content.startswith(b"GIF8"):
        return _is_long(_extensions(content), MOST_EXTENSIONS)
    return False


def _is_long(pieces: Iterator[int], most: int) -> bool:
    return next(islice(pieces, most, None), None) is not None


def _chunks(content: bytes) -> Iterator[int]:
    at = 8
    while at + 8 <= len(content):
        yield at
        at += 12 + int.from_bytes(content[at : at + 4], "big")


def _segments(content: bytes) -> Iterator[int]:
    """Yield the places of markers up to the pixels."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        yield at
        kind = content[at + 1]
        if kind == 0xDA:
            return
        has_length = kind not in (0x00, 0xFF) and not 0xD0 <= kind <= 0xD8
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big") if has_length else 1


def _extensions(content: bytes) -> Iterator[int]:
    """Yield the places of extensions, of their blocks and of stray bytes between pictures."""
    at = 13 + _table(content[10:11])
    while at < len(content):
        kind = content[at]
        if kind == 0x3B:
            return
        if kind == 0x2C:
            at += 11 + _table(content[at + 9 : at + 10])
            at = _end_of_blocks(content, at)
        elif kind == 0x21:
            yield at
            at += 2
            while at < len(content) and content[at]:
                yield at
                at += 1 + content[at]
            at += 1
        else:
            yield at
            at += 1


def _end_of_blocks(content: bytes, at: int) -> int:
    while at < len(content) and content[at]:
        at += 1 + content[at]
    return at + 1


def _table(flags: bytes) -> int:
    """Return the bytes of a table of colours."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0
