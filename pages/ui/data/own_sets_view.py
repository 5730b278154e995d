"""Your own data: the data sets that people brought, and what one can do with one. Script thread."""

import streamlit as st

from model_store.recipe.own_data import is_own
from model_store.recipe.recipe import Hidden, Recipe
from model_store.text import N_, _
from pages.ui.data.add_own_set import add_own_set
from pages.ui.data.draw_own_set import class_own_set, draw_own_set
from pages.ui.frame import layout, navigation, permissions
from pages.ui.frame.linked import linked_tabs, translated
from pages.ui.frame.owners import owner_label
from pages.ui.services import singletons
from pages.ui.state import selection, url, visitor
from training.data.datasets import DataError
from training.data.own_sets import Card, DataSetGone

OWN = "own"  # the tab's name in the address
WAYS = {
    "files": N_("From files"),
    "drawn": N_("Drawn here"),
    "class": N_("From the class drawings"),
}
ENOUGH_TO_HOLD_OUT = 100  # training images, so that a fifth of them can check the others


def own_tabs() -> dict[str, str]:
    """Return the tabs beside those of the app's data sets: all own ones, and the one shown now."""
    tabs, shown = {OWN: _("Your own data")}, url.param("dataset")
    if is_own(shown):
        try:
            tabs[shown] = singletons.own_sets().open(shown).about.title
        except DataSetGone:
            tabs[shown] = _("Not on this server")
    return tabs


def own_data_view() -> None:
    """Draw the data sets that this visitor is offered, and the ways to add one."""
    own_sets_list()
    way = linked_tabs("from", _("Where the pictures come from"), translated(WAYS), default="files")
    if selection.came_from(way):
        selection.found_data.clear()
    {"drawn": draw_own_set, "class": class_own_set}.get(way, add_own_set)()


def own_sets_list() -> None:
    """Draw a link to each data set that this visitor is offered."""
    cards = singletons.own_sets().listed(visitor.visitor_id())
    if not cards:
        return
    layout.section(_("Data sets on this server"))
    for card in cards:
        with st.container(key=f"set_{card.name}", gap=None):
            navigation.link("data", card.about.title, ":material/dataset:", dataset=card.name)
            layout.remark(layout.plain(facts(card)))


def facts(card: Card) -> str:
    """Return what a data set has, whose it is, and where it comes from."""
    about = card.about
    sentence = _("{n} classes, {train} training images and {test} test images. Added by {owner}.")
    text = sentence.format(
        n=len(about.class_names),
        train=f"{about.train:,}",
        test=f"{about.test:,}",
        owner=owner_label(card.owner),
    )
    if about.licence:
        text += " " + _("Source: {licence}.").format(licence=about.licence)
    return text


def first_recipe(card: Card) -> Recipe:
    """Return a recipe that suits a data set of this size."""
    about = card.about
    held_out = about.train >= ENOUGH_TO_HOLD_OUT
    recipe = Recipe(
        dataset=card.name, own=about, hidden=(Hidden(64),), epochs=20, batch_size=1
    ).with_(validation="split" if held_out else "none", validation_share=0.2)
    return recipe.with_(batch_size=min(32, recipe.train_images))


def own_set_bar(name: str) -> None:
    """Draw the facts of an own data set, and Train, Download and Delete.

    Raises:
        DataError: if it is gone.
    """
    card = singletons.own_sets().open(name)
    layout.remark(layout.plain(facts(card)))
    with st.container(horizontal=True, vertical_alignment="center", key="own_set_bar"):
        recipe = first_recipe(card).to_link()
        navigation.link("train", _("Train on it"), ":material/play_arrow:", recipe=recipe)
        st.download_button(
            _("Download"),
            data=lambda: singletons.own_sets().content(name) or b"",
            file_name=f"{name}.npz",
            icon=":material/download:",
            on_click="ignore",
            key="own_set_file",
        )
        if card.owner == visitor.visitor_id() or permissions.is_teacher():
            _delete(card)


def _delete(card: Card) -> None:
    with st.popover(_("Delete"), icon=":material/delete:", key="delete_set"):
        st.markdown(
            _(
                "The pictures are deleted for good. Networks that were trained on them stay and "
                "still answer, but can no longer be tested or trained again."
            )
        )
        if not st.button(_("Delete this data set"), type="primary", key="delete_set_now"):
            return
        owner = None if permissions.is_teacher() else visitor.visitor_id()
        with layout.problem_on(DataError, what=_("The data set could not be deleted.")):
            singletons.own_sets().delete(card.name, owner)
            url.set_params(dataset=OWN, split=None, index=None, page=None, **{"class": None})
            st.rerun()
