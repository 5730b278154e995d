"""Form of a recipe: widgets -> `Recipe`, with each error below its field. Script thread.

Some controls are always there; the others cost nothing until a person opens them.
"""

from collections.abc import Mapping
from contextlib import nullcontext

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from model_store.classroom.limits import Limits
from model_store.recipe.choices import AUGMENTATIONS, OPTIMIZERS, SCHEDULED
from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Recipe, RecipeError
from model_store.text import _
from pages.ui.frame import layout
from pages.ui.frame.recipe_select import DEFAULT, recipe_choices, recipe_titles
from pages.ui.runs.model_summary import model_summary
from pages.ui.state import selection
from pages.ui.train import basic_fields
from pages.ui.train.fields import RecipeFields
from pages.ui.train.layer_settings import base_layer, layer_settings
from pages.ui.train.spoil_fields import spoil_fields


def recipe_form(
    shown: Recipe | None, limits: Limits, below: DeltaGenerator | None
) -> Recipe | None:
    """Draw the form and return its recipe; None if that is not allowed.

    The form starts from the recipe of the address; another one resets it. A session that has chosen
    none starts from that of the run which is `shown`. All settings are drawn in the place `below`
    when a person has opened them; else none is needed.
    """
    draft = selection.recipe_draft()
    name, recipes = recipe_choices(draft.get("name", DEFAULT if shown is None else shown.to_link()))
    base = recipes[name]
    if name != draft.get("name"):
        draft.update(name=name, version=draft.get("version", 0) + 1)
        basic_fields.begin(base)
    fields = RecipeFields(base, selection.recipe_draft()["version"])
    fields.values["pixel_norm"] = base.pixel_norm
    datasets = basic_fields.take(fields)
    is_open = selection.all_settings.get()
    fields.is_open, fields.untouched = bool(is_open), is_open is None
    with below or nullcontext():
        _all_settings(fields)
    fields.is_open, fields.untouched = True, False
    recipe, problems = _checked(fields, limits)
    # A preset keeps its name with another seed: its published figures still apply.
    if recipe is not None and recipe != base and recipe.with_(seed=base.seed) != base:
        recipe = recipe.with_(name="")
    basic_fields.draw(fields, recipe_titles(recipes), datasets, problems, recipe)
    if recipe is None:
        fields.show({name: problems[name] for name in problems if not basic_fields.shows(name)})
        return None
    if below is not None and is_open:
        with below:
            _facts(recipe)
    return recipe


def _checked(fields: RecipeFields, limits: Limits) -> tuple[Recipe | None, Mapping[str, str]]:
    """Return the recipe, or None and the problem of each field."""
    try:
        recipe = Recipe.from_dict(fields.values)
    except RecipeError as error:
        return None, error.problems
    if refused := limits.epochs_problem(recipe.epochs):
        return None, {"epochs": refused}
    return recipe, {}


def _facts(recipe: Recipe) -> None:
    """List the network's layers and say how it is fed."""
    model_summary(recipe)
    sentence = _("{images} images in {steps} batches an epoch, {epochs} epochs.")
    if recipe.spoil.thins:
        sentence = _("At most {images} images in {steps} batches an epoch, {epochs} epochs.")
    layout.remark(
        sentence.format(
            images=f"{recipe.train_images:,}",
            steps=f"{recipe.steps_per_epoch:,}",
            epochs=recipe.epochs,
        )
    )


def _all_settings(fields: RecipeFields) -> None:
    """Draw the settings that a beginner does not need, or take what was chosen before."""
    if fields.untouched:
        _take_base(fields)
        return
    if not fields.is_open:
        _network_settings(fields)
        _training_settings(fields)
        return
    name = selection.recipe_draft()["name"]
    if name in PRESETS:
        layout.remark(_(PRESETS[name].source))
    left, right = st.columns(2, gap="large")
    with left:
        layout.section(_("Network"))
        _network_settings(fields)
    with right:
        layout.section(_("Training"))
        _training_settings(fields)


def _take_base(fields: RecipeFields) -> None:
    """Take the settings of the form's base for all that is not drawn: sooner than one by one."""
    layers = selection.recipe_draft()["layers"]
    for layer, row in zip(layers, fields.values["hidden"], strict=True):
        row.update(base_layer(fields, layer).to_dict() | row)
    base = fields.base.to_dict()
    base.pop("own", None)  # of the data set, which is drawn
    fields.values.update(base | fields.values)


def _network_settings(fields: RecipeFields) -> None:
    layer_settings(fields)
    fields.choose("kernel_initializer")
    fields.choose("bias_initializer")
    fields.numbers("l1", "l2", format="%.5f")
    _augmentation(fields)
    spoil_fields(fields)


def _training_settings(fields: RecipeFields) -> None:
    _optimizer(fields)
    _schedule(fields)
    if fields.choose("loss") == "categorical_crossentropy":
        fields.numbers("label_smoothing", format="%g")
    for name in ("labels", "shuffle"):
        fields.choose(name)
    fields.numbers("batch_size")
    if fields.choose("validation") == "split":
        fields.numbers("validation_share")
    _stopping(fields)
    fields.numbers("seed", "subset")


def _schedule(fields: RecipeFields) -> None:
    """Draw the schedule of the learning rate, with the numbers that it takes."""
    schedule = fields.choose("schedule")
    first, *rest = [name for name, used_by in SCHEDULED.items() if schedule in used_by] or [""]
    fields.numbers(*filter(None, ("warmup", first)), format="%g")
    if rest:
        fields.numbers(*rest, format="%g")


def _stopping(fields: RecipeFields) -> None:
    """Draw when the training stops, and the figure that it or the schedule watches."""
    if fields.is_open:
        st.markdown(f"**{_('When to stop')}**")
    fields.numbers("patience")
    stops, lowers = fields.values["patience"], fields.values["schedule"] == "plateau"
    if stops or lowers:
        fields.choose("watch")
        fields.numbers("min_delta", format="%g")
    if stops:
        fields.choose("kept_weights")


def _augmentation(fields: RecipeFields) -> None:
    """Draw the random changes of images, two in a row."""
    amounts = fields.base.augment.amounts
    if fields.is_open:
        st.markdown(f"**{_('Augment images')}**")
        layout.remark(
            _(
                "Each training image is changed a little, at random, every time it is used. So "
                "the network also learns to read other people's handwriting. 0 is off. Test "
                "images are not changed."
            )
        )
    columns = fields.side_by_side(2)
    for index, (name, setting) in enumerate(AUGMENTATIONS.items()):
        with columns[index % 2]:
            amounts[name] = fields.setting(f"augment.{name}", setting, amounts[name], format="%g")
    fields.values["augment"] = amounts


def _optimizer(fields: RecipeFields) -> None:
    """Draw the optimizer and its options."""
    base = fields.base
    name = fields.choose("optimizer")
    optimizer = OPTIMIZERS[name]
    given = dict(base.optimizer_options) if name == base.optimizer else {}
    options = {}
    columns = fields.side_by_side(2)
    for index, (key, option) in enumerate(optimizer.options.items()):
        with columns[index % 2]:
            value = fields.setting(
                f"optimizer_options.{key}",
                option,
                given.get(key, option.default),
                f"{name}.{key}",
                format="%g",
            )
        if key in given or value != option.default:
            options[key] = value
    fields.values["optimizer_options"] = options
