"""Pictures of handwritten digits as people bring them, made up from strokes or MNIST images.

`KINDS` names each kind of picture. A digit's ink is float64 [size, size] in [0, 1], where 1 is ink.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Grey = NDArray[np.float64]  # [height, width], 255 is white
Ink = NDArray[np.float64]  # [height, width] in [0, 1], 1 is ink
Strokes = Sequence[NDArray[np.float64]]  # points [n, 2], y downwards, in any unit
Random = np.random.Generator
WIDTH, HEIGHT = 420, 520  # pixels of a picture
DETAIL = 2  # pixels drawn for each pixel

# One way to write each digit, in units of 100, y downwards.
WRITTEN: Mapping[int, str] = {
    0: "50,2 25,12 12,40 14,70 30,94 52,98 72,86 84,58 82,28 70,8 50,2",
    1: "36,22 56,2 55,50 54,98",
    2: "16,26 28,8 50,2 70,12 74,32 60,56 36,80 14,96 46,95 84,94",
    3: "18,12 40,2 66,8 72,26 60,42 40,47 64,54 78,72 66,92 40,98 16,88",
    4: "44,2 30,34 14,64 46,63 86,60 | 66,34 62,66 60,98",
    5: "28,6 24,30 20,46 44,40 68,48 76,68 64,90 40,98 16,90 | 28,6 52,4 76,2",
    6: "66,2 42,18 24,44 16,72 28,94 52,98 72,86 74,66 58,54 36,58 20,74",
    7: "14,6 46,5 82,2 64,36 48,66 40,98",
    8: "72,16 52,2 30,10 28,28 48,44 70,60 74,82 54,97 30,90 24,72 44,52 66,34 72,16",
    9: "74,22 54,4 30,14 24,36 40,50 62,42 74,22 72,50 66,76 56,98",
}


def written(digit: int, random: Random) -> Strokes:
    """Return the strokes of a digit, each time slightly different."""
    angle, slant = np.radians(random.uniform(-6, 6)), random.uniform(-0.15, 0.15)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turn = turn @ np.array([[random.uniform(0.8, 1.05), -slant], [0, 1]])
    lines = [
        np.array([point.split(",") for point in line.split()], float)
        for line in WRITTEN[digit].split("|")
    ]
    return [_smooth((line + random.normal(0, 1.2, line.shape)) @ turn.T) for line in lines]


def _smooth(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points of a Catmull-Rom curve through `points`."""
    padded = np.vstack([points[:1], points, points[-1:]])
    at = np.linspace(0, 1, 6)[:, None]
    parts = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        curve = 2 * b + (c - a) * at + (2 * a - 5 * b + 4 * c - d) * at**2
        parts.append((curve + (3 * b - a - 3 * c + d) * at**3) / 2)
    return np.concatenate(parts)


