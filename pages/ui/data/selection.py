"""Which images the Data page shows: split, class and index, in the address as well."""

from __future__ import annotations

from dataclasses import dataclass
from gettext import gettext as _

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store.recipe.choices import DATASETS
from pages.ui.frame import layout
from pages.ui.state import url
from training.data.datasets import Arrays

DATASET_PARAMS = ("split", "class", "index", "page")  # what of the address another data set resets


@dataclass(frozen=True)
class Selection:
    """Images uint8 [N, 28, 28] and labels [N] of a split; `positions` are those of the class."""

    dataset: str
    split: str
    names: tuple[str, ...]
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    positions: NDArray[np.int_]
    index: int

    @property
    def image(self) -> NDArray[np.uint8]:
        """The image at `index`."""
        return np.asarray(self.images[self.index])

    @property
    def label(self) -> int:
        """Its class."""
        return int(self.labels[self.index])

    @property
    def split_name(self) -> str:
        """The split for people."""
        return _("Training") if self.split == "train" else _("Test")


def select(name: str, arrays: Arrays) -> Selection:
    """Draw the controls and return what they choose; a link's nonsense gets a sentence."""
    names = DATASETS[name].class_names
    one, two, three = st.columns([2, 2, 2], vertical_alignment="bottom")
    with one:
        split = st.selectbox(
            _("Split"),
            ["train", "test"],
            format_func=lambda s: _("training images") if s == "train" else _("test images"),
            help=_("It learns from the training images only; the test images are the exam."),
            **url.linked(
                "split", "test" if url.param("split") == "test" else "train", "index", "page"
            ),
        )
    with two:
        options = ["", *map(str, range(len(names)))]
        wanted = url.param("class")
        chosen = st.selectbox(
            _("Class"),
            options,
            format_func=lambda c: f"{c}: {names[int(c)]}" if c else _("all classes"),
            **url.linked("class", wanted if wanted in options else "", "index", "page"),
        )
    images, labels = arrays.split(split)
    positions = np.flatnonzero(labels == int(chosen)) if chosen else np.arange(len(labels))
    last = len(labels) - 1
    text = url.param("index")
    start = url.integer("index") if text else 0
    if start is None or start > last:
        layout.problem(
            _("There is no image {index} here.").format(index=text[:20]),
            "",
            _("Choose one from 0 to {last}.").format(last=f"{last:,}"),
        )
        start = 0
    if chosen and len(positions) and start not in positions:
        start = int(positions[0])
    with three:
        index = st.number_input(
            _("Image (0 to {last})").format(last=f"{last:,}"),
            0,
            last,
            help=_("Go to any image by its number; the arrows step through."),
            **url.linked("index", start),
        )
    return Selection(name, split, names, images, labels, positions, int(index))
