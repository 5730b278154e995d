"""Labelled drawings as images and files: JSON strokes, or PNG pictures in a ZIP.

A file may come from anybody: its size, number and every value are checked first. NumPy and Pillow
only; any thread.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from model_store.classroom.drawing import Drawing, DrawingError
from model_store.recipe.choices import IMAGE_SIDE
from model_store.text import _
from training.images.preparation import even_pen, normalise_strokes
from training.images.preprocess import BlankDrawing, Pixels, normalise

FORMAT = "softmax-lab drawings"
VERSION = 1
MAX_BYTES = 20_000_000
MAX_DRAWINGS = 5_000
MAX_PICTURE_BYTES = 1_000_000
MAX_SIDE = 1_024  # pixels of a picture
SHAPE = (IMAGE_SIDE, IMAGE_SIDE)
_NAME = re.compile(r"(?:.*/)?(([0-9])(?:[/_-][^/]*)?)\.png", re.IGNORECASE)


def prepared_image(drawing: Drawing) -> Pixels:
    """Return a network's input for a drawing, uint8 [28, 28]; all zeros without ink.

    Strokes take all preparation steps, whatever is switched off on the Draw page.
    """
    if drawing.pixels:
        return np.frombuffer(drawing.pixels, np.uint8).reshape(SHAPE)
    try:
        return normalise_strokes(even_pen(drawing.strokes))
    except BlankDrawing:
        return np.zeros(SHAPE, np.uint8)


def labels(drawings: Sequence[Drawing]) -> NDArray[np.uint8]:
    """Return the labels, uint8 [n] in [0, 9]."""
    return np.array([drawing.label for drawing in drawings], np.uint8)


def to_json(drawings: Sequence[Drawing]) -> bytes:
    """Return a file for `read`: strokes or pixels, without owners."""
    listed = [drawing.to_dict() for drawing in drawings]
    return json.dumps({"format": FORMAT, "version": VERSION, "drawings": listed}).encode()


def to_zip(drawings: Sequence[Drawing]) -> bytes:
    """Return a ZIP of the prepared images as PNG: `7/0123456789abcdef.png`."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for drawing in drawings:
            png = io.BytesIO()
            Image.fromarray(prepared_image(drawing)).save(png, "PNG")
            archive.writestr(f"{drawing.label}/{drawing.id}.png", png.getvalue())
    return file.getvalue()


def read(content: bytes, owner: str, known: Iterable[str] = ()) -> list[Drawing]:
    """Return the drawings of a file like those of `to_json` and `to_zip`, owned by `owner`.

    The name of a picture in a ZIP gives its label: `7/anything.png` or `7_anything.png`. Pictures
    that `to_zip` named by an id in `known` are left out.

    Raises:
        DrawingError: if the file is too large or has anything but drawings.
    """
    if len(content) > MAX_BYTES:
        raise DrawingError(_("The file is larger than {n} MB.").format(n=MAX_BYTES // 1_000_000))
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
        raise DrawingError(_("The file has no drawings of this app."))
    if raw.get("version") != VERSION:
        raise DrawingError(_("The file was written by another version of this app."))
    _check_number(len(listed))
    drawings = []
    for number, item in enumerate(listed, 1):
        try:
            drawings.append(Drawing.from_dict(item, owner))
        except DrawingError as error:
            raise DrawingError(
                _("Drawing {n} in the file cannot be used. {why}").format(n=number, why=error)
            ) from None
    return drawings


def _check_number(count: int) -> None:
    if count == 0:
        raise DrawingError(_("The file has no drawings."))
    if count > MAX_DRAWINGS:
        raise DrawingError(
            _("The file has {n} drawings; {most} can be loaded at once.").format(
                n=f"{count:,}", most=f"{MAX_DRAWINGS:,}"
            )
        )


def _from_zip(content: bytes, owner: str, known: frozenset[str]) -> list[Drawing]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = [(info, _NAME.fullmatch(info.filename)) for info in archive.infolist()]
            named = [(info, match) for info, match in files if match]
            _check_number(len(named))
            return [
                Drawing(int(match[2]), pixels=_pixels(archive, info), owner=owner)
                for info, match in named
                if match[1].rpartition("/")[2] not in known
            ]
    except DrawingError:
        raise
    except Exception as error:  # a hostile archive makes zipfile raise nearly anything
        raise DrawingError(
            _("The ZIP archive cannot be read ({why}).").format(why=type(error).__name__)
        ) from None


def _pixels(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    name = info.filename[-60:]
    with archive.open(info) as file:
        data = file.read(MAX_PICTURE_BYTES + 1)
    if len(data) > MAX_PICTURE_BYTES:
        raise DrawingError(_("The picture {name} is too large.").format(name=name))
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            if max(image.size) <= MAX_SIDE:
                return _prepared(image).tobytes()
    except BlankDrawing as error:
        why = str(error)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        why = _("it is no PNG that can be read")
    else:
        why = _("it is larger than {n} x {n} pixels").format(n=MAX_SIDE)
    raise DrawingError(_("The picture {name} cannot be used: {why}").format(name=name, why=why))


def _prepared(image: Image.Image) -> Pixels:
    """Return a picture of 28 x 28, light on dark, as it is; prepare any other like a drawing."""
    if image.mode.startswith("I;16"):
        grey = np.asarray(image, np.float32) / np.float32(65_535)
    else:
        flat = Image.new("RGBA", image.size, "white")
        flat.alpha_composite(image.convert("RGBA"))
        grey = np.asarray(flat.convert("L"), np.float32) / np.float32(255)
    rim = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    if float(np.median(rim)) > 0.5:
        return normalise(1 - grey)
    pixels = np.rint(255 * grey).astype(np.uint8)
    return pixels if pixels.shape == SHAPE and pixels.any() else normalise(grey)
