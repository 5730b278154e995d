"""Photos of any format, light and polarity become digits, or raise an error message."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tests.support.photos import SIZE, animated, encoded, png_of_size, seven
from training.images import photo
from training.images.photo import MARGIN, MAX_BYTES, PhotoError, read_photo
from training.images.preprocess import ALL_STEPS, Steps


def prepared(content: bytes) -> NDArray[np.float64]:
    return read_photo(content).prepare(ALL_STEPS).centred / 255.0


def alike(a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
    """True if two prepared images show the same digit."""
    return float(np.abs(a - b).sum() / b.sum()) < 0.2


EXPECTED = prepared(encoded(seven()))


def test_a_seven_is_a_seven() -> None:
    rows, _columns = np.nonzero(EXPECTED > 0.5)
    assert 17 <= np.ptp(rows) + 1 <= 21, "fitted into 20 x 20"
    assert EXPECTED[rows.min() + 1].sum() > 3 * EXPECTED[rows.max() - 2].sum(), "the bar is above"
    middle = (EXPECTED * np.arange(28)).sum() / EXPECTED.sum()
    assert abs(middle - 14) <= 1
    assert not EXPECTED[:3].any() and not EXPECTED[:, :3].any(), "paper is black"


def gradient(image: Image.Image) -> Image.Image:
    light = np.linspace(0.35, 1, SIZE)[None, :] * np.linspace(1, 0.7, SIZE)[:, None]
    return Image.fromarray((np.asarray(image) * light).astype(np.uint8))


def shadow(image: Image.Image) -> Image.Image:
    light = np.where(np.add.outer(np.arange(SIZE), np.arange(SIZE)) > 330, 0.6, 1.0)
    return Image.fromarray((np.asarray(image) * light).astype(np.uint8))


def noise(image: Image.Image) -> Image.Image:
    grain = np.random.default_rng(0).normal(0, 8, (SIZE, SIZE))
    return Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))


def specks(image: Image.Image) -> Image.Image:
    for place in ((20, 270), (270, 30), (250, 250)):
        image.putpixel(place, 0)
        image.paste(60, (*place, place[0] + 4, place[1] + 3))
    return image


def table(image: Image.Image) -> Image.Image:
    """Return a sheet on a dark table that shows at one side."""
    image.paste(40, (SIZE - 40, 0, SIZE, SIZE))
    return image


@pytest.mark.parametrize(
    "image",
    [
        seven(230, 20),
        seven(150, 230),
        seven(120, 60),
        seven(pen=0.015),
        gradient(seven()),
        gradient(seven(220, 40)),
        shadow(seven()),
        noise(seven()),
        specks(seven()),
        table(seven()),
        seven(size=40),
        seven(size=900),
    ],
    ids=[
        *("chalk", "pencil", "dim chalk", "thin", "gradient", "chalk in a gradient"),
        *("shadow", "noise", "specks", "table", "small", "large"),
    ],
)
def test_light_paper_and_pen_do_not_matter(image: Image.Image) -> None:
    assert alike(prepared(encoded(image)), EXPECTED)


def test_a_thick_line_stays_thick_and_a_thin_part_of_it_stays() -> None:
    ring = Image.new("L", (SIZE, SIZE), 230)
    draw = ImageDraw.Draw(ring)
    draw.ellipse((90, 40, 210, 260), 20)
    draw.ellipse((122, 48, 178, 252), 230)
    read = prepared(encoded(ring)) > 0.3
    assert read[:, 14].nonzero()[0].min() <= 5 and read[:, 14].nonzero()[0].max() >= 22
    assert read[14].sum() >= 5 and not read[14, 14]


def palette() -> bytes:
    return encoded(seven().convert("RGB").convert("P", palette=Image.Palette.ADAPTIVE))


def deep() -> bytes:
    return encoded(Image.fromarray(np.asarray(seven()).astype(np.uint16) * 256))


def shallow() -> bytes:
    """Return a picture whose 16 bits for each pixel hold 0 to 255."""
    return encoded(Image.fromarray(np.asarray(seven()).astype(np.uint16)))


def transparent(ink: int) -> bytes:
    alpha = Image.fromarray(255 - np.asarray(seven(0, 255)))
    grey = Image.new("L", (SIZE, SIZE), ink)
    return encoded(Image.merge("LA", (grey, alpha)).convert("RGBA"))


def turned(orientation: int, back: Image.Transpose) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(seven().transpose(back), "JPEG", exif=exif)


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (encoded(seven(), "JPEG"), ""),
        (encoded(seven(), "BMP"), ""),
        (encoded(seven(), "GIF"), ""),
        (encoded(seven(), "WEBP", lossless=True), ""),
        (encoded(seven().convert("1")), ""),
        (encoded(seven().convert("RGB")), ""),
        (palette(), ""),
        (deep(), "16 bits"),
        (shallow(), ""),
        (encoded(seven().convert("RGBA")), ""),
        (encoded(seven().convert("LA")), ""),
        (transparent(0), "transparent"),
        (transparent(255), "transparent"),
        (encoded(seven().convert("CMYK"), "JPEG"), "CMYK"),
        (animated("GIF"), "animation"),
        (animated("WEBP"), "animation"),
        (animated("PNG"), "animation"),
        (turned(3, Image.Transpose.ROTATE_180), ""),
        (turned(6, Image.Transpose.ROTATE_90), ""),
        (turned(8, Image.Transpose.ROTATE_270), ""),
        (encoded(seven(size=2600)), ""),
    ],
)
def test_every_kind_of_picture_is_read_or_said_how(content: bytes, note: str) -> None:
    read = read_photo(content)
    assert alike(read.prepare(ALL_STEPS).centred / 255.0, EXPECTED)
    assert (note in " ".join(read.notes)) and bool(read.notes) == bool(note)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"not a picture" * 99, "no picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture"),
        (encoded(seven(), "TIFF"), "no picture"),
        (encoded(seven(), "PNG")[:200], "damaged"),
        (encoded(seven(), "JPEG")[:1500], "damaged"),
        (animated("GIF")[:60], "damaged"),
        (animated("WEBP")[:60], "damaged"),
        (png_of_size(0, 0), "no picture"),
        (png_of_size(12_000, 12_000), "too large.*Make it smaller: cut out"),
        (png_of_size(60_000, 60_000), "too large"),
        (b"\x89PNG" + bytes(MAX_BYTES), "too large"),
        (encoded(Image.new("L", (1, 1))), "too few"),
        (encoded(Image.new("L", (3000, 9))), "too few"),
        (encoded(Image.new("L", (SIZE, SIZE), 255)), "No digit"),
        (encoded(Image.new("L", (SIZE, SIZE), 0)), "No digit"),
        (encoded(noise(Image.new("L", (SIZE, SIZE), 128))), "No digit"),
        (encoded(gradient(Image.new("L", (SIZE, SIZE), 200))), "No digit"),
    ],
)
def test_whatever_is_no_digit_is_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(PhotoError, match=words) as refusal:
        read_photo(content)
    assert str(refusal.value).endswith(".")


def test_what_is_too_large_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    decode: Callable[..., Any] = Image.Image.load

    def load(image: Image.Image) -> Any:
        assert image.width * image.height < photo.MAX_PIXELS, "decoded"
        return decode(image)

    monkeypatch.setattr(Image.Image, "load", load)
    with pytest.raises(PhotoError, match="too large"):
        read_photo(png_of_size(9_000, 9_000))


@pytest.mark.parametrize("seed", range(3))
def test_bytes_that_were_changed_are_read_or_refused(seed: int) -> None:
    random = np.random.default_rng(seed)
    for good in (encoded(seven(size=60)), encoded(seven(size=60), "JPEG"), animated("GIF")):
        for _again in range(8):
            content = bytearray(good)
            for place in random.integers(0, len(content), 4):
                content[place] = random.integers(256)
            try:
                read = read_photo(bytes(content))
            except PhotoError:
                continue
            assert read.grey.shape == read.ink.shape


def test_the_stages_show_the_photo_and_then_the_ink() -> None:
    read = read_photo(encoded(seven()))
    assert read.grey.shape == (photo.SIDE + 2 * MARGIN,) * 2 and read.grey.dtype == np.uint8
    on, off = read.prepare(ALL_STEPS), read.prepare(Steps(evened=False))
    assert on.raw.mean() > 150, "white paper, as it came"
    assert on.evened.mean() < 60, "light ink on black"
    assert off.centred.mean() > 100, "without the step the network sees white paper"


def test_a_picture_in_mnists_layout_is_taken_as_it_is() -> None:
    pixels = read_photo(encoded(seven())).prepare(ALL_STEPS).centred
    read = read_photo(encoded(Image.fromarray(pixels)))
    assert np.array_equal(read.prepare(ALL_STEPS).centred, pixels)
    assert "as in MNIST" in " ".join(read.notes)
    dark_on_light = read_photo(encoded(Image.fromarray(255 - pixels)))
    assert dark_on_light.notes == () and dark_on_light.pixels is None
    shifted = read_photo(encoded(Image.fromarray(np.roll(pixels, 3, axis=1))))
    assert shifted.notes == () and shifted.pixels is None
    again = shifted.prepare(ALL_STEPS).centred
    assert float(np.abs(again / 255.0 - pixels / 255.0).mean()) < 0.05


@pytest.mark.parametrize("size", [SIZE, 28])
def test_turning_back_reads_the_same_digit(size: int) -> None:
    whole = seven()
    if size == 28:
        whole = Image.fromarray(read_photo(encoded(whole)).prepare(ALL_STEPS).centred)
    expected = prepared(encoded(whole))
    sideways = read_photo(encoded(whole.transpose(Image.Transpose.ROTATE_90)))
    assert not alike(sideways.prepare(ALL_STEPS).centred / 255.0, expected)
    assert alike(sideways.turned(1).prepare(ALL_STEPS).centred / 255.0, expected)
    assert alike(sideways.turned(2).turned(3).prepare(ALL_STEPS).centred / 255.0, expected)


def test_what_was_left_out_is_told() -> None:
    image = seven()
    image.paste(60, (200, 190, 214, 204))
    assert read_photo(encoded(image)).left_out == ("a dot",)
