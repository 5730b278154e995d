"""Drawings as pictures and files: round trips, and error messages for hostile files."""

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from model_store.classroom.drawing import Drawing, DrawingError, Stroke
from tests.support.drawing_images import prepared_images
from training.images import drawing_files
from training.images.drawing_files import FORMAT, prepared_image, read, to_json, to_zip
from training.images.preparation import prepare

POINTS = ((60.0, 70.0), (210.0, 70.0), (120.0, 260.0))
SEVEN = Drawing(7, (Stroke(POINTS, 20),), ink="dark", owner="secret", time=12.0)
ONE = Drawing(1, (Stroke(((50.0, 50.0), (50.0, 200.0)), 10),), owner="secret", time=13.0)
BOTH = [SEVEN, ONE]


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def archive(**files: bytes) -> bytes:
    """Return a ZIP; `__` in a name becomes a slash."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files.items():
            out.writestr(name.replace("__", "/").removeprefix("n") + ".png", content)
    return file.getvalue()


def test_a_picture_is_what_the_page_shows_the_network() -> None:
    shown = prepare([Stroke(POINTS, 20)], 280).centred
    assert np.array_equal(prepared_image(SEVEN), shown)
    assert np.array_equal(prepared_image(Drawing(7, pixels=shown.tobytes())), shown)
    assert prepared_images(BOTH).shape == (2, 28, 28)


def test_specks_that_come_to_nothing_are_a_black_picture() -> None:
    specks = Drawing(7, tuple(Stroke(((at, at),), 0.1) for at in (0.0, 9999.0)))
    assert prepared_image(specks).shape == (28, 28)


def test_json_brings_strokes_labels_and_times_back_without_owners() -> None:
    content = to_json(BOTH)
    assert b"secret" not in content
    assert read(content, "me") == [replace(drawing, owner="me") for drawing in BOTH]


def test_a_zip_brings_the_pictures_back() -> None:
    content = to_zip(BOTH)
    again = read(content, "me")
    assert [drawing.label for drawing in again] == [7, 1]
    assert {drawing.owner for drawing in again} == {"me"}
    assert np.array_equal(prepared_images(again), prepared_images(BOTH))
    assert [d.label for d in read(content, "me", known=[SEVEN.id])] == [1], "known by its name"
    assert read(to_zip(again), "you", [drawing.id for drawing in again]) == []


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "LA", "I;16"])
def test_pictures_of_any_kind_and_size_are_prepared(mode: str) -> None:
    paper = np.full((200, 120), 255, np.uint8)
    paper[40:160, 55:65] = 0
    grey = Image.fromarray(paper)
    image = Image.fromarray(paper.astype(np.uint16) * 257) if mode == "I;16" else grey.convert(mode)
    (drawing,) = read(archive(n1_scan=png(image)), "me")
    seen = prepared_image(drawing)
    assert drawing.label == 1
    assert seen[14, 14] > 200 and seen[0, 0] == 0, "dark on light is turned into light on dark"
    assert 18 <= np.flatnonzero(seen.max(axis=1)).size <= 20


def test_ink_on_a_transparent_ground_is_ink() -> None:
    array = np.zeros((60, 60, 4), np.uint8)
    array[10:50, 28:33, 3] = 255
    (drawing,) = read(archive(n1__x=png(Image.fromarray(array))), "me")
    assert prepared_image(drawing)[14, 14] > 200 and prepared_image(drawing)[2, 2] == 0


GOOD = png(Image.fromarray(prepared_image(SEVEN)))
BLANK = png(Image.new("L", (28, 28)))
NAMES = {"bare": archive(n7=GOOD), "folder": archive(n7__a=GOOD), "deep": archive(nset__7__a=GOOD)}


@pytest.mark.parametrize("content", NAMES.values(), ids=NAMES)
def test_the_name_says_what_it_is(content: bytes) -> None:
    assert [drawing.label for drawing in read(content, "me")] == [7]


def drawn(**changes: object) -> bytes:
    return json.dumps({**json.loads(to_json(BOTH)), **changes}).encode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "neither JSON nor"),
        (b"\x89PNG", "neither JSON nor"),
        (b"[" * 100_000, "neither JSON nor"),
        (b"[]", "no drawings of this app"),
        (json.dumps({"format": FORMAT}).encode(), "no drawings of this app"),
        (drawn(format="other"), "no drawings of this app"),
        (drawn(version=2), "another version"),
        (drawn(drawings=[]), "has no drawings"),
        (drawn(drawings=[SEVEN.to_dict(), {"label": 12}]), "Drawing 2 .* a digit from 0 to 9"),
        (b"PK\x03\x04 and nothing", "cannot be read"),
        (archive(nreadme=GOOD), "has no drawings"),
        (archive(n77=GOOD), "has no drawings"),
        (archive(n7=b"GIF89a"), "7.png cannot be used: it is no PNG"),
        (archive(n7=GOOD[:80]), "7.png cannot be used"),
        (archive(n7=BLANK), "nothing drawn"),
        (archive(n7=png(Image.new("L", (1025, 5)))), "larger than 1024"),
        (archive(n7=bytes(2_000_000)), "too large"),
    ],
)
def test_any_other_file_gets_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(DrawingError, match=sentence):
        read(content, "me")


def test_a_picture_that_claims_to_be_huge_is_not_opened() -> None:
    header = b"IHDR" + (60_000).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    bomb = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + header + bytes(4)
    with pytest.raises(DrawingError, match=r"7\.png"):
        read(archive(n7=bomb), "me")


def test_too_much_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing_files, "MAX_DRAWINGS", 1)
    for content in (to_json(BOTH), to_zip(BOTH)):
        with pytest.raises(DrawingError, match="1 can be loaded at once"):
            read(content, "me")
    monkeypatch.setattr(drawing_files, "MAX_BYTES", 50)
    with pytest.raises(DrawingError, match="larger than"):
        read(to_json(BOTH), "me")
