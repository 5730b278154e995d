"""Ink of one digit in a grey picture: first the paper, then its ink, then what is no digit.

Methods: the paper's brightness is a morphological closing of the picture (an opening for light
ink), after P. Soille, "Morphological Image Analysis" (2003), ch. 4. The threshold between ink and
paper is that of N. Otsu, "A Threshold Selection Method from Gray-Level Histograms" (1979). Lines
are removed where they are no thicker than themselves, as staff lines from music: C. Dalitz et al.,
"A Comparative Study of Staff Removal Algorithms" (2008). NumPy and SciPy only; pure, any thread.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from model_store.text import _
from training.images.preprocess import Ink

Mask = NDArray[np.bool_]  # [height, width]
CONTRAST = 0.12  # least between ink and paper, where 1 is black on white
NOISE = 4.0  # least difference of ink and paper, in standard deviations of the paper
PALE = 0.35  # of the threshold is enough for what touches ink: glare pales it
SMALL = 128  # pixels of the longer side of the picture in which paper is looked for
SHEET = 0.12  # least part of the picture that is a sheet of paper
STRAIGHT = 0.88  # least part of a rectangle round a sheet that the sheet fills
SLOPES = np.linspace(-0.4, 0.4, 97)  # of lines from edge to edge
COVERED = 0.8  # of such a line is ink
FAINT = 0.05  # contrast of a line from edge to edge, and of ink in the middle of glare
THICKEST = 0.04  # such a line by the picture's longer side
EIGHT = np.ones((3, 3), np.bool_)


class NoDigit(ValueError):
    """There is no digit, or there are several; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class FoundInk:
    """Ink of a digit, bool [height, width], and sentences about what was left out."""

    ink: Mask
    left_out: tuple[str, ...] = ()


def find_ink(grey: Ink) -> FoundInk:
    """Return the pixels of one digit's ink in a picture, float32 in [0, 1], 1 is white.

    Raises:
        NoDigit: if nothing differs from the paper, or there are several digits.
    """
    left_out = []
    paper = _paper(grey)
    rows, columns = slice(0, grey.shape[0]), slice(0, grey.shape[1])
    if paper is not None:
        rows, columns = ndimage.find_objects(paper.astype(np.int8))[0]
        cut = paper[rows, columns]
        nearest = ndimage.distance_transform_edt(~cut, return_distances=False, return_indices=True)
        sheet = grey[rows, columns][tuple(nearest)]
        left_out.append(_("what is around the paper"))
    else:
        sheet = grey
    contrast = _contrast(ndimage.gaussian_filter(sheet, 1.0))
    strong, pale = _threshold(contrast)
    faint = contrast > max(FAINT, 6 * float(np.median(contrast)))
    lines = _lines(faint)
    if lines.any() and _is_long(strong & ~lines):
        strong, pale, faint = strong & ~lines, pale & ~lines, faint & ~lines
        left_out.append(_("lines from edge to edge"))
    digit, others = _digit(strong, pale, faint)
    ink = np.zeros(grey.shape, np.bool_)
    ink[rows, columns] = digit
    return FoundInk(ink, (*left_out, *others))


def no_digit() -> NoDigit:
    """Return the error for a picture without a digit."""
    return NoDigit(
        _(
            "No digit was found on the paper. Write it large with a thick pen. Let it fill the "
            "picture, in even light."
        )
    )


