"""Fields of a form, each with a place below it for its error. Script thread."""

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from model_store.recipe.choices import Choice
from model_store.recipe.validation import Number
from model_store.text import _
from pages.ui.frame import layout
from pages.ui.state import selection


class FormFields:
    """Fields of one form, whose values outlive a page switch; `prefix` starts each key.

    While `is_open` is False fields are not drawn: they keep what a person chose. Nobody has chosen
    anything in them while they are `untouched`.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.is_open = True
        self.untouched = False
        self._places: dict[str, DeltaGenerator] = {}

    def key(self, name: str) -> str:
        """Return the key of a widget of this form."""
        return f"{self.prefix}_{name}"

    def chosen(self, name: str, value: Any) -> Any:
        """Return what a person chose in a field that need not be drawn; `value` if nothing."""
        return value if self.untouched else selection.field_value(self.key(name), value)

    def place(self, *names: str, at: DeltaGenerator | None = None) -> None:
        """Show the errors of these fields here, or at the end of the container `at`."""
        self._places.update(dict.fromkeys(names, at or st.empty()))

    def show(self, problems: Mapping[str, str]) -> None:
        """Show each error below its field; without a place for it, here."""
        for name, sentence in problems.items():
            self._places.get(name, st).error(layout.plain(sentence))

    def number(
        self, name: str, label: str, value: Any, help: str = "", key: str = "", **options: Any
    ) -> Any:
        """Draw the field of a number and return it; None if it is empty."""
        if not self.is_open:
            return self.chosen(key or name, value)
        number = st.number_input(
            label,
            value=value,
            help=help or None,
            key=self.key(key or name),
            persist_state="session",
            **options,
        )
        self.place(name)
        return number

    def setting(self, name: str, setting: Number, value: Any, key: str = "", **options: Any) -> Any:
        """Draw the field of a setting with its label, help and bounds."""
        if setting.optional:
            options["placeholder"] = _("all")
        bounds: dict[str, Any] = {
            "min_value": setting.low,
            "max_value": setting.high,
            "step": setting.step,
        }
        return self.number(name, _(setting.label), value, _(setting.help), key, **bounds, **options)

    def select(
        self,
        name: str,
        label: str,
        options: Mapping[str, Choice],
        value: str,
        help: str,
        *,
        explain: bool = True,
    ) -> str:
        """Draw a select box; if it is to `explain`, with the help of the chosen option below it.

        An option can only be wrong together with another field: such a select box explains itself,
        and has a place for its error.
        """
        if not self.is_open:
            return str(self.chosen(name, value))
        names = list(options)
        chosen = st.selectbox(
            label,
            names,
            index=names.index(value),
            format_func=lambda choice: options[choice].title,
            help=help,
            key=self.key(name),
            persist_state="session",
        )
        if explain:
            layout.explain(_(options[chosen].help))
            self.place(name)
        return chosen

    def segments(self, name: str, label: str, options: Mapping[str, Choice]) -> str:
        """Draw the options side by side, the first one chosen, and the help of the chosen one."""
        chosen = st.segmented_control(
            label,
            list(options),
            default=next(iter(options)),
            format_func=lambda choice: _(options[choice].label),
            required=True,
            key=self.key(name),
            persist_state="session",
        )
        layout.explain(_(options[str(chosen)].help))
        self.place(name)
        return str(chosen)
