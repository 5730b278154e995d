"""Pen strokes from a file become the images that the Draw page would make."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from model_store.classroom.drawing import Stroke
from tests.support.digit_pictures import written
from tests.support.drawings import sevens
from tests.support.pen_strokes import DRAWINGS, ONE, SEVEN, write
from training.data.datasets import DataError
from training.data.pen_files import PenDrawing, read_pen_file, render, render_copies
from training.images.drawing_files import to_json
from training.images.drawing_images import prepared_image
from training.images.preparation import prepare


@pytest.mark.parametrize("name", ["strokes.json", "strokes.json.gz"])
def test_reads_labels_and_strokes_packed_or_not(tmp_path: Path, name: str) -> None:
    one, seven = read_pen_file(write(tmp_path / name))
    assert (one.label, seven.label) == (1, 7)
    assert len(seven.strokes) == 2
    assert one.strokes[0].tolist() == [[200, -100], [200, -300]]  # downwards, as on a screen


UNIPEN = """.INCLUDE writers.doc
.LEXICON "0" "1"
.HIERARCHY DIGIT
.SEGMENT DIGIT 0 ? "1"
.COMMENT 1 12 3
.PEN_DOWN
 200 100
 200\t300
.PEN_UP
.DT 100
 .SEGMENT DIGIT 1-2 ? "7"
