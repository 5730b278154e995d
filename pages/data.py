"""Data: the images that networks learn from, pixel by pixel."""

import streamlit as st

from model_store.recipe.choices import DATASETS
from model_store.text import N_, _
from pages.ui.components.live_plot import live_plot
from pages.ui.data import data_source
from pages.ui.data.encodings import encodings_view
from pages.ui.data.own_sets_view import OWN, own_data_view, own_set_bar, own_tabs
from pages.ui.data.selection import DATASET_PARAMS, Selection, select
from pages.ui.figures import data
from pages.ui.frame import layout
from pages.ui.frame.linked import linked_tabs, translated
from pages.ui.services import data_cache, singletons
from pages.ui.state import url
from training.data import datasets
from training.data.datasets import DataError

VIEWS = {
    "image": N_("One image"),
    "grid": N_("Grid"),
    "classes": N_("Classes"),
    "means": N_("Mean images"),
    "numbers": N_("As numbers"),
}


def image_view(chosen: Selection) -> None:
    """Draw one image with its class, a colour bar and its 28x28 integers."""
    name = chosen.names[chosen.label]
    title = _("{split} image **{index}**: label **{label}**").format(
        split=chosen.split_name, index=f"{chosen.index:,}", label=chosen.label
    )
    st.markdown(title if name == str(chosen.label) else f"{title}, {layout.plain(name)}")
    left, right = st.columns([2, 3], gap="large")
    with left:
        live_plot(data.heatmap(chosen.image), "heatmap", 420, _("Pixel values as colours"))
        layout.explain(_("A grey image is 28 x 28 numbers: 0 is black, 255 is white."))
    with right:
        st.html(data.pixel_table(chosen.image))
        layout.explain(_("The network sees the same image as 784 numbers."))


def grid_view(chosen: Selection) -> None:
    """Draw a page of 25 images of the selection."""
    size = data.GRID**2
    pages = max(1, -(-len(chosen.positions) // size))
    page = st.number_input(
        _("Page (1 to {n})").format(n=f"{pages:,}"),
        1,
        pages,
        **url.linked("page", url.bounded_integer("page", 1, pages)),
    )
    shown = chosen.positions[(page - 1) * size : page * size]
    if not len(shown):
        layout.empty(_("No image of this class"), _("Choose another class."))
        return
    captions = [f"{i}: {chosen.names[chosen.labels[i]]}" for i in shown]
    links = [f"?dataset={chosen.dataset}&split={chosen.split}&index={i}" for i in shown]
    st.html(data.image_grid(chosen.images[shown], captions, links))


def classes_view(chosen: Selection) -> None:
    """Draw the classes and their numbers of images."""
    left, right = st.columns(2, gap="large")
    names = tuple(map(layout.cell, chosen.names))
    left.table(data.class_counts(chosen.labels, names), hide_index=True)
    with right:
        bars = data.class_count_bars(chosen.labels, chosen.names)
        live_plot(bars, "counts", 300, _("Images of each class"))
        layout.explain(data.balance_text(chosen.labels, chosen.names))


def means_view(chosen: Selection) -> None:
    """Draw the mean image of each class."""
    images = data_cache.mean_images(chosen.dataset, chosen.split)
    links = [f"?dataset={chosen.dataset}&class={label}" for label in range(len(chosen.names))]
    st.html(data.image_grid(images, chosen.names, links))
    layout.explain(
        _("The mean of all images of a class: sharp where they are alike, blurred elsewhere.")
    )


layout.header(_("Data"), _("The images that networks learn from, and the numbers in them."))
labels = {name: _(choice.label) for name, choice in DATASETS.items()} | own_tabs()
usual = "mnist" if datasets.available("mnist") else "digits"
dataset = linked_tabs("dataset", _("Data set"), labels, *DATASET_PARAMS, default=usual)
if dataset == OWN:
    own_data_view()
    st.stop()
try:
    if dataset in DATASETS:
        layout.explain(_(DATASETS[dataset].help))
    else:
        own_set_bar(dataset)
    selection = select(dataset, singletons.dataset(dataset))
except DataError as error:
    if dataset in DATASETS:
        data_source.offer_download(dataset, error)
    else:
        layout.problem(_("The data set cannot be shown."), str(error))
else:
    view = linked_tabs("view", _("View"), translated(VIEWS), default="image")
    {
        "image": image_view,
        "grid": grid_view,
        "classes": classes_view,
        "means": means_view,
        "numbers": encodings_view,
    }[view](selection)