class Sheet:
    """A digit placed on a sheet of paper, and what the paper has besides."""

    def __init__(self, random: Random, width: int = WIDTH, height: int = HEIGHT) -> None:
        self.random = random
        self.width, self.height = width, height
        self.ink: Ink = np.zeros((height, width))
        self.box = (0.0, 0.0, 0.0, 0.0)  # left, top, right and bottom of the digit
        self.pen = 0.0

    def write(
        self,
        digit: Strokes | NDArray[np.uint8],
        size: tuple[float, float] = (0.4, 0.7),
        pen: tuple[float, float] = (0.05, 0.11),
        nib: tuple[float, float] = (1, 1),
    ) -> "Sheet":
        """Place a digit: strokes, or an MNIST image uint8 [28, 28].

        `size` is its longer side by the sheet's shorter one, `pen` the line's width by its longer
        side; `nib` widens the line across and down.
        """
        long = self.random.uniform(*size) * min(self.width, self.height)
        self.pen = self.random.uniform(*pen) * long
        if isinstance(digit, np.ndarray):
            drawn = _enlarged(digit, long)
            self.pen = 0.11 * long
        else:
            drawn = _drawn(digit, long, self.pen, nib)
        rows, columns = drawn.shape
        free_x, free_y = self.width - columns, self.height - rows
        left = int(self.random.uniform(0.2, 0.8) * free_x)
        top = int(self.random.uniform(0.2, 0.8) * free_y)
        part = self.ink[top : top + rows, left : left + columns]
        np.maximum(part, drawn, out=part)
        self.box = (left, top, left + columns, top + rows)
        return self

    def line(self, points: Sequence[tuple[float, float]], width: float, ink: float = 1.0) -> None:
        """Add a line of ink."""
        image = Image.new("L", (self.width * DETAIL, self.height * DETAIL))
        flat = [DETAIL * value for point in points for value in point]
        ImageDraw.Draw(image).line(flat, 255, max(1, round(width * DETAIL)), joint="curve")
        self._add(image, ink)

    def disc(self, x: float, y: float, radius: float, ink: float = 1.0) -> None:
        """Add a disc of ink."""
        image = Image.new("L", (self.width * DETAIL, self.height * DETAIL))
        ends = [DETAIL * v for v in (x - radius, y - radius, x + radius, y + radius)]
        ImageDraw.Draw(image).ellipse(ends, 255)
        self._add(image, ink)

    def _add(self, image: Image.Image, ink: float) -> None:
        np.maximum(self.ink, ink * np.asarray(image.reduce(DETAIL)) / 255, out=self.ink)

    def grey(self, ink: float = 40, paper: float | Grey = 235) -> Grey:
        """Return the picture with these greys of ink and paper."""
        return np.asarray(paper * (1 - self.ink) + ink * self.ink, np.float64)


def _drawn(strokes: Strokes, long: float, pen: float, nib: tuple[float, float]) -> Ink:
    points = np.concatenate([*strokes])
    low, extent = points.min(axis=0), float(np.ptp(points, axis=0).max())
    across, down = (DETAIL * pen * each for each in nib)
    scale = DETAIL * (long - pen) / max(extent, 1e-9)
    width, height = (np.ptp(points, axis=0) * scale + (across, down)).astype(int) + 3
    image = Image.new("L", (int(width), int(height)))
    draw = ImageDraw.Draw(image)
    for stroke in strokes:
        moved = (stroke - low) * scale + (across / 2 + 1, down / 2 + 1)
        for (ax, ay), (bx, by) in pairwise(np.vstack([moved, moved[-1:]])):
            count = max(1, int(np.hypot(bx - ax, by - ay)))
            for x, y in zip(np.linspace(ax, bx, count), np.linspace(ay, by, count), strict=True):
                draw.ellipse((x - across / 2, y - down / 2, x + across / 2, y + down / 2), 255)
    return np.asarray(image.reduce(DETAIL), np.float64) / 255


def _enlarged(digit: NDArray[np.uint8], long: float) -> Ink:
    rows, columns = np.nonzero(digit > 40)
    cut = Image.fromarray(digit[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])
    scale = long / max(cut.size)
    size = (max(2, round(cut.width * scale)), max(2, round(cut.height * scale)))
    large = np.asarray(cut.resize(size, Image.Resampling.BICUBIC), np.float64) / 255
    return np.clip((large - 0.35) / 0.3, 0, 1)  # a pen's edge


def file(grey: Grey, form: str = "PNG", **options: Any) -> bytes:
    """Return a picture as an image file."""
    out = io.BytesIO()
    Image.fromarray(_bytes(grey)).save(out, form, **options)
    return out.getvalue()


def _bytes(grey: Grey) -> NDArray[np.uint8]:
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)


def camera(grey: Grey, random: Random, noise: float = 3.0, blur: float = 0.7) -> bytes:
    """Return a photo of a picture: uneven light, blur, noise, JPEG."""
    rows, columns = np.mgrid[0 : 1 : grey.shape[0] * 1j, 0 : 1 : grey.shape[1] * 1j]
    across, down = random.uniform(-0.12, 0.12, 2)
    lit = grey * (1 + across * (columns - 0.5) + down * (rows - 0.5))
    soft = Image.fromarray(_bytes(lit)).filter(ImageFilter.GaussianBlur(blur))
    seen = np.asarray(soft, np.float64) + random.normal(0, noise, grey.shape)
    return file(seen, "JPEG", quality=int(random.integers(60, 92)))