def _paper(grey: Ink) -> Mask | None:
    """Return the pixels of the sheet, screen or box that the digit is on; None for all of them.

    It is a rectangle of one brightness with ink in it: the largest, or a smaller one inside that.
    """
    step = max(1, round(max(grey.shape) / SMALL))
    small = ndimage.median_filter(ndimage.uniform_filter(grey, step)[::step, ::step], 3)
    values = small[np.isfinite(small)]
    limit = _otsu(values)
    if min((small > limit).sum(), (small <= limit).sum()) < SHEET * small.size / 4:
        return None
    sheets = []
    for side in (small > limit, small <= limit):
        labels, count = ndimage.label(side)
        areas = np.bincount(labels.ravel(), minlength=count + 1)
        for i in range(1, count + 1):
            if areas[i] < SHEET * small.size / 2:
                continue
            sheet = ndimage.binary_fill_holes(labels == i)
            area = int(sheet.sum())
            if SHEET * small.size < area < 0.98 * small.size and areas[i] >= 0.6 * area:
                sheets.append(sheet)
    best: Mask | None = None
    for sheet in sorted(sheets, key=np.sum, reverse=True):
        is_nested = best is None or not (sheet & ~best).any()
        if is_nested and _is_straight(sheet) and _has_ink(small, sheet):
            best = sheet
    if best is None:
        return None
    inside = ndimage.binary_erosion(best, EIGHT, border_value=1)
    large = np.repeat(np.repeat(inside, step, 0), step, 1)[: grey.shape[0], : grey.shape[1]]
    short = [(0, n - m) for n, m in zip(grey.shape, large.shape, strict=True)]
    return np.asarray(np.pad(large, short, mode="edge"), np.bool_)


def _is_straight(sheet: Mask) -> bool:
    """True if the sheet nearly fills a rectangle, turned by up to 15 degrees."""
    edge = sheet & ~ndimage.binary_erosion(sheet)
    points = np.argwhere(edge)
    for angle in np.radians(np.arange(-15, 16, 3)):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        if sheet.sum() >= STRAIGHT * np.prod(np.ptp(points @ turn, axis=0) + 1):
            return True
    return False


def _has_ink(small: Ink, sheet: Mask) -> bool:
    """True if something as long as a digit differs from the sheet, and does not touch its edge."""
    inside = ndimage.binary_erosion(sheet, EIGHT, iterations=2)
    if not inside.any():
        return False
    differs = inside & (np.abs(small - np.median(small[inside])) > CONTRAST)
    labels, _count = ndimage.label(differs, EIGHT)
    rim = inside & ~ndimage.binary_erosion(inside, border_value=1)
    at_rim = set(np.unique(labels[rim]).tolist())
    least = 0.15 * np.sqrt(sheet.sum())
    return any(
        max(part.stop - part.start for part in box) >= least
        for i, box in enumerate(ndimage.find_objects(labels), 1)
        if i not in at_rim
    )


def _threshold(contrast: Ink) -> tuple[Mask, Mask]:
    """Return where there is ink, and where ink may be paler, as in glare."""
    limit = _otsu(contrast)
    found = contrast > limit
    ink, paper = contrast[found], contrast[~found]
    if not ink.size or not paper.size:
        raise no_digit()
    noise = float(paper.std())
    if ink.mean() - paper.mean() < max(CONTRAST, NOISE * noise):
        raise no_digit()
    return found, found | (contrast > max(PALE * limit, 6 * float(np.median(contrast))))


def _contrast(grey: Ink) -> Ink:
    """Return the difference of each pixel from the paper around it, from 0 to 1 for ink."""
    across = max(3, round(0.35 * min(grey.shape)))
    if _is_dark_ink(grey):  # a shadow darkens ink and paper alike, so divide
        paper = ndimage.grey_closing(grey, (across, across), mode="nearest")
        return np.clip(1 - grey / np.maximum(paper, 0.1), 0, 1)
    return np.clip(grey - ndimage.grey_opening(grey, (across, across), mode="nearest"), 0, 1)


def _is_dark_ink(grey: Ink) -> bool:
    """True if what differs from the median around it is dark, near sharp edges: ink covers less."""
    small = ndimage.zoom(grey, 64 / max(grey.shape), order=1)
    size = max(3, round(0.6 * min(small.shape)))
    off = small - ndimage.median_filter(small, size, mode="nearest")
    steep = ndimage.gaussian_gradient_magnitude(small, 1.0, mode="nearest")
    near = ndimage.binary_dilation(steep > 0.4 * steep.max(), EIGHT, iterations=2)
    return float((off[near] ** 3).sum()) < 0


def _otsu(values: NDArray[Any]) -> float:
    """Return the threshold that separates two classes best."""
    counts, edges = np.histogram(values, 128, (0.0, 1.0))
    below = np.cumsum(counts)
    mass = np.cumsum(counts * (edges[:-1] + edges[1:]) / 2)
    pairs = below * (below[-1] - below)
    apart = (mass[-1] * below - mass * below[-1]) ** 2
    spread = np.divide(apart, pairs, out=np.zeros(len(counts)), where=pairs > 0)
    return float(edges[int(spread.argmax()) + 1])


