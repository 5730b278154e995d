"""Views of a data set as figures, pictures and HTML, from plain arrays. No Streamlit."""

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from model_store.text import _
from pages.ui.figures.pictures import data_url
from pages.ui.figures.theme import CLASS_COLOURS, axis, percent, plotly_text

Images = NDArray[np.uint8]
UNEVEN = 2.0  # times as many images in the largest class as in the smallest
GRID = 5  # images in a row, and rows on a page


def heatmap(image: Images) -> go.Figure:
    """Return one image uint8 [28, 28] with a colour bar of its pixel values."""
    cells = go.Heatmap(
        z=image.tolist(),
        zmin=0,
        zmax=255,
        colorscale="Viridis",
        colorbar={"title": {"text": _("value")}},
        hovertemplate=_("row %{y}, column %{x}: %{z}") + "<extra></extra>",
    )
    return go.Figure(cells).update_layout(
        margin={"l": 32, "r": 110, "b": 32},  # colour bar, then the tools
        yaxis={"autorange": "reversed", "scaleanchor": "x", "constrain": "domain"},
        xaxis={"constrain": "domain"},
    )


def pixel_table(image: Images) -> str:
    """Return the 28x28 integers as an HTML table, each cell shaded by its value."""
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in image.tolist())
    return (
        '<div class="lab-scroll" tabindex="0" role="region" '
        f'aria-label="{escape(_("Pixel values"))}"><table class="lab-pixels">{rows}</table></div>'
    )


def _cell(value: int) -> str:
    ink = "#fff" if value < 118 else "#000"
    return f'<td style="background:rgb({value},{value},{value});color:{ink}">{value}</td>'


def image_grid(images: Images, captions: Sequence[str], links: Sequence[str]) -> str:
    """Return pictures with captions as an HTML grid; each leads to its address in `links`."""
    cells = (
        f'<a class="lab-cell" href="{escape(link)}" target="_self">'
        f'<img alt="{escape(caption)}" src="{data_url(image)}"><span>{escape(caption)}</span></a>'
        for image, caption, link in zip(images, captions, links, strict=True)
    )
    return f'<div class="lab-grid">{"".join(cells)}</div>'


def class_counts(labels: Images, names: Sequence[str]) -> list[dict[str, object]]:
    """Return a row for each class: label, name, number of images and percentage."""
    found = np.bincount(labels, minlength=len(names))
    return [
        {
            _("label"): label,
            _("name"): name,
            _("images"): f"{found[label]:,}",
            _("percentage"): percent(found[label] / max(1, len(labels))),
        }
        for label, name in enumerate(names)
    ]


def balance_text(labels: Images, names: Sequence[str]) -> str:
    """Say whether accuracy is a fair measure: only where classes have about as many images."""
    counts = np.bincount(labels, minlength=len(names))
    if counts.max() <= UNEVEN * max(1, counts.min()):
        return _("All classes have about as many images: accuracy is a fair measure.")
    return _(
        "Some classes have many more images than others: a network that always answers with the "
        "largest class is right often, and has learned nothing."
    )


def class_count_bars(labels: Images, names: Sequence[str]) -> go.Figure:
    """Return the number of images of each class, in the classes' colours."""
    found = np.bincount(labels, minlength=len(names)).tolist()
    bars = go.Bar(x=list(map(plotly_text, names)), y=found, marker={"color": list(CLASS_COLOURS)})
    return go.Figure(bars).update_layout(xaxis={"type": "category"}, yaxis=axis(_("images")))


def class_means(images: Images, labels: Images, classes: int) -> Images:
    """Return the mean image of each class, uint8 [classes, 28, 28]; black for an empty class."""
    out = np.zeros((classes, *images.shape[1:]), np.uint8)
    for label in range(classes):
        chosen = images[labels == label]
        if len(chosen):
            out[label] = np.rint(chosen.mean(axis=0, dtype=np.float64))
    return out