Digit = Strokes | NDArray[np.uint8]
Kind = Callable[[Digit, Random], bytes]


def plain(paper: float) -> Kind:
    """Return the kind of ink on paper of this grey."""

    def make(digit: Digit, random: Random) -> bytes:
        sheet = Sheet(random).write(digit)
        return camera(sheet.grey(random.uniform(15, 70), paper), random)

    return make


def squared(digit: Digit, random: Random) -> bytes:
    sheet = Sheet(random).write(digit)
    paper = np.full(sheet.ink.shape, 240.0)
    step = int(random.integers(18, 36))
    shift_y, shift_x = random.integers(0, step, 2)
    paper[shift_y::step] = paper[:, shift_x::step] = random.uniform(185, 215)
    return camera(sheet.grey(random.uniform(20, 60), paper), random)


def pencil(digit: Digit, random: Random) -> bytes:
    sheet = Sheet(random).write(digit, pen=(0.025, 0.05))
    return camera(sheet.grey(random.uniform(100, 150), random.uniform(225, 245)), random)


def webcam(digit: Digit, random: Random) -> bytes:
    sheet = Sheet(random, 320, 240).write(digit, size=(0.45, 0.8))
    return camera(sheet.grey(random.uniform(18, 32), random.uniform(75, 110)), random, 4, 1.0)


def desk(digit: Digit, random: Random) -> bytes:
    """A sheet on a darker desk that shows on two to four sides."""
    sheet = Sheet(random).write(digit, size=(0.35, 0.6))
    grey = sheet.grey(random.uniform(15, 60), random.uniform(205, 245))
    table = random.uniform(15, 115)
    sides = random.permutation([True, True, random.random() < 0.8, random.random() < 0.8])
    widths = [int(random.uniform(0.06, 0.22) * WIDTH) if side else 0 for side in sides]
    left, top, right, bottom = widths
    around = np.pad(grey, ((top, bottom), (left, right)), constant_values=-1)
    angle = random.uniform(-5, 5)
    turned = Image.fromarray(around.astype(np.float32)).rotate(
        angle, Image.Resampling.NEAREST, fillcolor=-1
    )
    seen = np.asarray(turned, np.float64)
    if not all(sides):  # no desk in the corners of sides that show none
        cut = int(np.ceil(np.tan(np.radians(abs(angle))) * max(seen.shape) / 2)) + 2
        rows, columns = seen.shape
        seen = seen[
            0 if top else cut : rows if bottom else rows - cut,
            0 if left else cut : columns if right else columns - cut,
        ]
    grain = random.uniform(0, 25) * np.sin(np.arange(seen.shape[0]) / random.uniform(3, 9))
    return camera(np.where(seen < 0, np.clip(table + grain[:, None], 5, 150), seen), random)


def screenshot(digit: Digit, random: Random) -> bytes:
    """A phone's screen: bars above and below, with words and icons."""
    width, height = 360, 720
    sheet = Sheet(random, width, int(height * random.uniform(0.45, 0.85))).write(digit)
    is_dark = random.random() < 0.25
    ink, paper = (235.0, 20.0) if is_dark else (random.uniform(0, 40), random.uniform(240, 255))
    bar, words = (random.uniform(190, 250), 30.0) if is_dark else (random.uniform(0, 160), 240.0)
    content = sheet.grey(ink, paper)
    seen = np.full((height, width), bar)
    top = int(random.uniform(0.3, 0.7) * (height - len(content)))
    image = Image.fromarray(_bytes(seen))
    draw = ImageDraw.Draw(image)
    for y in (10, top - 30, height - 50):
        for x in random.uniform(10, width - 60, 3):
            draw.text((x, y), "12:45", fill=int(words))
            draw.rectangle((x, y + 14, x + 18, y + 26), outline=int(words))
    seen = np.asarray(image, np.float64).copy()
    seen[top : top + len(content)] = content
    return file(seen)


