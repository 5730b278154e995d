"""Notes on what went wrong: divergence, guessing, dead units. Pure, any thread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from gettext import gettext as _

import numpy as np
from numpy.typing import NDArray

from model_store.analysis.note import Finding, FindingKind, last_rate, number, percent
from model_store.recipe.choices import CLASSES
from model_store.recipe.recipe import Recipe
from model_store.runs.history import History

TWICE = 2.0  # a training loss that doubles is no noise: it is a mean over many images
CHANCE_LOSS = math.log(CLASSES)  # cross-entropy of ten equal probabilities


def diverged(recipe: Recipe, history: History) -> Finding | None:
    """The training loss ends far above its best, and worse than before anything was learned."""
    losses = [chunk.loss for chunk in history.chunks]
    if len(losses) < 2:
        return None
    best = min(losses)
    last = _mean(losses[-3:]) if len(losses) > 5 else losses[-1]
    start = CHANCE_LOSS if _is_plain(recipe) else losses[0]
    if not (last > TWICE * best and last > start):
        return None
    return Finding(
        FindingKind.DIVERGED,
        _("The training diverged: its loss grew instead of falling."),
        _("Training loss was {best} at its best and {last} at the end (step {step}).").format(
            best=number(best), last=number(last), step=f"{history.chunks[-1].step:,}"
        ),
        _("Try a smaller learning rate than {rate}, a third or a tenth of it.").format(
            rate=f"{last_rate(recipe, history):g}"
        ),
    )


GUESSING = 1.5  # times chance; always answering MNIST's most frequent class gives 1.14 times


def chance(recipe: Recipe, history: History) -> Finding | None:
    """It is hardly better than guessing, on the test set or else the last epoch's images."""
    if history.evaluated is not None:
        accuracy, where = history.evaluated.test_accuracy, _("Test accuracy")
    elif history.epochs:
        accuracy, where = history.epochs[-1].accuracy, _("Training accuracy in the last epoch")
    else:
        return None
    if accuracy >= GUESSING / CLASSES:
        return None
    if recipe.kernel_initializer == "zeros" and recipe.hidden:
        advice = _(
            "All weights start equal (initialiser zeros), so all units of a layer stay equal: "
            "choose a random initialiser."
        )
    elif _peak(recipe, history) is not None:
        advice = _(
            "The training loss had jumped to {peak}: the learning rate is too large. Try a tenth."
        ).format(peak=number(_peak(recipe, history) or 0.0))
    else:
        advice = _("Change the learning rate first: ten times smaller, then ten times larger.")
    return Finding(
        FindingKind.CHANCE,
        _("It answers as if it guessed."),
        _("{where} is {accuracy}; guessing among {n} classes gives about {chance}.").format(
            where=where, accuracy=percent(accuracy), n=CLASSES, chance=percent(1 / CLASSES)
        ),
        advice,
    )


ENOUGH_IMAGES = 300  # a unit that fires for 1 % of images misses 300 of them once in 20 times
MANY_DEAD = 0.1  # the share of a layer's units that is worth a word


@dataclass(frozen=True, slots=True)
class DeadUnits:
    """How many of a ReLU layer's `units` put out 0 for every one of `images`; layers from 1.

    `dead_at_start` of the dead ones were so with the first weights; None if those are not known.
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
    """Count the ReLU units that never fire.

    Args:
        recipe: the network's.
        activations: float32 [N, units] of each layer, as `Classifier.activations` gives them.
        first: the same with the weights from before the training, where those are known.
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


def dead_units(layers: Sequence[DeadUnits]) -> Finding | None:
    """In one layer or more, many units never fire."""
    found = [x for x in layers if x.images >= ENOUGH_IMAGES and x.dead >= MANY_DEAD * x.units]
    if not found:
        return None
    dead, units = sum(x.dead for x in found), sum(x.units for x in found)
    evidence = [_dead_in(layer) for layer in found]
    born = [x.dead_at_start for x in found if x.dead_at_start is not None]
    advice = _("A dead unit gets no gradient: it costs parameters and adds nothing.")
    if len(born) == len(found) and sum(born) > dead / 2:
        advice += _(
            " Most were dead before the training began: another seed or initialiser, fewer units, "
            "or an activation that does not cut to zero (ELU, GELU)."
        )
    elif len(born) == len(found):
        advice += _(
            " Most died in the training: try a smaller learning rate, or an activation that does "
            "not cut to zero (ELU, GELU)."
        )
    return Finding(
        FindingKind.DEAD,
        _("{share} of the ReLU units are dead: they answer 0 to everything.").format(
            share=f"{100 * dead / units:.0f} %"
        ),
        " ".join(evidence),
        advice,
    )


def _dead_in(layer: DeadUnits) -> str:
    sentence = _("In hidden layer {n}, {dead} of {units} put out 0 for all of {images} images.")
    return sentence.format(
        n=layer.layer,
        dead=f"{layer.dead:,}",
        units=f"{layer.units:,}",
        images=f"{layer.images:,}",
    )


def _peak(recipe: Recipe, history: History) -> float | None:
    """The highest training loss, if it is far above that of guessing."""
    if not _is_plain(recipe) or not history.chunks:
        return None
    peak = max(chunk.loss for chunk in history.chunks)
    return peak if peak > TWICE * CHANCE_LOSS else None


def _is_plain(recipe: Recipe) -> bool:
    """The training loss is cross-entropy and nothing else, so that guessing has a known loss."""
    return "categorical" in recipe.loss and not (recipe.l1 or recipe.l2)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
