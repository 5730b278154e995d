"""The form: widgets -> `Recipe`, every refusal beside its field. Script thread only."""

from __future__ import annotations

from gettext import gettext as _
from typing import Any

import streamlit as st

from model_store.classroom.limits import Limits
from model_store.recipe import choices
from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Hidden, Recipe, RecipeError
from model_store.recipe.settings import CHOICES, DROPOUT, NUMBERS, UNITS
from model_store.recipe.validation import MAX_HIDDEN, Number
from pages.ui.frame import layout
from pages.ui.state import selection, url


class _Fields:
    """Draws fields and keeps, below each, the place for its refusal."""

    def __init__(self, base: Recipe, version: int) -> None:
        self.base = base
        self.version = version
        self.raw: dict[str, Any] = {"name": base.name}
        self.places: dict[str, Any] = {}

    def key(self, name: str) -> str:
        return f"recipe_{self.version}_{name}"

    def place(self, name: str) -> None:
        self.places[name] = st.empty()

    def choose(self, name: str) -> str:
        setting = CHOICES[name]
        names = list(setting.choices)
        value = st.selectbox(
            _(setting.label),
            names,
            index=names.index(getattr(self.base, name)),
            format_func=lambda choice: _(setting.choices[choice].label),
            help=_(setting.help),
            key=self.key(name),
            persist_state="session",
        )
        layout.explain(_(setting.choices[value].help))
        self.raw[name] = value
        self.place(name)
        return value

    def number(self, key: str, setting: Number, value: Any, **kwargs: Any) -> Any:
        number = st.number_input(
            _(setting.label),
            value=value,
            min_value=setting.low,
            max_value=setting.high,
            step=setting.step,
            help=_(setting.help),
            key=self.key(key),
            persist_state="session",
            **kwargs,
        )
        self.place(key)
        return number

    def setting(self, name: str, **kwargs: Any) -> None:
        self.raw[name] = self.number(name, NUMBERS[name], getattr(self.base, name), **kwargs)


def recipe_form(base: Recipe, limits: Limits) -> Recipe | None:
    """Draw the form, which begins as `base`; None while it names what may not be trained."""
    draft = selection.recipe_draft()
    fields = _Fields(base, draft["version"])
    left, right = st.columns(2, gap="large")
    with left:
        layout.section(_("Network"))
        fields.choose("dataset")
        _hidden_layers(fields, draft)
        _initial_weights(fields)
        _augmentation(fields)
    with right:
        layout.section(_("Training"))
        _training(fields)
        _validation(fields)
    recipe = _read(fields)
    if recipe is not None and (refused := limits.epochs_problem(recipe.epochs)):
        fields.places["epochs"].error(refused)
        return None
    return recipe


def recipe_picker() -> Recipe:
    """Draw the field for it and return the recipe to start from: the link's, or one by its name."""
    draft = selection.recipe_draft()
    linked = url.param("recipe")
    if linked and draft.get("linked") != linked:
        draft["linked"] = linked
        try:
            recipe = PRESETS[linked].recipe if linked in PRESETS else Recipe.from_link(linked)
            _start_from(draft, recipe, linked if linked in PRESETS else "")
        except RecipeError as error:
            layout.problem(
                _("The recipe in this link cannot be used."),
                str(error),
                _("The form below shows the standard recipe instead."),
            )
    if "base" not in draft:
        _start_from(draft, PRESETS["digits-quick"].recipe, "digits-quick")
    names = ["", *PRESETS]
    picked = st.selectbox(
        _("Recipe"),
        names,
        index=names.index(draft["named"]),
        format_func=lambda name: PRESETS[name].recipe.name if name else _("your own"),
        help=_("Start from a published classifier, then change what you like."),
        key=f"recipe_name_{draft['version']}",
        persist_state="session",
    )
    if picked:
        layout.remark(PRESETS[picked].source)
    if picked != draft["named"]:
        _start_from(draft, PRESETS[picked].recipe if picked else draft["base"], picked)
        st.rerun()
    base: Recipe = draft["base"]
    return base


def _start_from(draft: dict[str, Any], recipe: Recipe, named: str) -> None:
    draft.update(
        base=recipe,
        named=named,
        version=draft.get("version", 0) + 1,
        layers=list(range(len(recipe.hidden))),
        next_layer=len(recipe.hidden),
    )


def _hidden_layers(fields: _Fields, draft: dict[str, Any]) -> None:
    st.markdown(_("Hidden layers"))
    fields.raw["hidden"] = [
        _one_layer(fields, draft, place, layer) for place, layer in enumerate(draft["layers"])
    ]
    if not draft["layers"]:
        layout.explain(_("None: a softmax regression. Each pixel votes for or against each class."))
    full = len(draft["layers"]) >= MAX_HIDDEN
    if st.button(_("Add a hidden layer"), icon=":material/add:", disabled=full, key="add_layer"):
        draft["layers"].append(draft["next_layer"])
        draft["next_layer"] += 1
        st.rerun()
    fields.place("hidden")