def shadow(digit: Digit, random: Random) -> bytes:
    """A straight edge of shadow through the digit."""
    sheet = Sheet(random).write(digit)
    grey = sheet.grey(random.uniform(15, 60), random.uniform(215, 250))
    left, top, right, bottom = sheet.box
    x, y = random.uniform(0.3, 0.7, 2) * (right - left, bottom - top) + (left, top)
    angle = random.uniform(0, 2 * np.pi)
    rows, columns = np.indices(grey.shape)
    far = (columns - x) * np.cos(angle) + (rows - y) * np.sin(angle)
    light = 1 - random.uniform(0.4, 0.65) * np.clip(far / random.uniform(1, 8) + 0.5, 0, 1)
    return camera(grey * light, random)


def crease(digit: Digit, random: Random) -> bytes:
    """A fold: a dark and a bright line through the picture, other light on each side."""
    sheet = Sheet(random).write(digit)
    grey = sheet.grey(random.uniform(15, 60), random.uniform(215, 245))
    left, top, right, bottom = sheet.box
    x, y = random.uniform(0, 1, 2) * (right - left, bottom - top) + (left, top)
    angle = random.choice([0, np.pi / 2]) + random.normal(0, 0.1)
    rows, columns = np.indices(grey.shape)
    far = (columns - x) * np.cos(angle) + (rows - y) * np.sin(angle)
    wide = random.uniform(1.5, 5)
    light = np.where(far > 0, 1, random.uniform(0.8, 0.95))
    light -= random.uniform(0.25, 0.6) * np.exp(-((far / wide) ** 2))
    light += 0.1 * np.exp(-(((far - 2 * wide) / wide) ** 2))
    return camera(grey * light, random)


def glare(digit: Digit, random: Random) -> bytes:
    """A bright spot that covers a part of the digit."""
    sheet = Sheet(random).write(digit)
    grey = sheet.grey(random.uniform(15, 60), random.uniform(150, 205))
    left, top, right, bottom = sheet.box
    x, y = random.uniform(0, 1, 2) * (right - left, bottom - top) + (left, top)
    rows, columns = np.indices(grey.shape)
    radius = random.uniform(0.12, 0.3) * WIDTH
    far = np.hypot(columns - x, rows - y) / radius
    veil = random.uniform(0.5, 0.85) * np.exp(-(far**2))
    return camera(grey * (1 - veil) + 270 * veil, random)


def box(digit: Digit, random: Random) -> bytes:
    """A box round the digit, drawn by hand with the same pen."""
    sheet = Sheet(random).write(digit, size=(0.35, 0.55))
    left, top, right, bottom = sheet.box
    gap = random.uniform(0.05, 0.3, 4) * (bottom - top)
    left, top, right, bottom = left - gap[0], top - gap[1], right + gap[2], bottom + gap[3]
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)])
    corners = np.clip(corners + random.normal(0, 4, (5, 2)), 3, (WIDTH - 4, HEIGHT - 4))
    if random.random() < 0.7:
        corners[-1] = corners[0]
    sheet.line([(x, y) for x, y in corners], sheet.pen * random.uniform(0.3, 1))
    return camera(sheet.grey(random.uniform(15, 60), random.uniform(205, 245)), random)


def underline(digit: Digit, random: Random) -> bytes:
    """One or two lines below the digit."""
    sheet = Sheet(random).write(digit, size=(0.35, 0.6))
    left, _top, right, bottom = sheet.box
    size = max(right - left, bottom - _top)
    middle, half = (left + right) / 2, random.uniform(0.4, 0.8) * size
    y = bottom + random.uniform(0.05, 0.2) * size + sheet.pen / 2
    for _line in range(random.choice([1, 1, 2])):
        slope = random.normal(0, 0.03) * size
        x = middle + random.normal(0, 0.05) * size
        ends = [(x - half, y + slope), (x, y), (x + half, y - slope)]
        sheet.line(ends, sheet.pen * random.uniform(0.4, 1))
        y += 2.2 * sheet.pen + 4
    return camera(sheet.grey(random.uniform(15, 60), random.uniform(205, 245)), random)


