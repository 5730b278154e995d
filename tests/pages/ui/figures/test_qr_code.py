"""QR codes: a path that draws the modules, with a quiet zone."""

import re

import pytest
import segno

from pages.ui.figures.qr_code import MARGIN, qr_path, qr_svg

ADDRESS = "http://192.168.1.20:8501/c/AB3DEF"


def drawn(path: str, side: int) -> list[list[int]]:
    """Return the modules that a path covers."""
    rows = [[0] * side for _row in range(side)]
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path):
        for place in range(int(x), int(x) + int(length)):
            rows[int(y)][place] += 1
    return rows


def test_the_path_covers_the_dark_modules_once() -> None:
    path, side = qr_path(ADDRESS)
    wanted = segno.make(ADDRESS, error="m", micro=False).matrix_iter(border=MARGIN)
    assert drawn(path, side) == [list(row) for row in wanted]


def test_a_quiet_zone_is_around_it() -> None:
    path, side = qr_path(ADDRESS)
    rows = drawn(path, side)
    edges = [*rows[:MARGIN], *rows[-MARGIN:], *([row[:MARGIN] + row[-MARGIN:] for row in rows])]
    assert not any(map(any, edges))


def test_the_picture_has_nothing_of_the_text() -> None:
    svg = qr_svg("<script>")
    assert svg.startswith("<svg ")
    assert "script" not in svg


def test_too_long_a_text_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        qr_path("x" * 5000)
