"""Picture of a digit to its ink, in any light, on any paper, with any pen.

An upload may be hostile: its format, bytes, pieces and pixels are checked before it is decoded, one
at a time. Each refusal is a sentence. NumPy, SciPy and Pillow only; any thread.
"""

import io
import threading
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from scipy import ndimage

from model_store.recipe.choices import IMAGE_SIDE
from model_store.text import _
from training.images.file_pieces import has_too_many_pieces
from training.images.ink import NoDigit, find_ink
from training.images.preprocess import (
    BOX,
    MIDDLE,
    PEN,
    Ink,
    Pixels,
    StepImages,
    Steps,
    prepare_photo,
)

MAX_BYTES = 15_000_000
MAX_PIXELS = 25_000_000
MAX_JPEG_PIXELS = 50_000_000  # decoded at a fraction of its size
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "WEBP")  # JPEG includes MPO, which phones write
SIDE = 400  # pixels of the longer side, after decoding
MARGIN = 24  # pixels added around it, into which a thin line may grow
MIN_SIDE = 8  # pixels of the shorter side
_decoding = threading.Lock()  # one at a time: a large picture takes 100 MB


class PhotoError(ValueError):
    """The upload is no photo of a digit; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture in grey, upright, and the ink found in it, both uint8 [height, width].

    In `grey` 255 is white. In `ink` 255 is ink, in even light; thin lines are thickened. `notes`
    are sentences about conversions, `left_out` names what was on the paper besides. With `pixels`,
    uint8 [28, 28], it was prepared already, and is taken as it is.
    """

    grey: NDArray[np.uint8]
    ink: NDArray[np.uint8]
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    pixels: Pixels | None = None

    def prepare(self, steps: Steps) -> StepImages:
        """Take the preparation steps.

        Raises:
            BlankDrawing: if no ink is left.
        """
        if self.pixels is not None:
            return StepImages(*[self.pixels] * 5)
        grey, ink = (array.astype(np.float32) / np.float32(255) for array in (self.grey, self.ink))
        return prepare_photo(grey, ink, steps)

    def turned(self, quarters: int) -> "Photo":
        """Return the picture turned clockwise, and read again.

        Raises:
            PhotoError: if no digit is found in it.
        """
        if self.pixels is not None:
            return _as_it_is(np.rot90(self.pixels, -quarters), self.notes)
        grey = np.rot90(self.grey, -quarters)[MARGIN:-MARGIN, MARGIN:-MARGIN]
        return _read(grey.astype(np.float32) / np.float32(255), self.notes)


def read_photo(content: bytes) -> Photo:
    """Find the digit in an image file.

    Raises:
        PhotoError: if the file is no picture of a digit.
    """
    grey, notes = decode(content)
    if grey.shape == (IMAGE_SIDE, IMAGE_SIDE):
        pixels = np.rint(255 * grey).astype(np.uint8)
        if is_prepared(pixels):
            note = _("It is prepared as in MNIST, 28 x 28, light on dark: it is taken as it is.")
            return _as_it_is(pixels, (*notes, note))
        grey = _resized(Image.fromarray(pixels))
    return _read(grey, notes)


def _as_it_is(pixels: Pixels, notes: tuple[str, ...]) -> Photo:
    return Photo(pixels, pixels, notes, pixels=pixels)