def ruling(digit: Digit, random: Random) -> bytes:
    """Ruled paper with dark blue lines from edge to edge."""
    sheet = Sheet(random).write(digit)
    ink = sheet.ink.copy()
    y, step = random.uniform(5, 50), random.uniform(30, 70)
    slope = random.normal(0, 0.025)
    wide = random.uniform(1.5, 3.5)
    y -= abs(slope) * WIDTH
    while y < HEIGHT + 20:
        sheet.line([(-5, y), (WIDTH + 5, y + slope * WIDTH)], wide)
        y += step
    if random.random() < 0.3:  # a margin
        x = random.uniform(0.05, 0.2) * WIDTH
        sheet.line([(x, -5), (x - slope * HEIGHT, HEIGHT + 5)], wide)
    paper = random.uniform(215, 245)
    lines = sheet.grey(random.uniform(50, 120), paper)
    return camera(lines * (1 - ink) + random.uniform(15, 50) * ink, random)


def dot(digit: Digit, random: Random) -> bytes:
    """A dot after the digit, as in "7.", or elsewhere on the paper."""
    sheet = Sheet(random).write(digit, size=(0.35, 0.6))
    _left, top, right, bottom = sheet.box
    radius = sheet.pen * random.uniform(0.6, 1.1)
    x, y = right + 3 * radius, bottom - radius
    if random.random() < 0.4:
        x, y = random.uniform(20, WIDTH - 20), random.choice([top / 2, (bottom + HEIGHT) / 2])
    sheet.disc(min(x, WIDTH - radius - 6), y, radius)
    return camera(sheet.grey(random.uniform(15, 60), random.uniform(205, 245)), random)


def holes(digit: Digit, random: Random) -> bytes:
    """Two or four punched holes at the left or upper margin."""
    sheet = Sheet(random)
    sheet.write(digit, size=(0.35, 0.6))
    paper, ink = random.uniform(215, 245), random.uniform(15, 60)
    grey = sheet.grey(ink, paper)
    punched = Sheet(random)
    radius, margin = random.uniform(0.022, 0.045) * HEIGHT, random.uniform(0.05, 0.08) * HEIGHT
    places = random.choice([2, 4])
    at_left = sheet.box[0] > margin + 1.5 * radius
    for i in range(places):
        along = (i + 1) / (places + 1)
        x, y = (margin, along * HEIGHT) if at_left else (along * WIDTH, margin)
        punched.disc(x, y, radius)
    return camera(grey * (1 - punched.ink) + random.uniform(20, 90) * punched.ink, random)


def edge_line(digit: Digit, random: Random) -> bytes:
    """A line from edge to edge, beside the digit or through it."""
    sheet = Sheet(random).write(digit, size=(0.35, 0.6))
    left, top, right, bottom = sheet.box
    is_through = random.random() < 0.3
    low = random.uniform(0.2, 0.8) if is_through else random.choice([-0.15, 1.15])
    if random.random() < 0.6:
        y = np.clip(top + low * (bottom - top), 6, HEIGHT - 6)
        ends = [(-9, y + random.normal(0, 8)), (WIDTH + 9, y + random.normal(0, 8))]
    else:
        x = np.clip(left + low * (right - left), 6, WIDTH - 6)
        ends = [(x + random.normal(0, 8), -9), (x + random.normal(0, 8), HEIGHT + 9)]
    sheet.line(ends, sheet.pen * random.uniform(0.2, 0.7))
    return camera(sheet.grey(random.uniform(15, 60), random.uniform(205, 245)), random)


