"""Photo of a digit to its ink, in any light, on any paper, with any pen.

An upload may be hostile: its format, bytes and pixels are checked before it is decoded, one at a
time. Each refusal is a sentence. NumPy, SciPy and Pillow only; any thread.

Methods: the paper's brightness is a morphological closing of the picture (an opening for light
ink), after P. Soille, "Morphological Image Analysis" (2003), ch. 4. The threshold between ink and
paper is that of N. Otsu, "A Threshold Selection Method from Gray-Level Histograms" (1979).
"""

import io
import threading
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from scipy import ndimage

from model_store.text import _
from training.images.ink import NoDigit, find_ink
from training.images.preprocess import PEN, Ink, StepImages, Steps, prepare_photo

MAX_BYTES = 15_000_000
MAX_PIXELS = 25_000_000
MAX_JPEG_PIXELS = 50_000_000  # decoded at a fraction of its size
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "WEBP")  # JPEG includes MPO, which phones write
SIDE = 400  # pixels of the longer side, after decoding
MARGIN = 24  # pixels added around it, into which a thin line may grow
MIN_SIDE = 8  # pixels of the shorter side
_CONTRAST = 0.12  # between ink and paper, where 1 is black on white
_NOISE = 4.0  # least difference of ink and paper, in standard deviations of the paper
_decoding = threading.Lock()  # one at a time: a large picture takes 100 MB


class PhotoError(ValueError):
    """The upload is no photo of a digit; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo in grey, upright, and the ink found in it, both uint8 [height, width].

    In `grey` 255 is white. In `ink` 255 is ink, in even light and with an even pen. `notes` are
    sentences about conversions.
    """

    grey: NDArray[np.uint8]
    ink: NDArray[np.uint8]
    notes: tuple[str, ...] = ()

    def prepare(self, steps: Steps) -> StepImages:
        """Take the preparation steps.

        Raises:
            BlankDrawing: if no ink is left.
        """
        grey, ink = (array.astype(np.float32) / np.float32(255) for array in (self.grey, self.ink))
        return prepare_photo(grey, ink, steps)


def read_photo(content: bytes) -> Photo:
    """Find the digit in an image file.

    Raises:
        PhotoError: if the file is no picture of a digit.
    """
    grey, notes = decode(content)
    try:
        found = find_ink(grey)
    except NoDigit as error:
        raise PhotoError(str(error)) from None
    ink = thicken(found.ink)
    arrays = (np.pad(grey, MARGIN, mode="edge"), ink)
    grey_bytes, ink_bytes = (np.rint(255 * array).astype(np.uint8) for array in arrays)
    return Photo(grey_bytes, ink_bytes, notes)


def decode(content: bytes) -> tuple[Ink, tuple[str, ...]]:
    """Decode an image file to float32 [height, width] in [0, 1], with sentences about it.

    The longer side has 400 pixels.

    Raises:
        PhotoError: if it is too large, too small, damaged or no picture.
    """
    if not content:
        raise PhotoError(_("The file is empty."))
    if len(content) > MAX_BYTES:
        raise _too_large()
    try:
        with _decoding, Image.open(io.BytesIO(content), formats=FORMATS) as image:
            _check_size(image)
            notes = tuple(_notes(image))
            return _upright_grey(image), notes
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
            "The picture is too large: at most {mb} MB and {mpx} million pixels ({jpeg} as JPEG)."
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
    if image.mode.startswith("I"):
        notes.append(_("It has 16 bits for each pixel: 8 of them are read."))
    if _has_alpha(image):
        notes.append(_("It can be transparent: paper was put behind it."))
    return notes


def _has_alpha(image: Image.Image) -> bool:
    return "A" in image.getbands() or "transparency" in image.info


def _upright_grey(image: Image.Image) -> Ink:
    image.draft("L", (SIDE, SIDE))  # a JPEG is decoded at 1/2, 1/4 or 1/8
    with suppress(Exception):  # damaged EXIF: the picture may still be good
        ImageOps.exif_transpose(image, in_place=True)
    scale = SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    small = _eight_bits(image).resize(size, Image.Resampling.BICUBIC, reducing_gap=3)
    grey = np.asarray(small.convert("L"), np.float32) / np.float32(255)
    if small.mode != "RGBA":
        return grey
    alpha = np.asarray(small.getchannel("A"), np.float32) / np.float32(255)
    light_ink = float((grey * alpha).sum()) > 0.5 * float(alpha.sum())  # needs dark paper behind it
    return np.asarray(grey * alpha + (1 - alpha) * np.float32(not light_ink), np.float32)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Convert to mode "L", or to "RGBA" if the picture can be transparent."""
    if image.mode.startswith("I"):
        deep = np.clip(np.asarray(image), 0, 65535)
        return Image.fromarray((deep >> 8).astype(np.uint8))
    if _has_alpha(image):
        return image.convert("RGBA")
    return (image if image.mode in ("1", "L", "RGB") else image.convert("RGB")).convert("L")


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