def _one_layer(fields: _Fields, draft: dict[str, Any], place: int, layer: int) -> dict[str, Any]:
    base = fields.base.hidden[layer] if layer < len(fields.base.hidden) else Hidden()
    names = list(choices.ACTIVATIONS)
    with st.container(border=True):
        units, activation, dropout, remove = st.columns([3, 3, 3, 1], vertical_alignment="bottom")
        with units:
            n = fields.number(f"hidden.{layer}.units", UNITS, base.units)
        with activation:
            chosen = st.selectbox(
                _("Activation"),
                names,
                index=names.index(base.activation),
                format_func=lambda name: _(choices.ACTIVATIONS[name].label),
                help="  \n".join(
                    f"{_(c.label)}: {_(c.help)}" for c in choices.ACTIVATIONS.values()
                ),
                key=fields.key(f"hidden.{layer}.activation"),
                persist_state="session",
            )
        with dropout:
            dropout_value = fields.number(f"hidden.{layer}.dropout", DROPOUT, float(base.dropout))
        with remove:
            gone = st.button(
                "",
                icon=":material/delete:",
                help=_("Remove layer {n}").format(n=place + 1),
                key=fields.key(f"remove_{layer}"),
            )
    if gone:
        draft["layers"].remove(layer)
        st.rerun()
    fields.places[f"hidden.{place}.units"] = fields.places[f"hidden.{layer}.units"]
    fields.places[f"hidden.{place}.dropout"] = fields.places[f"hidden.{layer}.dropout"]
    return {"units": n, "activation": chosen, "dropout": dropout_value}


def _initial_weights(fields: _Fields) -> None:
    with st.expander(_("Initial weights and penalties")):
        fields.choose("kernel_initializer")
        fields.choose("bias_initializer")
        for name in ("l1", "l2"):
            fields.setting(name, format="%.5f")


def _augmentation(fields: _Fields) -> None:
    amounts = fields.base.augment.amounts
    title = _("Change the images while it learns")
    opened = bool(fields.base.augment)
    with st.expander(title, icon=":material/auto_fix_high:", expanded=opened):
        layout.remark(
            _(
                "Each image is changed a little, at random, whenever it comes up (augmentation), "
                "so that the network also reads hands that it has never seen; 0 is off, and test "
                "images stay as they are."
            )
        )
        changes = list(choices.AUGMENTATIONS.items())
        for pair in (changes[i : i + 2] for i in range(0, len(changes), 2)):
            for place, (name, change) in zip(st.columns(2), pair, strict=False):
                with place:
                    amounts[name] = fields.number(
                        f"augment.{name}", change, amounts[name], format="%g"
                    )
    fields.raw["augment"] = amounts


def _training(fields: _Fields) -> None:
    base = fields.base
    optimizer = fields.choose("optimizer")
    kind = choices.OPTIMIZERS[optimizer]
    same = optimizer == base.optimizer
    fields.raw["learning_rate"] = fields.number(
        f"learning_rate_{optimizer}",
        NUMBERS["learning_rate"],
        base.learning_rate if same else kind.learning_rate,
        format="%g",
    )
    fields.places["learning_rate"] = fields.places[f"learning_rate_{optimizer}"]
    given = dict(base.optimizer_options) if same else {}
    options = {}
    with st.expander(_("Options of {optimizer}").format(optimizer=_(kind.label))):
        for name, option in kind.options.items():
            options[name] = fields.number(
                f"{optimizer}.{name}",
                option,
                float(given.get(name, option.default)),
                format="%g",
            )
            layout.explain(_(option.help))
            fields.places[f"optimizer_options.{name}"] = fields.places[f"{optimizer}.{name}"]
    fields.raw["optimizer_options"] = {
        name: value
        for name, value in options.items()
        if name in given or value != kind.options[name].default
    }
    for name in ("loss", "labels", "shuffle"):
        fields.choose(name)
    for column, name in zip(st.columns(2), ("batch_size", "epochs"), strict=True):
        with column:
            fields.setting(name)


def _validation(fields: _Fields) -> None:
    if fields.choose("validation") == "split":
        fields.setting("validation_share")
    one, two = st.columns(2)
    with one:
        fields.setting("seed")
    with two:
        fields.setting("subset", placeholder=_("all"))


def _read(fields: _Fields) -> Recipe | None:
    raw = fields.raw
    try:
        recipe = Recipe.from_dict(raw)
    except RecipeError as error:
        for name, sentence in error.problems.items():
            fields.places.get(name, st).error(sentence)
        return None
    if recipe != fields.base:
        recipe = recipe.with_(name="") if recipe.hash != fields.base.hash else recipe
    return recipe
