"""The views of a data set as figures, pictures and HTML, from plain arrays. No Streamlit."""

from __future__ import annotations

import io
from collections.abc import Sequence
from gettext import gettext as _
from html import escape

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

from pages.ui.figures.theme import CLASS_COLOURS

Images = NDArray[np.uint8]
GRID = 5


def heatmap(image: Images) -> go.Figure:
    """One image uint8 [28, 28] with a colour bar of its pixel values."""
    figure = go.Figure(
        go.Heatmap(
            z=image.tolist(),
            zmin=0,
            zmax=255,
            colorscale="Viridis",
            colorbar={"title": {"text": _("value")}},
            hovertemplate=_("row %{y}, column %{x}: %{z}") + "<extra></extra>",
        )
    )
    figure.update_layout(
        height=420,
        margin={"l": 32, "r": 8, "t": 8, "b": 32},
        yaxis={"autorange": "reversed", "scaleanchor": "x", "constrain": "domain"},
        xaxis={"constrain": "domain"},
    )
    return figure


def pixel_table(image: Images) -> str:
    """The 28x28 integers as an aligned HTML table, each cell shaded by its value."""
    rows = "".join("<tr>" + "".join(_cell(int(value)) for value in row) + "</tr>" for row in image)
    return (
        '<div class="lab-scroll" tabindex="0" role="region" '
        f'aria-label="{escape(_("Pixel values"))}"><table class="lab-pixels">{rows}</table></div>'
    )


def _cell(value: int) -> str:
    ink = "#fff" if value < 118 else "#000"
    return f'<td style="background:rgb({value},{value},{value});color:{ink}">{value}</td>'


def png(image: Images) -> bytes:
    """One image, or a mosaic, as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def image_grid(images: Images, captions: Sequence[str], links: Sequence[str]) -> str:
    """Pictures with captions as an HTML grid, five in a row; each leads to its `links` address."""
    import base64

    cells = []
    for image, caption, link in zip(images, captions, links, strict=True):
        source = base64.b64encode(png(image)).decode()
        cells.append(
            f'<a class="lab-cell" href="{escape(link)}" target="_self">'
            f'<img alt="{escape(caption)}" src="data:image/png;base64,{source}">'
            f"<span>{escape(caption)}</span></a>"
        )
    return f'<div class="lab-grid">{"".join(cells)}</div>'


def class_counts(labels: Images, names: Sequence[str]) -> list[dict[str, object]]:
    """The table of classes: label, name, number of images and share."""
    found = np.bincount(labels, minlength=len(names))
    return [
        {
            _("label"): label,
            _("name"): name,
            _("images"): f"{found[label]:,}",
            _("share"): f"{found[label] / max(1, len(labels)):.1%}",
        }
        for label, name in enumerate(names)
    ]


def class_count_bars(labels: Images, names: Sequence[str]) -> go.Figure:
    """Images of each class, in the classes' colours."""
    found = np.bincount(labels, minlength=len(names)).tolist()
    figure = go.Figure(go.Bar(x=list(names), y=found, marker={"color": list(CLASS_COLOURS)}))
    figure.update_layout(
        height=300,
        margin={"l": 56, "r": 8, "t": 8, "b": 40},
        xaxis={"type": "category"},
        yaxis={"title": {"text": _("images")}},
    )
    return figure


def class_means(images: Images, labels: Images, classes: int) -> Images:
    """The mean image of each class, uint8 [classes, 28, 28]; black where a class has no image."""
    out = np.zeros((classes, *images.shape[1:]), np.uint8)
    for label in range(classes):
        chosen = images[labels == label]
        if len(chosen):
            out[label] = np.rint(chosen.mean(axis=0, dtype=np.float64))
    return out


def one_hot(label: int, classes: int = 10) -> list[int]:
    """0 everywhere but a 1 at the label."""
    return [int(i == label) for i in range(classes)]


def softmax(values: Sequence[float]) -> list[float]:
    """Probabilities that add up to 1."""
    shifted = np.exp(np.asarray(values, np.float64) - max(values))
    return [float(v) for v in shifted / shifted.sum()]
