"""Recipes that a form can start from: the presets, and that of a link. Script thread."""

from collections.abc import Mapping

import streamlit as st

from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Recipe, RecipeError
from model_store.text import _, named
from pages.ui.frame import layout
from pages.ui.state import url

DEFAULT = "digits-quick"


def recipe_choices(default: str = DEFAULT) -> tuple[str, Mapping[str, Recipe]]:
    """Return the name of the address' recipe, a preset's or its link, and all recipes by name.

    An address whose recipe cannot be used is explained.
    """
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
    return given, recipes


def recipe_select(help: str) -> Recipe:
    """Draw a select box of the recipes, and return the chosen one."""
    given, recipes = recipe_choices()
    titles = recipe_titles(recipes)
    chosen = st.selectbox(
        _("Recipe"),
        list(titles),
        format_func=lambda name: titles[name],
        help=help,
        **url.linked("recipe", given),
    )
    return recipes[chosen]


def recipe_titles(recipes: Mapping[str, Recipe]) -> dict[str, str]:
    """Return the titles by name; no two are the same: Streamlit tells options apart by them."""
    return {name: _title(name, recipes) for name in recipes}


def _with_link(link: str, recipes: dict[str, Recipe]) -> tuple[str, dict[str, Recipe]]:
    """Return the name of a link's recipe, and all recipes: a preset's own is no other option.

    Raises:
        RecipeError: if the link has no recipe.
    """
    recipe = Recipe.from_link(link)
    known = next((name for name, preset in recipes.items() if preset == recipe), None)
    return (known, recipes) if known else (link, {link: recipe, **recipes})


def _title(name: str, recipes: Mapping[str, Recipe]) -> str:
    title = named(recipes[name].title)
    if name not in PRESETS and any(recipes[preset].title == title for preset in PRESETS):
        return _("{title}, changed").format(title=title)
    return title
