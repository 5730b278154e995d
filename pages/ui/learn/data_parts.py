"""Parts of a step that show the data: images, labels, and their numbers. Script thread."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model_store.recipe.choices import CLASSES, LABELS, LOSSES
from model_store.recipe.spoil import spoil_sentences
from model_store.text import _
from pages.ui.components.answer import image_html
from pages.ui.components.live_plot import live_plot
from pages.ui.evaluate.spoiled_view import spoiled_pictures
from pages.ui.figures import data as figures
from pages.ui.figures import lessons
from pages.ui.figures.pictures import captioned_pictures, data_url
from pages.ui.frame import layout
from pages.ui.learn.context import Context
from pages.ui.services import data_cache

SIDE = 280  # CSS pixels of a picture
GRID = 5
SPOILED = 10  # pictures
Images = NDArray[np.uint8]


def index_field(context: Context, place: int, split: str, index: int, name: str = "index") -> int:
    """Draw the field of an image's number and return it."""
    last = len(context.arrays.split(split)[0]) - 1
    label = _("Training picture (0 to {n})") if split == "train" else _("Test picture (0 to {n})")
    chosen = st.number_input(
        label.format(n=f"{last:,}"),
        0,
        last,
        index,
        key=context.key(place, name),
        persist_state="session",
        width=260,
    )
    return int(chosen)


def label_text(context: Context, split: str, index: int) -> str:
    """Return the label of an image, and its name if that is another."""
    label = int(context.arrays.split(split)[1][index])
    name = context.names[label]
    return _("label {label}").format(label=label if name == str(label) else f"{label}, {name}")


def picture(context: Context, place: int, split: str, index: int, style: str) -> None:
    """Draw one image and its label, in grey, black on white, or in colours with a colour bar."""
    index = index_field(context, place, split, index)
    image = np.asarray(context.arrays.split(split)[0][index])
    label = label_text(context, split, index)
    if style == "colours":
        live_plot(
            figures.heatmap(image), context.key(place, "map"), 400, _("Pixel values as colours")
        )
        layout.remark(label)
        return
    st.html(image_html(255 - image if style == "black" else image, label, SIDE))


def pixels(context: Context, place: int, split: str, index: int) -> None:
    """Draw the 28x28 integers of an image as an aligned table."""
    index = index_field(context, place, split, index)
    st.html(figures.pixel_table(np.asarray(context.arrays.split(split)[0][index])))
    layout.remark(label_text(context, split, index))


def grid(context: Context, place: int, split: str, first: int, style: str) -> None:
    """Draw 25 images in a grid with their class names."""
    first = index_field(context, place, split, first, "first")
    images, labels = context.arrays.split(split)
    shown = range(first, min(first + GRID**2, len(images)))
    pictures = [
        (
            data_url(255 - images[i] if style == "black" else np.asarray(images[i])),
            context.names[int(labels[i])],
        )
        for i in shown
    ]
    st.html(captioned_pictures(pictures, GRID, 4.5))


def labels(context: Context, place: int, split: str) -> None:
    """Draw the table of labels, class names and numbers of images."""
    del place
    st.table(figures.class_counts(context.arrays.split(split)[1], context.names), hide_index=True)


def label_array(context: Context, place: int, split: str) -> None:
    """Draw the labels as NumPy prints them."""
    del place
    found = context.arrays.split(split)[1]
    st.html(lessons.printed_html(lessons.printed(found), _("Labels")))
    layout.remark(_("{n} labels: whole numbers from 0 to 9").format(n=f"{len(found):,}"))


def shapes(context: Context, place: int) -> None:
    """Draw the shapes of all arrays, as they are loaded and as a network reads them."""
    del place
    rows = []
    for split, end in (("train", "_train"), ("test", "_test")):
        images, found = context.arrays.split(split)
        n = len(images)
        rows += [
            (f"x{end}", images.shape, _("images, 0 to 255")),
            (f"y{end}", found.shape, _("labels, 0 to 9")),
            (f"x{end}.reshape(-1, 784)", (n, 784), _("one row of 784 numbers for each image")),
            (f"to_categorical(y{end})", (n, CLASSES), _("one row of 10 numbers for each label")),
        ]
    heads = (_("array"), _("shape"), _("what it holds"))
    table = [(f"`{name}`", str(tuple(map(int, shape))), what) for name, shape, what in rows]
    st.table([dict(zip(heads, row, strict=True)) for row in table], hide_index=True)


