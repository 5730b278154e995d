"""Pictures with their ten bars, as the tutorials show them; a click opens one. Script thread."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.inference.metrics import Evaluation
from model_store.text import _
from pages.ui.components.component import component
from pages.ui.figures import theme
from pages.ui.figures.pictures import data_url
from pages.ui.state import selection, url

COLUMNS, ROWS = 3, 5
PER_PAGE = COLUMNS * ROWS
_KEY = "picture_grid"
_HTML = '<div class="lab-pictures" role="list"></div>'


def picture_grid(
    evaluation: Evaluation,
    images: NDArray[np.uint8],
    positions: Sequence[int],
    names: Sequence[str],
    on_open: Callable[[int], None],
) -> None:
    """Draw images and their answers. Once a page.

    Args:
        evaluation: the answers to all images.
        images: uint8 [N, 28, 28].
        positions: of the images to draw, at most `PER_PAGE`, in reading order.
        names: the class names.
        on_open: called with a position when a person chooses its picture.
    """

    def opened() -> None:
        position = selection.component_value(_KEY, "opened")
        if isinstance(position, int):
            on_open(position)

    data = {
        "cells": [cell(evaluation, images, int(i), names) for i in positions],
        "ticks": list(names) if max(map(len, names)) == 1 else [],
        "label": _("Test images with the network's answers"),
    }
    component("picture_grid", _HTML, data, _KEY, on_opened_change=opened)


def cell(
    evaluation: Evaluation, images: NDArray[np.uint8], position: int, names: Sequence[str]
) -> dict[str, Any]:
    """Return the data of one image for `picture_grid.js`."""
    truth, answer = int(evaluation.labels[position]), int(evaluation.answers[position])
    percent = theme.percent(float(evaluation.confidence[position]), 0)
    if truth == answer:
        description = _("Image {n}: {answer}, {percent} sure, correct")
    else:
        description = _("Image {n}: {answer}, {percent} sure, wrong: it is {truth}")
    return {
        "position": position,
        "href": url.query_string(image=str(position)),
        "source": data_url(np.asarray(images[position])),
        "probabilities": [round(float(p), 4) for p in evaluation.probabilities[position]],
        "truth": truth,
        "answer": answer,
        "caption": f"{names[answer]} · {percent} ({names[truth]})",
        "description": description.format(
            n=f"{position:,}", answer=names[answer], percent=percent, truth=names[truth]
        ),
    }
