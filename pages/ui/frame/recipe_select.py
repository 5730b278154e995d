"""Select box of the recipe that a form starts from: a preset, or the recipe of a link.

Script thread.
"""

from gettext import gettext as _

import streamlit as st

from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Recipe, RecipeError
from pages.ui.frame import layout
from pages.ui.state import url

DEFAULT = "digits-quick"


def recipe_select(help: str, default: str = DEFAULT) -> tuple[str, Recipe]:
    """Return the chosen recipe and its name in the address: a preset's, or its link."""
    given = url.param("recipe") or default
    recipes = {name: preset.recipe for name, preset in PRESETS.items()}
    if given not in recipes:
        try:
            recipes = {given: Recipe.from_link(given), **recipes}
        except RecipeError as error:
            layout.problem(
                _("The recipe in this link cannot be used."),
                str(error),
                _("The form below starts from the standard recipe instead."),
            )
            given = DEFAULT
    chosen = st.selectbox(
        _("Recipe"),
        list(recipes),
        format_func=lambda name: recipes[name].title,
        help=help,
        **url.linked("recipe", given),
    )
    return chosen, recipes[chosen]
