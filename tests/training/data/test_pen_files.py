"""Pen strokes from a file become the images that the Draw page would make."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from model_store.classroom.drawing import Stroke
from tests.support.pen_strokes import DRAWINGS, ONE, SEVEN, write
from training.data.datasets import DataError
from training.data.pen_files import PenDrawing, read_pen_file, render, render_copies
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
        '.SEGMENT DIGIT 0 ? "1"\n.PEN_DOWN\n1 2 3\n',
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


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {},
        "text",
        [3],
        [{}],
        [{"label": 10, "strokes": ONE}],
        [{"label": True, "strokes": ONE}],
        [{"label": "1", "strokes": ONE}],
        [{"label": 1, "strokes": []}],
        [{"label": 1, "strokes": [[[1e308, -1e308], [1e308, 1e308]]]}],
        [{"label": 1, "strokes": [[]]}],
        [{"label": 1, "strokes": [[[1, 2, 3]]]}],
        [{"label": 1, "strokes": [[[1, 2, 3], [4, 5, 6]]]}],
        [{"label": 1, "strokes": [[1, 2]]}],
        [{"label": 1, "strokes": [[["a", 2]]]}],
        [{"label": 1, "strokes": [[[None, 2]]]}],
        [{"label": 1, "strokes": [[[float("inf"), 2]]]}],
        [{"label": 1, "strokes": 7}],
        [*DRAWINGS, {"label": 1}],
    ],
)
def test_refuses_with_a_sentence_that_names_the_file(tmp_path: Path, content: object) -> None:
    path = write(tmp_path / "strokes.json", content)
    with pytest.raises(DataError, match=r"strokes\.json"):
        read_pen_file(path)


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
