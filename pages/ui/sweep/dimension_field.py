"""Field of one setting that varies: a list of values, or a range. Script thread."""

import math

import streamlit as st

from model_store.text import _
from pages.ui.frame.form_fields import FormFields
from training.sweeps import search_space
from training.sweeps.search_space import CHOICE, PARAMETERS, Dimension, Parameter, Range, Values

LIST, RANGE = "list", "range"
LONGEST = 400  # characters of a list
STEPS = 5


def dimension_field(name: str, preset: Dimension | None, fields: FormFields) -> Dimension:
    """Draw the field, which starts as `preset`, and return its content unchecked."""
    parameter = PARAMETERS[name]
    start = preset if isinstance(preset, Values) else parameter.suggested
    label = search_space.label(name)
    if parameter.kind == CHOICE:
        chosen = st.multiselect(
            label,
            list(parameter.options),
            default=list(start.values),
            format_func=lambda each: _(parameter.options[each].label),
            help=_(parameter.help),
            key=fields.key(f"{name}_names"),
            persist_state="session",
        )
        return Values(tuple(map(str, chosen)))
    head, switch = st.columns([3, 2], vertical_alignment="center")
    head.markdown(f"**{label}**", help=_(parameter.help))
    kind = switch.segmented_control(
        _("How {name} varies").format(name=label),
        [LIST, RANGE],
        default=LIST,
        format_func=lambda each: _("List") if each == LIST else _("Range"),
        required=True,
        label_visibility="collapsed",
        key=fields.key(f"{name}_kind"),
        persist_state="session",
    )
    if kind == RANGE:
        return _range(name, parameter, start, fields)
    text = st.text_input(
        _("Values of {name}").format(name=label),
        ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in start.values),
        max_chars=LONGEST,
        label_visibility="collapsed",
        placeholder=_("values, separated by commas"),
        key=fields.key(f"{name}_values"),
        persist_state="session",
    )
    return search_space.parse_values(name, text or "")


def _range(name: str, parameter: Parameter, start: Values, fields: FormFields) -> Range:
    numbers = [float(value) for value in start.values]
    ends = [n for n in numbers if n > 0] if parameter.log else []
    low, high, steps = st.columns(3)
    limits = []
    for place, label, end, value in (
        (low, _("from"), "low", min(ends or numbers)),
        (high, _("to"), "high", max(ends or numbers)),
    ):
        with place:
            number = fields.number(f"{name}_{end}", label, value, format="%g", step=None)
        limits.append(math.nan if number is None else number)
    with steps:
        count = fields.number(
            f"{name}_steps",
            _("values in a grid"),
            STEPS,
            _("A grid takes this many values. Random and Bayesian search take any value."),
            step=1,
        )
    log = st.toggle(
        _("Log scale: equal factors instead of equal steps"),
        value=parameter.log,
        key=fields.key(f"{name}_log"),
        persist_state="session",
    )
    return Range(limits[0], limits[1], log, count)