.COMMENT 7 14 4
.PEN_DOWN
100 300
250 300
150 100
.PEN_UP
.DT 100
.PEN_DOWN
130 200
220 200
.PEN_UP
"""


def test_reads_the_text_that_tablets_write_and_who_wrote(tmp_path: Path) -> None:
    path = tmp_path / "digits.tra"
    path.write_text(UNIPEN)
    found, known = read_pen_file(path), read_pen_file(write(tmp_path / "strokes.json"))
    assert [drawing.writer for drawing in found] == ["12", "14"]
    for one, other in zip(found, known, strict=True):
        assert one.label == other.label and len(one.strokes) == len(other.strokes)
        for line, same in zip(one.strokes, other.strokes, strict=True):
            np.testing.assert_array_equal(line, same)


def test_json_can_name_writers(tmp_path: Path) -> None:
    path = write(tmp_path / "s.json", [{**DRAWINGS[0], "writer": "Ada"}, DRAWINGS[1]])
    assert [drawing.writer for drawing in read_pen_file(path)] == ["Ada", ""]


@pytest.mark.parametrize(
    "text",
    [
        '.SEGMENT DIGIT 0 ? "x"\n.PEN_DOWN\n1 2\n',
        '.SEGMENT DIGIT 0 ? "12"\n.PEN_DOWN\n1 2\n',
        '.SEGMENT DIGIT 0 ? "1"\n',
        '.SEGMENT DIGIT 0 ? "1"\n1 2\n',
        '.SEGMENT DIGIT 0 ? "1"\n.PEN_DOWN\n1\n',
        '.SEGMENT DIGIT 0 ? "1"\n.PEN_DOWN\n1 nan\n',
        '.SEGMENT DIGIT 0 ? "1"\n.PEN_DOWN\none two\n',
        "x .SEGMENT DIGIT",
    ],
)
def test_refuses_text_that_is_no_digits(tmp_path: Path, text: str) -> None:
    path = tmp_path / "digits.tra"
    path.write_text(text)
    with pytest.raises(DataError, match=r"digits\.tra"):
        read_pen_file(path)


def test_pressure_and_time_are_left_out(tmp_path: Path) -> None:
    with_more = [[[*point, 0.5, 12.0] for point in stroke] for stroke in SEVEN]
    more = read_pen_file(write(tmp_path / "more.json", [{"label": 7, "strokes": with_more}]))
    plain = read_pen_file(write(tmp_path / "plain.json", DRAWINGS))[1]
    assert all(map(np.array_equal, more[0].strokes, plain.strokes))


def test_an_upside_down_file_is_named(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    digits = [
        {"label": label, "strokes": [stroke.tolist() for stroke in written(label, random)]}
        for label in (2, 4, 5, 7) * 4
    ]
    with pytest.raises(DataError, match=r"upside down.*\"y\": \"down\""):
        read_pen_file(write(tmp_path / "screen.json", digits))
    right = read_pen_file(write(tmp_path / "screen.json", {"y": "down", "drawings": digits}))
    assert [drawing.label for drawing in right] == [2, 4, 5, 7] * 4


def test_y_can_grow_downwards(tmp_path: Path) -> None:
    down = {"y": "down", "drawings": DRAWINGS}
    up = {"y": "up", "drawings": DRAWINGS}
    first = [read_pen_file(write(tmp_path / "s.json", each))[0].strokes[0] for each in (down, up)]
    assert first[0].tolist() == [[200, 100], [200, 300]]
    assert first[1].tolist() == [[200, -100], [200, -300]]


def test_the_pages_own_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "drawings.json"
    path.write_bytes(to_json(sevens(2)))
    drawings = read_pen_file(path)
    assert [drawing.label for drawing in drawings] == [7, 7]
    rows = drawings[0].strokes[0][:, 1]
    assert rows.tolist() == [70, 70, 260], "downwards, as on the pad"
    assert np.array_equal(render(drawings[0]), prepared_image(sevens(1)[0]))


@pytest.mark.parametrize(
    ("content", "mistake"),
    [
        (None, "not a list of drawings"),
        ([], "not a list of drawings"),
        ({}, "not a list of drawings"),
        ("text", "not a list of drawings"),
        ({"y": "left", "drawings": DRAWINGS}, '"y" is "up" or "down"'),
        ([3], "Drawing 1: it is not a set of named values"),
        ([{}], "Drawing 1: its label"),
        ([{"label": 10, "strokes": ONE}], "Drawing 1: its label"),
        ([{"label": True, "strokes": ONE}], "Drawing 1: its label"),
        ([{"label": "1", "strokes": ONE}], "Drawing 1: its label"),
        ([{"label": 1, "strokes": []}], "Drawing 1: it has no strokes"),
        ([{"label": 1, "strokes": [[]]}], "Drawing 1: it has no strokes"),
        ([{"label": 1, "strokes": 7}], 'Drawing 1: its "strokes" are not a list'),
        ([{"label": 1, "pixels": "AAAA"}], "Drawing 1: it is a picture"),
        ([{"label": 1, "strokes": [[1, 2]]}], "Drawing 1: stroke 1, point 1 is not"),
        ([{"label": 1, "strokes": [[[1e308, -1e308], [1e308, 1e308]]]}], "stroke 1, point 1 is"),
        ([{"label": 1, "strokes": [*ONE, [[1, 2], ["a", 2]]]}], "stroke 2, point 2 is not"),
        ([{"label": 1, "strokes": [[[None, 2]]]}], "stroke 1, point 1 is not"),
        ([{"label": 1, "strokes": [[[1]]]}], "stroke 1, point 1 is not"),
        ([{"label": 1, "strokes": [[[float("inf"), 2]]]}], "stroke 1, point 1 is not"),
        ([{"label": 1, "strokes": [{"x": [1], "y": [2]}]}], "stroke 1 is not a list of points"),
        ([*DRAWINGS, {"label": 1}], 'Drawing 3: its "strokes" are not a list'),
    ],
)
def test_every_mistake_says_what_and_where(tmp_path: Path, content: object, mistake: str) -> None:
    path = write(tmp_path / "strokes.json", content)
    with pytest.raises(DataError) as refusal:
        read_pen_file(path)
    assert "strokes.json" in str(refusal.value) and mistake in str(refusal.value)
    assert "again" not in str(refusal.value), "nobody is told to fetch an own file again"


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x1f\x8b", gzip.compress(b"[1,")[:-4], b"\xff\xfe", b"[" * 100_000],
    ids=["empty", "no gzip", "cut off", "no text", "deep"],
)
def test_refuses_what_is_no_json(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "strokes.json"
    path.write_bytes(raw)
    with pytest.raises(DataError, match="JSON"):
        read_pen_file(path)


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_pen_file(tmp_path / "gone.json")


def test_draws_as_the_page_does_whatever_the_unit() -> None:
    strokes = [np.array(s, float) for s in SEVEN]
    canvas = [Stroke(tuple(map(tuple, s)), 20) for s in strokes]
    on_page = prepare(canvas, 400).centred.astype(int)
    for unit in (0.01, 1, 50):
        drawn = render(PenDrawing(7, tuple(s * unit + 3 for s in strokes))).astype(int)
        assert np.abs(drawn - on_page).mean() < 1


def test_a_dot_is_drawn() -> None:
    assert render(PenDrawing(1, (np.array([[5.0, 5.0]]),))).any()
    assert render(PenDrawing(1, (np.array([[5.0, 5.0]]),)), np.random.default_rng(0)).any()


def test_copies_keep_labels_repeat_by_seed_and_differ_from_each_other(tmp_path: Path) -> None:
    drawings = read_pen_file(write(tmp_path / "strokes.json"))
    x, y = render_copies(drawings, 5, 3)
    assert (x.shape, x.dtype) == ((10, 28, 28), np.uint8)
    assert y.tolist() == [1, 7] * 5
    assert len(np.unique(x, axis=0)) == 10
    np.testing.assert_array_equal(x[:2], [render(d) for d in drawings])
    np.testing.assert_array_equal(render_copies(drawings, 5, 3)[0], x)
    assert (render_copies(drawings, 5, 4)[0] != x).any()
