"""Image files of too many pieces are refused before they are decoded."""

import io
import time

import pytest
from PIL import Image

from tests.support.photos import encoded, png_of_size, seven
from training.images.file_pieces import MOST, MOST_EXTENSIONS, has_too_many_pieces
from training.images.photo import PhotoError, read_photo

PNG, JPEG, GIF = (encoded(seven(), form) for form in ("PNG", "JPEG", "GIF"))
AFTER_HEAD = 8 + 25  # bytes of a PNG's signature and first chunk
GIF_HEAD = 13 + (3 << ((GIF[10] & 7) + 1))  # with its table of colours


def noisy(form: str) -> bytes:
    noise = Image.effect_noise((2000, 1500), 80)
    return encoded(noise, form)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_a_large_picture_has_few_pieces(form: str) -> None:
    assert not has_too_many_pieces(noisy(form))


HOSTILE = {
    "chunks": PNG[:AFTER_HEAD] + bytes(4) + (b"teXt" + bytes(8)) * 1_000_000 + PNG[AFTER_HEAD:],
    "segments": JPEG[:2] + b"\xff\xe1\x00\x02" * 1_000_000 + JPEG[2:],
    "padding": JPEG[:2] + b"\xff" * 1_000_000 + JPEG[2:],
    "comments": GIF[:GIF_HEAD] + b"!\xfe\x01x\x00" * 1_000_000 + GIF[GIF_HEAD:],
    "blocks": GIF[:GIF_HEAD] + b"!\xff" + b"\x01x" * 1_000_000 + b"\x00" + GIF[GIF_HEAD:],
    "stray": GIF[:GIF_HEAD] + b"x" * 1_000_000 + GIF[GIF_HEAD:],
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_million_empty_pieces_are_a_sentence_at_once(content: bytes) -> None:
    start = time.thread_time()
    with pytest.raises(PhotoError, match="too many small pieces"):
        read_photo(content)
    assert time.thread_time() - start < 0.5


@pytest.mark.parametrize("cut", [0, 1, 3, 9, 12, 20, 40])
def test_cut_files_have_few(cut: int) -> None:
    for content in (PNG, JPEG, GIF, png_of_size(9, 9)):
        assert not has_too_many_pieces(content[:cut])


def test_as_many_as_a_picture_needs_are_read() -> None:
    one = bytes(4) + b"teXt" + bytes(4)
    assert not has_too_many_pieces(PNG[:AFTER_HEAD] + one * (MOST - 100) + PNG[AFTER_HEAD:])
    comment = b"!\xfe\x01x\x00"
    few = GIF[:GIF_HEAD] + comment * (MOST_EXTENSIONS // 2 - 10) + GIF[GIF_HEAD:]
    assert not has_too_many_pieces(few)
    assert Image.open(io.BytesIO(few)).size == seven().size
