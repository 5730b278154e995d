"""Home: the ways in, and what this machine has."""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from pages.ui import layout, navigation, services
from training import datasets
from training.choices import DATASETS

DOORS = (
    (
        "draw",
        _("Draw a digit"),
        _("A network that knows handwriting answers at once, in ten bars."),
        _("Draw now"),
        ":material/draw:",
    ),
    (
        "train",
        _("Train your own"),
        _("Choose layers and learning rate; watch it learn, live. Digits take seconds."),
        _("Train now"),
        ":material/show_chart:",
    ),
    (
        "data",
        _("Look at the data"),
        _("70,000 little pictures, pixel by pixel: what the network gets to see."),
        _("Look now"),
        ":material/grid_view:",
    ),
    (
        "evaluate",
        _("See its mistakes"),
        _("Which pictures does it confuse, and how sure was it when it was wrong?"),
        _("Evaluate a model"),
        ":material/fact_check:",
    ),
    (
        "sweep",
        _("Ask what a setting does"),
        _("Learning rate, width, dropout: many trainings answer, and tell it from chance."),
        _("Start a sweep"),
        ":material/tune:",
    ),
    (
        "compare",
        _("Compare runs"),
        _("Every training, side by side: what was different, and what that did."),
        _("See all runs"),
        ":material/stacked_line_chart:",
    ),
)
A_ROW = 3


def doors() -> None:
    """A card for each page: to do first, then to understand."""
    places = [place for _row in DOORS[::A_ROW] for place in st.columns(A_ROW)]
    for place, (page, title, text, label, icon) in zip(places, DOORS, strict=True):
        with place, st.container(border=True, height="stretch"):
            layout.section(title)
            st.write(text)
            navigation.link(page, label, icon)


def machine() -> None:
    """Data, models and workers, as they are."""
    layout.section(_("What this machine has"))
    status = services.engine().status()
    ready = [d.label for name, d in DATASETS.items() if datasets.available(name)]
    models = [run for run in services.store().list() if run.has_model]
    with st.container(horizontal=True):
        st.metric(_("Data sets"), str(len(ready)), help=", ".join(ready))
        st.metric(_("Models to draw against"), str(len(models)))
        st.metric(_("Trainings side by side"), str(status.workers))
    if status.state == "starting":
        layout.explain(_("The training engine is warming up; you can already draw and browse."))
    elif status.state == "broken":
        layout.problem(_("The training engine is not running."), status.message)
    absent = [d.label for name, d in DATASETS.items() if d.label not in ready]
    if absent:
        layout.explain(
            _("{names} can be fetched on the Data page. Digits works without a network.").format(
                names=_(" and ").join(absent)
            )
        )


layout.header(
    "Softmax Lab",
    _("See how a neural network learns to tell pictures apart: train it, draw for it, ask it."),
)
doors()
machine()
