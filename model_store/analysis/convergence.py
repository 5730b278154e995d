"""Findings about a run's progress: over-fitting, still rising, noise, a plateau. Pure, any thread.

Each threshold stands above the function that uses it, with its reason.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from gettext import gettext as _
from itertools import pairwise

import numpy as np

from model_store.analysis.finding import Finding, FindingKind, last_learning_rate
from model_store.recipe.recipe import Recipe
from model_store.recipe.text import percent
from model_store.runs.history import History

ROSE = 1.05  # the validation loss of the last two epochs is this many times its minimum
FELL = 0.95  # ... while the training loss fell to this fraction of its value then


def overfitting(_recipe: Recipe, history: History) -> Finding | None:
    """Find validation loss that rises after its minimum while training loss still falls."""
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
    return Finding.of(
        FindingKind.OVERFITTING,
        _("Over-fitting since epoch {n}: the network learns its own images by heart."),
        _(
            "Validation loss was lowest in epoch {n} ({low}) and is {now} in epoch {last}. "
            "Training loss fell from {before} to {after}."
        ),
        _("Stop after epoch {n}, or add dropout or L2, use fewer units, or use more images."),
        n=ends[at].epoch,
        low=losses[at],
        now=losses[-1],
        last=ends[-1].epoch,
        before=ends[at].loss,
        after=ends[-1].loss,
    )


SURE = 2.0  # standard errors that a slope is above 0
FULL = 0.99  # training accuracy above which a larger network has nothing left to learn
GAIN = 0.005  # accuracy gained over the last epochs that is worth more of them


def rising(recipe: Recipe, history: History) -> Finding | None:
    """Find accuracy that still grows, best in the last epochs, while training loss falls."""
    xs, ys, images, figure = _accuracies(recipe, history)
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
        advice += " " + _("If that is not enough, use a wider or deeper network.")
    if recipe.validation == "none":
        advice += " " + _("Validate the next run: only then you see if new images gain as well.")
    return Finding.of(
        FindingKind.RISING,
        _("The network was still getting better when the training ended."),
        _("{figure} rose from {low} in epoch {first} to {high} in epoch {last}."),
        advice,
        figure=figure,
        low=percent(last[0]),
        high=percent(last[-1]),
        first=int(xs[0]),
        last=int(xs[-1]),
    )


JUMP = 1.1  # from one epoch to the next the mean training loss rises by a tenth ...
VISIBLE = 0.02  # ... and by this much: changes of a loss near 0 do not count
OFTEN = 0.2  # fraction of the later epochs with such a jump


def noisy(recipe: Recipe, history: History) -> Finding | None:
    """Find a mean training loss that rises again and again from epoch to epoch."""
    losses = [end.loss for end in history.epochs]
    later = losses[len(losses) // 3 :]
    if len(later) < 5:
        return None
    pairs = list(pairwise(later))
    jumps = [b - a for a, b in pairs if b > JUMP * a and b - a > VISIBLE]
    if len(jumps) < max(2, OFTEN * len(pairs)):
        return None
    return Finding.of(
        FindingKind.NOISY,
        _("The steps are too large: the loss jumps up and down."),
        _("In {k} of the last {n} epochs the training loss rose by over 10 %, at most by {most}."),
        _("Try a smaller learning rate than {rate}, or larger batches."),
        k=len(jumps),
        n=len(pairs),
        most=max(jumps),
        rate=last_learning_rate(recipe, history),
    )


LEVEL = 0.002  # accuracy that counts as no gain; one image, if that is more


def plateau(recipe: Recipe, history: History) -> Finding | None:
    """Find a last third of the epochs, four at least, in which accuracy gained nothing."""
    xs, ys, images, figure = _accuracies(recipe, history)
    tolerance = max(LEVEL, 1 / images)
    reached = next((i for i, y in enumerate(ys) if y >= max(ys) - tolerance), len(ys))
    idle = len(ys) - 1 - reached
    if idle < max(4, len(ys) / 3) or min(ys[-2:]) < max(ys) - 10 * tolerance:
        return None
    return Finding.of(
        FindingKind.PLATEAU,
        _("A plateau: the last {n} epochs brought no gain."),
        _("{figure} reached {first} in epoch {at}; the best of the {n} epochs since is {best}."),
        _(
            "More epochs like these do not help. {at} epochs are enough. Or change the learning "
            "rate, the width or the regularisation."
        ),
        figure=figure,
        first=percent(ys[reached]),
        at=int(xs[reached]),
        n=idle,
        best=percent(max(ys[reached + 1 :])),
    )


def _accuracies(recipe: Recipe, history: History) -> tuple[list[float], list[float], int, str]:
    """Return epochs, accuracies, the number of images behind each, and the figure's name."""
    xs, ys = history.validation("accuracy")
    if ys:
        images = recipe.data.test if recipe.validation == "test" else recipe.validation_images
        return xs, ys, max(1, images), _("Validation accuracy")
    xs, ys = [float(end.epoch) for end in history.epochs], [end.accuracy for end in history.epochs]
    return xs, ys, recipe.train_images, _("Training accuracy")


def _slope(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float]:
    """Return the least-squares slope of three or more points, and its standard error."""
    x, y = np.asarray(xs, float), np.asarray(ys, float)
    x, y = x - x.mean(), y - y.mean()
    spread = float(x @ x)
    slope = float(x @ y) / spread
    rest = y - slope * x
    return slope, math.sqrt(float(rest @ rest) / (len(x) - 2) / spread)
