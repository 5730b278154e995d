"""Fields of a recipe, with labels, help and bounds from its settings. Script thread."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any

import streamlit as st

from model_store.recipe.own_data import to_dict
from model_store.recipe.recipe import Recipe
from model_store.recipe.settings import CHOICES, NUMBERS
from model_store.text import _
from pages.ui.frame.dataset_choices import dataset_choices, own_dataset
from pages.ui.frame.form_fields import FormFields
from training.data.datasets import DataError


class RecipeFields(FormFields):
    """Fields that start as `base`; `values` collects their values for `Recipe.from_dict`.

    Another `version` of the form has other widgets.
    """

    def __init__(self, base: Recipe, version: int) -> None:
        super().__init__(f"recipe_{version}")
        self.base = base
        self.values: dict[str, Any] = {"name": base.name}

    def choose(self, name: str, *, explain: bool = True) -> str:
        """Draw the select box of a setting, with the help of the chosen option if `explain`."""
        setting, value = CHOICES[name], getattr(self.base, name)
        if name == "dataset":
            return self._dataset(value, explain=explain)
        words = _(setting.label), setting.choices, value, _(setting.help)
        self.values[name] = self.select(name, *words, explain=explain)
        return str(self.values[name])

    def _dataset(self, value: str, *, explain: bool) -> str:
        """Draw the data sets of the app, and those that people brought."""
        setting, known = CHOICES["dataset"], dataset_choices(self.base)
        words = _(setting.label), known, value, _(setting.help)
        chosen = self.select("dataset", *words, explain=explain)
        self.values["dataset"] = chosen
        with suppress(DataError):  # deleted just now: the recipe's own check says so
            own = own_dataset(chosen, self.base)
            self.values["own"] = None if own is None else to_dict(own)
        return chosen

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
