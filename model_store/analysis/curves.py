"""Curves of several runs on one axis: epochs, steps or seconds, thinned and smoothed. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum

from model_store.recipe.recipe import Recipe
from model_store.runs.history import History

POINTS = 300
Curve = tuple[list[float], list[float]]


class Axis(StrEnum):
    """What a curve is drawn over."""

    EPOCH = "epoch"
    STEP = "step"
    SECONDS = "seconds"


class Split(StrEnum):
    """The images that a figure is about."""

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
    """The run's `figure` ("loss" or "accuracy") over `axis`, at most `points` of each.

    Training figures are those of the chunks, means where there are more than `points`; validation
    figures are one an epoch. Seconds are those spent training, pauses left out. `smoothing` as in
    `smooth`.
    """
    if split is Split.VALIDATION:
        x, y = _validation(history, figure, axis)
        return x, smooth(y, smoothing)
    xs = _chunk_axis(recipe, history, axis)
    ys = smooth([float(getattr(chunk, figure)) for chunk in history.chunks], smoothing)
    stride = -(-len(xs) // points) or 1
    groups = [slice(at, at + stride) for at in range(0, len(xs), stride)]
    return [xs[g][-1] for g in groups], [sum(ys[g]) / len(ys[g]) for g in groups]


def smooth(values: Sequence[float], weight: float) -> list[float]:
    """Exponential moving mean: each value is `weight` times the mean so far and the rest itself.

    `weight` in [0, 1); 0 leaves the values as they are. The start is not pulled towards 0: the
    mean is divided by the weights that it has so far (the bias correction of Adam: Kingma and Ba,
    "Adam: A Method for Stochastic Optimization", 2015).
    """
    if not 0 <= weight < 1:
        raise ValueError("weight is at least 0 and less than 1")
    out: list[float] = []
    mean, share = 0.0, 0.0
    for value in values:
        mean = weight * mean + (1 - weight) * value
        share = weight * share + (1 - weight)
        out.append(mean / share)
    return out


def _validation(history: History, figure: str, axis: Axis) -> Curve:
    xs: list[float] = []
    ys: list[float] = []
    seconds = 0.0
    for end in history.epochs:
        seconds += end.seconds
        value = getattr(end, f"val_{figure}")
        if value is not None:
            xs.append({Axis.EPOCH: end.epoch, Axis.STEP: end.step, Axis.SECONDS: seconds}[axis])
            ys.append(value)
    return [float(x) for x in xs], ys


def _chunk_axis(recipe: Recipe, history: History, axis: Axis) -> list[float]:
    if axis is Axis.EPOCH:
        return [chunk.epoch for chunk in history.chunks]
    if axis is Axis.STEP:
        return [float(chunk.step) for chunk in history.chunks]
    ends = {end.epoch: end.seconds for end in history.epochs}
    out: list[float] = []
    before, inside, step, current = 0.0, 0.0, 0, 0
    for chunk in history.chunks:
        epoch = max(0, math.ceil(chunk.epoch) - 1)  # full epochs before this chunk
        if epoch != current:
            before += sum(ends.get(n, 0.0) for n in range(current + 1, epoch + 1))
            inside, current = 0.0, epoch
        images = (chunk.step - step) * recipe.batch_size
        inside += images / chunk.images_per_second if chunk.images_per_second > 0 else 0.0
        step = chunk.step
        out.append(before + inside)
    return out
