"""Images and signed values as PNG pictures in HTML. No Streamlit.

Signed values are blue above zero, orange below and transparent at zero, which suits light and dark
pages.
"""

import base64
import io
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from pages.ui.figures.theme import BLUE, ORANGE

POSITIVE, NEGATIVE = ImageColor.getrgb(BLUE), ImageColor.getrgb(ORANGE)
SATURATED = 99.0  # percentile of the absolute values that gets the full colour

Picture = tuple[str, str]  # address of a picture, caption


def data_url(image: NDArray[np.uint8]) -> str:
    """Return an image uint8 [height, width] or [height, width, 4] as a PNG in a `data:` address."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def colour_scale(values: NDArray[np.floating]) -> float:
    """Return the absolute value that gets the full colour: nearly the largest, above 0."""
    nonzero = np.abs(values[values != 0])
    return float(np.percentile(nonzero, SATURATED)) if nonzero.size else 1.0


def signed_picture(values: NDArray[np.floating], scale: float) -> str:
    """Return values [height, width] as a `data:` address; full colour at `scale` and beyond."""
    rgba = np.empty((*values.shape, 4), np.uint8)
    rgba[..., :3] = np.where((values > 0)[..., None], POSITIVE, NEGATIVE)
    rgba[..., 3] = np.rint(255 * np.clip(np.abs(values) / scale, 0, 1))
    return data_url(rgba)


def colour_legend(scale: float, negative: str, positive: str) -> str:
    """Return the legend of the colours as HTML; they are full at `scale`."""
    return (
        '<p class="lab-legend">'
        f"<span>{escape(negative)} {signed_number(-scale)}</span><i></i>"
        f"<span>{signed_number(scale)} {escape(positive)}</span></p>"
    )


def captioned_pictures(pictures: Sequence[Picture], across: int = 4, rem: float = 9) -> str:
    """Return pictures with captions as HTML: at most `across` in a row, at least `rem` wide.

    A caption is also its picture's alternative text.
    """
    cells = (
        f'<figure class="lab-signed"><img src="{url}" alt="{escape(caption)}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
        for url, caption in pictures
    )
    style = f"--lab-cell:{rem:g}rem;--lab-across:{across}"
    return f'<div class="lab-signs" style="{style}">{"".join(cells)}</div>'


def signed_number(value: float) -> str:
    """Format a number with its sign and a true minus: "+1.23", "−0.40"."""
    text = f"{abs(value):.{2 if abs(value) < 100 else 0}f}"
    sign = "" if float(text) == 0 else "+" if value > 0 else "−"
    return sign + text