def _lines(found: Mask) -> Mask:
    """Return straight lines from edge to edge, without the ink that crosses them."""
    labels, _count = ndimage.label(found, EIGHT)
    across = set(labels[:, :3].ravel()) & set(labels[:, -3:].ravel()) - {0}
    down = set(labels[:3].ravel()) & set(labels[-3:].ravel()) - {0}
    lines = np.zeros_like(found)
    if across:
        lines |= _rows(np.isin(labels, list(across)))
    if down:
        lines |= _rows(np.isin(labels, list(down)).T).T
    return lines


def _is_long(found: Mask) -> bool:
    boxes = ndimage.find_objects(ndimage.label(found, EIGHT)[0])
    return any(
        max(part.stop - part.start for part in box) >= 0.1 * max(found.shape) for box in boxes
    )


def _rows(found: Mask) -> Mask:
    """Return the lines that run from the left to the right edge."""
    width = found.shape[1]
    lines = np.zeros_like(found)
    votes, pad = _votes(found)
    every = np.arange(width)
    tops, bottoms = _runs(found)
    while votes.max() >= COVERED * (width // 2):
        slope, row = np.unravel_index(int(votes.argmax()), votes.shape)
        at = 2 * (row - pad) + 1 + SLOPES[slope] * (every - width / 2)
        where = _nearest(found, np.rint(at).astype(np.intp))
        on = found[where, every]
        top, bottom = tops[where, every], bottoms[where, every]
        thick = float(np.quantile((bottom - top + 1)[on], 0.3))
        votes[:, max(0, row - max(2, int(thick) // 2)) : row + max(2, int(thick) // 2) + 1] = 0
        if thick > THICKEST * max(found.shape):
            continue
        for column in every[on & (bottom - top + 1 <= 1.6 * thick + 1)]:
            lines[top[column] : bottom[column] + 1, column] = True
    return lines


def _votes(found: Mask) -> tuple[NDArray[np.intp], int]:
    """Return how many columns of the halved picture a line has ink in, [slopes, rows + 2 * pad].

    A line is named by its slope and its row in the middle column.
    """
    height, width = (n // 2 for n in found.shape)
    half = found[: 2 * height, : 2 * width].reshape(height, 2, width, 2).any(axis=(1, 3))
    rows, columns = np.nonzero(ndimage.binary_dilation(half, np.ones((3, 1), np.bool_)))
    pad = int(np.ceil(float(SLOPES.max()) * width / 2)) + 2
    votes = np.zeros((len(SLOPES), height + 2 * pad), np.intp)
    for i, slope in enumerate(SLOPES):
        hit = np.zeros((height + 2 * pad, width), np.bool_)
        hit[np.rint(rows - slope * (columns - width / 2)).astype(np.intp) + pad, columns] = True
        votes[i] = hit.sum(axis=1)
    return votes, pad


def _nearest(found: Mask, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return for each column the row of ink nearest to `rows`, up to 3 away, else `rows`."""
    every = np.arange(found.shape[1])
    best = np.clip(rows, 0, len(found) - 1)
    for shift in (1, -1, 2, -2, 3, -3):
        near = np.clip(rows + shift, 0, len(found) - 1)
        best = np.where(found[best, every], best, near)
    return best


def _runs(found: Mask) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first and the last row of the run of ink down each column that a pixel is in."""
    rows = np.arange(len(found))[:, None]
    above = np.vstack([np.zeros((1, found.shape[1]), np.bool_), found[:-1]])
    below = np.vstack([found[1:], np.zeros((1, found.shape[1]), np.bool_)])
    top = np.maximum.accumulate(np.where(found & ~above, rows, -1), axis=0)
    last = np.where(found & ~below, rows, len(found))
    bottom = np.minimum.accumulate(last[::-1], axis=0)[::-1]
    return top.astype(np.intp), bottom.astype(np.intp)


@dataclass(frozen=True, slots=True)
class Part:
    """Connected ink: its label, area and bounding box in pixels."""

    label: int
    area: int
    top: int
    bottom: int  # first row below it
    left: int
    right: int  # first column to the right

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def long(self) -> int:
        return max(self.height, self.width)

    def is_compact(self) -> bool:
        """True if it is a dot or a disc."""
        return self.area >= 0.5 * self.height * self.width and self.long <= 2 * min(
            self.height, self.width
        )

    def contains(self, other: "Part") -> bool:
        """True if the other's bounding box lies inside this one's."""
        return (
            self.top <= other.top
            and other.bottom <= self.bottom
            and self.left <= other.left
            and other.right <= self.right
        )

    def gaps(self, other: "Part") -> tuple[int, int]:
        """Return the pixels between the bounding boxes, across and down; negative: they overlap."""
        across = max(self.left, other.left) - min(self.right, other.right)
        return across, max(self.top, other.top) - min(self.bottom, other.bottom)


def _parts(found: Mask) -> tuple[NDArray[np.intp], list[Part]]:
    labels, count = ndimage.label(found, EIGHT)
    areas = np.bincount(labels.ravel(), minlength=count + 1)
    boxes = ndimage.find_objects(labels)
    return labels, [
        Part(i, int(areas[i]), rows.start, rows.stop, columns.start, columns.stop)
        for i, (rows, columns) in enumerate(boxes, 1)
    ]


def _digit(strong: Mask, pale: Mask, faint: Mask) -> tuple[Mask, list[str]]:
    """Return the ink of the one digit, and what was left out.

    Paler ink is added where it touches the digit. Ink that is `faint` between two parts, as in
    glare, makes them one.
    """
    labels, parts = _parts(strong)
    side, (height, width) = max(strong.shape), strong.shape
    inside = [
        part
        for part in parts
        if part.top >= 2
        and part.left >= 2
        and part.bottom <= height - 2
        and part.right <= width - 2
    ]
    if not any(part.long >= 0.12 * side for part in inside):
        inside = parts
    frames = [part for part in inside if _is_frame(part, inside, labels)]
    left = [part for part in inside if part not in frames]
    if not left:
        raise no_digit()
    main = max(left, key=lambda part: part.height + part.width / 4)
    if main.long < 0.04 * side:
        raise no_digit()
    out = [_("a box")] if frames else []
    digits, kept = 1, [main]
    joined = ndimage.label(faint, EIGHT)[0]
    of_main = int(joined[labels == main.label].max())
    for part in left:
        if part is main or part.area < 0.02 * main.area:
            continue
        if joined[labels == part.label].max() == of_main:
            kept.append(part)
            continue
        across, down = main.gaps(part)
        far = max(across, down) / main.long
        if part.width >= 2.5 * part.height and (
            part.top >= main.bottom - 0.03 * main.long or part.bottom <= main.top - 0.12 * main.long
        ):
            out.append(_("a line"))
        elif part.is_compact() and far > 0.02 and part.long <= 0.35 * main.long:
            out.append(_("a dot"))
        elif part.height >= 0.6 * main.height and across > 0.1 * main.long:
            digits += 1
        elif far > 0.3:
            out.append(_("specks"))
        else:
            kept.append(part)
    if digits > 1:
        raise NoDigit(_("I see {n} digits. Cut out one.").format(n=digits))
    ink = np.isin(labels, [part.label for part in kept])
    may_be = ink | (pale & ~ndimage.binary_dilation(strong & ~ink, EIGHT, iterations=2))
    return ndimage.binary_propagation(ink, EIGHT, may_be), list(dict.fromkeys(out))


def _is_frame(part: Part, others: list[Part], labels: NDArray[np.intp]) -> bool:
    """True if the part is drawn round another that is as large as a digit."""
    least = 0.35 * min(part.height, part.width)
    within = [o for o in others if o is not part and part.contains(o) and o.long >= least]
    if not within:
        return False
    own = labels[part.top : part.bottom, part.left : part.right] == part.label
    rim = np.ones_like(own)
    rows, columns = round(0.15 * part.height), round(0.15 * part.width)
    rim[rows : part.height - rows, columns : part.width - columns] = False
    return bool(own[rim].sum() >= 0.85 * part.area)
