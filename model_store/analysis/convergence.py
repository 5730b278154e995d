"""Checks of a run's progress: over-fitting, still rising, noise, a plateau. Pure, any thread.

Each returns observation, evidence and advice, or None. Thresholds are above their functions.
"""

from itertools import pairwise

import numpy as np

from model_store.recipe.recipe import Recipe
from model_store.recipe.text import fill, percent
from model_store.runs.history import Curve, History
from model_store.text import _

ROSE = 1.05  # the validation loss of the last two epochs is this many times its minimum
FELL = 0.95  # ... while the training loss fell to this fraction of its value then


def overfitting(history: History, *, keeps_best: bool = False) -> tuple[str, ...] | None:
    """Find validation loss that rises after its minimum while training loss still falls.

    The advice is another one if early stopping keeps the best epoch's weights.
    """
    ends = [end for end in history.epochs if end.val_loss is not None]
    losses = [float(end.val_loss or 0.0) for end in ends]
    if len(losses) < 4:
        return None
    at = losses.index(min(losses))
    after = losses[at:]
    if len(after) < 3 or losses[at] <= 0:
        return None
    ups = sum(later > earlier for earlier, later in pairwise(after))
    rose = min(losses[-2:]) >= ROSE * losses[at] and 2 * ups >= len(after) - 1
    if not rose or ends[-1].loss > FELL * ends[at].loss:
        return None
    return fill(
        _("Over-fitting since epoch {best.epoch}: the network learns its own images by heart."),
        _(
            "Validation loss was lowest in epoch {best.epoch} ({best.val_loss:.3g}) and is "
            "{last.val_loss:.3g} in epoch {last.epoch}. Training loss fell from {best.loss:.3g} to "
            "{last.loss:.3g}."
        ),
        _("Early stopping went back to its best epoch. Dropout, L2 or more images can help more.")
        if keeps_best
        else _(
            "Stop after epoch {best.epoch}, or add dropout or L2, use fewer units or more images."
        ),
        best=ends[at],
        last=ends[-1],
    )


SURE = 2.0  # standard errors that a slope is above 0
FULL = 0.99  # training accuracy above which a larger network has nothing left to learn
GAIN = 0.005  # accuracy gained over the last epochs that is worth more of them


def rising(recipe: Recipe, history: History) -> tuple[str, ...] | None:
    """Find accuracy that still grows, best in the last epochs, while training loss falls."""
    (xs, ys), images, figure = _accuracies(recipe, history)
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
    return fill(
        _("The network was still getting better when the training ended."),
        _("{figure} rose from {low} in epoch {first:.0f} to {high} in epoch {last:.0f}."),
        advice,
        figure=figure,
        low=percent(last[0]),
        first=xs[0],
        high=percent(last[-1]),
        last=xs[-1],
    )


JUMP = 1.1  # from one epoch to the next the mean training loss rises by a tenth ...
VISIBLE = 0.02  # ... and by this much: changes of a loss near 0 do not count
OFTEN = 0.2  # fraction of the later epochs with such a jump


def noisy(recipe: Recipe, history: History) -> tuple[str, ...] | None:
    """Find a mean training loss that rises again and again from epoch to epoch."""
    losses = [end.loss for end in history.epochs]
    later = losses[len(losses) // 3 :]
    if len(later) < 5:
        return None
    pairs = list(pairwise(later))
    jumps = [b - a for a, b in pairs if b > JUMP * a and b - a > VISIBLE]
    if len(jumps) < max(2, OFTEN * len(pairs)):
        return None
    return fill(
        _("The steps are too large: the loss jumps up and down."),
        _(
            "In {jumps} of the last {epochs} epochs the training loss rose by over 10 %, at most "
            "by {most:.3g}."
        ),
        _("Try a smaller learning rate than {rate:g}, or larger batches."),
        jumps=len(jumps),
        epochs=len(pairs),
        most=max(jumps),
        rate=history.last_learning_rate(recipe),
    )


LEVEL = 0.002  # accuracy that counts as no gain; one image, if that is more


def plateau(recipe: Recipe, history: History) -> tuple[str, ...] | None:
    """Find a last third of the epochs, four at least, in which accuracy gained nothing."""
    (xs, ys), images, figure = _accuracies(recipe, history)
    tolerance = max(LEVEL, 1 / images)
    reached = next((i for i, y in enumerate(ys) if y >= max(ys) - tolerance), len(ys))
    idle = len(ys) - 1 - reached
    if idle < max(4, len(ys) / 3) or min(ys[-2:]) < max(ys) - 10 * tolerance:
        return None
    return fill(
        _("A plateau: no improvement in the last {idle} epochs."),
        _("{figure} reached {first} in epoch {epoch:.0f}; the best of the {idle} since is {best}."),
        _(
            "More epochs like these do not help. {epoch:.0f} epochs are enough. Or change the "
            "learning rate, the width or the regularisation."
        ),
        idle=idle,
        figure=figure,
        first=percent(ys[reached]),
        epoch=xs[reached],
        best=percent(max(ys[reached + 1 :])),
    )


def _accuracies(recipe: Recipe, history: History) -> tuple[Curve, int, str]:
    """Return accuracy over epochs, the number of images behind each, and the figure's name."""
    curve = history.validation("accuracy")
    if curve[1]:
        images = recipe.data.test if recipe.validation == "test" else recipe.validation_images
        return curve, max(1, images), _("Validation accuracy")
    curve = ([float(end.epoch) for end in history.epochs], [end.accuracy for end in history.epochs])
    return curve, recipe.train_images, _("Training accuracy")


def _slope(xs: list[float], ys: list[float]) -> tuple[float, float]:
    """Return the least-squares slope of four or more points, and its standard error."""
    line, covariance = np.polyfit(xs, ys, 1, cov=True)
    return float(line[0]), float(covariance[0, 0]) ** 0.5
