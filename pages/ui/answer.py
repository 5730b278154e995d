"""What a classifier answers: ten bars drawn in place, the answer in words, what it saw."""

from __future__ import annotations

import base64
import io
from gettext import gettext as _
from html import escape

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from pages.ui import layout
from pages.ui.live_plot import live_plot
from training.images import Stages


def bars(probabilities: NDArray[np.float32], names: tuple[str, ...]) -> go.Figure:
    """Ten bars, one a class, in the classes' colours; `probabilities` float32 [10]."""
    shares = [float(p) for p in probabilities]
    figure = go.Figure(
        go.Bar(
            x=list(names),
            y=shares,
            marker={"color": list(layout.CLASS_COLOURS)},
            text=[f"{p:.0%}" if p >= 0.005 else "" for p in shares],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{x}: %{y:.2%}<extra></extra>",
        )
    )
    figure.update_layout(
        height=320,
        margin={"l": 72, "r": 8, "t": 24, "b": 40},
        yaxis={"range": [0, 1], "tickformat": ".0%", "title": {"text": _("probability")}},
        xaxis={"type": "category", "fixedrange": True, "showgrid": False, "tickfont": {"size": 15}},
        uirevision="bars",
        template=None,
    )
    return figure


def answer(
    probabilities: NDArray[np.float32] | None, names: tuple[str, ...], key: str, truth: str = ""
) -> None:
    """The most probable class in words and, below, all ten bars; None is an empty canvas."""
    if probabilities is None:
        words = f'<p class="lab-hint">{escape(_("Draw a digit: the ten bars answer here."))}</p>'
        shown = np.zeros(len(names), np.float32)
    else:
        shown = probabilities
        best = int(probabilities.argmax())
        told = _("with {percent}").format(percent=f"{probabilities[best]:.1%}")
        right = "" if not truth else f" · {escape(_('it is'))} <b>{escape(truth)}</b>"
        words = (
            f'<p class="lab-answer" data-answer="{escape(names[best])}">'
            f'<span style="color:{layout.CLASS_COLOURS[best]}">■</span> '
            f"<b>{escape(names[best])}</b> <small>{escape(told)}{right}</small></p>"
        )
    st.html(f'<div role="status" aria-live="polite">{words}</div>')
    live_plot(bars(shown, names), key=key, height=320, label=_("Probability of each class"))


def picture(image: NDArray[np.uint8], label: str, side: int = 168) -> str:
    """An image as HTML, enlarged with crisp pixels; `label` is its caption and alternative."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    source = base64.b64encode(file.getvalue()).decode()
    return (
        f'<figure class="lab-picture"><img src="data:image/png;base64,{source}" '
        f'alt="{escape(label)}" width="{side}" height="{side}">'
        f"<figcaption>{escape(label)}</figcaption></figure>"
    )


def seen(image: NDArray[np.uint8] | None) -> None:
    """The 28x28 pixels that the network gets."""
    blank = np.zeros((28, 28), np.uint8)
    st.html(picture(blank if image is None else image, _("What the network sees: 28 x 28")))


def preparation(stages: Stages) -> None:
    """Each step from the pad to the network, as pictures."""
    steps = (
        (stages.raw, _("1. The whole pad, shrunk")),
        (_square(stages.cropped), _("2. Cropped to the ink")),
        (stages.scaled, _("3. Fitted into 20 x 20")),
        (stages.centred, _("4. Centre of mass in the middle")),
    )
    pictures = "".join(picture(image, label, 120) for image, label in steps)
    st.html(f'<div class="lab-row">{pictures}</div>')


def _square(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    side = max(image.shape)
    out = np.zeros((side, side), np.uint8)
    top, left = (side - image.shape[0]) // 2, (side - image.shape[1]) // 2
    out[top : top + image.shape[0], left : left + image.shape[1]] = image
    return out
