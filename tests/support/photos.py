"""Image files of a handwritten 7, and invalid image files."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageDraw

SIZE = 300


def seven(ink: int = 30, paper: int = 230, size: int = SIZE, pen: float = 0.06) -> Image.Image:
    """Draw a 7 in the upper left part of a sheet."""
    image = Image.new("L", (size, size), paper)
    points = [(0.2 * size, 0.15 * size), (0.6 * size, 0.15 * size), (0.35 * size, 0.7 * size)]
    ImageDraw.Draw(image).line(points, fill=ink, width=max(1, round(pen * size)), joint="curve")
    return image


def encoded(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """Return the image as a file."""
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def animated(form: str) -> bytes:
    """Return a file whose first of four pictures is a 7."""
    frames = [Image.new("RGB", (SIZE, SIZE), "white")] * 3
    return encoded(seven().convert("RGB"), form, save_all=True, append_images=frames)


def png_of_size(width: int, height: int) -> bytes:
    """Return a small PNG file whose header claims this size."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = _chunk(b"IDAT", zlib.compress(bytes(1_000_000), 9))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + data + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
