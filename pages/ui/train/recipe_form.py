"""Form of a recipe: widgets -> `Recipe`, with each error below its field. Script thread."""

from gettext import gettext as _

import streamlit as st

from model_store.classroom.limits import Limits
from model_store.recipe.choices import AUGMENTATIONS, OPTIMIZERS
from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Recipe, RecipeError
from model_store.recipe.settings import NUMBERS
from pages.ui.frame import layout
from pages.ui.frame.recipe_select import DEFAULT, recipe_select
from pages.ui.state import selection
from pages.ui.train.fields import RecipeFields
from pages.ui.train.layer_rows import layer_rows


def base_recipe() -> Recipe:
    """Draw the choice of the recipe that the form starts from; another one resets the form."""
    draft = selection.recipe_draft()
    name, recipe = recipe_select(
        _("Start from a published classifier, then change what you like."),
        draft.get("name", DEFAULT),
    )
    if name in PRESETS:
        layout.remark(PRESETS[name].source)
    if name != draft.get("name"):
        draft.update(name=name, version=draft.get("version", 0) + 1)
        draft.update(layers=list(range(len(recipe.hidden))), next_layer=len(recipe.hidden))
    return recipe


def recipe_form(base: Recipe, limits: Limits) -> Recipe | None:
    """Draw the form, which starts as `base`; None if its recipe is not allowed."""
    fields = RecipeFields(base, selection.recipe_draft()["version"])
    left, right = st.columns(2, gap="large")
    with left:
        layout.section(_("Network"))
        fields.choose("dataset")
        layer_rows(fields)
        with st.expander(_("Start weights and regularisation")):
            fields.choose("kernel_initializer")
            fields.choose("bias_initializer")
            fields.numbers("l1", format="%.5f")
            fields.numbers("l2", format="%.5f")
        _augmentation(fields)
    with right:
        layout.section(_("Training"))
        _optimizer(fields)
        for name in ("loss", "labels", "shuffle"):
            fields.choose(name)
        fields.numbers("batch_size", "epochs")
        if fields.choose("validation") == "split":
            fields.numbers("validation_share")
        fields.numbers("seed", "subset")
    try:
        recipe = Recipe.from_dict(fields.values)
    except RecipeError as error:
        fields.show(error.problems)
        return None
    if refused := limits.epochs_problem(recipe.epochs):
        fields.show({"epochs": refused})
        return None
    # A preset keeps its name with another seed: its published figures still apply.
    return recipe if recipe.with_(seed=base.seed).hash == base.hash else recipe.with_(name="")


def _augmentation(fields: RecipeFields) -> None:
    """Draw the random changes of images, two in a row; open if any is on."""
    amounts = fields.base.augment.amounts
    opened = bool(fields.base.augment)
    with st.expander(_("Augment images"), icon=":material/auto_fix_high:", expanded=opened):
        layout.remark(
            _(
                "Each training image is changed a little, at random, every time it is used. So "
                "the network also learns to read other people's handwriting. 0 is off. Test "
                "images are not changed."
            )
        )
        columns = st.columns(2)
        for index, (name, setting) in enumerate(AUGMENTATIONS.items()):
            with columns[index % 2]:
                amounts[name] = fields.setting(
                    f"augment.{name}", setting, amounts[name], format="%g"
                )
    fields.values["augment"] = amounts


def _optimizer(fields: RecipeFields) -> None:
    """Draw the optimizer, its learning rate and its options."""
    base = fields.base
    name = fields.choose("optimizer")
    optimizer = OPTIMIZERS[name]
    same = name == base.optimizer
    fields.values["learning_rate"] = fields.setting(
        "learning_rate",
        NUMBERS["learning_rate"],
        base.learning_rate if same else optimizer.learning_rate,
        f"learning_rate_{name}",
        format="%g",
    )
    given = dict(base.optimizer_options) if same else {}
    options = {}
    with st.expander(_("Options of {optimizer}").format(optimizer=_(optimizer.label))):
        for key, option in optimizer.options.items():
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
