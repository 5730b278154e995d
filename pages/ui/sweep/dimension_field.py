"""The field of one setting that varies: a list of values, or a range. Script thread only."""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from training.sweeps import search_space
from training.sweeps.search_space import (
    CHOICE,
    PARAMETERS,
    Dimension,
    Parameter,
    Range,
    Values,
)

LIST, RANGE = "list", "range"
LONGEST = 400  # characters of a list
STEPS = 5


def dimension_field(name: str, given: Dimension | None, form: str) -> Dimension:
    """Draw the field and return what it holds, right or wrong: the plan checks it.

    `given` is what a question starts with; `form` tells one question's fields from another's.
    """
    parameter = PARAMETERS[name]
    start = given if isinstance(given, Values) else parameter.suggested
    key = f"sweep_{form}_{name}"
    if parameter.kind == CHOICE:
        return _names(name, parameter, start, key)
    head, switch = st.columns([3, 2], vertical_alignment="center")
    with head:
        st.markdown(f"**{search_space.label(name)}**", help=_(parameter.help))
    with switch:
        kind = st.segmented_control(
            _("How {name} varies").format(name=search_space.label(name)),
            [LIST, RANGE],
            default=LIST,
            format_func=lambda each: _("List") if each == LIST else _("Range"),
            required=True,
            label_visibility="collapsed",
            key=f"{key}_kind",
            persist_state="session",
        )
    if kind == RANGE:
        return _range(name, parameter, start, key)
    text = st.text_input(
        _("Values of {name}").format(name=search_space.label(name)),
        ", ".join(
            f"{value:g}" if isinstance(value, float) else str(value) for value in start.values
        ),
        max_chars=LONGEST,
        label_visibility="collapsed",
        placeholder=_("values, separated by commas"),
        key=f"{key}_values",
        persist_state="session",
    )
    return search_space.parse_values(name, text or "")


def _names(name: str, parameter: Parameter, start: Values, key: str) -> Dimension:
    chosen = st.multiselect(
        search_space.label(name),
        list(parameter.options),
        default=list(start.values),
        format_func=lambda each: _(parameter.options[each].label),
        help=_(parameter.help),
        key=f"{key}_names",
        persist_state="session",
    )
    return Values(tuple(str(each) for each in chosen))


def _range(name: str, parameter: Parameter, start: Values, key: str) -> Dimension:
    numbers = [float(value) for value in start.values]
    positive = [number for number in numbers if number > 0]
    ends = positive if parameter.log and positive else numbers
    low, high, steps = st.columns(3)
    with low:
        lowest = _end(_("from"), min(ends), f"{key}_low")
    with high:
        highest = _end(_("to"), max(ends), f"{key}_high")
    with steps:
        count = st.number_input(
            _("values in a grid"),
            value=STEPS,
            step=1,
            key=f"{key}_steps",
            help=_("A grid takes so many of the range; random and Bayesian search take any."),
            persist_state="session",
        )
    log = st.toggle(
        _("Log scale: equal factors instead of equal steps"),
        value=parameter.log,
        key=f"{key}_log",
        persist_state="session",
    )
    return Range(lowest, highest, log, count)


def _end(label: str, value: float, key: str) -> float:
    number = st.number_input(
        label, value=value, format="%g", step=None, key=key, persist_state="session"
    )
    return float("nan") if number is None else number
