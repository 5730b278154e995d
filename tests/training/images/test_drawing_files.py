"""Drawings as pictures and files: round trips, and error messages for hostile files."""

import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from model_store.classroom.drawing import Drawing, DrawingError, Stroke
from tests.support.drawing_images import prepared_images
from tests.support.drawings import sevens
from tests.support.other_pictures import OTHERS
from tests.support.photos import encoded, seven
from training.images import drawing_files
from training.images.drawing_files import FORMAT, DrawingFile, to_json, to_zip
from training.images.drawing_images import prepared_image
from training.images.photo import read_photo
from training.images.preparation import prepare
from training.images.preprocess import ALL_STEPS

POINTS = ((60.0, 70.0), (210.0, 70.0), (120.0, 260.0))
SEVEN = Drawing(7, (Stroke(POINTS, 20),), ink="dark", owner="secret", time=12.0)
ONE = Drawing(1, (Stroke(((50.0, 50.0), (50.0, 200.0)), 10),), owner="secret", time=13.0)
BOTH = [SEVEN, ONE]


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of files by name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files.items():
            out.writestr(name, content)
    return file.getvalue()


def opened(content: bytes, known: Sequence[str] = (), **options: Any) -> DrawingFile:
    """Read a file to its end."""
    file = DrawingFile(content, "me", known, **options)
    assert file.read(float("inf"))
    return file


def read(content: bytes, known: Sequence[str] = ()) -> list[Drawing]:
    return opened(content, known).drawings


def reasons(content: bytes) -> str:
    """Return all that is said about a file: the error, or why drawings are missing."""
    try:
        file = opened(content)
    except DrawingError as error:
        return str(error)
    return " ".join([*(f"{item.name}: {item.why}" for item in file.refused), *file.remarks()])


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
    assert read(content) == [replace(drawing, owner="me") for drawing in BOTH]


def test_a_zip_brings_the_pictures_back() -> None:
    content = to_zip(BOTH)
    again = read(content)
    assert [drawing.label for drawing in again] == [7, 1]
    assert {drawing.owner for drawing in again} == {"me"}
    assert np.array_equal(prepared_images(again), prepared_images(BOTH))
    assert [d.label for d in read(content, [SEVEN.id])] == [1], "known by its name"
    file = opened(to_zip(again), [drawing.id for drawing in again])
    assert file.drawings == [] and "2 drawings are in the class already" in file.remarks()[0]


def paper(ink: int = 0, grey: int = 235, side: int = 300) -> Image.Image:
    """Return a black 7 on grey paper."""
    image = Image.new("L", (side, side), grey)
    scale = side / 300
    points = [(90 * scale, 80 * scale), (200 * scale, 80 * scale), (130 * scale, 230 * scale)]
    ImageDraw.Draw(image).line(points, ink, round(18 * scale))
    return image


@pytest.mark.parametrize("grey", [255, 235, 215])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_read_as_a_photo_is(grey: int, form: str) -> None:
    name = {"PNG": "7/a.png", "JPEG": "7/a.jfif", "WEBP": "7/a.webp"}[form]
    file = io.BytesIO()
    paper(grey=grey).save(file, form)
    (item,) = opened(archive({name: file.getvalue()})).items
    shown = read_photo(file.getvalue())
    assert item.drawing is not None and item.before is not None
    assert item.drawing.label == 7 and max(item.before.shape) <= drawing_files.SHOWN
    assert np.array_equal(prepared_image(item.drawing), shown.prepare(ALL_STEPS).centred)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "LA", "I;16"])
def test_pictures_of_any_kind_and_size_are_prepared(mode: str) -> None:
    sheet = np.full((200, 120), 255, np.uint8)
    sheet[40:160, 55:65] = 0
    grey = Image.fromarray(sheet)
    image = Image.fromarray(sheet.astype(np.uint16) * 257) if mode == "I;16" else grey.convert(mode)
    (drawing,) = read(archive({"1_scan.png": png(image)}))
    seen = prepared_image(drawing)
    assert drawing.label == 1
    assert seen[14, 14] > 200 and seen[0, 0] == 0, "dark on light is turned into light on dark"
    assert 18 <= np.flatnonzero(seen.max(axis=1)).size <= 20


@pytest.mark.parametrize("ink", [0, 255])
def test_ink_on_a_transparent_ground_is_ink(ink: int) -> None:
    array = np.full((60, 60, 4), ink, np.uint8)
    array[..., 3] = 0
    array[10:50, 28:33, 3] = 255
    (drawing,) = read(archive({"1/x.png": png(Image.fromarray(array))}))
    assert prepared_image(drawing)[14, 14] > 200 and prepared_image(drawing)[2, 2] == 0


GOOD = png(Image.fromarray(prepared_image(SEVEN)))
BLANK = png(Image.new("L", (28, 28)))


def test_what_systems_add_passes_silently_and_nothing_else_does() -> None:
    rubbish = dict.fromkeys(("__MACOSX/7/._a.png", "7/._a.png", "7/.DS_Store"), GOOD)
    others = {"7/notes.txt": b"x", "holiday.png": GOOD, "7/broken.jpg": b"GIF", "7/a.png": GOOD}
    file = opened(archive(rubbish | others))
    assert [drawing.label for drawing in file.drawings] == [7]
    assert [item.name for item in file.refused] == ["7/broken.jpg"]
    said = " ".join(file.remarks())
    assert "1 file is no picture: 7/notes.txt" in said
    assert "1 picture has no digit in its name: holiday.png" in said
    assert "MACOSX" not in said and "DS_Store" not in said


