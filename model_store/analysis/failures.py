"""Checks of a run for failures: divergence, guessing, dead units. Pure, any thread.

Each returns observation, evidence and advice, or None. Thresholds are above their functions.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.recipe import Recipe
from model_store.recipe.text import fill, number, percent
from model_store.runs.history import History
from model_store.text import _

TWICE = 2.0  # a training loss that doubles is no noise: it is a mean over many images


def diverged(recipe: Recipe, history: History) -> tuple[str, ...] | None:
    """Find a training loss that ends far above its minimum and above that of guessing."""
    losses = [chunk.loss for chunk in history.chunks]
    if len(losses) < 2:
        return None
    best = min(losses)
    last = mean(losses[-3:]) if len(losses) > 5 else losses[-1]
    start = _chance_loss(recipe) if _is_cross_entropy(recipe) else losses[0]
    if not (last > TWICE * best and last > start):
        return None
    return fill(
        _("The training diverged: its loss grew instead of falling."),
        _("Training loss was {best} at its best and {last} at the end (step {step:,})."),
        _("Try a smaller learning rate than {rate:g}, a third or a tenth of it."),
        best=number(best),
        last=number(last),
        step=history.chunks[-1].step,
        rate=history.last_learning_rate(recipe),
    )


GUESSING = 1.5  # times chance; always answering MNIST's most frequent class gives 1.14 times


def chance(recipe: Recipe, history: History) -> tuple[str, ...] | None:
    """Find accuracy near chance, on the test set or else on the last epoch's images."""
    if history.evaluated is not None:
        accuracy, where = history.evaluated.test_accuracy, _("Test accuracy")
    elif history.epochs:
        accuracy, where = history.epochs[-1].accuracy, _("Training accuracy in the last epoch")
    else:
        return None
    if accuracy >= GUESSING / recipe.classes:
        return None
    peak = max((chunk.loss for chunk in history.chunks), default=0.0)
    if recipe.kernel_initializer == "zeros" and recipe.hidden:
        advice = _(
            "All weights start equal (initialiser zeros), so all units of a layer stay equal. "
            "Choose a random initialiser."
        )
    elif _is_cross_entropy(recipe) and peak > TWICE * _chance_loss(recipe):
        advice = _(
            "The training loss jumped to {peak}: the learning rate is too large. Try a tenth."
        )
    else:
        advice = _("Change the learning rate first: ten times smaller, then ten times larger.")
    return fill(
        _("The network answers as if it guessed."),
        _("{where} is {accuracy}; guessing among {classes} classes gives about {chance}."),
        advice,
        where=where,
        accuracy=percent(accuracy),
        classes=recipe.classes,
        chance=percent(1 / recipe.classes),
        peak=number(peak),
    )


ENOUGH_IMAGES = 300  # a unit that fires for 1 % of images misses 300 of them once in 20 times
MANY_DEAD = 0.1  # fraction of a layer's units


@dataclass(frozen=True, slots=True)
class DeadUnits:
    """Number of a ReLU layer's `units` with output 0 for every one of `images`; layers from 1.

    `dead_at_start` of them had output 0 with the initial weights; None if those are not known.
    """

    layer: int
    units: int
    dead: int
    images: int
    dead_at_start: int | None = None


def count_dead_units(
    recipe: Recipe,
    activations: Sequence[NDArray[np.float32]],
    first: Sequence[NDArray[np.float32]] | None = None,
) -> list[DeadUnits]:
    """Count the dead units of each ReLU layer.

    Args:
        recipe: the network's.
        activations: float32 [N, units] of each layer, from `Classifier.activations`.
        first: the same with the initial weights, if they are known.
    """
    out = []
    for index, layer in enumerate(recipe.hidden):
        if layer.activation != "relu" or not len(activations[index]):
            continue
        dead = (activations[index] <= 0).all(axis=0)
        born = None if first is None else int((dead & (first[index] <= 0).all(axis=0)).sum())
        out.append(
            DeadUnits(index + 1, layer.units, int(dead.sum()), len(activations[index]), born)
        )
    return out


def dead_units(layers: Sequence[DeadUnits]) -> tuple[str, ...] | None:
    """Find layers with many dead units."""
    found = [x for x in layers if x.images >= ENOUGH_IMAGES and x.dead >= MANY_DEAD * x.units]
    if not found:
        return None
    dead, units = sum(x.dead for x in found), sum(x.units for x in found)
    where = _(
        "In hidden layer {x.layer}, {x.dead:,} of {x.units:,} units give 0 for all of "
        "{x.images:,} images."
    )
    advice = _("A dead unit gets no gradient: it never learns again.")
    born = [x.dead_at_start for x in found if x.dead_at_start is not None]
    if len(born) == len(found) and sum(born) > dead / 2:
        advice += " " + _(
            "Most were dead before the training began. Try another seed or initialiser, fewer "
            "units, or an activation that is not 0 for negative values (ELU, GELU)."
        )
    elif len(born) == len(found):
        advice += " " + _(
            "Most died in the training. Try a smaller learning rate, or an activation that is "
            "not 0 for negative values (ELU, GELU)."
        )
    seen = _("{percent} of the ReLU units are dead: their output is always 0.")
    evidence = " ".join(where.format(x=x) for x in found)
    return seen.format(percent=percent(dead / units, 0)), evidence, advice


def _chance_loss(recipe: Recipe) -> float:
    """Return the cross-entropy of equal probabilities."""
    return math.log(recipe.classes)


def _is_cross_entropy(recipe: Recipe) -> bool:
    """True if the training loss is cross-entropy alone, so that guessing has a known loss."""
    return "categorical" in recipe.loss and not (recipe.l1 or recipe.l2)
