"""Fields of a recipe, with labels, help and bounds from its settings. Script thread."""

from gettext import gettext as _
from typing import Any

import streamlit as st

from model_store.recipe.recipe import Recipe
from model_store.recipe.settings import CHOICES, NUMBERS
from pages.ui.frame.form_fields import FormFields


class RecipeFields(FormFields):
    """Fields that start as `base`; `values` collects their values for `Recipe.from_dict`.

    Another `version` of the form has other widgets.
    """

    def __init__(self, base: Recipe, version: int) -> None:
        super().__init__(f"recipe_{version}")
        self.base = base
        self.values: dict[str, Any] = {"name": base.name}

    def choose(self, name: str) -> str:
        """Draw the select box of a setting."""
        setting = CHOICES[name]
        value = getattr(self.base, name)
        chosen = self.select(name, _(setting.label), setting.choices, value, _(setting.help))
        self.values[name] = chosen
        return chosen

    def numbers(self, *names: str, **options: Any) -> None:
        """Draw the number fields of settings side by side."""
        for column, name in zip(st.columns(len(names)), names, strict=True):
            with column:
                value = getattr(self.base, name)
                self.values[name] = self.setting(name, NUMBERS[name], value, **options)
