"""Notes on how a run got on: over-fitting, still rising, noise, a plateau. Pure, any thread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from gettext import gettext as _
from itertools import pairwise

import numpy as np

from model_store.analysis.note import Finding, FindingKind, last_rate, number, percent
from model_store.recipe.recipe import Recipe
from model_store.runs.history import History

ROSE = 1.05  # the validation loss of the last two epochs is this many times its lowest
FELL = 0.95  # ... while the training loss fell to this share of what it was then


def overfitting(recipe: Recipe, history: History) -> Finding | None:
    """Validation loss has its lowest value behind it and rises, while training loss falls on."""
    ends = [end for end in history.epochs if end.val_loss is not None]
    if len(ends) < 4:
        return None
    losses = [float(end.val_loss or 0.0) for end in ends]
    at = losses.index(min(losses))
    after = losses[at:]
    if len(after) < 3 or losses[at] <= 0:
        return None
    ups = sum(later > earlier for earlier, later in pairwise(after))
    rose = min(losses[-2:]) >= ROSE * losses[at] and 2 * ups >= len(after) - 1
    if not rose or ends[-1].loss > FELL * ends[at].loss:
        return None
    return Finding(
        FindingKind.OVERFITTING,
        _("Over-fitting since epoch {n}: it learns its own images by heart.").format(
            n=ends[at].epoch
        ),
        _(
            "Validation loss was lowest in epoch {n} ({low}) and is {now} in epoch {last}, while "
            "training loss fell from {from_} to {to}."
        ).format(
            n=ends[at].epoch,
            low=number(losses[at]),
            now=number(losses[-1]),
            last=ends[-1].epoch,
            from_=number(ends[at].loss),
            to=number(ends[-1].loss),
        ),
        _("Stop after epoch {n}, or add dropout or L2, use fewer units, or more images.").format(
            n=ends[at].epoch
        ),
    )


SURE = 2.0  # standard errors that a slope is above 0
FULL = 0.99  # training accuracy above which a larger network has nothing left to learn
GAIN = 0.005  # accuracy gained over the last epochs that is worth more of them


def rising(recipe: Recipe, history: History) -> Finding | None:
    """Accuracy still grew and training loss still fell steadily; the best accuracy is the last."""
    xs, ys, images, what = _accuracies(recipe, history)
    if len(ys) < 4:
        return None
    window = max(4, len(ys) // 3)
    xs, last = xs[-window:], ys[-window:]
    slope, error = _slope(xs, last)
    fall, fall_error = _slope(xs, [-end.loss for end in history.epochs[-window:]])
    gain = slope * (xs[-1] - xs[0])
    steady = slope > SURE * error and fall > SURE * fall_error
    if not steady or gain < max(GAIN, 2 / images) or max(last[-2:]) < max(ys):
        return None
    advice = _("Train for more epochs, or with a larger learning rate.")
    if history.epochs[-1].accuracy < FULL:
        advice += _(" If that is not enough, a wider or deeper network.")
    if recipe.validation == "none":
        advice += _(" Validate the next run: only that shows whether new images gain as well.")
    return Finding(
        FindingKind.RISING,
        _("It was still getting better when the training ended."),
        _("{what} rose from {low} in epoch {first} to {high} in epoch {last}.").format(
            what=what,
            low=percent(last[0]),
            first=int(xs[0]),
            high=percent(last[-1]),
            last=int(xs[-1]),
        ),
        advice,
    )


JUMP = 1.1  # from one epoch to the next the mean training loss rises by a tenth ...
VISIBLE = 0.02  # ... and by this much, so that the flutter of a loss near 0 does not count
OFTEN = 0.2  # share of the later epochs in which that happens


def noisy(recipe: Recipe, history: History) -> Finding | None:
    """The mean training loss of whole epochs goes up again and again."""
    losses = [end.loss for end in history.epochs]
    later = losses[len(losses) // 3 :]
    if len(later) < 5:
        return None
    pairs = list(pairwise(later))
    jumps = [b - a for a, b in pairs if b > JUMP * a and b - a > VISIBLE]
    if len(jumps) < max(2, OFTEN * len(pairs)):
        return None
    return Finding(
        FindingKind.NOISY,
        _("The steps are too large to settle: the loss jumps up and down."),
        _(
            "In {k} of the last {n} epochs the training loss rose by more than a tenth, by {most} "
            "at most."
        ).format(k=len(jumps), n=len(pairs), most=number(max(jumps))),
        _("Try a smaller learning rate than {rate}, or larger batches.").format(
            rate=f"{last_rate(recipe, history):g}"
        ),
    )


LEVEL = 0.002  # accuracy that counts as no gain; one image, where that is more


def plateau(recipe: Recipe, history: History) -> Finding | None:
    """For the last third of the epochs, four at least, accuracy gained nothing."""
    xs, ys, images, what = _accuracies(recipe, history)
    tolerance = max(LEVEL, 1 / images)
    reached = next((i for i, y in enumerate(ys) if y >= max(ys) - tolerance), len(ys))
    idle = len(ys) - 1 - reached
    if idle < max(4, len(ys) / 3) or min(ys[-2:]) < max(ys) - 10 * tolerance:
        return None
    return Finding(
        FindingKind.PLATEAU,
        _("A plateau: the last {n} epochs brought nothing more.").format(n=idle),
        _(
            "{what} reached {first} in epoch {at}; the best of the {n} epochs since is {best}."
        ).format(
            what=what,
            first=percent(ys[reached]),
            at=int(xs[reached]),
            n=idle,
            best=percent(max(ys[reached + 1 :])),
        ),
        _(
            "More epochs like these do not help. {at} epochs are enough, or change something: the "
            "learning rate, the width, the regularisation."
        ).format(at=int(xs[reached])),
    )


def _accuracies(recipe: Recipe, history: History) -> tuple[list[float], list[float], int, str]:
    """Epochs, accuracies, the number of images behind each, and what they are called."""
    xs, ys = history.validation("accuracy")
    if ys:
        images = recipe.data.test if recipe.validation == "test" else recipe.validation_images
        return xs, ys, max(1, images), _("Validation accuracy")
    ends = history.epochs
    return (
        [float(end.epoch) for end in ends],
        [end.accuracy for end in ends],
        recipe.train_images,
        _("Training accuracy"),
    )


def _slope(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float]:
    """Slope of the least-squares line through three or more points, and its standard error."""
    x, y = np.asarray(xs, float), np.asarray(ys, float)
    x, y = x - x.mean(), y - y.mean()
    spread = float(x @ x)
    slope = float(x @ y) / spread
    rest = y - slope * x
    return slope, math.sqrt(float(rest @ rest) / (len(x) - 2) / spread)
