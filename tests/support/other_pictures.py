"""Pictures that are no digits, prepared as one, uint8 [28, 28]."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from training.images.preprocess import normalise

SIDE = 200
Picture = NDArray[np.uint8]
LETTERS = "ABEFHKMNRWXaekmrwxfht@&#%?"
POLYGONS = (
    ((30, 30), (170, 30), (170, 170), (30, 170)),
    ((100, 20), (180, 170), (20, 170)),
    ((20, 100), (100, 20), (180, 100), (100, 180)),
)


def _prepared(image: Image.Image) -> Picture:
    return normalise(np.asarray(image, np.float32) / np.float32(255))


def letter(random: np.random.Generator) -> Picture:
    image = Image.new("L", (SIDE, SIDE))
    font = ImageFont.load_default(130)
    ImageDraw.Draw(image).text((50, 20), str(random.choice(list(LETTERS))), 255, font)
    return _prepared(image.rotate(float(random.uniform(-10, 10))))


def scribble(random: np.random.Generator) -> Picture:
    image = Image.new("L", (SIDE, SIDE))
    points = random.uniform(20, SIDE - 20, (int(random.integers(6, 16)), 2))
    ImageDraw.Draw(image).line(points.ravel().tolist(), 255, 18, joint="curve")
    return _prepared(image)


def shape(random: np.random.Generator) -> Picture:
    image = Image.new("L", (SIDE, SIDE))
    draw, width = ImageDraw.Draw(image), int(random.integers(12, 24))
    corners = POLYGONS[int(random.integers(len(POLYGONS)))]
    draw.polygon(corners, outline=255, width=width)
    return _prepared(image.rotate(float(random.uniform(-15, 15))))


def face(random: np.random.Generator) -> Picture:
    """A cat's face, or a person's."""
    image = Image.new("L", (SIDE, SIDE))
    draw, width = ImageDraw.Draw(image), int(random.integers(8, 18))
    draw.ellipse((10, 10, 190, 190), outline=255, width=width)
    for x in (70, 130):
        draw.ellipse((x - 12, 58, x + 12, 82), 255)
    draw.arc((55, 80, 145, 150), 20, 160, 255, width)
    if random.random() < 0.5:
        for ear in (((20, 60), (30, 0), (70, 25)), ((180, 60), (170, 0), (130, 25))):
            draw.polygon(ear, outline=255, width=width)
    return _prepared(image.rotate(float(random.uniform(-10, 10))))


def texture(random: np.random.Generator) -> Picture:
    spots = ndimage.gaussian_filter(random.normal(size=(SIDE, SIDE)), random.uniform(4, 12))
    return normalise((spots > np.quantile(spots, random.uniform(0.5, 0.85))).astype(np.float32))


OTHERS: Mapping[str, Callable[[np.random.Generator], Picture]] = {
    "letters": letter,
    "scribbles": scribble,
    "shapes": shape,
    "faces": face,
    "textures": texture,
}
