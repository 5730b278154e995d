"""The form: widgets -> `Recipe`, every refusal beside its field. Script thread only."""

from __future__ import annotations

from collections.abc import Mapping
from gettext import gettext as _
from typing import Any

import streamlit as st

from model_store.classroom.limits import Limits
from model_store.recipe import choices
from model_store.recipe.choices import Choice
from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Hidden, Recipe, RecipeError
from model_store.recipe.validation import MAX_EPOCHS, MAX_HIDDEN, MAX_UNITS
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

    def choose(self, name: str, label: str, options: Mapping[str, Choice], help: str) -> str:
        names = list(options)
        value = st.selectbox(
            label,
            names,
            index=names.index(getattr(self.base, name)),
            format_func=lambda choice: _(options[choice].label),
            help=help,
            key=self.key(name),
            persist_state="session",
        )
        layout.explain(_(options[value].help))
        self.raw[name] = value
        self.place(name)
        return value

    def number(self, name: str, label: str, help: str, *, default: Any, **kwargs: Any) -> Any:
        value = st.number_input(
            label,
            value=default,
            help=help,
            key=self.key(name),
            persist_state="session",
            **kwargs,
        )
        self.place(name)
        return value


def recipe_form(base: Recipe, limits: Limits) -> Recipe | None:
    """Draw the form, which begins as `base`; None while it names what may not be trained."""
    draft = selection.recipe_draft()
    fields = _Fields(base, draft["version"])
    left, right = st.columns(2, gap="large")
    with left:
        layout.section(_("Network"))
        fields.choose(
            "dataset", _("Data set"), choices.DATASETS, _("The pictures that it learns from.")
        )
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
            n = fields.number(
                f"hidden.{layer}.units",
                _("Units"),
                _("How many numbers this layer computes. More can learn more, and slower."),
                default=base.units,
                min_value=1,
                max_value=MAX_UNITS,
            )
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
            share = fields.number(
                f"hidden.{layer}.dropout",
                _("Dropout"),
                _("Share of the outputs silenced at random in training, against over-fitting."),
                default=float(base.dropout),
                min_value=0.0,
                max_value=0.95,
                step=0.1,
            )
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
    return {"units": n, "activation": chosen, "dropout": share}


def _initial_weights(fields: _Fields) -> None:
    with st.expander(_("Initial weights and penalties")):
        fields.choose(
            "kernel_initializer",
            _("Weights start as"),
            choices.KERNEL_INITIALIZERS,
            _("How the weights are drawn before the first step."),
        )
        fields.choose(
            "bias_initializer",
            _("Biases start as"),
            choices.BIAS_INITIALIZERS,
            _("The constant that every unit adds."),
        )
        for name, label in (("l1", _("L1 penalty")), ("l2", _("L2 penalty"))):
            fields.raw[name] = fields.number(
                name,
                label,
                _("Added to the loss for large weights; 0 is none."),
                default=getattr(fields.base, name),
                min_value=0.0,
                max_value=10.0,
                step=0.0001,
                format="%.5f",
            )


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
                        f"augment.{name}",
                        _(change.label),
                        _(change.help),
                        default=amounts[name],
                        min_value=0.0,
                        max_value=change.high,
                        step=change.step,
                        format="%g",
                    )
    fields.raw["augment"] = amounts


def _training(fields: _Fields) -> None:
    base = fields.base
    optimizer = fields.choose(
        "optimizer", _("Optimizer"), choices.OPTIMIZERS, _("How the weights follow the gradient.")
    )
    kind = choices.OPTIMIZERS[optimizer]
    same = optimizer == base.optimizer
    fields.raw["learning_rate"] = fields.number(
        f"learning_rate_{optimizer}",
        _("Learning rate"),
        _("The size of each step. Too small learns slowly, too large jumps about."),
        default=base.learning_rate if same else kind.learning_rate,
        min_value=1e-7,
        max_value=100.0,
        format="%g",
        step=None,
    )
    fields.places["learning_rate"] = fields.places[f"learning_rate_{optimizer}"]
    given = dict(base.optimizer_options) if same else {}
    options = {}
    with st.expander(_("Options of {optimizer}").format(optimizer=_(kind.label))):
        for name, option in kind.options.items():
            options[name] = fields.number(
                f"{optimizer}.{name}",
                name,
                _(option.help),
                default=float(given.get(name, option.default)),
                min_value=option.low,
                max_value=option.high,
                format="%g",
            )
            layout.explain(_(option.help))
            fields.places[f"optimizer_options.{name}"] = fields.places[f"{optimizer}.{name}"]
    fields.raw["optimizer_options"] = {
        name: value
        for name, value in options.items()
        if name in given or value != kind.options[name].default
    }
    fields.choose("loss", _("Loss"), choices.LOSSES, _("What the training makes small."))
    fields.choose("labels", _("Labels"), choices.LABELS, _("How the right answers are written."))
    fields.choose("shuffle", _("Shuffle"), choices.SHUFFLES, _("When the images are mixed anew."))
    one, two = st.columns(2)
    with one:
        fields.raw["batch_size"] = fields.number(
            "batch_size",
            _("Batch size"),
            _("Images looked at before each step."),
            default=base.batch_size,
            min_value=1,
            max_value=60_000,
        )
    with two:
        fields.raw["epochs"] = fields.number(
            "epochs",
            _("Epochs"),
            _("How often it goes through all training images."),
            default=base.epochs,
            min_value=1,
            max_value=MAX_EPOCHS,
        )


def _validation(fields: _Fields) -> None:
    base = fields.base
    kind = fields.choose(
        "validation",
        _("Validation"),
        choices.VALIDATIONS,
        _("Images it does not learn from, checked after every epoch."),
    )
    if kind == "split":
        fields.raw["validation_share"] = fields.number(
            "validation_share",
            _("Share kept for validation"),
            _("0.1 keeps every tenth training image aside."),
            default=base.validation_share,
            min_value=0.01,
            max_value=0.9,
        )
    one, two = st.columns(2)
    with one:
        fields.raw["seed"] = fields.number(
            "seed",
            _("Seed"),
            _("Same recipe and seed: the same weights at the start, the same curve."),
            default=base.seed,
            min_value=0,
            max_value=2**31 - 1,
        )
    with two:
        fields.raw["subset"] = fields.number(
            "subset",
            _("Training images"),
            _("Fewer make a quick demo. Empty: all of them."),
            default=base.subset,
            min_value=10,
            max_value=60_000,
            placeholder=_("all"),
        )


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
