"""Select box of the recipe that a form starts from: a preset, or the recipe of a link.

Script thread.
"""

import streamlit as st

from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Recipe, RecipeError
from model_store.text import _, named
from pages.ui.frame import layout
from pages.ui.state import url

DEFAULT = "digits-quick"


def recipe_select(help: str, default: str = DEFAULT) -> tuple[str, Recipe]:
    """Return the chosen recipe and its name in the address: a preset's, or its link."""
    given = url.param("recipe") or default
    recipes = {name: preset.recipe for name, preset in PRESETS.items()}
    if given not in recipes:
        try:
            given, recipes = _with_link(given, recipes)
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
        format_func=lambda name: _title(name, recipes),
        help=help,
        **url.linked("recipe", given),
    )
    return chosen, recipes[chosen]


def _with_link(link: str, recipes: dict[str, Recipe]) -> tuple[str, dict[str, Recipe]]:
    """Return the option of a link, and all options: a preset's own recipe is no other option.

    Raises:
        RecipeError: if the link has no recipe.
    """
    recipe = Recipe.from_link(link)
    known = next((name for name, preset in recipes.items() if preset == recipe), None)
    return (known, recipes) if known else (link, {link: recipe, **recipes})


def _title(name: str, recipes: dict[str, Recipe]) -> str:
    """Return the title of an option; no two are the same: Streamlit tells them apart by it."""
    title = named(recipes[name].title)
    if name not in PRESETS and any(recipes[preset].title == title for preset in PRESETS):
        return _("{title}, changed").format(title=title)
    return title
