"""Which images the Data page shows: split, class and index, in the address as well."""

from __future__ import annotations

from dataclasses import dataclass
from gettext import gettext as _

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui import layout, state
from training.choices import DATASETS
from training.datasets import Arrays


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
    linked = "|".join(state.param(key) for key in ("split", "class", "index"))
    key = f"{name}_{linked}"
    one, two, three = st.columns([2, 2, 2], vertical_alignment="bottom")
    with one:
        splits = ["train", "test"]
        given = state.param("split", "train")
        split = st.selectbox(
            _("Split"),
            splits,
            index=splits.index(given) if given in splits else 0,
            format_func=lambda s: _("training images") if s == "train" else _("test images"),
            help=_("It learns from the training images only; the test images are the exam."),
            key=f"split_{key}",
        )
    with two:
        options = [-1, *range(len(names))]
        wanted = state.param("class")
        label = st.selectbox(
            _("Class"),
            options,
            index=options.index(int(wanted))
            if wanted.isdecimal() and int(wanted) in options
            else 0,
            format_func=lambda c: _("all classes") if c < 0 else f"{c}: {names[c]}",
            key=f"class_{key}",
        )
    images, labels = arrays.split(split)
    positions = np.arange(len(labels)) if label < 0 else np.flatnonzero(labels == label)
    last = len(labels) - 1
    text = state.param("index", "0")
    start = int(text) if text.isdecimal() and len(text) < 9 else -1
    if not 0 <= start <= last:
        layout.problem(
            _("There is no image {index} here.").format(index=text[:20]),
            "",
            _("Choose one from 0 to {last}.").format(last=f"{last:,}"),
        )
        start = 0
    if label >= 0 and len(positions) and start not in positions:
        start = int(positions[0])
    with three:
        index = st.number_input(
            _("Image (0 to {last})").format(last=f"{last:,}"),
            0,
            last,
            start,
            help=_("Go to any image by its number; the arrows step through."),
            key=f"index_{key}_{split}_{label}",
        )
    return Selection(name, split, names, images, labels, positions, int(index))
