"""Fields of a recipe, with labels, help and bounds from its settings. Script thread."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import streamlit as st

from model_store.recipe.recipe import Recipe
from model_store.recipe.settings import CHOICES, NUMBERS
from model_store.text import _
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
        """Draw the select box of a setting, with the help of the chosen option."""
        setting, value = CHOICES[name], getattr(self.base, name)
        words = _(setting.label), setting.choices, value, _(setting.help)
        self.values[name] = self.select(name, *words)
        return str(self.values[name])

    def numbers(self, *names: str, **options: Any) -> None:
        """Draw the number fields of settings side by side; a `format` is for those with a point."""
        for place, name in zip(self.side_by_side(len(names)), names, strict=True):
            with place:
                value, setting = getattr(self.base, name), NUMBERS[name]
                given = {} if setting.whole else options
                self.values[name] = self.setting(name, setting, value, **given)

    def side_by_side(self, count: int) -> Sequence[AbstractContextManager[Any]]:
        """Return places side by side; nowhere while fields are not drawn."""
        return st.columns(count) if self.is_open else [nullcontext()] * count
