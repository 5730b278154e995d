"""Curves of several runs on one axis: epochs, steps or seconds, thinned and smoothed. Pure."""

import math
from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from itertools import accumulate

from model_store.recipe.recipe import Recipe
from model_store.runs.history import Curve, History, thin

POINTS = 300


class Axis(StrEnum):
    """Unit of the horizontal axis."""

    EPOCH = "epoch"
    STEP = "step"
    SECONDS = "seconds"


class Split(StrEnum):
    """Images that a figure is about."""

    TRAINING = "training"
    VALIDATION = "validation"


def curve(
    recipe: Recipe,
    history: History,
    figure: str,
    axis: Axis,
    split: Split,
    *,
    smoothing: float = 0.0,
    points: int = POINTS,
) -> Curve:
    """Return the run's `figure` ("loss" or "accuracy") over `axis`, smoothed by `smooth`.

    Training figures are those of the chunks, averaged to at most `points`; validation figures are
    one an epoch. Seconds are those spent in training, without pauses.
    """
    if split is Split.VALIDATION:
        xs = _epoch_axis(history, axis)
        found = [(x, getattr(e, f"val_{figure}")) for x, e in zip(xs, history.epochs, strict=True)]
        known = [(x, y) for x, y in found if y is not None]
        return [x for x, _y in known], smooth([y for _x, y in known], smoothing)
    ys = smooth([float(getattr(chunk, figure)) for chunk in history.chunks], smoothing)
    return thin(_chunk_axis(recipe, history, axis), ys, points)


def smooth(values: Sequence[float], weight: float) -> list[float]:
    """Return the exponential moving mean; `weight` in [0, 1) is that of the mean so far.

    The mean is divided by the sum of its weights, so that the start is not pulled towards 0: the
    bias correction of Adam (Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015).
    """
    if not 0 <= weight < 1:
        raise ValueError("weight is at least 0 and less than 1")
    out: list[float] = []
    mean, total = 0.0, 0.0
    for value in values:
        mean = weight * mean + (1 - weight) * value
        total = weight * total + (1 - weight)
        out.append(mean / total)
    return out


def _epoch_axis(history: History, axis: Axis) -> list[float]:
    if axis is Axis.SECONDS:
        return list(accumulate(end.seconds for end in history.epochs))
    return [float(end.epoch if axis is Axis.EPOCH else end.step) for end in history.epochs]


def _chunk_axis(recipe: Recipe, history: History, axis: Axis) -> list[float]:
    if axis is not Axis.SECONDS:
        return [float(c.epoch if axis is Axis.EPOCH else c.step) for c in history.chunks]
    seconds = defaultdict(float, {end.epoch: end.seconds for end in history.epochs})
    out = []
    for chunk in history.chunks:
        done = max(0, math.ceil(chunk.epoch) - 1)  # whole epochs before this chunk
        rate = chunk.images_per_second or math.inf
        current = seconds.get(done + 1, recipe.train_images / rate)
        before = sum(seconds[epoch] for epoch in range(1, done + 1))
        out.append(before + (chunk.epoch - done) * current)
    return out