def test_a_picture_that_looks_unlike_a_digit_is_doubted() -> None:
    texture = png(Image.fromarray(OTHERS["textures"](np.random.default_rng(1))))
    doubted, good = opened(archive({"7/cat.png": texture, "7/seven.png": GOOD})).items
    assert "unlike a digit" in " ".join(doubted.notes)
    assert "unlike" not in " ".join(good.notes)


def test_copies_are_counted_and_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    copies = archive({f"7/{i}.png": GOOD for i in range(300)})
    reads = []
    monkeypatch.setattr(
        drawing_files, "read_photo", lambda data: reads.append(data) or read_photo(data)
    )
    file = opened(copies)
    assert len(file.drawings) == 1 and len(reads) == 1
    assert "299 drawings are copies of others" in " ".join(file.remarks())
    assert file.seen == file.total == 300


def test_a_file_is_read_in_slices() -> None:
    ticks = iter(range(10_000))
    file = DrawingFile(to_json(BOTH), "me", clock=lambda: float(next(ticks)))
    assert not file.read(1.0) and file.seen == 1
    assert file.read(1.0) and file.seen == 2 and file.remarks() == []


def test_reading_ends_with_the_budget_and_says_what_is_missing() -> None:
    ticks = iter(np.arange(0, 1e6, drawing_files.BUDGET))
    file = opened(to_json([*BOTH, *sevens(5)]), clock=lambda: float(next(ticks)))
    assert 0 < len(file.drawings) < 7
    assert "too much work" in file.remarks()[0] and "not read" in file.remarks()[0]


def test_no_more_are_read_than_can_be_added() -> None:
    file = opened(to_json(sevens(5)), room=3)
    assert len(file.drawings) == 3
    assert "You can add 3 drawings" in file.remarks()[0] and "2 drawings were" in file.remarks()[0]
    known = [drawing.id for drawing in sevens(4)]
    assert len(opened(to_json(sevens(5)), known, room=1).drawings) == 5, "known ones take no room"


def test_reading_can_be_stopped() -> None:
    file = DrawingFile(to_json(BOTH), "me")
    file.stop()
    assert (
        file.read(1.0) and file.drawings == [] and "2 drawings were not read" in file.remarks()[0]
    )


def drawn(**changes: object) -> bytes:
    return json.dumps({**json.loads(to_json(BOTH)), **changes}).encode()


def one(points: object, width: object = 20) -> bytes:
    return drawn(drawings=[{"label": 7, "strokes": [{"points": points, "width": width}]}])


def test_pressure_is_left_out() -> None:
    (drawing,) = read(one([[60, 70, 0.5], [210, 70, 0.7], [120, 260, 0.2]]))
    assert drawing.strokes == SEVEN.strokes


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "neither JSON nor"),
        (b"\x89PNG", "neither JSON nor"),
        (b"[" * 100_000, "neither JSON nor"),
        (b"[]", "python -m training --strokes"),
        (json.dumps({"format": FORMAT}).encode(), "no drawings of this app"),
        (drawn(format="other"), "no drawings of this app"),
        (drawn(version=2), "another version"),
        (drawn(drawings=[]), "has no drawings"),
        (drawn(drawings=[SEVEN.to_dict(), {"label": 12}]), "drawing 2: .* a digit from 0 to 9"),
        (one([[1, 2], [3, "x"]]), "drawing 1: Stroke 1, point 2: A point is two numbers"),
        (one([[1, 2], [1e308, 1]]), "drawing 1: Stroke 1, point 2: A point is two numbers"),
        (one([[1, 2], 3]), "drawing 1: Stroke 1, point 2: A point is two numbers"),
        (one([[1, 2]], 0), "drawing 1: Stroke 1: The width"),
        (one([]), "drawing 1: Stroke 1: A stroke has"),
        (b"[" * 600_000, "too many points"),
        (b"PK\x03\x04 and nothing", "not complete"),
        (archive({"readme.png": GOOD}), "has no drawings. 1 picture has no digit"),
        (archive({"77.png": GOOD}), "has no drawings. 1 picture has no digit"),
        (archive({"7.txt": GOOD}), "has no drawings. 1 file is no picture"),
        (archive({"7.png": b"GIF89a"}), "7.png: The picture is damaged|7.png: This is no picture"),
        (archive({"7.png": encoded(seven())[:200]}), "7.png: The picture is damaged"),
        (archive({"7.png": BLANK}), "7.png: No digit was found"),
        (archive({"7.png": png(Image.new("L", (3000, 5)))}), "7.png: .* too few"),
        (archive({"7.png": bytes(16_000_000)}), "7.png: The picture is too large"),
    ],
)
def test_any_other_file_gets_a_sentence(content: bytes, sentence: str) -> None:
    assert re.search(sentence, reasons(content))


def test_a_picture_that_claims_to_be_huge_is_not_opened() -> None:
    header = b"IHDR" + (60_000).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    bomb = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + header + bytes(4)
    assert "7.png" in reasons(archive({"7.png": bomb}))


def test_a_file_with_a_mistake_brings_the_others() -> None:
    content = drawn(drawings=[SEVEN.to_dict(), {"label": 12}, ONE.to_dict()])
    assert [drawing.label for drawing in read(content)] == [7, 1]


def test_too_much_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing_files, "MAX_DRAWINGS", 1)
    for content in (to_json(BOTH), to_zip(BOTH)):
        with pytest.raises(DrawingError, match="1 can be loaded at once"):
            DrawingFile(content, "me")
    monkeypatch.setattr(drawing_files, "MAX_DIRECTORY", 50)
    with pytest.raises(DrawingError, match="too many files"):
        DrawingFile(to_zip(BOTH), "me")
    monkeypatch.setattr(drawing_files, "MAX_BYTES", 50)
    with pytest.raises(DrawingError, match="larger than"):
        DrawingFile(to_json(BOTH), "me")
