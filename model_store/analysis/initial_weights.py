"""Whether runs began from the same weights: by their recipes, and by the weights that were saved.

A run's first checkpoint, `checkpoints/epoch-0000.npz`, is written before its first step. Reads
files; any thread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from model_store.analysis.recipe_diff import StartDiff, start_diff
from model_store.inference.classifier import Classifier
from model_store.runs.run import Run
from model_store.storage.errors import StoreError

FIRST_CHECKPOINT = "checkpoints/epoch-0000.npz"


class WeightsCheck(StrEnum):
    """What the saved first weights say of those that a recipe determines."""

    EQUAL = "equal"
    UNEQUAL = "unequal"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StartComparison:
    """How a run's start stands to that of the first of several; `check` where it should be it."""

    run: Run
    diff: StartDiff
    check: WeightsCheck


def fingerprint(run: Run) -> str | None:
    """Twelve hexadecimal digits of the weights and biases from before the first step.

    None where they are not kept (models that come with the app) or cannot be read.
    """
    try:
        first = Classifier.load(run, FIRST_CHECKPOINT)
    except StoreError:
        return None
    digest = hashlib.sha256()
    for kernel, bias in first.weights:
        for array in (kernel, bias):
            digest.update(repr(array.shape).encode())
            digest.update(array.astype("<f4").tobytes())
    return digest.hexdigest()[:12]


def compare_starts(
    runs: Sequence[Run], fingerprints: Sequence[str | None]
) -> list[StartComparison]:
    """Compare every run but the first with the first; `fingerprints` are those of `runs`."""
    (first, mark), *others = zip(runs, fingerprints, strict=True)
    out = []
    for run, its in others:
        known = mark is not None and its is not None
        check = (
            (WeightsCheck.EQUAL if mark == its else WeightsCheck.UNEQUAL)
            if known
            else WeightsCheck.UNKNOWN
        )
        out.append(StartComparison(run, _start(first, run), check))
    return out


def _start(one: Run, other: Run) -> StartDiff:
    """By the recipes, or by whose weights they began with where those were not random."""
    start = start_diff(one.recipe, other.recipe)
    origins = [run.provenance.weights if run.provenance else "" for run in (one, other)]
    if origins == ["", ""]:
        return start
    same = origins[0] == origins[1]
    return replace(start, same=same, why=() if same else ("provenance",), layers=0)
