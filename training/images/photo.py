"""A photo of a digit -> its ink, whatever the light, the paper and the pen were.

An upload is hostile until shown otherwise: its format, bytes and pixels are checked before it is
decoded, one at a time, and every refusal is a sentence. NumPy, SciPy and Pillow only; any thread.

Methods: the paper's own brightness is a morphological closing of the picture (opening for light
ink), after P. Soille, "Morphological Image Analysis" (2003), ch. 4; ink is told from paper by
N. Otsu, "A Threshold Selection Method from Gray-Level Histograms" (1979).
"""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from gettext import gettext as _

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from scipy import ndimage

from training.images.preprocess import PEN, Ink, Pixels, StepImages, Steps, prepare_photo

MAX_BYTES = 15_000_000
MAX_PIXELS = 25_000_000
MAX_JPEG_PIXELS = 50_000_000  # these are decoded at a fraction of their size
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "WEBP")  # JPEG brings MPO along, as telephones write it
SIDE = 400  # pixels of the long side that is looked at
MARGIN = 24  # pixels around it, into which a thin line may grow
SHORTEST = 8  # pixels of the short side
_CONTRAST = 0.12  # of ink and paper, where 1 is black on white
_NOISE = 4.0  # ink differs from paper by so many standard deviations of the paper
_TURNS = {  # EXIF orientation -> what makes it upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112
_decoding = threading.Lock()  # one at a time: a large picture takes 100 MB


class PhotoError(ValueError):
    """The upload is no photo of a digit; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that was read."""

    grey: Pixels  # uint8 [height, width], 255 is white: the photo as it came, upright
    ink: Pixels  # the same shape, 255 is ink: even light, even pen
    notes: tuple[str, ...] = ()  # sentences about what had to be done to read it

    def prepare(self, on: Steps) -> StepImages:
        """Every step of the preparation.

        Raises:
            BlankDrawing: if no ink is left.
        """
        grey, ink = (array.astype(np.float32) / np.float32(255) for array in (self.grey, self.ink))
        return prepare_photo(grey, ink, on)


def read_photo(content: bytes) -> Photo:
    """The digit in an image file.

    Raises:
        PhotoError: with a sentence, for whatever is no picture of a digit.
    """
    grey, notes = decode(content)
    ink = find_ink(grey)
    return Photo(_to_bytes(np.pad(grey, MARGIN, mode="edge")), _to_bytes(even_pen(ink)), notes)


def decode(content: bytes) -> tuple[Ink, tuple[str, ...]]:
    """An image file as float32 [height, width] in [0, 1], long side 400, and sentences about it.

    Raises:
        PhotoError: for what is too large, too small, damaged or no picture.
    """
    if not content:
        raise PhotoError(_("The file is empty."))
    if len(content) > MAX_BYTES:
        raise PhotoError(_too_large())
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
        raise PhotoError(_too_large()) from None
    except Exception:  # a hostile file makes Pillow raise nearly anything
        raise PhotoError(
            _("The picture is damaged or not complete. Save it anew as JPEG or PNG.")
        ) from None


def _too_large() -> str:
    return _(
        "The picture is too large: at most {mb} MB and {mpx} million pixels ({jpeg} as JPEG)."
    ).format(mb=MAX_BYTES // 10**6, mpx=MAX_PIXELS // 10**6, jpeg=MAX_JPEG_PIXELS // 10**6)


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    most = MAX_JPEG_PIXELS if image.format in ("JPEG", "MPO") else MAX_PIXELS
    if width * height > most:
        raise PhotoError(_too_large())
    if min(width, height) < SHORTEST or min(width, height) * SIDE < SHORTEST * max(width, height):
        raise PhotoError(
            _("The picture has {w} x {h} pixels: too few to hold a digit.").format(
                w=width, h=height
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
    turn = _TURNS.get(_orientation(image))
    image.draft("L", (SIDE, SIDE))  # a JPEG is decoded at 1/2, 1/4 or 1/8
    scale = SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    small = _eight_bits(image).resize(size, Image.Resampling.BICUBIC, reducing_gap=3)
    upright = small if turn is None else small.transpose(turn)
    if upright.mode == "RGBA":
        return _on_paper(upright)
    return np.asarray(upright, np.float32) / np.float32(255)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # damaged EXIF: the picture may still be good
        return 1


def _eight_bits(image: Image.Image) -> Image.Image:
    """The picture in mode "L", or "RGBA" if it can be transparent."""
    if image.mode.startswith("I"):
        deep = np.clip(np.asarray(image), 0, 65535)
        return Image.fromarray((deep >> 8).astype(np.uint8))
    if _has_alpha(image):
        return image.convert("RGBA")
    if image.mode not in ("1", "L", "RGB"):
        image = image.convert("RGB")
    return image.convert("L")


def _on_paper(image: Image.Image) -> Ink:
    """Behind light ink goes dark paper, and light paper behind dark ink."""
    grey = np.asarray(image.convert("L"), np.float32) / np.float32(255)
    alpha = np.asarray(image.getchannel("A"), np.float32) / np.float32(255)
    light = float((grey * alpha).sum()) > 0.5 * float(alpha.sum())
    return np.asarray(grey * alpha + (1 - alpha) * np.float32(not light), np.float32)


def find_ink(grey: Ink) -> NDArray[np.bool_]:
    """Where there is ink, bool [height, width]; `grey` as `decode` gives it.

    Raises:
        PhotoError: if nothing stands out from the paper.
    """
    smooth = ndimage.gaussian_filter(grey, 1.0)
    contrast = _contrast(smooth)
    threshold = _otsu(contrast)
    found = contrast > threshold
    ink, paper = contrast[found], contrast[~found]
    difference = float(ink.mean() - paper.mean()) if ink.size and paper.size else 0.0
    if difference < max(_CONTRAST, _NOISE * float(paper.std()) if paper.size else 1):
        raise PhotoError(_nothing())
    return _digit(found)


def _nothing() -> str:
    return _(
        "No digit could be told from the paper. Write it large with a thick pen, fill the picture "
        "with it, and mind the light."
    )


def _contrast(grey: Ink) -> Ink:
    """How far each pixel differs from the paper around it towards the ink, 0 to 1."""
    across = max(3, round(0.35 * min(grey.shape)))
    if _is_dark_ink(grey):  # a shadow dims ink and paper alike, so they are divided
        paper = ndimage.grey_closing(grey, (across, across), mode="nearest")
        return np.clip(1 - grey / np.maximum(paper, 0.1), 0, 1)
    return np.clip(grey - ndimage.grey_opening(grey, (across, across), mode="nearest"), 0, 1)


def _is_dark_ink(grey: Ink) -> bool:
    """Ink covers less than paper: what differs from the median around it says which it is."""
    small = ndimage.zoom(grey, 64 / max(grey.shape), order=1)
    size = max(3, round(0.6 * min(small.shape)))
    off = small - ndimage.median_filter(small, size, mode="nearest")
    return float((off**3).sum()) < 0


def _otsu(values: Ink) -> float:
    """The threshold that separates two classes best."""
    counts, edges = np.histogram(values, 128, (0.0, 1.0))
    below = np.cumsum(counts)
    above = below[-1] - below
    middles = (edges[:-1] + edges[1:]) / 2
    mass = np.cumsum(counts * middles)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = mass / below - (mass[-1] - mass) / above
    spread = np.where((below > 0) & (above > 0), below * above * apart**2, 0.0)
    return float(edges[int(spread.argmax()) + 1])


def _digit(found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without specks, and without what comes in from the picture's edge if that is not all."""
    labels, count = ndimage.label(found, np.ones((3, 3)))
    areas = np.bincount(labels.ravel(), minlength=count + 1)
    boxes = ndimage.find_objects(labels)
    longest = [max(rows.stop - rows.start, cols.stop - cols.start) for rows, cols in boxes]
    frame = np.ones_like(found)
    frame[2:-2, 2:-2] = False
    outside = set(np.unique(labels[frame]))
    inside = [i for i in range(1, count + 1) if i not in outside]
    if not any(longest[i - 1] >= 0.12 * SIDE for i in inside):
        inside = list(range(1, count + 1))
    largest = max((int(areas[i]) for i in inside), default=0)
    kept = [i for i in inside if areas[i] >= 0.05 * largest]
    if not kept or max(longest[i - 1] for i in kept) < 0.04 * SIDE:
        raise PhotoError(_nothing())
    return np.isin(labels, kept)


def even_pen(ink: NDArray[np.bool_]) -> Ink:
    """The ink with a line as thick for its size as MNIST's, soft edges, 24 pixels of margin.

    The line's width is four times the mean distance of its pixels from its edge. What is as thick
    as it is long, such as a dot, stays as it is.
    """
    padded = np.pad(ink, MARGIN)
    inner = ndimage.distance_transform_edt(padded)
    outer = ndimage.distance_transform_edt(~padded)
    rows, columns = np.nonzero(padded)
    long = float(max(np.ptp(rows), np.ptp(columns)) + 1)
    width = max(1.0, 4 * (float(inner[padded].mean()) - 0.5))
    grow = 0.0 if width > 0.5 * long else (PEN * (long - width) - width) / 2
    depth = np.where(padded, inner - 0.5, 0.5 - outer)
    return np.clip(depth + max(grow, -0.4 * width) + 0.5, 0, 1).astype(np.float32)


def _to_bytes(values: Ink) -> Pixels:
    return np.rint(255 * values).astype(np.uint8)