def scaling(context: Context, place: int, split: str, index: int, row: int) -> None:
    """Draw one row of an image before and after the division by 255, and both ranges."""
    index = index_field(context, place, split, index)
    image = np.asarray(context.arrays.split(split)[0][index])
    st.html(lessons.scaled_row_html(image[row], f"x[{row}]"))
    heads = (_("images"), _("smallest"), _("largest"), _("smallest / 255"), _("largest / 255"))
    rows = []
    for name, images in (("x_train", context.arrays.x_train), ("x_test", context.arrays.x_test)):
        low, high = int(images.min()), int(images.max())
        numbers = (str(low), str(high), f"{low / 255:.1f}", f"{high / 255:.1f}")
        rows.append(dict(zip(heads, (f"`{name}`", *numbers), strict=True)))
    st.table(rows, hide_index=True)
    layout.remark(_("Training images and test images are scaled in the same way."))


def flatten(context: Context, place: int, split: str, index: int) -> None:
    """Draw an image, and the same numbers as one row of 784."""
    index = index_field(context, place, split, index)
    images = context.arrays.split(split)[0]
    row = np.asarray(images[index]).reshape(-1)
    st.html(image_html(np.asarray(images[index]), _("shape (28, 28)"), 168))
    st.html(lessons.strip_html(row, _("shape (784,): the 28 rows one after the other")))
    numbers = [" ".join(f"{v:3d}" for v in row[start : start + 28]) for start in range(0, 784, 28)]
    st.html(lessons.printed_html("\n".join(numbers), _("Pixel values")))
    n = f"{len(images):,}".replace(",", "")
    st.markdown(_("All images together: shape ({n}, 28, 28) becomes **[{n}, 784]**.").format(n=n))


def one_hot(context: Context, place: int, split: str) -> None:
    """Draw the labels as one-hot rows: the last one, and the whole array."""
    del place
    found = context.arrays.split(split)[1]
    rows = np.eye(CLASSES, dtype=np.float32)[found]
    st.markdown(_("The labels:"))
    st.html(lessons.printed_html(lessons.printed(found), _("Labels")))
    last = len(found) - 1
    st.markdown(_("The last label, {label}, as a one-hot row:").format(label=int(found[last])))
    st.html(lessons.printed_html(lessons.printed(rows[last], CLASSES), _("Labels")))
    shape = f"[{len(found)}, {CLASSES}]"
    st.markdown(_("The whole array, shape {shape}:").format(shape=layout.plain(shape)))
    st.html(lessons.printed_html(lessons.printed(rows, CLASSES // 2), _("Labels")))


def means(context: Context, place: int, split: str) -> None:
    """Draw the mean image of each class."""
    del place
    images = data_cache.mean_images(context.dataset, split)
    pictures = [(data_url(image), name) for image, name in zip(images, context.names, strict=True)]
    st.html(captioned_pictures(pictures, GRID, 6))


def losses(context: Context, place: int) -> None:
    """Draw which form of labels each loss needs, with a label of the data set in both forms."""
    del place
    label = int(context.arrays.y_train[0])
    forms = {"integer": str(label), "one_hot": str(np.eye(CLASSES, dtype=int)[label].tolist())}
    heads = (_("loss"), _("labels it needs"), _("the first label"))
    rows = [
        (f"`{n}`", _(LABELS[loss.labels].label), forms[loss.labels]) for n, loss in LOSSES.items()
    ]
    st.table([dict(zip(heads, row, strict=True)) for row in rows], hide_index=True)


def spoiled_images(context: Context, place: int, recipe: str) -> None:
    """Draw training images as a network of the recipe sees them, wrong labels first."""
    del place
    chosen = context.recipe(recipe)
    for sentence in spoil_sentences(chosen.spoil, context.names):
        layout.remark(layout.plain(sentence))
    spoiled_pictures(chosen, context.arrays, SPOILED)
    layout.remark(
        _("Below each picture: its label in this training. A wrong one has the true class too.")
    )
