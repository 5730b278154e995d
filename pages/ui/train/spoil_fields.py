"""Fields that spoil training images on purpose, behind all settings. Script thread."""

from typing import Any

import streamlit as st

from model_store.recipe.spoil import SPOILED, SPOILS
from model_store.recipe.validation import Choice, Number
from model_store.text import N_, _
from pages.ui.frame import layout
from pages.ui.frame.dataset_choices import dataset_choices
from pages.ui.train.fields import RecipeFields

_ANY, _NONE = Choice(N_("any class"), ""), Choice(N_("none"), "")


def spoil_fields(fields: RecipeFields) -> None:
    """Draw what is done to labels and images; what does not count yet is not drawn."""
    if fields.is_open:
        st.markdown(f"**{_('Spoil the training images')}**")
        layout.remark(
            _(
                "Real data has mistakes. Here you make them on purpose, by the seed, and see what "
                "they do. 0 is off. Test images stay as they are."
            )
        )
    values: dict[str, Any] = fields.base.spoil.values
    fields.values["spoil"] = values

    def draw(*names: str) -> None:
        for place, name in zip(fields.side_by_side(len(names)), names, strict=True):
            with place:
                values[name] = _field(fields, name, values[name])

    draw("wrong_labels")
    if values["wrong_labels"]:
        draw("wrong_from", "wrong_to")
    is_rare = fields.chosen("spoil.rare_class", "" if values["rare_class"] is None else "0") != ""
    draw("rare_class", *["rare_share"] * is_rare)
    draw("noise", "patch")
    if fields.chosen("validation", fields.base.validation) == "split":
        draw("where")


def _field(fields: RecipeFields, name: str, value: Any) -> Any:
    """Draw one field and return its value."""
    field, setting = f"spoil.{name}", SPOILS[name]
    if isinstance(setting, Number) and not setting.optional:
        return fields.setting(field, setting, value, format="%g")
    label, help_ = _(setting.label), _(setting.help)
    if not isinstance(setting, Number):
        return fields.select(field, label, SPOILED, value, help_)
    names = dataset_choices(fields.base)[fields.values["dataset"]].class_names
    options = {"": _NONE if name == "rare_class" else _ANY}
    options |= {str(index): Choice(text, "") for index, text in enumerate(names)}
    known = str(value) if str(value) in options else ""
    chosen = fields.select(field, label, options, known, help_, explain=False)
    fields.place(field)
    return int(chosen) if chosen else None
