"""Comparison of initial weights: by the recipes, and by the weights that were saved.

A run's first checkpoint is written before its first step. Reads files; any thread.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise, takewhile

from model_store.inference.classifier import read_arrays
from model_store.recipe.recipe import Recipe
from model_store.runs.run import Run
from model_store.storage.errors import StoreError

FIRST_CHECKPOINT = "checkpoints/epoch-0000.npz"


class WeightsCheck(StrEnum):
    """Comparison of the saved initial weights of two runs."""

    EQUAL = "equal"
    UNEQUAL = "unequal"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StartDiff:
    """Difference between initial weights: the `same` ones, or `why` not, as names of settings.

    `why` is ("provenance",) for weights that are not random. `layers` is the number of layers, from
    the input on, that start equal. `same_order`: both see the same images in the same order.
    """

    same: bool
    why: tuple[str, ...]
    layers: int
    same_order: bool


def fingerprint(run: Run) -> str | None:
    """Return twelve hexadecimal digits of the initial kernels and biases.

    None if they were not kept, are rounded (built-in models) or cannot be read.
    """
    if run.shipped:
        return None
    try:
        first = read_arrays(run, FIRST_CHECKPOINT)
    except StoreError:
        return None
    digest = hashlib.sha256()
    for name, array in first.items():
        if name.startswith(("kernel", "bias")):  # others start equal, or from another run
            digest.update(repr(array.shape).encode())
            digest.update(array.astype("<f4").tobytes())
    return digest.hexdigest()[:12]


def compare_starts(
    runs: Sequence[Run], fingerprints: Sequence[str | None]
) -> list[tuple[Run, StartDiff, WeightsCheck]]:
    """Compare every run but the first with the first, by provenance, recipe and `fingerprints`."""
    out = []
    for run, mark in zip(runs[1:], fingerprints[1:], strict=True):
        diff = start_diff(runs[0].recipe, run.recipe)
        starts = [each.provenance and each.provenance.weights for each in (runs[0], run)]
        if starts != [None, None]:  # not random: the recipes do not decide
            same = starts[0] == starts[1]
            diff = replace(diff, same=same, why=() if same else ("provenance",), layers=0)
        equal = WeightsCheck.EQUAL if mark == fingerprints[0] else WeightsCheck.UNEQUAL
        known = mark is not None and fingerprints[0] is not None
        out.append((run, diff, equal if known else WeightsCheck.UNKNOWN))
    return out


def start_diff(one: Recipe, other: Recipe) -> StartDiff:
    """Compare the initial weights of two recipes: seed, initialisers and widths decide them."""
    differ = {
        "seed": one.seed != other.seed and one.kernel_initializer != "zeros",
        "kernel_initializer": one.kernel_initializer != other.kernel_initializer,
        "bias_initializer": one.bias_initializer != other.bias_initializer,
        "widths": one.widths != other.widths,
    }
    why = tuple(name for name, differs in differ.items() if differs)
    shapes = zip(pairwise(one.widths), pairwise(other.widths), strict=False)
    equal = list(takewhile(lambda pair: pair[0] == pair[1], shapes))
    layers = len(equal) if why in ((), ("widths",)) else 0
    return StartDiff(not why, why, layers, _image_order(one) == _image_order(other))


def _image_order(recipe: Recipe) -> tuple[object, ...]:
    """Return the settings that decide the images and their order."""
    held_out = recipe.validation_share if recipe.validation == "split" else None
    drawn = recipe.subset is not None or recipe.validation == "split"
    images = (recipe.dataset, recipe.selected_images, held_out, drawn)
    return (*images, recipe.shuffle, recipe.seed)
