"""Images that the Data page shows: split, class and index, kept in the address. Script thread."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store.text import N_, _
from pages.ui.frame.linked import linked_index, linked_select, translated
from pages.ui.state import url
from training.data.datasets import Arrays

DATASET_PARAMS = ("split", "class", "index", "page")  # another data set resets them
SPLITS = {"train": N_("training images"), "test": N_("test images")}


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
        """The class of the image at `index`."""
        return int(self.labels[self.index])

    @property
    def split_name(self) -> str:
        """The split for people."""
        return _("Training") if self.split == "train" else _("Test")


def select(name: str, arrays: Arrays) -> Selection:
    """Draw the controls and return the selection."""
    names = arrays.about.names
    classes = {"": _("all classes"), **{str(i): f"{i}: {name}" for i, name in enumerate(names)}}
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    with left:
        help_ = _("The network learns from training images only. Test images are its exam.")
        split = linked_select(
            "split", _("Images"), translated(SPLITS), "index", "page", default="train", help=help_
        )
    with middle:
        chosen = linked_select("class", _("Class of the image"), classes, "index", "page")
    images, labels = arrays.split(split)
    positions = np.flatnonzero(labels == int(chosen)) if chosen else np.arange(len(labels))
    last = len(labels) - 1
    index = linked_index("index", _("There is no image {value} here."), last) or 0
    if chosen and len(positions) and index not in positions:
        index = int(positions[0])
    index = right.number_input(
        _("Image (0 to {last})").format(last=f"{last:,}"),
        0,
        last,
        help=_("Type a number to see that image, or use the arrows."),
        **url.linked("index", index),
    )
    return Selection(name, split, names, images, labels, positions, int(index))
