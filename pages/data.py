"""Data: the pictures that the networks learn from, pixel by pixel."""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from model_store.recipe.choices import DATASETS
from pages.ui.data import data_source, encodings
from pages.ui.data.selection import DATASET_PARAMS, Selection, select
from pages.ui.figures import data
from pages.ui.frame import layout
from pages.ui.services import data_cache, singletons
from pages.ui.state import url
from training.data.datasets import DataError

VIEWS = {
    "image": "One image",
    "grid": "Grid",
    "classes": "Classes",
    "means": "Mean images",
    "numbers": "As numbers",
}


def one_image(chosen: Selection) -> None:
    """Picture, colour bar, class and the 28x28 integers."""
    image, name = chosen.image, chosen.names[chosen.label]
    said = _("{split} image **{index}**: label **{label}**").format(
        split=chosen.split_name, index=f"{chosen.index:,}", label=chosen.label
    )
    is_digit = name == str(chosen.label)
    st.markdown(said if is_digit else f"{said}, {layout.plain(name)}")
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.plotly_chart(data.heatmap(image), key="heatmap", config={"displaylogo": False})
        layout.explain(_("A grey picture is 28 x 28 numbers: 0 is black, 255 is white."))
    with right:
        st.html(data.pixel_table(image))
        layout.explain(_("The same picture as the network gets it: its 784 numbers."))


def grid(chosen: Selection) -> None:
    """25 images a page, through the whole selection."""
    size = data.GRID**2
    pages = -(-len(chosen.positions) // size)
    page = st.number_input(
        _("Page (1 to {n})").format(n=f"{pages:,}"),
        1,
        max(1, pages),
        **url.linked("page", url.bounded_integer("page", 1, max(1, pages))),
    )
    shown = chosen.positions[(page - 1) * size : page * size]
    if not len(shown):
        layout.empty(_("No image of this class"), _("Choose another class or split."))
        return
    captions = [f"{i}: {chosen.names[chosen.labels[i]]}" for i in shown]
    links = [f"?dataset={chosen.dataset}&split={chosen.split}&index={i}" for i in shown]
    st.html(data.image_grid(chosen.images[shown], captions, links))


def classes(chosen: Selection) -> None:
    """The ten classes and how many images each has."""
    left, right = st.columns(2, gap="large")
    with left:
        st.table(data.class_counts(chosen.labels, chosen.names), hide_index=True)
    with right:
        st.plotly_chart(
            data.class_count_bars(chosen.labels, chosen.names),
            key="counts",
            config={"displaylogo": False},
        )
        layout.explain(_("About the same number of each: accuracy is then a fair measure."))


def mean_images(chosen: Selection) -> None:
    """What the images of a class have in common."""
    images = data_cache.mean_images(chosen.dataset, chosen.split)
    links = [f"?dataset={chosen.dataset}&class={name}" for name in range(len(chosen.names))]
    st.html(data.image_grid(images, chosen.names, links))
    layout.explain(_("The mean of all images of a class: sharp where they agree, soft elsewhere."))


layout.header(_("Data"), _("The pictures that the networks learn from, and the numbers in them."))
name = url.param("dataset", "mnist" if singletons.available("mnist") else "digits")
name = st.segmented_control(
    _("Data set"),
    list(DATASETS),
    format_func=lambda choice: _(DATASETS[choice].label),
    required=True,
    **url.linked("dataset", name if name in DATASETS else "digits", *DATASET_PARAMS),
)
layout.explain(_(DATASETS[name].help))
try:
    arrays = singletons.dataset(name)
except DataError as error:
    data_source.offer_download(name, error)
else:
    selection = select(name, arrays)
    given = url.param("view")
    view = st.segmented_control(
        _("View"),
        list(VIEWS),
        format_func=lambda key: _(VIEWS[key]),
        required=True,
        **url.linked("view", given if given in VIEWS else "image"),
    )
    {
        "image": one_image,
        "grid": grid,
        "classes": classes,
        "means": mean_images,
        "numbers": encodings.encodings_view,
    }[view](selection)