def nib(digit: Digit, random: Random) -> bytes:
    """A broad nib: lines down are four times as thick as lines across."""
    across = 1.6
    sheet = Sheet(random).write(digit, pen=(0.08, 0.11), nib=(across, across / 4))
    return camera(sheet.grey(random.uniform(15, 60), 240), random)


def felt(digit: Digit, random: Random) -> bytes:
    """A thick felt pen."""
    sheet = Sheet(random).write(digit, pen=(0.15, 0.2))
    return camera(sheet.grey(random.uniform(15, 60), 240), random)


def chalk(digit: Digit, random: Random) -> bytes:
    sheet = Sheet(random).write(digit)
    return camera(sheet.grey(random.uniform(180, 240), random.uniform(25, 70)), random, 5)


def prepared(digit: Digit, random: Random) -> bytes:
    """A picture in MNIST's own layout: 28 x 28, light on dark."""
    if isinstance(digit, np.ndarray):
        return file(digit.astype(np.float64))
    small = _drawn(digit, 20, 2.2, (1, 1))
    small = small[:20, :20]
    rows, columns = (np.arange(n) for n in small.shape)
    row = float(small.sum(axis=1) @ rows / small.sum())
    column = float(small.sum(axis=0) @ columns / small.sum())
    top = int(np.clip(np.floor(14 - row + 0.5), 0, 28 - small.shape[0]))
    left = int(np.clip(np.floor(14 - column + 0.5), 0, 28 - small.shape[1]))
    image = np.zeros((28, 28))
    image[top : top + small.shape[0], left : left + small.shape[1]] = 255 * small
    return file(image)


def transparent(digit: Digit, random: Random) -> bytes:
    """White ink on transparent ground."""
    ink = Sheet(random).write(digit).ink
    alpha = Image.fromarray(_bytes(255 * ink))
    white = Image.new("L", alpha.size, 255)
    out = io.BytesIO()
    Image.merge("RGBA", (white, white, white, alpha)).save(out, "PNG")
    return out.getvalue()


def opaque(digit: Digit, random: Random) -> bytes:
    """A PNG with an alpha channel in which nothing is transparent."""
    image = Image.fromarray(_bytes(Sheet(random).write(digit).grey())).convert("RGBA")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def deep(digit: Digit, random: Random) -> bytes:
    """16 bits for each pixel, holding 0 to 255."""
    out = io.BytesIO()
    grey = _bytes(Sheet(random).write(digit).grey())
    Image.fromarray(grey.astype(np.uint16)).save(out, "PNG")
    return out.getvalue()


def turned(digit: Digit, random: Random) -> bytes:
    """A phone's photo: stored sideways, with EXIF's note how to turn it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    grey = _bytes(Sheet(random).write(digit).grey(40, 225))
    out = io.BytesIO()
    image = Image.fromarray(grey).transpose(Image.Transpose.ROTATE_90)
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


PLAIN = ("white", "grey 235", "grey 215", "squared paper", "pencil", "dim webcam")
CROOKED = (
    *("dark desk", "screenshot", "hard shadow", "crease", "glare"),
    *("box", "underline", "dark ruling", "dot", "punched holes", "edge to edge"),
)
KINDS: Mapping[str, Kind] = {
    "white": plain(252),
    "grey 235": plain(235),
    "grey 215": plain(215),
    "squared paper": squared,
    "pencil": pencil,
    "dim webcam": webcam,
    "dark desk": desk,
    "screenshot": screenshot,
    "hard shadow": shadow,
    "crease": crease,
    "glare": glare,
    "box": box,
    "underline": underline,
    "dark ruling": ruling,
    "dot": dot,
    "punched holes": holes,
    "edge to edge": edge_line,
    "broad nib": nib,
    "felt pen": felt,
    "chalk": chalk,
    "already prepared": prepared,
    "transparent, white ink": transparent,
    "opaque RGBA": opaque,
    "16 bits": deep,
    "turned by EXIF": turned,
}
