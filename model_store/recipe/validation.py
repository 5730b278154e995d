"""What a recipe must hold, as sentences beside its fields; its bounds. Pure."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from gettext import gettext as _
from typing import TYPE_CHECKING, TypeGuard

from model_store.recipe.choices import (
    ACTIVATIONS,
    AUGMENTATIONS,
    BIAS_INITIALIZERS,
    DATASETS,
    KERNEL_INITIALIZERS,
    LABELS,
    LOSSES,
    OPTIMIZERS,
    SHUFFLES,
    VALIDATIONS,
)
from model_store.recipe.text import text_problem

if TYPE_CHECKING:
    from model_store.recipe.recipe import Recipe

MAX_HIDDEN = 8
MAX_UNITS = 4096
MAX_PARAMETERS = 20_000_000
MAX_EPOCHS = 200
MAX_NAME = 60
LARGEST = sys.float_info.max  # an int can be larger, and would be no float

Problem = tuple[str, str]


def problems_of(recipe: Recipe) -> Iterator[Problem]:
    """Each field that cannot be trained, with its sentence; none for a recipe that can be."""
    names = list(_name_problems(recipe))
    yield from names
    numbers = list(_number_problems(recipe))
    yield from numbers
    layers = list(_hidden_problems(recipe))
    yield from layers
    yield from _augment_problems(recipe)
    if not names:
        yield from _option_problems(recipe)
    if not (names or numbers or layers):
        yield from _combination_problems(recipe)


def _name_problems(recipe: Recipe) -> Iterator[Problem]:
    if not isinstance(recipe.name, str) or len(recipe.name) > MAX_NAME:
        yield "name", _("A name is at most {n} characters.").format(n=MAX_NAME)
    elif problem := text_problem(recipe.name):
        yield "name", problem
    named: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("dataset", DATASETS),
        ("kernel_initializer", KERNEL_INITIALIZERS),
        ("bias_initializer", BIAS_INITIALIZERS),
        ("optimizer", OPTIMIZERS),
        ("loss", LOSSES),
        ("labels", LABELS),
        ("shuffle", SHUFFLES),
        ("validation", VALIDATIONS),
    )
    for name, choices in named:
        if sentence := not_one_of(getattr(recipe, name), choices):
            yield name, sentence


def _number_problems(recipe: Recipe) -> Iterator[Problem]:
    between = _("Needs a number from {low} to {high}.")
    whole = _("Needs a whole number from {low} to {high}.")
    numbers: tuple[tuple[str, Callable[..., bool], float, float, str], ...] = (
        ("learning_rate", is_number, 1e-7, 100.0, between),
        ("l1", is_number, 0.0, 10.0, between),
        ("l2", is_number, 0.0, 10.0, between),
        ("validation_share", is_number, 0.01, 0.9, between),
        ("batch_size", is_whole, 1, 60_000, whole),
        ("epochs", is_whole, 1, MAX_EPOCHS, whole),
        ("seed", is_whole, 0, 2**31 - 1, whole),
    )
    for name, test, low, high, sentence in numbers:
        if not test(getattr(recipe, name), low, high):
            yield name, sentence.format(low=low, high=high)
    if recipe.subset is not None and not is_whole(recipe.subset, 10, 60_000):
        yield "subset", whole.format(low=10, high=60_000)


def _augment_problems(recipe: Recipe) -> Iterator[Problem]:
    amounts = getattr(recipe.augment, "amounts", None)
    if amounts is None:
        yield "augment", _("Augmentation is a set of named numbers.")
        return
    for name, value in amounts.items():
        if not is_number(value, 0.0, AUGMENTATIONS[name].high):
            yield (
                f"augment.{name}",
                _("Needs a number from {low} to {high}.").format(
                    low=0, high=AUGMENTATIONS[name].high
                ),
            )


def _hidden_problems(recipe: Recipe) -> Iterator[Problem]:
    if not isinstance(recipe.hidden, tuple) or len(recipe.hidden) > MAX_HIDDEN:
        yield "hidden", _("At most {n} hidden layers.").format(n=MAX_HIDDEN)
        return
    for index, layer in enumerate(recipe.hidden):
        where = f"hidden.{index}"
        if not is_whole(layer.units, 1, MAX_UNITS):
            yield f"{where}.units", _("Needs 1 to {n} units.").format(n=MAX_UNITS)
        if sentence := not_one_of(layer.activation, ACTIVATIONS):
            yield f"{where}.activation", sentence
        if not is_number(layer.dropout, 0.0, 0.95):
            yield f"{where}.dropout", _("Dropout is a share from 0 to 0.95.")


def _option_problems(recipe: Recipe) -> Iterator[Problem]:
    known = OPTIMIZERS[recipe.optimizer].options
    for name, value in recipe.optimizer_options:
        where = f"optimizer_options.{name}"
        if name not in known:
            yield (
                where,
                _("{optimizer} has no option called {name}.").format(
                    optimizer=OPTIMIZERS[recipe.optimizer].label, name=repr(name)[:40]
                ),
            )
        elif not is_number(value, known[name].low, known[name].high):
            yield (
                where,
                _("Needs a number from {low} to {high}.").format(
                    low=known[name].low, high=known[name].high
                ),
            )


def _combination_problems(recipe: Recipe) -> Iterator[Problem]:
    loss = LOSSES[recipe.loss]
    if loss.labels != recipe.labels:
        yield (
            "labels",
            _("The loss {loss} reads {needed} labels; this recipe gives it {given}.").format(
                loss=recipe.loss,
                needed=LABELS[loss.labels].label,
                given=LABELS[recipe.labels].label,
            ),
        )
    if recipe.subset is not None and recipe.subset > recipe.data.train:
        yield (
            "subset",
            _("{dataset} has only {n} training images.").format(
                dataset=recipe.data.label, n=f"{recipe.data.train:,}"
            ),
        )
    elif recipe.batch_size > recipe.train_images:
        yield (
            "batch_size",
            _("A batch cannot hold more than the {n} images that are trained on.").format(
                n=f"{recipe.train_images:,}"
            ),
        )
    if recipe.parameters > MAX_PARAMETERS:
        yield (
            "hidden",
            _("The network would have {n} parameters; at most {most} are allowed.").format(
                n=f"{recipe.parameters:,}", most=f"{MAX_PARAMETERS:,}"
            ),
        )


def not_one_of(value: object, choices: Iterable[str]) -> str:
    """Why `value` cannot be chosen; "" if it is among the `choices`."""
    names = list(choices)
    if isinstance(value, str) and value in names:
        return ""
    return _("{value} is not one of: {choices}.").format(
        value=repr(value)[:40], choices=", ".join(names)
    )


def is_number(
    value: object, low: float = -LARGEST, high: float = LARGEST
) -> TypeGuard[int | float]:
    """True for a number in [`low`, `high`]: finite, and not True or False."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def is_whole(value: object, low: int, high: int) -> TypeGuard[int]:
    """True for an int in [`low`, `high`], but not for True or False."""
    return isinstance(value, int) and is_number(value, low, high)
