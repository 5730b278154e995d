"""Digits on crooked pictures are found and read; what is not the digit is left out and named."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from model_store.inference.classifier import Classifier
from pages.ui.frame.model_picker import DRAWING_MODEL
from pages.ui.services import singletons
from tests.support.digit_pictures import CROOKED, KINDS, Sheet, written
from training.images.ink import NoDigit, find_ink
from training.images.photo import PhotoError, read_photo
from training.images.preprocess import ALL_STEPS, BlankDrawing

COUNT = 10  # pictures of a kind, one of each digit
Ink = NDArray[np.float32]


@cache
def model() -> Classifier:
    return Classifier.load(singletons.store().open(DRAWING_MODEL))


def shares(kind: str, count: int) -> tuple[float, float]:
    """Return the shares of pictures read right, and read wrong with over 90 %."""
    random = np.random.default_rng([len(kind), count])
    right = wrong = 0
    for i in range(count):
        digit = i % 10
        content = KINDS[kind](written(digit, random), random)
        try:
            image = read_photo(content).prepare(ALL_STEPS).centred
        except (PhotoError, BlankDrawing):
            continue
        answer = model().probabilities(image)
        right += int(answer.argmax()) == digit
        wrong += int(answer.argmax()) != digit and float(answer.max()) > 0.9
    return right / count, wrong / count


@pytest.mark.parametrize("kind", CROOKED)
def test_crooked_pictures_are_read(kind: str) -> None:
    right, wrong = shares(kind, COUNT)
    assert right >= 0.85 and wrong == 0


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in CROOKED])
def test_other_pictures_are_all_read(kind: str) -> None:
    right, wrong = shares(kind, COUNT)
    assert right == 1 and wrong == 0


def sheet(size: int = 300, grey: int = 215) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Return paper with a 7 in the middle, and a pen for it."""
    image = Image.new("L", (size, size), grey)
    draw = ImageDraw.Draw(image)
    draw.line([(110, 90), (190, 90), (140, 210)], 20, 14, joint="curve")
    return image, draw


def seven(image: Image.Image) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Return the ink in the 300 x 300 pixels in the middle, and what was left out."""
    found = find_ink(np.asarray(image, np.float32) / np.float32(255))
    top, left = ((n - 300) // 2 for n in found.ink.shape)
    return found.ink[top : top + 300, left : left + 300], found.left_out


def same(ink: NDArray[np.bool_]) -> bool:
    """True if the ink is the 7's alone."""
    expected, left_out = seven(sheet()[0])
    assert left_out == () and expected.any()
    return bool((ink ^ expected).sum() < 0.06 * expected.sum())


def framed(grey: int, width: int) -> Image.Image:
    image = Image.new("L", (300 + 2 * width,) * 2, grey)
    image.paste(sheet()[0], (width, width))
    return image


def test_a_dark_frame_round_the_paper_is_left_out() -> None:
    ink, left_out = seven(framed(30, 45))
    assert same(ink) and left_out == ("what is around the paper",)


def with_box() -> Image.Image:
    image, draw = sheet()
    draw.rectangle((80, 60, 220, 240), outline=20, width=6)
    return image


def with_underline() -> Image.Image:
    image, draw = sheet()
    draw.line([(90, 228), (210, 230)], 20, 8)
    return image


def with_dot() -> Image.Image:
    image, draw = sheet()
    draw.ellipse((205, 196, 221, 212), 20)
    return image


def with_line() -> Image.Image:
    image, draw = sheet()
    draw.line([(0, 150), (300, 156)], 60, 3)
    return image


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (with_box, "what is around the paper"),
        (with_underline, "line"),
        (with_dot, "dot"),
        (with_line, "lines from edge to edge"),
    ],
)
def test_what_is_not_the_digit_is_left_out_and_named(
    make: Callable[[], Image.Image], named: str
) -> None:
    ink, left_out = seven(make())
    assert same(ink) and len(left_out) == 1 and named in left_out[0]


def test_a_line_alone_is_a_one() -> None:
    image = Image.new("L", (300, 300), 230)
    ImageDraw.Draw(image).line([(150, 0), (150, 300)], 20, 20)
    assert seven(image)[0][:, 150].all()


def test_a_zero_is_not_a_box_or_a_sheet() -> None:
    for width in (12, 40):
        image = Image.new("L", (300, 300), 230)
        ImageDraw.Draw(image).ellipse((70, 30, 230, 270), outline=20, width=width)
        ink, left_out = seven(image)
        assert left_out == () and ink[30:40].any() and not ink[150, 150]


@pytest.mark.parametrize("digits", [(1, 1), (2, 4), (5, 7), (1, 0, 8)])
def test_several_digits_are_counted(digits: tuple[int, ...]) -> None:
    random = np.random.default_rng(3)
    sheets = [Sheet(random, 180, 300).write(written(digit, random)) for digit in digits]
    grey = np.hstack([each.grey() for each in sheets]).astype(np.float32) / 255
    with pytest.raises(NoDigit, match=f"I see {len(digits)} digits"):
        find_ink(grey)


@pytest.mark.parametrize("gap", [0, 2, 4])
def test_a_digit_in_two_strokes_is_one(gap: int) -> None:
    image = Image.new("L", (300, 300), 230)
    draw = ImageDraw.Draw(image)
    draw.line([(110, 60), (90, 150), (170 - gap, 150)], 20, 12, joint="curve")
    draw.line([(180 + gap // 2, 100), (180 + gap // 2, 240)], 20, 12)
    ink, _left_out = seven(image)
    assert ink[200, 160:200].any() and ink[80:120, 80:120].any()
