"""Signed values as coloured pictures, and captions as safe HTML."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pages.ui.figures import pictures


def pixels(url: str) -> Any:
    content = base64.b64decode(url.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(content)))


def test_signs_are_colours_and_sizes_are_strength() -> None:
    shown = pixels(pictures.signed_picture(np.array([[2.0, -1.0], [0.0, -9.0]]), 2.0))
    assert tuple(shown[0, 0]) == (*pictures.POSITIVE, 255)
    assert tuple(shown[0, 1]) == (*pictures.NEGATIVE, 128)
    assert shown[1, 0, 3] == 0 and tuple(shown[1, 1]) == (*pictures.NEGATIVE, 255)


def test_a_scale_is_never_zero_and_captions_are_escaped() -> None:
    assert pictures.colour_scale(np.zeros((2, 2))) == 1.0
    assert pictures.colour_scale(np.array([0.0, -3.0])) == pytest.approx(3.0)
    shown = pictures.captioned_pictures([("data:,", '"><script>')])
    assert "<script>" not in shown and "&lt;script&gt;" in shown
    assert [pictures.signed_number(v) for v in (0.0, -0.001, 1.25, -340.4)] == [
        "0.00",
        "0.00",
        "+1.25",
        "−340",
    ]
