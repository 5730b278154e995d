"""Random pictures that are no digits, prepared as the Draw page prepares a drawing.

`benchmarks.digit_likeness --make` learns from them. Letters and signs come from the Hershey fonts
(`pip install hershey-fonts`), the rest is drawn at random: scribbles, shapes, shapes with marks
inside, spots, filled shapes, digits that lie on their side, and two digits in one picture. Strokes
are points float64 [n, 2], y downwards, in any unit.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from training.data.pen_files import PenDrawing, render
from training.images.preprocess import normalise

Points = NDArray[np.float64]
Strokes = list[Points]
Random = np.random.Generator
Images = NDArray[np.uint8]
LATIN = ("futural", "futuram", "rowmans", "scripts")
FONTS = (*LATIN, "cyrillic", "japanese", "markers", "mathlow", "mathupp", "symbolic", "astrology")
DIGITS = "0123456789"
LIKE_DIGITS = DIGITS + "OoIl|iZzSsbgqDQJjCcLTUuVvGYyr/\\()[]!:;.,'\"`-_^~"
FEWEST_POINTS = 5  # of a letter: others are dots and bars
TURNED = (2, 3, 4, 5, 7)  # digits that are none when they lie on their side
SIDE = 100  # pixels of a picture that is not drawn with strokes
# The kinds, and how often each is made.
SHARES = (("letters", 30), ("scribbles", 17), ("shapes", 17), ("spots", 10), ("digits", 12))
COMPOSED = 16


def pictures(count: int, drawings: Sequence[PenDrawing], seed: int) -> Images:
    """Return pictures that are no digits, uint8 [count, 28, 28]; `drawings` are of digits."""
    random = np.random.default_rng(seed)
    signs = letters()
    kinds: dict[str, Callable[[], Strokes | Images]] = {
        "letters": lambda: signs[random.integers(len(signs))],
        "scribbles": lambda: scribble(random),
        "shapes": lambda: shape(random),
        "spots": lambda: spots(random),
        "digits": lambda: misplaced_digits(drawings, random),
        "composed": lambda: composed(signs, random),
    }
    names, shares = zip(*SHARES, ("composed", COMPOSED), strict=True)
    chosen = random.choice(names, count, p=np.array(shares) / sum(shares))
    return np.stack([_prepared(kinds[name](), random) for name in chosen])


def _prepared(made: Strokes | Images, random: Random) -> Images:
    return made if isinstance(made, np.ndarray) else render(PenDrawing(0, tuple(made)), random)


def letters() -> list[Strokes]:
    """Return the letters and signs of the fonts that do not look like a digit."""
    from HersheyFonts import HersheyFonts

    found = []
    for name in FONTS:
        font = HersheyFonts()
        font.load_default_font(name)
        without = LIKE_DIGITS if name in LATIN else DIGITS
        for sign in map(chr, range(33, 127)):
            if sign in without:
                continue
            lines = [np.array(list(line), float) for line in font.strokes_for_text(sign)]
            strokes = [line * (1, -1) for line in lines if len(line)]
            if sum(map(len, strokes)) >= FEWEST_POINTS:
                found.append(strokes)
    return found


def scribble(random: Random) -> Strokes:
    """Return one to three lines through random points, straight or curved."""
    strokes = []
    for _line in range(random.choice([1, 1, 1, 2, 3])):
        corners = random.uniform(0, 1, (int(random.integers(5, 16)), 2))
        if random.random() < 0.3:
            corners = np.cumsum(random.normal(size=corners.shape), 0)
        strokes.append((_curve if random.random() < 0.6 else _straight)(corners))
    return strokes


def shape(random: Random) -> Strokes:
    """Return a polygon, two of them, a grid, a zigzag, a spiral, or a circle with lines."""
    kind = random.integers(8)
    if kind < 3:
        return [_polygon(random, int(random.integers(3, 7)))]
    if kind == 3:
        inner = _polygon(random) * random.uniform(0.2, 0.7) + random.normal(size=2) * 0.3
        return [_polygon(random), inner]
    if kind == 4:
        places = np.linspace(0, 1, int(random.integers(2, 5)))
        lines = [_straight(np.array([[x, 0], [x, 1]])) for x in places]
        if random.random() < 0.7:
            across = random.uniform(0, 1, int(random.integers(1, 4)))
            lines += [_straight(np.array([[0, y], [1, y]])) for y in across]
        return lines
    if kind == 5:
        n = int(random.integers(4, 9))
        corners = np.stack([np.arange(n) / n * random.uniform(0.7, 2), np.arange(n) % 2], 1)
        return [(_straight if random.random() < 0.5 else _curve)(corners)]
    if kind == 6:
        turn = np.linspace(0, random.uniform(10, 25), 120)[:, None]
        return [np.concatenate([np.cos(turn), np.sin(turn)], 1) * turn]
    lines = [random.uniform(-1.2, 1.2, (2, 2)) for _line in range(random.integers(1, 4))]
    return [_polygon(random, 40), *map(_straight, lines)]


def composed(signs: Sequence[Strokes], random: Random) -> Strokes:
    """Return an outline with marks inside, or two to four other pictures in one."""
    if random.random() < 0.5:
        strokes = [_polygon(random, 40 if random.random() < 0.6 else 0)]
        for _mark in range(random.integers(1, 5)):
            at, kind = random.uniform(-0.55, 0.55, 2), random.integers(3)
            if kind == 0:
                mark = _polygon(random, 40) * random.uniform(0.05, 0.25)
            elif kind == 1:
                mark = _straight(random.uniform(-0.35, 0.35, (2, 2)))
            else:
                turn = np.linspace(0, random.uniform(1.5, 4), 20) + random.uniform(0, 6)
                mark = np.stack([np.cos(turn), np.sin(turn)], 1) * random.uniform(0.1, 0.5)
            strokes.append(mark + at)
        return strokes
    strokes = []
    for _part in range(random.integers(2, 5)):
        kind = random.integers(3)
        part = scribble(random) if kind == 0 else shape(random) if kind == 1 else None
        part = _unit(part or signs[random.integers(len(signs))])
        size, at = random.uniform(0.2, 0.8), random.uniform(0, 1, 2)
        strokes += [stroke * size + at for stroke in part]
    return strokes


def misplaced_digits(drawings: Sequence[PenDrawing], random: Random) -> Strokes:
    """Return a digit that lies on its side, or two digits side by side or one upon the other."""
    drawing, other = (drawings[random.integers(len(drawings))] for _digit in range(2))
    strokes, kind = _unit(drawing.strokes), random.integers(3)
    if kind == 0 and drawing.label in TURNED:
        way = random.choice([-1, 1])
        return [np.stack([-way * s[:, 1], way * s[:, 0]], 1) for s in strokes]
    at = (random.uniform(0.7, 1.3), random.uniform(-0.1, 0.1))
    if kind == 1:
        at = tuple(random.uniform(-0.1, 0.2, 2))
    return [*strokes, *(stroke + at for stroke in _unit(other.strokes))]


def spots(random: Random) -> Images:
    """Return random spots or a filled polygon, uint8 [28, 28]."""
    if random.random() < 0.5:
        noise = ndimage.gaussian_filter(random.normal(size=(SIDE, SIDE)), random.uniform(2, 8))
        ink = noise > np.quantile(noise, random.uniform(0.5, 0.9))
    else:
        image = Image.new("L", (SIDE, SIDE))
        corners = (SIDE / 2 + 0.35 * SIDE * _polygon(random)).ravel().tolist()
        ImageDraw.Draw(image).polygon(corners, fill=255)
        ink = np.asarray(image.rotate(random.uniform(0, 90))) > 0
    return normalise(ink.astype(np.float32))


def _polygon(random: Random, corners: int = 0) -> Points:
    """Return a closed polygon or star round (0, 0), of radius 1; 0 corners: any number."""
    n = corners or int(random.choice([3, 4, 4, 5, 6, 40]))
    radius: float | Points = 1.0
    angle = 2 * math.pi * (np.arange(n + 1) + random.uniform()) / n
    if n < 10 and random.random() < 0.2:
        angle = math.pi * np.arange(2 * n + 1) / n
        radius = np.where(np.arange(2 * n + 1) % 2, 0.45, 1.0)
    points = np.stack([np.cos(angle) * radius, np.sin(angle) * radius], 1)
    return _straight(points * (1, random.uniform(0.6, 1.2)))


def _straight(corners: Points, n: int = 8) -> Points:
    """Return points on the lines between corners: a bent line must have some."""
    lines = [np.linspace(a, b, n, endpoint=False) for a, b in pairwise(corners)]
    return np.concatenate([*lines, corners[-1:]])


def _curve(corners: Points, n: int = 8) -> Points:
    """Return points on the Catmull-Rom spline through corners."""
    ends = 2 * corners[:1] - corners[1:2], 2 * corners[-1:] - corners[-2:-1]
    knots, t = np.concatenate([ends[0], corners, ends[1]]), np.linspace(0, 1, n, endpoint=False)
    powers = np.stack([t**0, t, t**2, t**3], 1)
    mix = np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]) / 2
    parts = [powers @ mix @ knots[i : i + 4] for i in range(len(corners) - 1)]
    return np.concatenate([*parts, corners[-1:]])


def _unit(strokes: Sequence[Points]) -> Strokes:
    """Return the strokes in a square of side 1."""
    points = np.concatenate(strokes)
    low, extent = points.min(axis=0), max(float(np.ptp(points, axis=0).max()), 1e-6)
    return [(stroke - low) / extent for stroke in strokes]
