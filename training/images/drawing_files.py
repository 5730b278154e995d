"""Labelled drawings as pictures and as files that a person keeps: JSON strokes, or PNGs in a ZIP.

What is read may be anybody's file: its size, number and every value are checked before they are
used. NumPy and Pillow only; any thread.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable, Sequence
from gettext import gettext as _

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from model_store.classroom.drawing import Drawing, DrawingError
from model_store.recipe.choices import IMAGE_SIDE
from training.images.preprocess import BlankDrawing, even_pen, normalise, rasterise

FORMAT = "softmax-lab drawings"
VERSION = 1
MOST_BYTES = 20_000_000  # of a file
MOST_DRAWINGS = 5_000  # in a file
MOST_BYTES_OF_PICTURE = 1_000_000
LONGEST_SIDE = 1_024  # pixels of a picture
_NAME = re.compile(r"(?:.*/)?([0-9])(?:[/_-][^/]*)?\.png", re.IGNORECASE)

Pixels = NDArray[np.uint8]


def prepared_image(drawing: Drawing) -> Pixels:
    """What a network sees of a drawing, uint8 [28, 28], 255 is ink; all zeros if that is nothing.

    Strokes take all steps of the preparation, whatever is switched off on the page Draw.
    """
    if drawing.pixels:
        return np.frombuffer(drawing.pixels, np.uint8).reshape(IMAGE_SIDE, IMAGE_SIDE)
    try:
        return normalise(rasterise(even_pen(drawing.strokes)))
    except BlankDrawing:
        return np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)


def to_json(drawings: Sequence[Drawing]) -> bytes:
    """The drawings with their strokes, without their owners; `from_json` brings them back."""
    listed = [drawing.to_dict() for drawing in drawings]
    return json.dumps({"format": FORMAT, "version": VERSION, "drawings": listed}).encode()


def to_zip(drawings: Sequence[Drawing]) -> bytes:
    """A PNG of 28 x 28 for each drawing, as the network sees it: `7/0123456789abcdef.png`."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for drawing in drawings:
            png = io.BytesIO()
            Image.fromarray(prepared_image(drawing)).save(png, "PNG")
            archive.writestr(f"{drawing.label}/{drawing.id}.png", png.getvalue())
    return file.getvalue()


def read(content: bytes, owner: str, known: Iterable[str] = ()) -> list[Drawing]:
    """The drawings of a file that `to_json` or `to_zip` made, or that somebody made like them.

    Pictures in a ZIP say what they are by their name, `7/anything.png` or `7_anything.png`; those
    that `to_zip` named by an id in `known` are left out. `owner` becomes the drawings' owner.

    Raises:
        DrawingError: if it is no such file, is too large or holds anything that is no drawing.
    """
    if len(content) > MOST_BYTES:
        raise DrawingError(_("The file is larger than {n} MB.").format(n=MOST_BYTES // 1_000_000))
    if content[:2] == b"PK":
        return _from_zip(content, owner, frozenset(known))
    return _from_json(content, owner)


def _from_json(content: bytes, owner: str) -> list[Drawing]:
    try:
        raw = json.loads(content)
    except (ValueError, RecursionError):
        raise DrawingError(
            _("The file is neither JSON nor a ZIP archive of PNG pictures.")
        ) from None
    listed = raw.get("drawings") if isinstance(raw, dict) and raw.get("format") == FORMAT else None
    if not isinstance(listed, list):
        raise DrawingError(_("The file holds no drawings of this app."))
    if raw.get("version") != VERSION:
        raise DrawingError(_("The file was written by another version of this app."))
    _expect_few(len(listed))
    return [_numbered(n, item, owner) for n, item in enumerate(listed, 1)]


def _numbered(number: int, item: object, owner: str) -> Drawing:
    try:
        return Drawing.from_dict(item, owner)
    except DrawingError as error:
        raise DrawingError(
            _("Drawing {n} in the file cannot be used. {why}").format(n=number, why=error)
        ) from None


def _expect_few(count: int) -> None:
    if count == 0:
        raise DrawingError(_("The file holds no drawings."))
    if count > MOST_DRAWINGS:
        raise DrawingError(
            _("The file holds {n} drawings; {most} can be loaded at once.").format(
                n=f"{count:,}", most=f"{MOST_DRAWINGS:,}"
            )
        )


def _from_zip(content: bytes, owner: str, known: frozenset[str]) -> list[Drawing]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            named = [(info, _NAME.fullmatch(info.filename)) for info in archive.infolist()]
            found = [(info, int(match[1])) for info, match in named if match and not info.is_dir()]
            _expect_few(len(found))
            new = [(info, label) for info, label in found if _stem(info.filename) not in known]
            return [
                Drawing(label=label, pixels=_pixels(archive, info), owner=owner)
                for info, label in new
            ]
    except DrawingError:
        raise
    except Exception as error:  # a hostile archive makes zipfile raise nearly anything
        raise DrawingError(
            _("The ZIP archive cannot be read ({why}).").format(why=type(error).__name__)
        ) from None


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0]


def _pixels(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    name = info.filename[-60:]
    with archive.open(info) as file:
        data = file.read(MOST_BYTES_OF_PICTURE + 1)
    if len(data) > MOST_BYTES_OF_PICTURE:
        raise DrawingError(_("The picture {name} is too large.").format(name=name))
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            if max(image.size) > LONGEST_SIDE:
                raise DrawingError(
                    _("The picture {name} is larger than {n} x {n} pixels.").format(
                        name=name, n=LONGEST_SIDE
                    )
                )
            seen = _seen(image)
    except DrawingError:
        raise
    except (BlankDrawing, UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        why = str(error) if isinstance(error, BlankDrawing) else _("it is no PNG that can be read")
        raise DrawingError(
            _("The picture {name} cannot be used: {why}").format(name=name, why=why)
        ) from None
    return seen.tobytes()


def _seen(image: Image.Image) -> Pixels:
    """As it is, if it is 28 x 28 and light on dark; else prepared as a drawing is."""
    if image.mode.startswith("I;16"):
        grey = np.asarray(image, np.float32) / np.float32(65_535)
    else:
        flat = Image.new("RGBA", image.size, "white")
        flat.alpha_composite(image.convert("RGBA"))
        grey = np.asarray(flat.convert("L"), np.float32) / np.float32(255)
    rim = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    ink = 1 - grey if float(np.median(rim)) > 0.5 else grey
    if grey.shape == (IMAGE_SIDE, IMAGE_SIDE) and ink is grey:
        pixels = np.rint(255 * grey).astype(np.uint8)
        if pixels.any():
            return pixels
    return normalise(ink)


def labels(drawings: Sequence[Drawing]) -> NDArray[np.uint8]:
    """The labels, uint8 [n] in [0, 9]."""
    return np.array([drawing.label for drawing in drawings], np.uint8)


def prepared_images(drawings: Sequence[Drawing]) -> Pixels:
    """What a network sees of them, uint8 [n, 28, 28]."""
    seen = [prepared_image(drawing) for drawing in drawings]
    return np.stack(seen) if seen else np.zeros((0, IMAGE_SIDE, IMAGE_SIDE), np.uint8)