def is_prepared(pixels: Pixels) -> bool:
    """True for light ink on dark in MNIST's layout: 20 x 20, the centre of mass in the middle."""
    rows, columns = (np.flatnonzero(pixels.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return False
    longer = max(int(np.ptp(rows)), int(np.ptp(columns))) + 1
    mass = pixels.astype(np.float64)
    at = [float(mass.sum(axis=a) @ np.arange(IMAGE_SIDE)) / float(mass.sum()) for a in (0, 1)]
    is_inside = max(abs(place - MIDDLE + 0.25) for place in at) <= 1.5
    return BOX - 3 <= longer <= BOX and is_inside and float(pixels.mean()) < 128


def _read(grey: Ink, notes: tuple[str, ...]) -> Photo:
    try:
        found = find_ink(grey)
    except NoDigit as error:
        raise PhotoError(str(error)) from None
    arrays = (np.pad(grey, MARGIN, mode="edge"), thicken(found.ink))
    grey_bytes, ink_bytes = (np.rint(255 * array).astype(np.uint8) for array in arrays)
    return Photo(grey_bytes, ink_bytes, notes, found.left_out)


def decode(content: bytes) -> tuple[Ink, tuple[str, ...]]:
    """Decode an image file to float32 [height, width] in [0, 1], with sentences about it.

    The longer side has 400 pixels, unless the picture has 28 x 28.

    Raises:
        PhotoError: if it is too large, too small, damaged or no picture.
    """
    if not content:
        raise PhotoError(_("The file is empty."))
    if len(content) > MAX_BYTES:
        raise _too_large()
    if has_too_many_pieces(content):
        raise PhotoError(
            _("The file is made of too many small pieces. Save the picture again as JPEG or PNG.")
        )
    try:
        with _decoding, Image.open(io.BytesIO(content), formats=FORMATS) as image:
            _check_size(image)
            notes = _notes(image)
            grey, more = _upright_grey(image)
            return grey, (*notes, *more)
    except PhotoError:
        raise
    except UnidentifiedImageError:
        raise PhotoError(
            _("This is no picture that can be read. Save it as JPEG or PNG and try again.")
        ) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except Exception:  # a hostile file makes Pillow raise nearly anything
        raise PhotoError(
            _("The picture is damaged or not complete. Save it again as JPEG or PNG.")
        ) from None


def _too_large() -> PhotoError:
    return PhotoError(
        _(
            "The picture is too large: at most {mb} MB and {mpx} million pixels ({jpeg} as JPEG). "
            "Make it smaller: cut out the digit in your photo app, take a screenshot of it, or "
            "send it to yourself in a smaller size."
        ).format(mb=MAX_BYTES // 10**6, mpx=MAX_PIXELS // 10**6, jpeg=MAX_JPEG_PIXELS // 10**6)
    )


def _check_size(image: Image.Image) -> None:
    short, long = sorted(image.size)
    if short * long > (MAX_JPEG_PIXELS if image.format in ("JPEG", "MPO") else MAX_PIXELS):
        raise _too_large()
    if short < MIN_SIDE or short * SIDE < MIN_SIDE * long:
        raise PhotoError(
            _("The picture has {w} x {h} pixels: too few to hold a digit.").format(
                w=image.width, h=image.height
            )
        )


def _notes(image: Image.Image) -> list[str]:
    notes = []
    if getattr(image, "is_animated", False) and image.format != "MPO":
        notes.append(_("It is an animation: only its first picture is read."))
    if image.mode == "CMYK":
        notes.append(_("It was made for print (CMYK): its colours were turned into grey."))
    return notes


def _upright_grey(image: Image.Image) -> tuple[Ink, list[str]]:
    """Return the picture at its size for reading, and sentences about its pixels."""
    image.draft("L", (SIDE, SIDE))  # a JPEG is decoded at 1/2, 1/4 or 1/8
    with suppress(Exception):  # damaged EXIF: the picture may still be good
        ImageOps.exif_transpose(image, in_place=True)
    notes = []
    if image.mode.startswith("I"):
        deep = np.clip(np.asarray(image), 0, 65_535)
        if deep.max() > 255:  # else it has 8 bits in 16
            notes.append(_("It has 16 bits for each pixel: 8 of them are read."))
            deep = deep >> 8
        image = Image.fromarray(deep.astype(np.uint8))
    elif "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        if image.getchannel("A").getextrema() == (255, 255):
            image = image.convert("RGB")
    if image.mode == "RGBA":
        notes.append(_("It can be transparent: paper was put behind it."))
        return _on_paper(image), notes
    grey = (image if image.mode in ("1", "L", "RGB") else image.convert("RGB")).convert("L")
    if grey.size == (IMAGE_SIDE, IMAGE_SIDE):
        return np.asarray(grey, np.float32) / np.float32(255), notes
    return _resized(grey), notes


def _on_paper(image: Image.Image) -> Ink:
    """Return a picture that can be transparent, on paper unlike its ink."""
    small = Image.merge("RGBA", [_scaled(band) for band in image.split()])
    grey = np.asarray(small.convert("L"), np.float32) / np.float32(255)
    alpha = np.asarray(small.getchannel("A"), np.float32) / np.float32(255)
    light_ink = float((grey * alpha).sum()) > 0.5 * float(alpha.sum())  # needs dark paper behind it
    return np.asarray(grey * alpha + (1 - alpha) * np.float32(not light_ink), np.float32)


def _resized(image: Image.Image) -> Ink:
    """Return a picture of mode "L" whose longer side has 400 pixels."""
    return np.asarray(_scaled(image), np.float32) / np.float32(255)


def _scaled(image: Image.Image) -> Image.Image:
    scale = SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=3)


def thicken(ink: NDArray[np.bool_]) -> Ink:
    """Make a thin line as thick for its size as MNIST's, with soft edges and a margin.

    The line's width is four times the mean distance of its pixels from its edge. A thick line stays
    as it is, since a picture's pen may be thick in some places only.
    """
    padded = np.pad(ink, MARGIN)
    inner = ndimage.distance_transform_edt(padded)
    outer = ndimage.distance_transform_edt(~padded)
    rows, columns = np.nonzero(padded)
    long = float(max(np.ptp(rows), np.ptp(columns)) + 1)
    width = max(1.0, 4 * (float(inner[padded].mean()) - 0.5))
    grow = max(0.0, (PEN * (long - width) - width) / 2)
    return np.clip(np.where(padded, inner, 1 - outer) + grow, 0, 1).astype(np.float32)
