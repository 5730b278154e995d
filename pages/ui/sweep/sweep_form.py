"""What a sweep shall try: a question or one's own choice -> `Plan`. Script thread only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from gettext import gettext as _
from typing import Any

import streamlit as st

from model_store.classroom.limits import Limits
from model_store.recipe.choices import Choice
from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Recipe, RecipeError
from model_store.recipe.validation import MAX_EPOCHS
from pages.ui.frame import layout
from pages.ui.state import url
from pages.ui.sweep.dimension_field import dimension_field
from training.sweeps import search_space
from training.sweeps.plan import Plan, PlanError
from training.sweeps.presets import QUESTIONS
from training.sweeps.search_space import PARAMETERS, Dimension
from training.sweeps.validation import MAX_TRIALS, METHODS, PRUNINGS

OWN = "own"
USUAL = "learning-rate"
USUAL_RECIPE = "digits-quick"
USUAL_TRIALS = 20


def sweep_form(limits: Limits) -> Plan | None:
    """Draw the form and return its plan; None while something in it may not be carried out."""
    asked = _question()
    places: dict[str, Any] = {}
    left, right = st.columns(2, gap="large")
    with left:
        layout.section(_("What varies"))
        space = _space(asked, places)
    with right:
        layout.section(_("What stays the same"))
        base = _base(places)
        layout.section(_("How it searches"))
        how = _how(asked, places)
    if base is None:
        return None
    name = _(QUESTIONS[asked].label) if asked in QUESTIONS else ""
    try:
        plan = Plan(base, tuple(space), name=name, **how)
    except PlanError as error:
        for field, sentence in error.problems.items():
            places.get(field, st).error(layout.plain(sentence))
        return None
    if refused := limits.epochs_problem(plan.max_epochs):
        places.get("space.epochs", places["epochs"]).error(refused)
        return None
    return plan


def _question() -> str:
    given = url.param("ask", USUAL)
    asked = st.pills(
        _("Start from a question"),
        [*QUESTIONS, OWN],
        format_func=lambda name: _(QUESTIONS[name].label) if name in QUESTIONS else _("My own"),
        required=True,
        **url.linked("ask", given if given in QUESTIONS else OWN),
    )
    if asked in QUESTIONS:
        layout.explain(_(QUESTIONS[asked].help))
    else:
        layout.explain(_("Choose any settings to vary, and the values that they take."))
    return str(asked)


def _space(asked: str, places: dict[str, Any]) -> list[tuple[str, Dimension]]:
    given = dict(QUESTIONS[asked].space) if asked in QUESTIONS else {}
    chosen = st.multiselect(
        _("Settings that vary"),
        list(PARAMETERS),
        default=list(given) or ["learning_rate", "units"],
        format_func=search_space.label,
        key=f"sweep_space_{asked}",
        persist_state="session",
    )
    places["space"] = st.empty()
    space = []
    for name in chosen:
        with st.container(border=True):
            dimension = dimension_field(name, given.get(name), asked)
            places[f"space.{name}"] = st.empty()
        space.append((name, dimension))
    if "seed" not in chosen:
        layout.explain(
            _(
                "Vary the seed as well, and each setting is trained more than once: only then can "
                "it be said how much of a difference is luck."
            )
        )
    return space


def _base(places: dict[str, Any]) -> Recipe | None:
    recipe, name = _recipe()
    one, two = st.columns(2)
    with one:
        epochs = st.number_input(
            _("Epochs of each trial"),
            min_value=1,
            max_value=MAX_EPOCHS,
            value=recipe.epochs,
            key=f"sweep_epochs_{name}",
            help=_("How often each trial goes through its images. Fewer are quicker."),
            persist_state="session",
        )
        places["epochs"] = st.empty()
    with two:
        subset = st.number_input(
            _("Training images"),
            min_value=10,
            max_value=60_000,
            value=recipe.subset,
            placeholder=_("all"),
            key=f"sweep_subset_{name}",
            help=_("Fewer are quicker. Empty: all of them."),
            persist_state="session",
        )
        places["subset"] = st.empty()
    places["base"] = st.empty()
    try:
        return recipe.with_(epochs=epochs, subset=subset)
    except RecipeError as error:
        for field, sentence in error.problems.items():
            places.get(field, places["base"]).error(layout.plain(sentence))
        return None


def _recipe() -> tuple[Recipe, str]:
    """The recipe to start from and a name for it; the address says which."""
    given = url.param("recipe", USUAL_RECIPE)
    names = list(PRESETS)
    linked = PRESETS[USUAL_RECIPE].recipe
    if given not in PRESETS:
        try:
            linked = Recipe.from_link(given)
            names.insert(0, given)
        except RecipeError as error:
            layout.problem(
                _("The recipe in this link cannot be used."),
                str(error),
                _("The form below starts from the standard recipe instead."),
            )
            given = USUAL_RECIPE
    recipes = {**{name: each.recipe for name, each in PRESETS.items()}}
    if given not in recipes:
        recipes[given] = linked
    chosen = st.selectbox(
        _("Recipe"),
        names,
        format_func=lambda name: recipes[name].title,
        help=_("Everything that does not vary is as in this recipe."),
        **url.linked("recipe", given),
    )
    recipe = recipes[chosen]
    layout.remark(
        layout.plain(
            _("{dataset}, network {network}, {optimizer}, batches of {batch}.").format(
                dataset=recipe.data.label,
                network=recipe.network,
                optimizer=recipe.optimizer,
                batch=recipe.batch_size,
            )
        )
    )
    return recipe, chosen if chosen in PRESETS else recipe.hash


def _how(asked: str, places: dict[str, Any]) -> dict[str, Any]:
    """Method, pruning, number of trials, budget and seed, as `Plan` takes them."""
    method = _choose("method", _("Method"), METHODS, asked, places)
    out: dict[str, Any] = {"method": method}
    if method != "grid":
        out["trials"] = st.number_input(
            _("Trials"),
            value=USUAL_TRIALS,
            step=1,
            key=f"sweep_trials_{asked}",
            help=_("How many points are tried, at most {most}.").format(most=MAX_TRIALS),
            persist_state="session",
        )
        places["trials"] = st.empty()
    out["pruning"] = _choose("pruning", _("Stop poor trials early"), PRUNINGS, asked, places)
    minutes = st.number_input(
        _("Time budget in minutes"),
        value=None,
        placeholder=_("as long as it takes"),
        format="%g",
        step=None,
        key=f"sweep_budget_{asked}",
        help=_("When it is used up, what runs is stopped and what was learned is kept."),
        persist_state="session",
    )
    places["budget"] = st.empty()
    out["budget"] = None if minutes is None else 60.0 * minutes
    return out


def _choose(
    field: str, label: str, options: Mapping[str, Choice], asked: str, places: dict[str, Any]
) -> str:
    names: Sequence[str] = list(options)
    value = st.segmented_control(
        label,
        names,
        default=names[0],
        format_func=lambda name: _(options[name].label),
        required=True,
        key=f"sweep_{field}_{asked}",
        persist_state="session",
    )
    layout.explain(_(options[str(value)].help))
    places[field] = st.empty()
    return str(value)
