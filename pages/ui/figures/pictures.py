"""Numbers for and against as pictures: blue above zero, orange below, clear at zero. No Streamlit.

The pictures are clear where they say nothing, so that they fit a light page and a dark one.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FOR, AGAINST = (63, 144, 218), (231, 99, 0)  # told apart by colour-blind people as well
TYPICAL = 99.0  # per cent of the values that the scale reaches; single larger ones are cut

Picture = tuple[str, str]  # address of a picture, caption


def colour_scale(values: NDArray[np.floating]) -> float:
    """Where the scale ends on both sides: nearly the largest value, above zero."""
    found = np.abs(values[values != 0])
    return float(np.percentile(found, TYPICAL)) if found.size else 1.0


def signed_picture(values: NDArray[np.floating], scale: float) -> str:
    """Values [height, width] as a PNG in a `data:` address; full colour at `scale` and beyond."""
    strength = np.clip(np.abs(values) / scale, 0, 1)
    rgba = np.empty((*values.shape, 4), np.uint8)
    rgba[..., :3] = np.where((values > 0)[..., None], FOR, AGAINST)
    rgba[..., 3] = np.rint(strength * 255)
    file = io.BytesIO()
    Image.fromarray(rgba).save(file, "PNG", compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def colour_legend(scale: float, against: str, speaks_for: str) -> str:
    """What the colours mean, as HTML; `scale` is where they are full."""
    return (
        '<p class="lab-legend">'
        f"<span>{escape(against)} {signed_number(-scale)}</span><i></i>"
        f"<span>{signed_number(scale)} {escape(speaks_for)}</span></p>"
    )


def captioned_pictures(pictures: Sequence[Picture], across: int = 4, rem: float = 9) -> str:
    """Pictures with captions as HTML, `across` in a row where there is room, `rem` wide or more.

    A caption is its picture's alternative.
    """
    cells = (
        f'<figure class="lab-signed"><img src="{url}" alt="{escape(caption)}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
        for url, caption in pictures
    )
    style = f"--lab-cell:{rem:g}rem;--lab-across:{across}"
    return f'<div class="lab-signs" style="{style}">{"".join(cells)}</div>'


def signed_number(value: float) -> str:
    """+1.23, -0.40 with a true minus: three figures or so."""
    text = f"{abs(value):.{2 if abs(value) < 100 else 0}f}"
    sign = "" if float(text) == 0 else "+" if value > 0 else "−"
    return sign + text
