"""Form of a sweep: a question or own choices -> `Plan`. Script thread."""

from typing import Any

import streamlit as st

from model_store.classroom.limits import Limits
from model_store.recipe.recipe import Recipe, RecipeError
from model_store.recipe.settings import NUMBERS
from model_store.text import _
from pages.ui.frame import layout
from pages.ui.frame.form_fields import FormFields
from pages.ui.frame.recipe_select import recipe_select
from pages.ui.state import url
from pages.ui.sweep.dimension_field import dimension_field
from training.sweeps import search_space
from training.sweeps.plan import Plan, PlanError
from training.sweeps.presets import QUESTIONS
from training.sweeps.search_space import PARAMETERS, Dimension
from training.sweeps.validation import MAX_TRIALS, METHODS, PRUNINGS

OWN = "own"
DEFAULT_QUESTION = "learning-rate"
DEFAULT_TRIALS = 20


def question_picker() -> str:
    """Draw the questions and return the chosen one; `OWN` is none of them."""
    given = url.param("ask", DEFAULT_QUESTION)
    question = st.pills(
        _("Start from a question"),
        [*QUESTIONS, OWN],
        format_func=lambda name: _(QUESTIONS[name].label) if name in QUESTIONS else _("My own"),
        required=True,
        **url.linked("ask", given if given in QUESTIONS else OWN),
    )
    own = _("Choose the settings that vary, and their values.")
    layout.explain(_(QUESTIONS[question].help) if question in QUESTIONS else own)
    return str(question)


def sweep_form(question: str, limits: Limits) -> Plan | None:
    """Draw the form and return its plan; None if something in it is not allowed."""
    fields = FormFields(f"sweep_{question}")
    left, right = st.columns(2, gap="large")
    with left:
        layout.section(_("What varies"))
        space = _space(question, fields)
    with right:
        layout.section(_("What stays the same"))
        recipe = _recipe()
        epochs, subset = _size(recipe)
        fields.place("epochs", "subset", "base")
        layout.section(_("How it searches"))
        search = _search(fields)
    name = _(QUESTIONS[question].label) if question in QUESTIONS else ""
    try:
        base = recipe.with_(epochs=epochs, subset=subset)
        plan = Plan(base, tuple(space), name=name, **search)
    except (RecipeError, PlanError) as error:
        fields.show(error.problems)
        return None
    if refused := limits.epochs_problem(plan.max_epochs):
        fields.show({"space.epochs" if "epochs" in plan.dimensions else "epochs": refused})
        return None
    return plan


def _space(question: str, fields: FormFields) -> list[tuple[str, Dimension]]:
    """Draw the fields of what varies."""
    preset = dict(QUESTIONS[question].space) if question in QUESTIONS else {}
    chosen = st.multiselect(
        _("Settings that vary"),
        list(PARAMETERS),
        default=list(preset) or ["learning_rate", "units"],
        format_func=search_space.label,
        key=fields.key("space"),
        persist_state="session",
    )
    fields.place("space")
    space = []
    for name in chosen:
        with st.container(border=True):
            space.append((name, dimension_field(name, preset.get(name), fields)))
            fields.place(f"space.{name}")
    if "seed" not in chosen:
        layout.explain(
            _(
                "Vary the seed too, and each setting is trained several times. Only then can you "
                "see how much of a difference is random."
            )
        )
    return space


def _recipe() -> Recipe:
    """Draw the choice of the base recipe, and its main settings."""
    recipe = recipe_select(_("The settings that do not vary are those of this recipe."))
    text = _("{dataset}, network {network}, {optimizer}, batches of {batch}.").format(
        dataset=recipe.data.title,
        network=recipe.network,
        optimizer=recipe.optimizer,
        batch=recipe.batch_size,
    )
    layout.remark(layout.plain(text))
    return recipe


def _size(recipe: Recipe) -> list[Any]:
    """Draw the epochs and the training images of each trial."""
    fields = FormFields(f"sweep_{recipe.hash}")
    sizes = []
    for column, name in zip(st.columns(2), ("epochs", "subset"), strict=True):
        with column:
            sizes.append(fields.setting(name, NUMBERS[name], getattr(recipe, name)))
    return sizes


def _search(fields: FormFields) -> dict[str, Any]:
    """Draw method, number of trials, pruning and budget, as `Plan` takes them."""
    method = fields.segments("method", _("Method"), METHODS)
    search: dict[str, Any] = {"method": method}
    if method != "grid":
        help = _("How many points are tried, at most {n}.").format(n=MAX_TRIALS)
        search["trials"] = fields.number("trials", _("Trials"), DEFAULT_TRIALS, help, step=1)
    search["pruning"] = fields.segments("pruning", _("Stop poor trials early"), PRUNINGS)
    minutes = fields.number(
        "budget",
        _("Time budget in minutes"),
        None,
        _("When the time is over, running trials stop, and what they learned is saved."),
        placeholder=_("no limit"),
        format="%g",
        step=None,
    )
    return {**search, "budget": None if minutes is None else 60.0 * minutes}
